"""Import: posts out of export files into the library, with a row for every media they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from social_tui.errors import CancelledError, ImportRefusedError, SocialTuiError
from social_tui.importers import find_files, iter_posts, parse_post, rejection
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.links import link_expiry, source_identity
from social_tui.models import (
    MediaReference,
    MediaToStore,
    ParsedPost,
    PostToStore,
    Rejection,
    StoredMedia,
    StoredPost,
)
from social_tui.reports import ImportReport
from social_tui.store import imports as import_store
from social_tui.store.gateway import Gateway
from social_tui.text import redact

log = get_logger(__name__)

BATCH_POSTS = 500
# An entry of a PostgreSQL index holds at most 2,704 bytes.
_LONGEST_IDENTITY = 2000
Progress = Callable[[ImportReport], None]


def import_paths(
    library: Library,
    paths: Sequence[str],
    *,
    avatars: bool = False,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import files and folders of exports; doing it again changes nothing.

    What cannot be read or stored is in the report with its reason, and never stops the rest.

    Args:
        library: The open library.
        paths: Files, folders, or ``-`` for the standard input.
        avatars: Whether the pictures of the authors are media too.
        dry_run: Whether to write nothing and only tell what would happen.
        on_progress: Told the report so far, after each batch of posts; it stops the import by raising
            CancelledError.

    Returns:
        The loss report.

    Raises:
        CancelledError: If it was interrupted; the batches that were stored stay.
        SocialTuiError: If the database or the disk gave up; the batches that were stored stay.
    """
    files, refused = find_files(paths)
    run = _Run(library, avatars=avatars, dry_run=dry_run, on_progress=on_progress)
    run.report.files = len(files)
    run.report.rejected += refused
    if not files:
        return run.report
    if not dry_run:
        run.report.run_id = import_store.start_run(
            library.gateway, script_name="social-tui import", platform="mixed", files=files
        )
    try:
        for file in files:
            run.import_file(file)
    except (KeyboardInterrupt, CancelledError):
        run.finish("interrupted")
        raise CancelledError(
            f"Import stopped after {run.report.posts.read} posts; what was imported stays.",
            hint="Run the same command again to go on.",
        ) from None
    except BaseException as error:
        run.finish("failed", error=_words(error))
        raise
    run.finish("completed")
    return run.report


def extract_and_store_media(client: Gateway, post_id: str, post_data: Mapping[str, Any]) -> list[str]:
    """Give every media that one stored post names its row.

    Args:
        client: The way to the database.
        post_id: The stored post (``p-``…).
        post_data: The post as its export has it.

    Returns:
        The ids of its media in the post's order, new ones and those that had a row already.

    Raises:
        ImportRefusedError: If this is no post of a known format.
        NotFoundError: If there is no such post.
    """
    try:
        raw = json.dumps(post_data)
    except (TypeError, ValueError, RecursionError) as error:
        raise ImportRefusedError("is nothing that JSON can say") from error
    post = parse_post(dict(post_data), raw)
    media = [media_to_store(reference) for reference in post.media]
    stored = import_store.import_media(client, post_id, media, actor="import")
    return [item.media_id for item in stored]


def media_to_store(reference: MediaReference) -> MediaToStore:
    """Add to a media reference what its link says: its stable part and when it dies."""
    identity = source_identity(reference.url) if reference.url else reference.provider_media_id
    if identity is not None and len(identity.encode()) > _LONGEST_IDENTITY:
        identity = f"sha256:{hashlib.sha256(identity.encode()).hexdigest()}"
    return MediaToStore(
        **reference.model_dump(),
        source_identity=identity,
        url_expires_at=link_expiry(reference.url) if reference.url else None,
    )


class _Run:
    """One import under way: its report, and the way of a batch into the database."""

    def __init__(
        self, library: Library, *, avatars: bool, dry_run: bool, on_progress: Progress | None
    ) -> None:
        self.report = ImportReport()
        self._library = library
        self._avatars = avatars
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._started_at = datetime.now(UTC)
        self._dead: set[str] = set()

    def import_file(self, file: str) -> None:
        for batch in _batches(self._posts(file), BATCH_POSTS):
            self._store(file, batch)
            if self._on_progress is not None:
                self._on_progress(self.report)

    def finish(self, status: str, *, error: str | None = None) -> None:
        log.info(
            "import_finished", run_id=self.report.run_id, status=status, **self.report.posts.model_dump()
        )
        if self.report.run_id is not None:
            import_store.finish_run(
                self._library.gateway, self.report.run_id, status=status, report=self.report, error=error
            )

    def _posts(self, file: str) -> Iterator[tuple[int, ParsedPost]]:
        """Yield the posts of a file with their numbers in it; the report takes what is none."""
        for number, item in enumerate(iter_posts(file, file, avatars=self._avatars), start=1):
            if isinstance(item, ParsedPost):
                self.report.posts.read += 1
                self.report.posts.nested += len(item.nested)
                yield number, item
            elif isinstance(item, Rejection):
                self.report.posts.read += item.position > 0
                self._reject(item)

    def _reject(self, rejected: Rejection) -> None:
        log.warning("import_rejected", position=rejected.position, reason=rejected.reason)
        self.report.posts.rejected += rejected.position > 0
        self.report.rejected.append(rejected)

    def _store(self, file: str, batch: Sequence[tuple[int, ParsedPost]]) -> None:
        posts = [_post_to_store(post, file) for _, post in batch]
        stored = import_store.import_posts(
            self._library.gateway, self.report.run_id, posts, dry_run=self._dry_run
        )
        for result in stored:
            self._count(file, batch[result.position][0], posts[result.position], result)

    def _count(self, file: str, number: int, post: PostToStore, stored: StoredPost) -> None:
        if stored.result == "rejected":
            self._reject(rejection(file, number, stored.reason or "refused"))
            return
        counts = self.report.posts
        setattr(counts, stored.result, getattr(counts, stored.result) + 1)
        for reference, row in zip(post.media, stored.media, strict=True):
            self._count_media(reference, row)

    def _count_media(self, reference: MediaToStore, row: StoredMedia) -> None:
        counts = self.report.media
        counts.found += 1
        counts.by_type[reference.media_type] = counts.by_type.get(reference.media_type, 0) + 1
        counts.by_role[reference.role] = counts.by_role.get(reference.role, 0) + 1
        counts.new += row.result == "new"
        counts.held += row.result != "new"
        self._count_expiry(row)
        if row.result != "held" and not self._dry_run:
            with bind_correlation(row.media_id):
                log.info("media_found", role=row.role, result=row.result)

    def _count_expiry(self, row: StoredMedia) -> None:
        """Note when a media's link dies; a later export in the same import may have brought a fresh one."""
        self._dead.discard(row.media_id)
        if row.dies_at is not None and row.dies_at <= self._started_at:
            self._dead.add(row.media_id)
        elif row.dies_at is not None:
            soonest = self.report.next_expiry or row.dies_at
            self.report.next_expiry = min(soonest, row.dies_at)
        self.report.media.expired_on_arrival = len(self._dead)


def _words(error: BaseException) -> str:
    return redact(str(error)) if isinstance(error, SocialTuiError) else type(error).__name__


def _post_to_store(post: ParsedPost, file: str) -> PostToStore:
    fields = {
        name: getattr(post, name) for name in PostToStore.model_fields if name in ParsedPost.model_fields
    }
    fields["media"] = tuple(media_to_store(reference) for reference in post.media)
    return PostToStore(**fields, source_file_path=file)


def _batches(posts: Iterator[tuple[int, ParsedPost]], size: int) -> Iterator[list[tuple[int, ParsedPost]]]:
    while batch := list(islice(posts, size)):
        yield batch

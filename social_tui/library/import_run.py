"""One import under way: posts are read here while the database stores those that were read before."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from social_tui.exports import MediaToStore, ParsedPost, PostToStore, Rejection, StoredMedia, StoredPost
from social_tui.importers import PassedOver, iter_files, rejection
from social_tui.importers.mapped import Mapped
from social_tui.importers.sources import Meter
from social_tui.library.session import Library
from social_tui.library.storing import posts_to_store
from social_tui.library.taking_in import TakingIn
from social_tui.log import get_logger
from social_tui.reports import ImportReport
from social_tui.store import imports as import_store

log = get_logger(__name__)

BATCH_POSTS = 500
_BATCH_CHARACTERS = 4_000_000
#: Batches that the database stores at once; one more waits for its turn.
_WRITERS = 2
Identity = tuple[str, str]
Numbered = tuple[str, int, ParsedPost]
Progress = Callable[[ImportReport], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read.

    Args:
        avatars: Whether the pictures of the authors are media too.
        mapped: The map to read by, instead of the known formats.
        meter: Counts what is read.
    """

    avatars: bool = False
    mapped: Mapped | None = None
    meter: Meter | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A post that was stored: where it is from, how it was understood, and what became of it."""

    file: str
    number: int
    post: PostToStore
    result: StoredPost


@dataclass(frozen=True, slots=True)
class _Batch:
    """Posts on their way into the database, and the ids that are in them."""

    identities: frozenset[Identity]
    stored: Future[list[_Stored]]


class ImportRun:
    """One import: its report, and the way of posts into the database.

    Batches with a post in common are stored one after the other, because the later export of a post follows
    the earlier; others at the same time.

    Args:
        library: The open library.
        reading: How files are read.
        dry_run: Whether to write nothing and only tell what would happen.
        on_progress: Told the report so far, after each batch.
    """

    def __init__(
        self, library: Library, reading: Reading, *, dry_run: bool, on_progress: Progress | None
    ) -> None:
        self.report = ImportReport()
        self._library = library
        self._reading = reading
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._started_at = datetime.now(UTC)
        self._dead: set[str] = set()
        self._pending: deque[_Batch] = deque()

    def import_files(self, files: Sequence[str]) -> None:
        """Import the posts of files, and the media that lie beside them.

        Args:
            files: Their names.

        Raises:
            CancelledError: If whoever is told of the progress raised it; what was stored is counted.
            SocialTuiError: If the database or the disk gave up; what was stored is counted.
        """
        with TakingIn(self._library, self.report.media, told=self._tell) as self._taking_in:
            writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="import")
            try:
                for batch in _batches(self._posts(files)):
                    self._begin(writers, batch)
                while self._pending:
                    self._end(self._pending.popleft())
            finally:
                writers.shutdown(cancel_futures=True)
                for left in self._pending:
                    if not left.stored.cancelled() and left.stored.exception() is None:
                        self._count(left.stored.result())

    def finish(self, status: str, *, error: str | None = None) -> None:
        """Close the run with the report.

        Args:
            status: How it ended: ``completed``, ``failed`` or ``interrupted``.
            error: Why it failed, redacted.
        """
        log.info(
            "import_finished", run_id=self.report.run_id, status=status, **self.report.posts.model_dump()
        )
        if self.report.run_id is not None:
            import_store.finish_run(
                self._library.gateway, self.report.run_id, status=status, report=self.report, error=error
            )

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.report)

    def _posts(self, files: Sequence[str]) -> Iterator[Numbered]:
        """Yield the posts of files with their numbers there; the report takes what is none."""
        reading = self._reading
        for file, number, item in iter_files(
            files, avatars=reading.avatars, mapped=reading.mapped, meter=reading.meter
        ):
            if isinstance(item, ParsedPost):
                yield file, number, item
            elif isinstance(item, Rejection):
                self.report.posts.read += item.position > 0
                self.report.posts.rejected += item.position > 0
                self._reject(item)
            elif isinstance(item, PassedOver):
                passed = self.report.passed_over
                passed[item.reason] = passed.get(item.reason, 0) + 1

    def _reject(self, rejected: Rejection) -> None:
        log.warning("import_rejected", position=rejected.position, reason=rejected.reason)
        self.report.rejected.append(rejected)

    def _begin(self, writers: ThreadPoolExecutor, batch: Sequence[Numbered]) -> None:
        """Send a batch to the database, and wait for earlier ones that it must not overtake."""
        identities = frozenset(identity for _, _, post in batch for identity in _identities(post))
        while self._pending and (
            len(self._pending) > _WRITERS or any(identities & each.identities for each in self._pending)
        ):
            self._end(self._pending.popleft())
        self._pending.append(_Batch(identities, writers.submit(self._store, batch)))

    def _store(self, batch: Sequence[Numbered]) -> list[_Stored]:
        sent = [(file, number, each) for file, number, post in batch for each in posts_to_store(post, file)]
        stored = import_store.import_posts(
            self._library.gateway, self.report.run_id, [each for *_, each in sent], dry_run=self._dry_run
        )
        return [_Stored(*each, result) for each, result in zip(sent, stored, strict=True)]

    def _end(self, batch: _Batch) -> None:
        self._count(batch.stored.result())
        self._tell()

    def _count(self, stored: Sequence[_Stored]) -> None:
        """Count what became of a batch, and take in the files that lie beside it."""
        taken: set[str] = set()
        if not self._dry_run:
            taken = self._taking_in.take(
                (each.file, reference, row.media_id)
                for each in stored
                for reference, row in zip(each.post.media, each.result.media, strict=False)
            )
        found: Counter[str] = Counter()
        for each in stored:
            self._count_post(each)
            for reference, row in zip(each.post.media, each.result.media, strict=False):
                self._count_media(reference, row, is_nested=bool(each.post.inside))
                # Those that were taken in need their link no more.
                self._count_expiry(row.media_id, None if row.media_id in taken else row.dies_at)
                found[row.result] += 1
        if not self._dry_run:
            changed = [row.media_id for each in stored for row in each.result.media if row.result != "held"]
            log.info("media_found", media=" ".join(changed), **found)

    def _count_post(self, stored: _Stored) -> None:
        counts = self.report.posts
        if stored.post.inside:
            counts.nested += 1
        else:
            counts.read += 1
            setattr(counts, stored.result.result, getattr(counts, stored.result.result) + 1)
        if stored.result.result == "rejected":
            self._reject(rejection(stored.file, stored.number, stored.result.reason or "refused"))

    def _count_media(self, reference: MediaToStore, row: StoredMedia, *, is_nested: bool) -> None:
        counts = self.report.media
        role = "reshared" if is_nested else reference.role
        counts.found += 1
        counts.by_type[reference.media_type] = counts.by_type.get(reference.media_type, 0) + 1
        counts.by_role[role] = counts.by_role.get(role, 0) + 1
        counts.new += row.result == "new"
        counts.held += row.result != "new"

    def _count_expiry(self, media_id: str, dies_at: datetime | None) -> None:
        """Note when a media's link dies; a later export in the same import may have brought a fresh one."""
        self._dead.discard(media_id)
        if dies_at is not None and dies_at <= self._started_at:
            self._dead.add(media_id)
        elif dies_at is not None:
            self.report.next_expiry = min(self.report.next_expiry or dies_at, dies_at)
        self.report.media.expired_on_arrival = len(self._dead)


def _identities(post: ParsedPost) -> Iterator[Identity]:
    yield post.platform, post.urn
    for nested in post.nested:
        yield from _identities(nested.post)


def _batches(posts: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    batch: list[Numbered] = []
    characters = 0
    for each in posts:
        batch.append(each)
        characters += len(each[2].raw_json)
        if len(batch) == BATCH_POSTS or characters > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch

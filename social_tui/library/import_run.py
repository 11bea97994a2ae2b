"""One import under way: posts are read here while the database stores those that were read before."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from social_tui.exports import ParsedPost, PostToStore, Rejection, StoredMedia, StoredPost
from social_tui.importers import PassedOver, iter_files, rejection
from social_tui.importers.held import Held, Keyed, Slot
from social_tui.importers.mapped import Mapped
from social_tui.importers.reading import Found
from social_tui.importers.sources import Meter
from social_tui.library.noting import Noting, note
from social_tui.library.recognising import Identity, Recognition
from social_tui.library.session import Library
from social_tui.library.storing import posts_to_store
from social_tui.library.taking_in import Named, TakingIn
from social_tui.log import get_logger
from social_tui.models import MediaRole, MediaType
from social_tui.reports import ImportReport
from social_tui.store import imports as import_store
from social_tui.store.held_items import GroupNote, HeldItem

log = get_logger(__name__)

BATCH_POSTS = 500
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
_BATCH_CHARACTERS = 4_000_000
#: Batches that the database stores at once; one more waits for its turn.
_WRITERS = 3
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


class _Numbered(NamedTuple):
    """A post out of a file, with its number there, and the place of the item that holds it alone."""

    file: str
    number: int
    post: ParsedPost
    slot: Slot | None


class _Stored(NamedTuple):
    """A post that was stored: where it is from, how it was understood, and what became of it."""

    file: str
    number: int
    slot: Slot | None
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
        self._batch: list[_Numbered] = []
        self._identities: set[Identity] = set()
        self._characters = 0
        self._held_posts = self._held_nested = 0
        self._held_kinds: Counter[tuple[MediaType, MediaRole]] = Counter()
        self._pending: deque[_Batch] = deque()
        self._noting = Noting()

    def import_files(self, files: Sequence[str]) -> None:
        """Import the posts of files, and the media that lie beside them.

        What the library holds already just so is recognised and only counted.

        Args:
            files: Their names.

        Raises:
            CancelledError: If whoever is told of the progress raised it; what was stored is counted.
            SocialTuiError: If the database or the disk gave up; what was stored is counted.
        """
        with (
            TakingIn(self._library, self.report.media, told=self._tell) as self._taking_in,
            Recognition(self._library.gateway) as self._recognition,
        ):
            writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="import")
            try:
                for post in self._posts(files):
                    self._add(post)
                    if len(self._batch) == BATCH_POSTS or self._characters > _BATCH_CHARACTERS:
                        self._send(writers)
                self._send(writers)
                while self._pending:
                    self._end()
                note(self._library.gateway, self._noting.take())
            finally:
                writers.shutdown(cancel_futures=True)
                self._report_held()
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
        self._report_held()
        if self._on_progress is not None:
            self._on_progress(self.report)

    def _posts(self, files: Sequence[str]) -> Iterator[_Numbered]:
        """Yield the posts of files that have to be stored; the report takes all else."""
        reading = self._reading
        held = 0
        for file, number, item in iter_files(
            files,
            avatars=reading.avatars,
            mapped=reading.mapped,
            meter=reading.meter,
            ledger=self._recognition,
        ):
            if not isinstance(item, Held):
                found: Iterable[Found] = (item,)
            elif self._recognition.is_overtaken(item.known, (self._identities,)):
                found = item.read()
            else:
                self._count_held(item.known)
                held += 1
                if held % BATCH_POSTS == 0:
                    self._tell()
                continue
            for each in found:
                if (post := self._to_store(file, number, each)) is not None:
                    yield post

    def _to_store(self, file: str, number: int, item: Found) -> _Numbered | None:
        """Return what is a post; the report takes what is none."""
        if isinstance(item, Keyed):
            return _Numbered(file, number, item.post, item.slot)
        if isinstance(item, ParsedPost):
            return _Numbered(file, number, item, None)
        if isinstance(item, Rejection):
            self.report.posts.read += item.position > 0
            self.report.posts.rejected += item.position > 0
            self._reject(item)
        elif isinstance(item, PassedOver):
            passed = self.report.passed_over
            passed[item.reason] = passed.get(item.reason, 0) + 1
        return None

    def _reject(self, rejected: Rejection) -> None:
        log.warning("import_rejected", position=rejected.position, reason=rejected.reason)
        self.report.rejected.append(rejected)

    def _add(self, numbered: _Numbered) -> None:
        self._batch.append(numbered)
        self._identities.update(_identities(numbered.post))
        self._characters += len(numbered.post.raw_json)

    def _send(self, writers: ThreadPoolExecutor) -> None:
        """Send the batch to the database, and wait for earlier ones that it must not overtake."""
        if not self._batch:
            return
        batch, identities = self._batch, frozenset(self._identities)
        self._batch, self._identities, self._characters = [], set(), 0
        while self._pending and (
            len(self._pending) > _WRITERS or any(identities & each.identities for each in self._pending)
        ):
            self._end()
        self._pending.append(_Batch(identities, writers.submit(self._store, batch, self._noting.take())))
        self._recognition.send(identities)

    def _store(self, batch: Sequence[_Numbered], notes: Sequence[GroupNote]) -> list[_Stored]:
        sent = [(each, post) for each in batch for post in posts_to_store(each.post, each.file)]
        gateway = self._library.gateway
        results = import_store.import_posts(
            gateway, self.report.run_id, [post for _, post in sent], dry_run=self._dry_run
        )
        note(gateway, notes)
        return [
            _Stored(each.file, each.number, each.slot, post, result)
            for (each, post), result in zip(sent, results, strict=True)
        ]

    def _end(self) -> None:
        """Wait for the first batch that is on its way."""
        batch = self._pending.popleft()
        stored = batch.stored.result()
        self._recognition.arrive()
        self._count(stored)
        self._tell()

    def _count(self, stored: Sequence[_Stored]) -> None:
        """Count what became of a batch, and take in the files that lie beside it."""
        rows: list[StoredMedia] = []
        kinds: list[tuple[MediaType, MediaRole]] = []
        beside: list[Named] = []
        for file, _, _, post, result in stored:
            rows += result.media
            for item, row in zip(post.media, result.media, strict=False):
                reference = item.reference
                kinds.append((reference.media_type, "reshared" if post.inside else reference.role))
                if reference.local_path:
                    beside.append((file, reference, row.media_id))
        taken = set() if self._dry_run else self._taking_in.take(beside)
        if not self._dry_run:
            self._note(stored)
        self._count_posts(stored)
        # Those that were taken in need their link no more.
        self._count_deaths([(row.media_id, None if row.media_id in taken else row.dies_at) for row in rows])
        for (media_type, role), count in Counter(kinds).items():
            self._count_kind(media_type, role, count)
        found: Counter[str] = Counter([row.result for row in rows])
        counts = self.report.media
        counts.found += len(rows)
        counts.new += found["new"]
        counts.held += len(rows) - found["new"]
        if not self._dry_run:
            changed = [row.media_id for row in rows if row.result != "held"]
            log.info("media_found", media=" ".join(changed), **found)

    def _note(self, stored: Sequence[_Stored]) -> None:
        starts = [index for index, each in enumerate(stored) if not each.post.inside]
        for start, end in zip(starts, [*starts[1:], len(stored)], strict=True):
            if (slot := stored[start].slot) is not None:
                self._noting.add(slot, [(each.post, each.result) for each in stored[start:end]])

    def _count_posts(self, stored: Sequence[_Stored]) -> None:
        counts = self.report.posts
        results = Counter([each.result.result for each in stored if not each.post.inside])
        for result, count in results.items():
            setattr(counts, result, getattr(counts, result) + count)
        counts.read += results.total()
        counts.nested += len(stored) - results.total()
        for each in stored:
            if each.result.result == "rejected":
                self._reject(rejection(each.file, each.number, each.result.reason or "refused"))

    def _count_held(self, item: HeldItem) -> None:
        """Count an item that the library holds just as it says; ``_tell`` puts it into the report."""
        self._held_posts += 1
        self._held_nested += len(item.identities) - 1
        for _, media_type, role, _ in item.media:
            self._held_kinds[media_type, role] += 1
        self._count_deaths([(media_id, dies_at) for media_id, _, _, dies_at in item.media])

    def _report_held(self) -> None:
        """Put what was held into the report, whose fields cost too much to be set for each item."""
        posts, media = self.report.posts, self.report.media
        posts.read += self._held_posts
        posts.unchanged += self._held_posts
        posts.nested += self._held_nested
        media.found += self._held_kinds.total()
        media.held += self._held_kinds.total()
        for (media_type, role), count in self._held_kinds.items():
            self._count_kind(media_type, role, count)
        self._held_posts = self._held_nested = 0
        self._held_kinds.clear()

    def _count_kind(self, media_type: MediaType, role: MediaRole, count: int) -> None:
        by_type, by_role = self.report.media.by_type, self.report.media.by_role
        by_type[media_type] = by_type.get(media_type, 0) + count
        by_role[role] = by_role.get(role, 0) + count

    def _count_deaths(self, links: Sequence[tuple[str, datetime | None]]) -> None:
        """Note when links of media die; a later export in the same import may have brought a fresh one."""
        deaths = [at for _, at in links if at is not None]
        if self._dead or min(deaths, default=_LAST_MOMENT) <= self._started_at:
            latest = dict(links)
            self._dead.difference_update(latest)
            self._dead.update(
                [media_id for media_id, at in latest.items() if at is not None and at <= self._started_at]
            )
            self.report.media.expired_on_arrival = len(self._dead)
            deaths = [at for at in deaths if at > self._started_at]
        living = min(deaths, default=_LAST_MOMENT)
        if living < (self.report.next_expiry or _LAST_MOMENT):
            self.report.next_expiry = living


def _identities(post: ParsedPost) -> list[Identity]:
    identities = [(post.platform, post.urn)]
    for nested in post.nested:
        identities += _identities(nested.post)
    return identities

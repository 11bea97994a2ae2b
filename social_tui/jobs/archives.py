"""The lane of archivings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from social_tui.errors import DatabaseError, DatabaseUnavailableError
from social_tui.jobs.backlog import Piece
from social_tui.jobs.bulk_lane import BulkLane
from social_tui.jobs.failures import failure_words
from social_tui.jobs.manager import FencedJobManager
from social_tui.library.archiving import Naming, copy_to_archive
from social_tui.library.evicting import relieve
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.models import BlobRow
from social_tui.store.archives import EndedArchive, TakenArchive, exchange_archives
from social_tui.store.batches import Ended, Exchange, Room
from social_tui.store.queues import MAX_CONCURRENCY

log = get_logger(__name__)


@dataclass(eq=False)
class Copying(Piece):
    """One archiving in hand.

    Args:
        job: The job.
        blob: The bytes.
    """

    job: TakenArchive
    blob: BlobRow


class ArchiveLane(BulkLane[TakenArchive, Copying, EndedArchive]):
    """Copies bytes into the archive; see :class:`BulkLane`. No row says so before the archive proved it."""

    kind = "archive"

    def __init__(
        self,
        library: Library,
        manager: FencedJobManager,
        at_once: int,
        *,
        is_fixed: bool,
        at_rest: asyncio.Event,
    ) -> None:
        super().__init__(
            library, manager, at_once, is_fixed=is_fixed, per_host=MAX_CONCURRENCY, at_rest=at_rest
        )
        self._has_archived = False

    def _trade(self, ended: Sequence[EndedArchive], room: Room) -> Exchange[TakenArchive]:
        return exchange_archives(
            self._library.gateway, self._worker_id, ended, room, actor=self._library.actor
        )

    def _after_exchange(self, is_busy: bool) -> None:
        """Have room made when all is done: what the archive has now may leave a cache that is too large."""
        if is_busy or not self._has_archived:
            return
        self._has_archived = False
        self._library.cache.may_be_overfull = True
        # Nobody waits for it: it may ask the archive for hours.
        asyncio.get_running_loop().run_in_executor(None, relieve, self._library)

    async def _prepare(self, taken: Sequence[TakenArchive]) -> None:
        """Begin with what is not archived yet."""
        for job in taken:
            if job.media_id is None:
                ended = EndedArchive(job.job_id, None, "failed", error="The job cannot be read.")
            elif job.blob is None:
                words = f"The media {job.media_id} was not downloaded yet. Download it first."
                ended = EndedArchive(job.job_id, job.media_id, "failed", error=words)
            elif job.blob.proof != "cached":
                ended = EndedArchive(job.job_id, job.media_id, "succeeded")
            else:
                self._backlog.add([Copying(job, job.blob)])
                continue
            self._backlog.settle_later([ended])

    def _do(self, piece: Copying) -> EndedArchive:
        job, blob = piece.job, piece.blob
        named = Naming(job.created_at, job.post_id, job.media_url)
        stored = copy_to_archive(self._library, blob, named, piece.stop.is_set)
        return EndedArchive(
            job.job_id, job.media_id, "succeeded", blob.sha256, stored.archive_url, stored.proof
        )

    def _end(
        self,
        piece: Copying,
        ended: Ended,
        *,
        error: BaseException | None = None,
        wait_seconds: float | None = None,
    ) -> EndedArchive:
        words = None if error is None or isinstance(error, DatabaseUnavailableError) else failure_words(error)
        job = piece.job
        return EndedArchive(
            job.job_id, job.media_id, ended, piece.blob.sha256, error=words, wait_seconds=wait_seconds
        )

    def _spoil(self, ended: EndedArchive, error: DatabaseError) -> EndedArchive | None:
        if ended.archive_url is None:
            return None
        return replace(ended, ended="failed", archive_url=None, proof=None, error=str(error))

    def _settled(self, ended: EndedArchive, result: str) -> None:
        super()._settled(ended, result)
        if ended.archive_url is not None and result == "settled":
            self._has_archived = True
            log.info(
                "media_archived",
                kind="archive",
                job_id=ended.job_id,
                proof=ended.proof,
                sha256=ended.sha256,
            )

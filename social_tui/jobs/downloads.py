"""The lane of downloads."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from social_tui.errors import ArchiveError, DatabaseError, DatabaseUnavailableError, StorageError
from social_tui.jobs.backlog import Piece
from social_tui.jobs.bulk_lane import BulkLane
from social_tui.jobs.drawing import DrawingQueue
from social_tui.jobs.failures import failure_words
from social_tui.jobs.manager import FencedJobManager
from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.retry import MAX_WAIT_SECONDS
from social_tui.library.capturing import bring
from social_tui.library.evicting import relieve
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.captured import Received, complete, get_ready
from social_tui.media_cache.failures import FetchError, HostPausedError
from social_tui.models import CapturedFile, MediaRow
from social_tui.store.batches import Ended, Exchange, Room
from social_tui.store.downloads import EndedDownload, TakenDownload, claim_downloads, exchange_downloads

log = get_logger(__name__)

# Every fourth download is from the newest request, so that a backlog does not hold up what is new.
NEWEST_EVERY = 4


@dataclass(eq=False)
class Download(Piece):
    """One download in hand.

    Args:
        row: Its media, as it was claimed.
        claim: The word that it was claimed by.
    """

    row: MediaRow
    claim: str

    @property
    def host(self) -> str:
        """The host of its link; empty where there is none."""
        try:
            return urlsplit(self.row.media_url or "").hostname or ""
        except ValueError:
            return ""


@dataclass(frozen=True, slots=True)
class Fetched(EndedDownload):
    """What became of a download here.

    Args:
        came: The bytes, before they are durably in the cache; None afterwards.
    """

    came: Received | CapturedFile | None = None


class DownloadLane(BulkLane[TakenDownload, Download, Fetched]):
    """Runs downloads; see :class:`BulkLane`.

    Args:
        progress: Where they write how far they have come.
        drawing: Draws what came, while nothing is in hand; None where somebody waits for the end.
    """

    kind = "download"

    def __init__(
        self,
        library: Library,
        manager: FencedJobManager,
        at_once: int,
        *,
        is_fixed: bool,
        at_rest: asyncio.Event,
        progress: ProgressBook,
        drawing: DrawingQueue | None = None,
    ) -> None:
        super().__init__(
            library,
            manager,
            at_once,
            is_fixed=is_fixed,
            per_host=library.settings.per_host,
            at_rest=at_rest,
        )
        self._progress = progress
        self._drawing = drawing
        self._taken = 0
        self._is_ready = False

    def _complete(self, ended: list[Fetched]) -> list[Fetched]:
        """Make the files that came last; where the disk refuses, nobody says that they are there."""
        try:
            files = iter(complete([each.came for each in ended if each.came], self._library.cache))
        except StorageError as error:
            self._refuse(error)
            words = failure_words(error)
            return [
                replace(each, ended="put_back", came=None, error=words) if each.came else each
                for each in ended
            ]
        return [replace(each, came=None, file=next(files)) if each.came else each for each in ended]

    def _drop(self, ended: Fetched) -> None:
        if isinstance(ended.came, Received):
            with contextlib.suppress(StorageError):  # What a process leaves is swept by the next one.
                ended.came.discard()

    def _trade(self, ended: Sequence[Fetched], room: Room) -> Exchange[TakenDownload]:
        free = max(room.at_once - room.running, 0) + room.ahead
        exchange = exchange_downloads(
            self._library.gateway,
            self._worker_id,
            ended,
            room,
            newest=(self._taken + free) // NEWEST_EVERY - self._taken // NEWEST_EVERY,
            actor=self._library.actor,
        )
        self._taken += len(exchange.taken)
        return exchange

    def _after_exchange(self, is_busy: bool) -> None:
        if self._drawing is not None:
            self._drawing.be_free(not is_busy)
        # What came counts once it has its place.
        if self.has_succeeded and self._library.cache.may_be_overfull:
            # Nobody waits for it: it may ask the archive for hours.
            asyncio.get_running_loop().run_in_executor(None, relieve, self._library)

    async def _prepare(self, taken: Sequence[TakenDownload]) -> None:
        """Claim the media of jobs that were taken; what is left of these is gone, or has its bytes by now."""
        if not self._is_ready:
            self._is_ready = True
            asyncio.get_running_loop().run_in_executor(None, get_ready)
        ended: list[Fetched] = []
        wanted: dict[str, TakenDownload] = {}
        for job in taken:
            if job.media_id is None:
                ended.append(Fetched(job.job_id, None, "failed", error="The job cannot be read."))
            elif pause := self._library.fetcher.pause_of(job.media_url or ""):
                # Before its media is touched: nothing happened to it.
                ended.append(Fetched(job.job_id, job.media_id, "put_back", wait_seconds=pause))
            else:
                wanted[job.media_id] = job
        claim = f"jobs-{secrets.token_hex(8)}"
        try:
            rows = await asyncio.to_thread(
                claim_downloads, self._library.gateway, list(wanted), claim, actor=self._library.actor
            )
        except DatabaseUnavailableError as error:
            put_back = [Fetched(job.job_id, job.media_id, "put_back", claim) for job in wanted.values()]
            await self._lose([*ended, *put_back], error)
            return
        claimed = {row.media_id: row for row in rows}
        # In the order in which they were taken: those whose links die soonest first.
        self._backlog.add(
            Download(job, claimed[media_id], claim) for media_id, job in wanted.items() if media_id in claimed
        )
        ended += [
            Fetched(job.job_id, media_id, "succeeded")
            for media_id, job in wanted.items()
            if media_id not in claimed
        ]
        self._backlog.settle_later(ended)

    def _do(self, piece: Download) -> Fetched:
        job_id = piece.job.job_id
        try:
            came = bring(
                self._library,
                piece.row,
                should_stop=piece.stop.is_set,
                on_progress=self._progress.writer(job_id, self._worker_id),
            )
        finally:
            self._progress.forget(job_id)
        return Fetched(job_id, piece.row.media_id, "succeeded", piece.claim, came=came)

    def _failed(self, piece: Download, error: BaseException) -> Fetched:
        if isinstance(error, HostPausedError):
            return self._end(piece, "put_back", wait_seconds=error.retry_after)
        if isinstance(error, ArchiveError) and error.stop_lane:
            # Most of what others want was never archived: they go on.
            log.warning("job_put_back", kind=self.kind, job_id=piece.job.job_id, error=failure_words(error))
            return self._end(piece, "put_back", error=error, wait_seconds=MAX_WAIT_SECONDS)
        return super()._failed(piece, error)

    def _end(
        self,
        piece: Download,
        ended: Ended,
        *,
        error: BaseException | None = None,
        wait_seconds: float | None = None,
    ) -> Fetched:
        details: dict[str, Any] = {}
        if isinstance(error, FetchError):
            details = {"outcome": error.outcome, "error": error.reason}
        elif error is not None and not isinstance(error, DatabaseUnavailableError):
            details = {"error": failure_words(error)}
        return Fetched(
            piece.job.job_id, piece.row.media_id, ended, piece.claim, wait_seconds=wait_seconds, **details
        )

    def _spoil(self, ended: Fetched, error: DatabaseError) -> Fetched | None:
        if ended.file is None and ended.outcome is None:
            return None
        return replace(ended, ended="failed", file=None, outcome=None, error=str(error))

    def _settled(self, ended: Fetched, result: str) -> None:
        super()._settled(ended, result)
        if ended.file is None:
            return
        log.info(
            "media_downloaded",
            kind="download",
            job_id=ended.job_id,
            result=result,
            sha256=ended.file.sha256,
            byte_size=ended.file.byte_size,
            plain_http=ended.file.plain_http,
        )
        if self._drawing is not None and ended.media_id is not None:
            self._drawing.add(ended.media_id)

"""The lane of downloads: takes and settles many by one call, because one for each costs more than a file.

Every job is still one media's: told, called off, tried again and rescued by itself, by the rules of all jobs.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from typing import Any

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Notification

from social_tui.errors import (
    CancelledError,
    DatabaseError,
    DatabaseUnavailableError,
    SocialTuiError,
    StorageError,
)
from social_tui.jobs.backlog import Backlog, Download
from social_tui.jobs.drawing import DrawingQueue
from social_tui.jobs.failures import concerns_all, failure_words
from social_tui.jobs.manager import SETTLE_WAITS, FencedJobManager
from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.retry import RetryByOutcome, is_no_try
from social_tui.jobs.waiting import repeat, wait_for
from social_tui.library.capturing import bring
from social_tui.library.evicting import relieve
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.captured import complete
from social_tui.media_cache.failures import FetchError, HostPausedError
from social_tui.store.downloads import (
    Ended,
    EndedDownload,
    Exchange,
    TakenDownload,
    claim_downloads,
    exchange_downloads,
)

log = get_logger(__name__)

GRACE_SECONDS = 2.0
POLL_SECONDS = 1.0
# So long what ended may wait for company, and so long at least even while a place is free: a call for one
# costs little less than a call for many.
SETTLE_SECONDS = 0.1
PAUSE_SECONDS = 0.02
# What is taken ahead begins within moments, so that all that is said to be running is.
MOST_AHEAD = 128
# So many may wait for busy hosts, for each place, while others are looked for.
BLOCKED_PER_PLACE = 4
# Every fourth download is from the newest request, so that a backlog does not hold up what is new.
NEWEST_EVERY = 4
_CONFLICTS = ("40001", "40P01")


class DownloadLane:
    """Runs downloads in threads until it is cancelled, or every further one would fail like the last.

    Args:
        library: What they work on.
        manager: Makes the worker known, and hears of new jobs.
        at_once: How many run at once where the queue does not say.
        is_fixed: Whether that holds whatever the queue says.
        progress: Where they write how far they have come.
        drawing: Draws what came, while nothing is in hand; None where somebody waits for the end.
    """

    def __init__(
        self,
        library: Library,
        manager: FencedJobManager,
        at_once: int,
        *,
        is_fixed: bool,
        progress: ProgressBook,
        drawing: DrawingQueue | None = None,
    ) -> None:
        self._library = library
        self._manager = manager
        self._at_once = at_once
        self._is_fixed = is_fixed
        self._progress = progress
        self._drawing = drawing
        self._retries = RetryByOutcome(library.settings.retry_base_seconds)
        self._backlog = Backlog(library.settings.per_host)
        self._threads: set[asyncio.Future[None]] = set()
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._refusal: SocialTuiError | None = None
        self._lost: DatabaseUnavailableError | None = None
        self._failures = 0
        self._is_careful = False
        self._taken = self._ahead = 0
        self._worker_id = 0

    async def run(self) -> SocialTuiError | None:
        """Work; when cancelled, let the running downloads end, or stop them after a while and put them back.

        Returns:
            What would make every further download fail, such as a full disk.

        Raises:
            DatabaseUnavailableError: If the database is lost; whoever comes back first takes the jobs.
        """
        manager = self._manager
        await manager.prune_stalled_workers(self._library.settings.worker_stalled_seconds)
        self._worker_id = await manager.register_worker()
        ears = asyncio.create_task(manager.listen_for_jobs(on_notification=self._hear, queues=["download"]))
        every = self._library.settings.worker_heartbeat_seconds
        beat = asyncio.create_task(repeat(self._beat, every))
        work = asyncio.create_task(self._work())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stop_beginning()
            self._wake.set()
            await work
            raise
        finally:
            for side in (ears, beat):
                side.cancel()
            await asyncio.gather(ears, beat, return_exceptions=True)
            with contextlib.suppress(ConnectorException):
                await manager.unregister_worker(self._worker_id)
        return self._refusal

    async def _hear(self, *, channel: str, notification: Notification) -> None:
        self._wake.set()

    async def _beat(self) -> None:
        await self._manager.update_heartbeat(self._worker_id)

    async def _work(self) -> None:
        clock = asyncio.get_running_loop().time
        backlog, give_up_at, exchanged = self._backlog, None, clock()
        try:
            while not self._is_stopping or self._threads or backlog.ended or backlog.waiting:
                self._wake.clear()
                began = clock()
                await self._exchange(began - exchanged)
                exchanged = began
                self._start()
                if self._is_stopping:
                    give_up_at = give_up_at or clock() + GRACE_SECONDS
                    if clock() >= give_up_at:
                        backlog.stop()
                await self._pause()
        finally:
            backlog.stop()
            if self._threads:
                await asyncio.wait(self._threads)
        if self._lost is not None:
            raise self._lost

    async def _pause(self) -> None:
        """Wait until there is something to settle or to take, and a moment more for what comes with it."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while not (self._is_careful and self._backlog.ended):
            longest = SETTLE_SECONDS if self._backlog.ended else POLL_SECONDS
            left = began + longest - clock()
            if left <= 0 or (self._is_stopping and not self._threads):
                return
            if self._wake.is_set():
                await asyncio.sleep(max(began + PAUSE_SECONDS - clock(), 0))
                return
            await wait_for(self._wake, min(left, SETTLE_SECONDS))

    async def _exchange(self, seconds: float) -> None:
        """Settle what ended in so many seconds, and take what may begin."""
        ended = self._backlog.take_ended(1 if self._is_careful else None)
        # Twice as much as will end until the next time, so that no place stays free meanwhile.
        done = sum(each.ended != "put_back" for each in ended)
        self._ahead = min(round(2 * done * SETTLE_SECONDS / max(seconds, SETTLE_SECONDS)), MOST_AHEAD)
        ended = await asyncio.to_thread(self._complete, ended)
        try:
            exchange = await asyncio.to_thread(self._call, ended)
        except DatabaseUnavailableError as error:
            await self._lose(ended, error)
            return
        except DatabaseError as error:
            self._backlog.settle_later(_refused(ended, error))
            self._is_careful = True
            return
        self._failures, self._is_careful = 0, self._is_careful and bool(self._backlog.ended)
        for each in ended:
            _log_end(each, exchange.settled.get(each.job_id, "settled"))
        if self._drawing is not None:
            self._drawing.be_free(not (self._threads or exchange.taken))
            for each in ended:
                if each.file is not None and each.media_id is not None:
                    self._drawing.add(each.media_id)
        self._backlog.call_off(exchange.called_off)
        if exchange.is_forgotten:
            self._worker_id = await self._manager.register_worker()
        if exchange.limit is not None:
            self._limit(exchange.limit, is_slow=not ended and seconds >= POLL_SECONDS)
        if exchange.taken:
            self._taken += len(exchange.taken)
            await self._claim(exchange.taken)

    def _complete(self, ended: list[EndedDownload]) -> list[EndedDownload]:
        """Make the files that came last; where the disk refuses, nobody says that they are there."""
        files = [each.file for each in ended if each.file is not None]
        try:
            completed = iter(complete(files, self._library.cache))
        except StorageError as error:
            self._refusal = self._refusal or error
            self._stop_beginning()
            words = failure_words(error)
            return [
                replace(each, ended="put_back", file=None, error=words) if each.file else each
                for each in ended
            ]
        return [replace(each, file=next(completed)) if each.file else each for each in ended]

    def _limit(self, limit: int, *, is_slow: bool) -> None:
        """Follow the number at once; what was taken ahead and will not begin soon is for others to take."""
        backlog = self._backlog
        if limit < backlog.limit or (is_slow and backlog.running >= limit):
            backlog.put_back_waiting()
        backlog.limit = 0 if self._is_stopping else limit

    def _call(self, ended: list[EndedDownload]) -> Exchange:
        at_once = 0 if self._is_stopping else self._at_once
        running, waiting = self._backlog.running, self._backlog.waiting
        if waiting < BLOCKED_PER_PLACE * max(self._backlog.limit, 1):
            ahead = max(self._ahead - waiting, 0)
        else:
            running, ahead = max(running, self._backlog.limit), 0
        free = max(at_once - running, 0) + ahead
        return exchange_downloads(
            self._library.gateway,
            self._worker_id,
            ended,
            at_once=at_once,
            is_fixed=self._is_fixed or self._is_stopping,
            running=running,
            ahead=ahead,
            newest=(self._taken + free) // NEWEST_EVERY - self._taken // NEWEST_EVERY,
            actor=self._library.actor,
        )

    async def _lose(self, ended: list[EndedDownload], error: DatabaseUnavailableError) -> None:
        """Stop, and try again to settle: a restart of the database must not undo what is done."""
        if self._failures == len(SETTLE_WAITS):
            raise error
        self._backlog.settle_later(ended)
        self._lost = error
        self._stop_beginning()
        self._backlog.stop()
        await asyncio.sleep(SETTLE_WAITS[self._failures])
        self._failures += 1

    async def _claim(self, taken: list[TakenDownload]) -> None:
        """Claim the media of jobs that were taken; what is left of these is gone, or has its bytes by now."""
        ended: list[EndedDownload] = []
        wanted: dict[str, TakenDownload] = {}
        for job in taken:
            if job.media_id is None:
                ended.append(EndedDownload(job.job_id, None, "failed", error="The job cannot be read."))
            elif pause := self._library.fetcher.pause_of(job.media_url or ""):
                # Before its media is touched: nothing happened to it.
                ended.append(EndedDownload(job.job_id, job.media_id, "put_back", wait_seconds=pause))
            else:
                wanted[job.media_id] = job
        claim = f"jobs-{secrets.token_hex(8)}"
        try:
            rows = await asyncio.to_thread(
                claim_downloads, self._library.gateway, list(wanted), claim, actor=self._library.actor
            )
        except DatabaseUnavailableError as error:
            put_back = [EndedDownload(job.job_id, job.media_id, "put_back", claim) for job in wanted.values()]
            await self._lose([*ended, *put_back], error)
            return
        self._backlog.add(Download(wanted.pop(row.media_id), row, claim) for row in rows)
        ended += [EndedDownload(job.job_id, job.media_id, "succeeded") for job in wanted.values()]
        self._backlog.settle_later(ended)

    def _stop_beginning(self) -> None:
        self._is_stopping = True
        self._backlog.limit = 0

    def _start(self) -> None:
        """Have threads work on what waits, as many as there are places."""
        while (download := self._backlog.begin()) is not None:
            thread = asyncio.get_running_loop().run_in_executor(None, self._work_off, download)
            self._threads.add(thread)
            thread.add_done_callback(self._thread_ended)

    def _thread_ended(self, thread: asyncio.Future[None]) -> None:
        self._threads.discard(thread)
        self._wake.set()
        thread.result()

    def _work_off(self, download: Download | None) -> None:
        """Do one download after the other, in a thread, until none may begin."""
        while download is not None:
            try:
                ended, refusal = self._download(download)
            except Exception as error:  # noqa: BLE001 - a fault of ours fails its media alone, and is logged
                ended, refusal = self._failed(download, error)
            if refusal is not None:
                self._refusal = self._refusal or refusal
                self._stop_beginning()
            download = self._backlog.end(download, ended)

    def _download(self, download: Download) -> tuple[EndedDownload, SocialTuiError | None]:
        """Do one download; returns how it ended, and what every other would end with too."""
        job, row = download.job, download.row
        with bind_correlation(row.media_id):
            log.debug("job_started", kind="download", job_id=job.job_id, attempt=job.attempts + 1)
            try:
                file = bring(
                    self._library,
                    row,
                    should_stop=download.stop.is_set,
                    on_progress=self._progress.writer(job.job_id, self._worker_id),
                )
            except CancelledError:
                log.info("job_stopped", kind="download", job_id=job.job_id)
                return download.end_stopped(), None
            except SocialTuiError as error:
                return self._failed(download, error)
            finally:
                self._progress.forget(job.job_id)
            relieve(self._library)
            return download.end("succeeded", file=file), None

    def _failed(
        self, download: Download, error: BaseException
    ) -> tuple[EndedDownload, SocialTuiError | None]:
        if isinstance(error, HostPausedError):
            return download.end("put_back", wait_seconds=error.retry_after), None
        job, words = download.job, failure_words(error)
        refusal = error if isinstance(error, SocialTuiError) and concerns_all(error) else None
        if is_no_try(error):
            log.warning("job_put_back", kind="download", job_id=job.job_id, error=words)
            return download.end("put_back", error=words), refusal
        log.warning(
            "job_failed",
            kind="download",
            job_id=job.job_id,
            error=words,
            exc_info=None if isinstance(error, SocialTuiError) else error,
        )
        wait = self._retries.wait_seconds(error, job.attempts)
        ended: Ended = "failed" if wait is None else "again"
        if isinstance(error, FetchError):
            details: dict[str, Any] = {"outcome": error.outcome, "error": error.reason}
        else:
            details = {"error": None if isinstance(error, DatabaseUnavailableError) else words}
        return download.end(ended, wait_seconds=wait, **details), refusal


def _refused(ended: list[EndedDownload], error: DatabaseError) -> list[EndedDownload]:
    """Return what is to be settled one by one, after the database refused it all: one stops no other."""
    if len(ended) > 1 or (ended and error.sqlstate in _CONFLICTS):
        return ended
    if not ended or (ended[0].file is None and ended[0].outcome is None):
        raise error
    log.error("job_refused", job_id=ended[0].job_id, error=str(error))
    return [replace(ended[0], ended="failed", file=None, outcome=None, error=str(error))]


def _log_end(ended: EndedDownload, result: str) -> None:
    with bind_correlation(ended.media_id or ""):
        if result == "taken_over":
            log.warning("job_taken_over", job_id=ended.job_id, task="social_tui.download")
        if ended.file is not None:
            log.info(
                "media_downloaded",
                kind="download",
                job_id=ended.job_id,
                result=result,
                sha256=ended.file.sha256,
                byte_size=ended.file.byte_size,
                plain_http=ended.file.plain_http,
            )

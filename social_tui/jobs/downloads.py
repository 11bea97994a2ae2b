"""The lane of downloads: takes and settles many by one call, because one for each costs more than a file.

Every job is still one media's: told, called off, tried again and rescued by itself, by the rules of all jobs.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import Any

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Notification

from social_tui.errors import CancelledError, DatabaseError, DatabaseUnavailableError, SocialTuiError
from social_tui.jobs.failures import concerns_all, failure_words
from social_tui.jobs.manager import SETTLE_WAITS, FencedJobManager
from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.retry import RetryByOutcome, is_no_try
from social_tui.jobs.waiting import repeat, wait_for
from social_tui.library.capturing import bring
from social_tui.library.evicting import relieve
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.failures import FetchError, HostPausedError
from social_tui.models import MediaRow
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
# Every fourth download is from the newest request, so that a backlog does not hold up what is new.
NEWEST_EVERY = 4
_CONFLICTS = ("40001", "40P01")


@dataclass
class _Running:
    """A download that runs in a thread."""

    job: TakenDownload
    row: MediaRow
    claim: str
    stop: threading.Event = field(default_factory=threading.Event)
    is_called_off: bool = False

    def end(self, ended: Ended, **details: Any) -> EndedDownload:
        return EndedDownload(self.job.job_id, self.row.media_id, ended, self.claim, **details)


class DownloadLane:
    """Runs downloads in threads until it is cancelled, or every further one would fail like the last.

    Args:
        library: What they work on.
        manager: Makes the worker known, and hears of new jobs.
        at_once: How many run at once where the queue does not say.
        is_fixed: Whether that holds whatever the queue says.
        progress: Where they write how far they have come.
    """

    def __init__(
        self,
        library: Library,
        manager: FencedJobManager,
        at_once: int,
        *,
        is_fixed: bool,
        progress: ProgressBook,
    ) -> None:
        self._library = library
        self._manager = manager
        self._at_once = at_once
        self._is_fixed = is_fixed
        self._progress = progress
        self._retries = RetryByOutcome(library.settings.retry_base_seconds)
        self._running: dict[int, _Running] = {}
        self._ended: list[EndedDownload] = []
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._refusal: SocialTuiError | None = None
        self._lost: DatabaseUnavailableError | None = None
        self._failures = 0
        self._is_careful = False
        self._taken = 0
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
            self._is_stopping = True
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
        give_up_at: float | None = None
        try:
            while not self._is_stopping or self._running or self._ended:
                self._wake.clear()
                await self._exchange()
                if self._is_stopping:
                    give_up_at = give_up_at or clock() + GRACE_SECONDS
                    if clock() >= give_up_at:
                        self._stop_all()
                if not self._ended and (self._running or not self._is_stopping):
                    await wait_for(self._wake, POLL_SECONDS)
        finally:
            self._stop_all()
            while self._running:
                self._wake.clear()
                await self._wake.wait()
        if self._lost is not None:
            raise self._lost

    def _stop_all(self) -> None:
        for running in self._running.values():
            running.stop.set()

    async def _exchange(self) -> None:
        """Settle what ended, and begin what may begin."""
        count = 1 if self._is_careful else len(self._ended)
        ended, self._ended = self._ended[:count], self._ended[count:]
        try:
            exchange = await asyncio.to_thread(self._call, ended)
        except DatabaseUnavailableError as error:
            await self._lose(ended, error)
            return
        except DatabaseError as error:
            self._ended = _refused(ended, error) + self._ended
            self._is_careful = True
            return
        self._failures, self._is_careful = 0, self._is_careful and bool(self._ended)
        for each in ended:
            _log_end(each, exchange.settled.get(each.job_id, "settled"))
        for job_id in exchange.called_off:
            if job_id in self._running:
                self._running[job_id].is_called_off = True
                self._running[job_id].stop.set()
        if exchange.is_forgotten:
            self._worker_id = await self._manager.register_worker()
        if exchange.taken:
            self._taken += len(exchange.taken)
            await self._begin(exchange.taken)

    def _call(self, ended: list[EndedDownload]) -> Exchange:
        at_once = 0 if self._is_stopping else self._at_once
        free = max(at_once - len(self._running), 0)
        return exchange_downloads(
            self._library.gateway,
            self._worker_id,
            ended,
            at_once=at_once,
            is_fixed=self._is_fixed or self._is_stopping,
            running=len(self._running),
            newest=(self._taken + free) // NEWEST_EVERY - self._taken // NEWEST_EVERY,
            actor=self._library.actor,
        )

    async def _lose(self, ended: list[EndedDownload], error: DatabaseUnavailableError) -> None:
        """Stop, and try again to settle: a restart of the database must not undo what is done."""
        if self._failures == len(SETTLE_WAITS):
            raise error
        self._ended = ended + self._ended
        self._lost, self._is_stopping = error, True
        self._stop_all()
        await asyncio.sleep(SETTLE_WAITS[self._failures])
        self._failures += 1

    async def _begin(self, taken: list[TakenDownload]) -> None:
        wanted: dict[str, TakenDownload] = {}
        for job in taken:
            if job.media_id is None:
                self._ended.append(EndedDownload(job.job_id, None, "failed", error="The job cannot be read."))
            elif pause := self._library.fetcher.pause_of(job.media_url or ""):
                # Before its media is touched: nothing happened to it.
                self._ended.append(EndedDownload(job.job_id, job.media_id, "put_back", wait_seconds=pause))
            else:
                wanted[job.media_id] = job
        claim = f"jobs-{secrets.token_hex(8)}"
        try:
            rows = await asyncio.to_thread(
                claim_downloads, self._library.gateway, list(wanted), claim, actor=self._library.actor
            )
        except DatabaseUnavailableError as error:
            put_back = [EndedDownload(job.job_id, job.media_id, "put_back", claim) for job in wanted.values()]
            await self._lose(put_back, error)
            return
        for row in rows:
            self._start(_Running(wanted.pop(row.media_id), row, claim))
        # What is left is gone, or has its bytes by now.
        self._ended += [EndedDownload(job.job_id, job.media_id, "succeeded") for job in wanted.values()]

    def _start(self, running: _Running) -> None:
        def settle(done: asyncio.Future[tuple[EndedDownload, SocialTuiError | None]]) -> None:
            error = done.exception()
            ended, refusal = done.result() if error is None else self._failed(running, error)
            del self._running[running.job.job_id]
            self._ended.append(ended)
            if refusal is not None:
                self._refusal, self._is_stopping = self._refusal or refusal, True
            self._wake.set()

        self._running[running.job.job_id] = running
        asyncio.get_running_loop().run_in_executor(None, self._download, running).add_done_callback(settle)

    def _download(self, running: _Running) -> tuple[EndedDownload, SocialTuiError | None]:
        """Do one download, in a thread; returns how it ended, and what every other would end with too."""
        job, row = running.job, running.row
        with bind_correlation(row.media_id):
            log.info("job_started", kind="download", job_id=job.job_id, attempt=job.attempts + 1)
            try:
                file = bring(
                    self._library,
                    row,
                    should_stop=running.stop.is_set,
                    on_progress=self._progress.writer(job.job_id, self._worker_id),
                )
            except CancelledError:
                log.info("job_stopped", kind="download", job_id=job.job_id)
                return running.end("aborted" if running.is_called_off else "put_back"), None
            except SocialTuiError as error:
                return self._failed(running, error)
            finally:
                self._progress.forget(job.job_id)
            relieve(self._library)
            return running.end("succeeded", file=file), None

    def _failed(self, running: _Running, error: BaseException) -> tuple[EndedDownload, SocialTuiError | None]:
        if isinstance(error, HostPausedError):
            return running.end("put_back", wait_seconds=error.retry_after), None
        job, words = running.job, failure_words(error)
        refusal = error if isinstance(error, SocialTuiError) and concerns_all(error) else None
        if is_no_try(error):
            log.warning("job_put_back", kind="download", job_id=job.job_id, error=words)
            return running.end("put_back", error=words), refusal
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
        return running.end(ended, wait_seconds=wait, **details), refusal


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
                result=result,
                sha256=ended.file.sha256,
                byte_size=ended.file.byte_size,
                plain_http=ended.file.plain_http,
            )
        if ended.ended == "succeeded":
            log.info("job_done", kind="download", job_id=ended.job_id)

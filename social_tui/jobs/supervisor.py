"""Supervision: lanes of jobs that outlive restarts of the database and stop when they are told to."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from social_tui.errors import (
    ArchiveError,
    BudgetError,
    DatabaseUnavailableError,
    SocialTuiError,
    StorageError,
    UnfinishedError,
)
from social_tui.jobs.app import make_app
from social_tui.jobs.archives import ArchiveLane
from social_tui.jobs.downloads import DownloadLane
from social_tui.jobs.drawing import DrawingQueue
from social_tui.jobs.lanes import Lanes
from social_tui.jobs.manager import FencedJobManager
from social_tui.jobs.progress import TELL_SECONDS, ProgressBook, tell_news
from social_tui.jobs.quiet import quieten_procrastinate
from social_tui.jobs.rescue import rescue_stalled
from social_tui.jobs.retry import MAX_TRIES, retry_wait
from social_tui.jobs.stopping import stop_on_signals
from social_tui.jobs.tasks import register_tasks
from social_tui.jobs.waiting import repeat, wait_for
from social_tui.library.auditing import seal_some
from social_tui.library.places import try_places
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.models import JobKind
from social_tui.store import fleet as fleet_store
from social_tui.store import jobs as job_store
from social_tui.store.queues import MAX_CONCURRENCY

if TYPE_CHECKING:
    from social_tui.jobs.beside import Beside

log = get_logger(__name__)

POLL_SECONDS = 1.0
WATCH_SECONDS = 0.5
WATCH_PAUSE, LONGEST_WATCH_PAUSE = 0.1, 2.0
FIRST_BACKOFF, LONGEST_BACKOFF = 0.25, 15.0
PATIENCE_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
SPARE_THREADS = 4
STOP_SECONDS, IN_CREW_STOP_SECONDS = 0.1, 0.01
SEAL_SECONDS = 20.0
_LOST = (ConnectorException, psycopg.Error, DatabaseUnavailableError, OSError)


def _unheard(line: str) -> None:
    """Tell nobody."""


class Supervisor:
    """Runs one procrastinate worker per kind of job: a lane, with its own number of jobs at once.

    A procrastinate worker ends, without an error, when the database restarts; here the lanes start again,
    with growing pauses, until the database is back. All lanes share one event loop; jobs run in threads.

    A lane whose every further job would fail the same way is closed, and the others go on. One that a disk
    or the archive closed opens again when that takes files, unless somebody waits for the end.

    Args:
        library: What the jobs work on.
        lanes: How many jobs of each kind run at once where the queue does not say.
        stop: Ends the work when it is set.
        watch: Called in a thread, with this supervisor, whenever something may have changed; returning True
            ends the work. With somebody who waits for that, the work is given up when the database is away
            for a minute.
        tell: Told in one line, in any thread, what stands in the way of the work.
        is_fixed: Whether the numbers hold whatever the queue says.
        in_crew: Whether somebody else waits for the end. Whoever waits does so for the jobs, and for nothing
            that a worker does beside them.
    """

    def __init__(
        self,
        library: Library,
        lanes: Mapping[JobKind, int],
        stop: threading.Event,
        watch: Callable[[Supervisor], bool] | None = None,
        tell: Callable[[str], None] | None = None,
        *,
        is_fixed: bool = False,
        in_crew: bool = False,
    ) -> None:
        self._library = library
        self._lanes = dict(lanes)
        self._stop = stop
        self._watch = watch
        self._tell = tell or _unheard
        self._is_fixed = is_fixed
        self._progress = ProgressBook()
        # Whoever waits for the end waits for this, too.
        self._stop_seconds = IN_CREW_STOP_SECONDS if in_crew else STOP_SECONDS
        is_awaited = watch is not None or in_crew
        self._drawing = DrawingQueue(library) if "download" in lanes and not is_awaited else None
        self._beside: list[Beside] = []
        if not is_awaited:
            from social_tui.jobs.beside import for_kinds

            self._beside = for_kinds(library, lanes)
        self._finished = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._closing: dict[JobKind, asyncio.Future[SocialTuiError]] = {}
        self._closed_by: dict[str, SocialTuiError] = {}
        self.workers: Collection[int] = ()

    @property
    def kinds(self) -> Collection[JobKind]:
        """The kinds of jobs that it still runs."""
        return tuple(self._lanes)

    async def run(self) -> None:
        """Work until stopped, done, or until no lane is left.

        Raises:
            DatabaseUnavailableError: If the database stays away and somebody waits for the end.
            SocialTuiError: What closed the last lane, because every further job would fail the same way; or
                any lane, if somebody waited for the end.
        """
        quieten_procrastinate()
        most = sum(map(_most, self._lanes.values()))
        threads = ThreadPoolExecutor(most + SPARE_THREADS, thread_name_prefix="job")
        asyncio.get_running_loop().set_default_executor(threads)
        watchers = [asyncio.create_task(self._watch_stop())]
        if self._watch is not None:
            watchers.append(asyncio.create_task(self._watch_work(self._watch)))
        try:
            with stop_on_signals(self._stop):
                await self._keep_alive()
        finally:
            self._finish()
            await asyncio.gather(*watchers)
        is_awaited = self._watch is not None and not self._stop.is_set()
        if self._closed_by and (is_awaited or not self._lanes):
            first, *others = self._closed_by.values()
            raise UnfinishedError(" ".join(self._closed_by)) if others else first

    async def _keep_alive(self) -> None:
        clock = asyncio.get_running_loop().time
        backoff = FIRST_BACKOFF
        while self._lanes and not self._finished.is_set():
            started = clock()
            try:
                # The gateway starts an embedded server again that died.
                await asyncio.to_thread(job_store.count_jobs, self._library.gateway)
                await self._live()
            except _LOST as error:
                log.warning("database_lost", error=str(error))
            backoff = FIRST_BACKOFF if clock() - started > LONGEST_BACKOFF else backoff
            if self._lanes:
                await wait_for(self._finished, backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF)

    async def _live(self) -> None:
        """Run the lanes until the work is finished, a lane ends, or the database is lost."""
        gateway = self._library.gateway
        lanes = Lanes(gateway, dict(self._lanes), is_fixed=self._is_fixed)
        app, manager = make_app(self._library.database_url, gateway, lanes, self._enlist)
        self.workers = manager.workers
        register_tasks(app, manager, self._library, self._closer())
        try:
            if await self._unless_finished(app.open_async()):
                await rescue_stalled(manager, self._library)
                await self._run_lanes(app, manager)
        finally:
            await app.close_async()

    def _enlist(self, worker_id: int) -> None:
        """Make known that a worker of the queue is one of this process."""
        library = self._library
        fleet_store.enlist_worker(
            library.gateway,
            worker_id,
            process_id=library.run,
            name=library.settings.worker_name or library.actor,
            queues=tuple(self._lanes),
        )

    async def _say_draining(self) -> None:
        """Make known that no more jobs are taken; the work ends also where nobody hears of it."""
        try:
            await asyncio.to_thread(fleet_store.drain_worker, self._library.gateway, self._library.run)
        except DatabaseUnavailableError as error:
            log.warning("draining_not_told", error=str(error))

    async def _unless_finished(self, work: Awaitable[object]) -> bool:
        """Wait for some work, but no longer than there is reason to; tell whether it was done."""
        task, end = asyncio.ensure_future(work), asyncio.create_task(self._finished.wait())
        await asyncio.wait([task, end], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
        end.cancel()
        await asyncio.gather(task, end, return_exceptions=True)
        if task.cancelled():
            return False
        task.result()
        return True

    async def _run_lanes(self, app: App, manager: FencedJobManager) -> None:
        tasks = self._start(app, manager)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A cancelled lane lets its running jobs end, or stops them and puts them back.
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _start(self, app: App, manager: FencedJobManager) -> list[asyncio.Task[Any]]:
        every = self._library.settings.worker_heartbeat_seconds
        return [
            *(asyncio.create_task(self._lane(app, manager, kind)) for kind in self._lanes),
            *(asyncio.create_task(task.run()) for task in self._beside),
            *([asyncio.create_task(self._drawing.run())] if self._drawing is not None else []),
            asyncio.create_task(repeat(lambda: rescue_stalled(manager, self._library), every)),
            asyncio.create_task(
                repeat(lambda: tell_news(self._progress, self._library.gateway), TELL_SECONDS)
            ),
            asyncio.create_task(repeat(lambda: asyncio.to_thread(seal_some, self._library), SEAL_SECONDS)),
            asyncio.create_task(manager.lost.wait()),
            asyncio.create_task(self._finished.wait()),
        ]

    async def _lane(self, app: App, manager: FencedJobManager, kind: JobKind) -> None:
        """Run one lane until the database is lost, with pauses while a disk or the archive takes no files.

        So it is while a budget is spent: a new day brings another.
        """
        clock = asyncio.get_running_loop().time
        pause, refusals = FIRST_PAUSE, 0
        while True:
            opened = clock()
            lane = self._bulk_lane(manager, kind)
            error = await (lane.run() if lane is not None else self._open_lane(app, kind))
            if error is None:
                return
            refusals = 1 if lane is not None and lane.has_succeeded else refusals + 1
            if not self._goes_on(error, refusals):
                await self._close_for_good(kind, error)
                return
            if self._watch is not None:
                base = self._library.settings.retry_base_seconds
                await asyncio.sleep(retry_wait(error, refusals - 1, base, random.random))
            else:
                pause = FIRST_PAUSE if clock() - opened > LONGEST_PAUSE else pause
                pause = await self._pause(kind, error, pause)

    def _goes_on(self, error: SocialTuiError, refusals: int) -> bool:
        """Tell whether a lane opens again after so many refusals in a row.

        Whoever waits for the end waits for what passes by itself only, such as a server that starts anew.
        """
        if self._watch is None:
            return isinstance(error, ArchiveError | BudgetError | StorageError)
        return isinstance(error, ArchiveError) and error.retryable and refusals < MAX_TRIES

    def _bulk_lane(self, manager: FencedJobManager, kind: JobKind) -> DownloadLane | ArchiveLane | None:
        """Make the lane of a kind whose jobs are taken many at a time; None for the other kinds."""
        if kind == "download":
            return DownloadLane(
                self._library,
                manager,
                self._lanes[kind],
                is_fixed=self._is_fixed,
                at_rest=self._at_rest,
                progress=self._progress,
                drawing=self._drawing,
            )
        if kind == "archive":
            return ArchiveLane(
                self._library, manager, self._lanes[kind], is_fixed=self._is_fixed, at_rest=self._at_rest
            )
        return None

    async def _open_lane(self, app: App, kind: JobKind) -> SocialTuiError | None:
        """Run one lane's jobs; returns what closed it, or None when its worker ended by itself."""
        settings = self._library.settings
        closing: asyncio.Future[SocialTuiError] = asyncio.get_running_loop().create_future()
        self._closing[kind] = closing
        work = asyncio.create_task(
            app.run_worker_async(
                queues=[kind],
                name=f"social-tui-{kind}",
                # What it may not exceed; how many really run at once is for the lanes to say.
                concurrency=_most(self._lanes[kind]),
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                abort_job_polling_interval=POLL_SECONDS,
                shutdown_graceful_timeout=settings.worker_drain_seconds,
                update_heartbeat_interval=settings.worker_heartbeat_seconds,
                stalled_worker_timeout=settings.worker_stalled_seconds,
            )
        )
        ends: list[asyncio.Future[Any]] = [work, closing]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A cancelled worker lets its running jobs end, or stops them and puts them back.
            work.cancel()
            (result,) = await asyncio.gather(work, return_exceptions=True)
        if closing.done():
            return closing.result()
        if isinstance(result, Exception):
            raise result
        return None

    async def _close_for_good(self, kind: JobKind, error: SocialTuiError) -> None:
        """Do without a lane; returns when no other is left."""
        log.error("lane_closed", kind=kind, error=str(error))
        self._closed_by[str(error)] = error
        del self._lanes[kind]
        if self._lanes:
            await self._finished.wait()

    async def _pause(self, kind: JobKind, error: SocialTuiError, seconds: float) -> float:
        """Wait until the disk takes files again; returns how long to wait the next time."""
        log.error("lane_paused", kind=kind, error=str(error), seconds=seconds)
        if seconds == FIRST_PAUSE:
            self._tell(f"The {kind} jobs wait. {error}")
        while True:
            await asyncio.sleep(seconds)
            seconds = min(2 * seconds, LONGEST_PAUSE)
            try:
                await asyncio.to_thread(try_places, self._library, kind)
            except SocialTuiError as again:
                log.warning("lane_still_paused", kind=kind, error=str(again), seconds=seconds)
            else:
                log.info("lane_opened_again", kind=kind)
                return seconds

    def _closer(self) -> Callable[[JobKind, SocialTuiError], None]:
        loop = asyncio.get_running_loop()

        def close(kind: JobKind, error: SocialTuiError) -> None:
            if not self._closing[kind].done():
                self._closing[kind].set_result(error)

        def close_from_thread(kind: JobKind, error: SocialTuiError) -> None:
            loop.call_soon_threadsafe(close, kind, error)

        return close_from_thread

    def _finish(self) -> None:
        self._finished.set()
        self._at_rest.set()

    async def _watch_stop(self) -> None:
        while not self._finished.is_set():
            if self._stop.is_set():
                self._finish()
                await self._say_draining()
            await wait_for(self._finished, self._stop_seconds)

    async def _watch_work(self, watch: Callable[[Supervisor], bool]) -> None:
        clock = asyncio.get_running_loop().time
        seen, looked = clock(), 0.0
        try:
            while not self._finished.is_set():
                began = clock()
                self._at_rest.clear()
                try:
                    if await asyncio.to_thread(watch, self):
                        return
                    looked = clock() - began
                    await asyncio.to_thread(self._library.gateway.wait_for_change, WATCH_SECONDS)
                    seen = clock()
                except DatabaseUnavailableError as error:
                    log.warning("database_lost", error=str(error))
                    if clock() - seen > PATIENCE_SECONDS:
                        raise
                # Counting a large queue again and again must not take the machine from the work.
                await wait_for(self._finished, looked)
                await wait_for(self._at_rest, min(max(WATCH_PAUSE, 8 * looked), LONGEST_WATCH_PAUSE))
        finally:
            # Whoever cannot watch any more cannot tell the end either.
            self._finished.set()


def _most(concurrency: int) -> int:
    """Return how many jobs of a lane may ever run at once."""
    return max(concurrency, MAX_CONCURRENCY)

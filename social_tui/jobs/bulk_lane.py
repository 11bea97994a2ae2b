"""A lane that takes and settles many jobs by one call, because a call for each costs more than the job.

Every job is still one media's: told, called off, tried again and rescued by itself, by the rules of all jobs.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Notification

from social_tui.errors import CancelledError, DatabaseError, DatabaseUnavailableError, SocialTuiError
from social_tui.jobs.backlog import Backlog, EndedT, PieceT
from social_tui.jobs.failures import concerns_all, failure_words
from social_tui.jobs.manager import SETTLE_WAITS, FencedJobManager
from social_tui.jobs.pace import Pace
from social_tui.jobs.retry import RetryByOutcome, is_no_try
from social_tui.jobs.waiting import repeat, wait_for
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.models import JobKind
from social_tui.store.batches import Ended, Exchange, Room, TakenJob
from social_tui.store.sqlstates import CONFLICTS

log = get_logger(__name__)

POLL_SECONDS = 1.0
# So long what ended may wait for company, and so long at least even while a place is free: a call for one
# costs little less than a call for many.
SETTLE_SECONDS = 0.1
PAUSE_SECONDS = 0.02
# So many may wait for busy hosts, for each place, while others are looked for.
BLOCKED_PER_PLACE = 4

TakenT = TypeVar("TakenT", bound=TakenJob)


class BulkLane(ABC, Generic[TakenT, PieceT, EndedT]):
    """Runs jobs of one kind in threads until it is cancelled, or every further one would fail like the last.

    Args:
        library: What they work on.
        manager: Makes the worker known, and hears of new jobs.
        at_once: How many run at once where the queue does not say.
        is_fixed: Whether that holds whatever the queue says.
        per_host: How many run at once that ask one host.
        at_rest: Set whenever all that was in hand is settled and nothing more may begin.
    """

    kind: ClassVar[JobKind]

    def __init__(
        self,
        library: Library,
        manager: FencedJobManager,
        at_once: int,
        *,
        is_fixed: bool,
        per_host: int,
        at_rest: asyncio.Event,
    ) -> None:
        self._library = library
        self._manager = manager
        self._at_once = at_once
        self._is_fixed = is_fixed
        self._retries = RetryByOutcome(library.settings.retry_base_seconds)
        self._backlog: Backlog[PieceT, EndedT] = Backlog(per_host, self._stopped)
        self._threads: set[asyncio.Future[None]] = set()
        self._wake = asyncio.Event()
        self._at_rest = at_rest
        self._is_stopping = False
        self._refusal: SocialTuiError | None = None
        self._lost: DatabaseUnavailableError | None = None
        self._failures = 0
        self._is_careful = False
        self._ahead = 0
        self._pace = Pace()
        self._worker_id = 0
        self.has_succeeded = False

    @abstractmethod
    def _trade(self, ended: Sequence[EndedT], room: Room) -> Exchange[TakenT]:
        """Settle what ended and take what may begin, by one call; runs in a thread."""

    @abstractmethod
    async def _prepare(self, taken: Sequence[TakenT]) -> None:
        """Put what was taken into the backlog, or say how it ended."""

    @abstractmethod
    def _do(self, piece: PieceT) -> EndedT:
        """Do one job, in a thread; what it raises is how it failed."""

    @abstractmethod
    def _end(
        self,
        piece: PieceT,
        ended: Ended,
        *,
        error: BaseException | None = None,
        wait_seconds: float | None = None,
    ) -> EndedT:
        """Say how a job ended that brought nothing."""

    @abstractmethod
    def _spoil(self, ended: EndedT, error: DatabaseError) -> EndedT | None:
        """Say of what the database refused that it failed; None where it has no part in the refusal."""

    def _complete(self, ended: list[EndedT]) -> list[EndedT]:
        """Do what is left to do for all that ended together, before it is settled; runs in a thread."""
        return ended

    def _drop(self, ended: EndedT) -> None:
        """Let go of what ended and is settled by nobody any more."""

    def _settled(self, ended: EndedT, result: str) -> None:
        """Learn how one job was settled."""
        if result == "taken_over":
            log.warning("job_taken_over", job_id=ended.job_id, task=f"social_tui.{self.kind}")

    def _after_exchange(self, is_busy: bool) -> None:
        """Do what each exchange gives room or reason for, knowing whether anything is in hand."""

    async def run(self) -> SocialTuiError | None:
        """Work; when cancelled, let the running jobs end, or stop them after a while and put them back.

        Returns:
            What would make every further job fail, such as a full disk.

        Raises:
            DatabaseUnavailableError: If the database is lost; whoever comes back first takes the jobs.
        """
        manager = self._manager
        await manager.prune_stalled_workers(self._library.settings.worker_stalled_seconds)
        self._worker_id = await manager.register_worker()
        ears = asyncio.create_task(manager.listen_for_jobs(on_notification=self._hear, queues=[self.kind]))
        every = self._library.settings.worker_heartbeat_seconds
        beat = asyncio.create_task(repeat(self._beat, every))
        work = asyncio.create_task(self._work())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stop_beginning()
            self._backlog.put_back_waiting()
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
                    give_up_at = give_up_at or clock() + self._library.settings.worker_drain_seconds
                    if clock() >= give_up_at:
                        backlog.stop()
                await self._pause()
        finally:
            backlog.stop()
            if self._threads:
                await asyncio.wait(self._threads)
            for each in backlog.take_ended():
                self._drop(each)
        if self._lost is not None:
            raise self._lost

    async def _pause(self) -> None:
        """Wait until there is something to settle or to take, and a moment more for what comes with it."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while not (self._is_careful and self._backlog.ended):
            longest = SETTLE_SECONDS if self._backlog.ended else POLL_SECONDS
            left = began + longest - clock()
            if left <= 0 or (not self._threads and (self._is_stopping or self._backlog.has_done)):
                # What was done has no company to wait for; what goes back is in no hurry: thousands may be of
                # one host that asked to wait, and each exchange takes and puts back the next of them.
                return
            if self._wake.is_set():
                await asyncio.sleep(max(began + PAUSE_SECONDS - clock(), 0))
                return
            await wait_for(self._wake, min(left, SETTLE_SECONDS))

    async def _exchange(self, seconds: float) -> None:
        """Settle what ended in so many seconds, and take what may begin."""
        ended = self._backlog.take_ended(1 if self._is_careful else None)
        self._ahead = self._pace.ahead(sum(each.ended != "put_back" for each in ended), seconds)
        ended = await asyncio.to_thread(self._complete, ended)
        try:
            exchange = await asyncio.to_thread(self._trade, ended, self._room())
        except DatabaseUnavailableError as error:
            await self._lose(ended, error)
            return
        except DatabaseError as error:
            self._backlog.settle_later(self._refused(ended, error))
            self._is_careful = True
            return
        self._failures, self._is_careful = 0, self._is_careful and bool(self._backlog.ended)
        for each in ended:
            self.has_succeeded = self.has_succeeded or each.ended == "succeeded"
            with bind_correlation(each.media_id or ""):
                self._settled(each, exchange.settled.get(each.job_id, "settled"))
        self._after_exchange(bool(self._threads or exchange.taken))
        if ended and not (self._threads or exchange.taken or self._backlog.ended):
            self._at_rest.set()
        self._backlog.call_off(exchange.called_off)
        if exchange.is_forgotten:
            self._worker_id = await self._manager.register_worker()
        if exchange.limit is not None:
            self._limit(exchange.limit, is_slow=not ended and seconds >= POLL_SECONDS)
        if exchange.taken:
            await self._prepare(exchange.taken)

    def _refused(self, ended: list[EndedT], error: DatabaseError) -> list[EndedT]:
        """Return what is to be settled one by one, after the database refused it all: one stops no other."""
        if len(ended) > 1 or (ended and error.sqlstate in CONFLICTS):
            return ended
        spoilt = self._spoil(ended[0], error) if ended else None
        if spoilt is None:
            raise error
        log.error("job_refused", job_id=spoilt.job_id, error=str(error))
        return [spoilt]

    def _limit(self, limit: int, *, is_slow: bool) -> None:
        """Follow the number at once; what was taken ahead and will not begin soon is for others to take."""
        backlog = self._backlog
        if limit < backlog.limit or (is_slow and backlog.running >= limit):
            backlog.put_back_waiting()
        backlog.limit = 0 if self._is_stopping else limit

    def _room(self) -> Room:
        running, waiting = self._backlog.running, self._backlog.waiting
        if waiting < BLOCKED_PER_PLACE * max(self._backlog.limit, 1):
            ahead = max(self._ahead - waiting, 0)
        else:
            running, ahead = max(running, self._backlog.limit), 0
        return Room(
            at_once=0 if self._is_stopping else self._at_once,
            is_fixed=self._is_fixed or self._is_stopping,
            running=running,
            ahead=ahead,
        )

    async def _lose(self, ended: list[EndedT], error: DatabaseUnavailableError) -> None:
        """Stop, and try again to settle: a restart of the database must not undo what is done."""
        if self._failures == len(SETTLE_WAITS):
            raise error
        self._backlog.settle_later(ended)
        self._lost = error
        self._stop_beginning()
        self._backlog.stop()
        await asyncio.sleep(SETTLE_WAITS[self._failures])
        self._failures += 1

    def _refuse(self, error: SocialTuiError) -> None:
        """Begin no more jobs, as each would fail with the same error."""
        self._refusal = self._refusal or error
        self._stop_beginning()

    def _stop_beginning(self) -> None:
        self._is_stopping = True
        self._backlog.limit = 0

    def _start(self) -> None:
        """Have threads work on what waits, as many as there are places."""
        while (piece := self._backlog.begin()) is not None:
            thread = asyncio.get_running_loop().run_in_executor(None, self._work_off, piece)
            self._threads.add(thread)
            thread.add_done_callback(self._thread_ended)

    def _thread_ended(self, thread: asyncio.Future[None]) -> None:
        self._threads.discard(thread)
        self._wake.set()
        thread.result()

    def _work_off(self, piece: PieceT | None) -> None:
        """Do one job after the other, in a thread, until none may begin."""
        while piece is not None:
            job = piece.job
            with bind_correlation(job.media_id or ""):
                log.debug("job_started", kind=self.kind, job_id=job.job_id, attempt=job.attempts + 1)
                try:
                    ended = self._do(piece)
                except CancelledError:
                    log.info("job_stopped", kind=self.kind, job_id=job.job_id)
                    ended = self._stopped(piece)
                except Exception as error:  # noqa: BLE001 - a fault of ours fails its media alone, and is logged
                    ended = self._failed(piece, error)
            piece = self._backlog.end(piece, ended)

    def _stopped(self, piece: PieceT) -> EndedT:
        return self._end(piece, "aborted" if piece.is_called_off else "put_back")

    def _failed(self, piece: PieceT, error: BaseException) -> EndedT:
        job, words = piece.job, failure_words(error)
        if isinstance(error, SocialTuiError) and concerns_all(self.kind, error):
            self._refuse(error)
        if is_no_try(self.kind, error):
            log.warning("job_put_back", kind=self.kind, job_id=job.job_id, error=words)
            return self._end(piece, "put_back", error=error)
        log.warning(
            "job_failed",
            kind=self.kind,
            job_id=job.job_id,
            error=words,
            exc_info=None if isinstance(error, SocialTuiError) else error,
        )
        wait = self._retries.wait_seconds(error, job.attempts)
        return self._end(piece, "failed" if wait is None else "again", error=error, wait_seconds=wait)

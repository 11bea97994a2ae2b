"""A job manager that keeps to pauses, and that frozen workers and lost databases cannot lead astray."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Iterable
from typing import cast

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, JobInserted, Status
from procrastinate.manager import JobManager, NotificationCallback

from social_tui.errors import DatabaseUnavailableError
from social_tui.jobs.lanes import Lanes
from social_tui.log import get_logger
from social_tui.models import JobKind
from social_tui.store import jobs as job_store
from social_tui.store.gateway import Gateway

log = get_logger(__name__)

SETTLE_WAITS = (0.1, 0.3, 1.0, 3.0, 6.0)
_LOST = (ConnectorException, DatabaseUnavailableError)


class FencedJobManager(JobManager):
    """Settles a job only while its worker still owns it, and tells when the database was lost.

    A worker that was frozen past its heartbeat may wake up when another one has its job already; what it
    says then must not count. A restart of the database at the very moment when a job ends must not leave
    the job running for ever under a worker that lives. And procrastinate 3.10 watches its heartbeat and
    its listener only where there are periodic tasks (``Worker._monitor_side_tasks`` ends with the
    deferrer), so a worker would go on without either: here their failure sets ``lost``.

    Args:
        connector: The way to the database.
        gateway: The way to its functions.
        lanes: Say when another job may begin.
        enlist: Tells whose each worker of the queue is, in a thread.
    """

    def __init__(
        self,
        connector: BaseConnector,
        gateway: Gateway,
        lanes: Lanes,
        enlist: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(connector)
        self.lost = asyncio.Event()
        self.workers: set[int] = set()
        self._gateway = gateway
        self._lanes = lanes
        self._enlist = enlist
        self._untried: dict[int, str | None] = {}

    def count_no_try(self, job: Job, error: str | None) -> None:
        """Have the coming retry of a job count as no try: it had no part in what stopped it.

        Args:
            job: The job, whose task fails right after this.
            error: What stopped it, for the list of jobs; None when there is nothing to tell.
        """
        if job.id is not None:
            self._untried[job.id] = error

    async def register_worker(self) -> int:
        """Make a worker known, and remember it as one of this process."""
        worker_id = await super().register_worker()
        self.workers.add(worker_id)
        if self._enlist is not None:
            await asyncio.to_thread(self._enlist, worker_id)
        return worker_id

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take the next job of a lane, if another one may begin now."""
        (queue,) = queues or ()
        if not await self._lanes.may_begin(cast("JobKind", queue)):
            return None
        job = await super().fetch_job([queue], worker_id)
        if job is not None:
            self._lanes.begin(queue, job.id)
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Set a job to its final state, if it is still its worker's."""

        async def finish() -> None:
            await super(FencedJobManager, self).finish_job(job, status, delete_job)

        await self._settle(job, finish)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime.datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back into the queue, if it is still its worker's."""

        async def retry() -> None:
            await super(FencedJobManager, self).retry_job(job, retry_at, priority, queue, lock)

        async def put_back() -> None:
            await asyncio.to_thread(
                job_store.put_back_job, self._gateway, job.id or 0, job.worker_id, error=error
            )

        is_untried = job.id in self._untried
        error = self._untried.pop(job.id, None) if job.id is not None else None
        await self._settle(job, put_back if is_untried else retry)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that a worker lives."""
        await self._or_lost(super().update_heartbeat(worker_id))

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Wait for notifications until cancelled."""
        (queue,) = queues or ()

        async def wake() -> None:
            await on_notification(channel="", notification=JobInserted(type="job_inserted", job_id=0))

        self._lanes.wake_by(queue, wake)
        await self._or_lost(super().listen_for_jobs(on_notification=on_notification, queues=[queue]))

    async def _or_lost(self, work: Awaitable[None]) -> None:
        try:
            await work
        except _LOST:
            self.lost.set()
            raise

    async def _settle(self, job: Job, change: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._or_lost(self._change_in_time(job, change))
        finally:
            await self._lanes.end(job.queue, job.id)

    async def _change_in_time(self, job: Job, change: Callable[[], Awaitable[None]]) -> None:
        for wait in SETTLE_WAITS:
            try:
                await self._change_owned(job, change)
            except _LOST:
                await asyncio.sleep(wait)
            else:
                return
        await self._change_owned(job, change)

    async def _change_owned(self, job: Job, change: Callable[[], Awaitable[None]]) -> None:
        if await self._is_owned(job):
            await change()
        else:
            log.warning("job_taken_over", job_id=job.id, task=job.task_name)

    async def _is_owned(self, job: Job) -> bool:
        return any(
            row.status == Status.DOING.value and row.worker_id in (job.worker_id, None)
            for row in await self.list_jobs_async(id=job.id)
        )

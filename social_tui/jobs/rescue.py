"""Rescue: jobs whose worker died run again."""

from __future__ import annotations

import asyncio
import secrets

from procrastinate.jobs import Job, Status
from procrastinate.utils import utcnow

from social_tui.jobs.failures import record_failure
from social_tui.jobs.manager import FencedJobManager
from social_tui.library.capturing import abandon
from social_tui.library.session import Library
from social_tui.log import get_logger

log = get_logger(__name__)

MAX_TRIES = 5


async def rescue_stalled(manager: FencedJobManager, library: Library) -> int:
    """Put the jobs of dead workers back into the queue, or give them up when they killed too many.

    A worker is dead when its heartbeat is older than the setting ``worker_stalled_seconds``. A job that
    has been tried five times by then is poison: it fails with that reason, so that it stops no others.

    Args:
        manager: Settles each job unless another process did so first.
        library: What the jobs work on.

    Returns:
        How many jobs were found.
    """
    stalled = list(
        await manager.get_stalled_jobs(seconds_since_heartbeat=library.settings.worker_stalled_seconds)
    )
    for job in stalled:
        await _settle(manager, library, job)
    return len(stalled)


async def _settle(manager: FencedJobManager, library: Library, job: Job) -> None:
    # The query for stalled jobs leaves out whether a person has called the job off.
    if any(row.abort_requested for row in await manager.list_jobs_async(id=job.id)):
        await asyncio.to_thread(_let_go, library, job)
        await manager.finish_job(job, Status.ABORTED, delete_job=False)
    elif job.attempts + 1 < MAX_TRIES:
        log.warning("job_rescued", job_id=job.id, task=job.task_name, attempts=job.attempts + 1)
        await manager.retry_job(job, retry_at=utcnow())
    else:
        await asyncio.to_thread(_give_up, library, job)
        await manager.finish_job(job, Status.FAILED, delete_job=False)


def _give_up(library: Library, job: Job) -> None:
    reason = f"Its worker died while it ran, after {job.attempts + 1} tries."
    log.error("job_given_up", job_id=job.id, task=job.task_name, error=reason)
    _let_go(library, job)
    record_failure(library, job, reason)


def _let_go(library: Library, job: Job) -> None:
    """Have no row say that its media is being downloaded by the dead worker."""
    if job.queue == "download":
        abandon(library, str(job.task_kwargs.get("media_id")), claim=f"rescue-{secrets.token_hex(8)}")

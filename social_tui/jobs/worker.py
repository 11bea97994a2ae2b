"""The worker: runs jobs in this process until told to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from social_tui.errors import (
    AnalysisError,
    ArchiveError,
    ConfigurationError,
    StorageError,
    UnfinishedError,
)
from social_tui.jobs.lanes import at_once
from social_tui.jobs.open_files import allow_open_files
from social_tui.jobs.stopping import stop_on_end_of_input
from social_tui.library.session import Library
from social_tui.models import JOB_KINDS, JobKind
from social_tui.store import jobs as job_store
from social_tui.store import queues as queue_store

if TYPE_CHECKING:
    from social_tui.jobs.supervisor import Supervisor

_CLOSES_LANES = (AnalysisError, ArchiveError, ConfigurationError, StorageError, UnfinishedError)


def run_worker(
    library: Library,
    *,
    kinds: Iterable[JobKind] = JOB_KINDS,
    concurrency: int | None = None,
    until_idle: bool = False,
    stop: threading.Event | None = None,
    exit_with_parent: bool = False,
    in_crew: bool = False,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run jobs in this process; any number of processes may do so on one library.

    In the main thread, SIGINT, SIGTERM and SIGHUP stop it: it takes no more jobs, and those that run get
    ``worker_drain_seconds`` to end, then are put back into the queue. A second signal ends the process at
    once, which loses nothing either: its jobs run again when its heartbeat is missed.

    Args:
        library: What the jobs work on.
        kinds: Which jobs to run.
        concurrency: Jobs of each kind at once, whatever the queue says; by default what the queue says, else
            the settings' for downloads, eight archivings or questions to a model, and two of the others.
        until_idle: Return when no job of these kinds is queued or running anywhere, but for those that are
            paused.
        stop: Set from outside to stop it.
        exit_with_parent: Stop when standard input ends, as it does when the process that started this
            one dies.
        in_crew: Whether it does its share of a batch whose end somebody waits for: it does jobs alone.
        tell: Told in one line what stands in the way of the work, such as a full disk; it goes on when
            that is mended, except with ``until_idle``.

    Raises:
        UnfinishedError: With ``until_idle``, if jobs are left that would all fail the same way, such as on a
            full disk or without a key; the others were done before.
        SocialTuiError: Without it, if all jobs would.
    """

    def is_idle(supervisor: Supervisor) -> bool:
        queues = queue_store.read_queues(library.gateway)
        return all(queue.is_at_rest for queue in queues if queue.kind in supervisor.kinds)

    stop = stop or threading.Event()
    if exit_with_parent:
        stop_on_end_of_input(stop)
    try:
        watch = is_idle if until_idle else None
        run_lanes(library, kinds, concurrency, stop, watch=watch, in_crew=in_crew, tell=tell)
    except _CLOSES_LANES as error:
        left = _left(library)
        if not (until_idle and left):
            raise
        raise UnfinishedError(f"Not all was done: still queued are {left}. {error}") from error


def _left(library: Library) -> str:
    """Count what waits, by kind; what was in hand when its lane was closed waits again."""
    waiting = [row for row in job_store.count_jobs(library.gateway) if row.status == "todo"]
    return ", ".join(f"{row.count:,} {row.kind} {'job' if row.count == 1 else 'jobs'}" for row in waiting)


def run_lanes(
    library: Library,
    kinds: Iterable[JobKind],
    concurrency: int | None,
    stop: threading.Event,
    *,
    watch: Callable[[Supervisor], bool] | None = None,
    in_crew: bool = False,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run lanes of jobs in this thread to their end; see :class:`Supervisor`.

    Args:
        library: What the jobs work on.
        kinds: Which jobs to run.
        concurrency: Jobs of each kind at once; see :func:`run_worker`.
        stop: Set from outside to stop it.
        watch: Called in a thread whenever something may have changed; returning True ends the work.
        in_crew: Whether somebody else waits for the end; see :func:`run_worker`.
        tell: Told in one line what stands in the way of the work.

    Raises:
        SocialTuiError: If every further job would fail the same way.
    """
    # Here, and not above: where a crew shares the work, its other processes begin meanwhile.
    from social_tui.jobs.supervisor import Supervisor

    allow_open_files()
    lanes = {kind: concurrency or at_once(library.settings, kind) for kind in kinds}
    supervisor = Supervisor(
        library, lanes, stop, watch, tell, is_fixed=concurrency is not None, in_crew=in_crew
    )
    asyncio.run(supervisor.run())

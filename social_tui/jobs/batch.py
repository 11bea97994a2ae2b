"""Batches: run the queued jobs of one kind to the end and say what became of them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from social_tui.errors import ArchiveError, BudgetError, CancelledError, StorageError
from social_tui.jobs.crew import Part, sharing
from social_tui.jobs.reserve import Reserve
from social_tui.jobs.worker import run_lanes
from social_tui.library.session import Library
from social_tui.models import JobKind
from social_tui.reports import WorkReport
from social_tui.store import jobs as job_store
from social_tui.store import queues as queue_store
from social_tui.store.downloads import count_failures

if TYPE_CHECKING:
    from social_tui.jobs.supervisor import Supervisor

Progress = Callable[[WorkReport], None]
QUIET_SECONDS = 3.0


def run_to_end(
    library: Library,
    kind: JobKind,
    *,
    concurrency: int | None = None,
    on_progress: Progress | None = None,
    on_wait: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    reserve: Reserve | None = None,
) -> WorkReport:
    """Work until no job of a kind is open any more: queued, waiting for its retry, or running anywhere.

    A disk or a bucket that takes no files, a spent budget, and a pause of these jobs, end it sooner: what is
    left then stays queued, and the report says why.

    Args:
        library: Whose jobs to run.
        kind: Which jobs; they must have been requested already.
        concurrency: Jobs at once; by default what the queue says, else the settings. Very many jobs are
            shared with processes that end with this call; together they keep to it.
        on_progress: Called, in another thread, with the report so far whenever it changed.
        on_wait: Told in one line, in another thread, what is waited for when nothing happens for seconds.
        stop: Set from outside to stop it.
        reserve: Has processes for very many jobs that are loaded already.

    Returns:
        What became of the jobs, wherever they ran. ``outcomes`` counts media that ended as failed, by
        outcome, for downloads; ``reason`` says why others failed, or what stopped the work.

    Raises:
        CancelledError: If it was stopped; what was not finished is queued again.
        SocialTuiError: If every further job would fail the same way, such as without a key or quota.
    """
    batch = _Batch(library, kind, on_progress, on_wait)
    left = batch.report().left
    if not left:
        return batch.report()
    stop = stop or threading.Event()
    refusal: str | None = None
    try:
        with sharing(library, kind, concurrency, left, reserve) as part:
            run_lanes(part.library, (kind,), part.at_once, stop, watch=partial(_is_over, batch, part))
    except (ArchiveError, BudgetError, StorageError) as error:
        if not error.stop_lane:
            raise
        refusal = str(error)
    report = batch.report()
    if stop.is_set() and report.left:
        raise CancelledError(
            f"Stopped: {kind} jobs: {report.succeeded} done, {report.failed} failed, {report.left} left.",
            hint="Run the same command again to go on.",
        )
    if refusal is None and report.left and batch.is_paused():
        refusal = f"The {kind} jobs are paused. They go on after: social-tui jobs resume {kind}"
    outcomes = batch.outcomes()
    if refusal is None and report.failed > sum(outcomes.values()):
        refusal = batch.reason()
    return report.model_copy(update={"outcomes": outcomes, "reason": refusal})


def _is_over(batch: _Batch, part: Part, supervisor: Supervisor) -> bool:
    """Tell whether nothing is left to do, and the other processes as soon as that is so."""
    if not batch.look(supervisor.workers):
        return False
    part.dismiss()
    return True


class _Batch:
    """What became of one kind's jobs since a moment, counted in the database."""

    def __init__(
        self,
        library: Library,
        kind: JobKind,
        on_progress: Progress | None,
        on_wait: Callable[[str], None] | None,
    ) -> None:
        self._library = library
        self._kind = kind
        self._on_progress = on_progress
        self._on_wait = on_wait
        self._jobs_before = self._jobs()
        self._failures_before = self._failures()
        self._last: WorkReport | None = None
        self._last_at = time.monotonic()

    def look(self, workers: Collection[int]) -> bool:
        """Tell progress, or what is waited for, and whether the batch is at its end.

        Args:
            workers: The workers of this process.
        """
        report = self.report()
        if report != self._last:
            self._last, self._last_at = report, time.monotonic()
            if self._on_progress is not None:
                self._on_progress(report)
        elif self._on_wait is not None and time.monotonic() - self._last_at >= QUIET_SECONDS:
            reason = self._wait_reason(workers)
            if reason:
                self._on_wait(reason)
                self._on_wait = None
        return report.left == 0 or (self.is_paused() and not self._jobs()["doing"])

    def is_paused(self) -> bool:
        lanes = queue_store.list_lanes(self._library.gateway)
        return any(lane.kind == self._kind and lane.paused_at is not None for lane in lanes)

    def _wait_reason(self, workers: Collection[int]) -> str:
        """Say what is waited for; nothing while this process is at work itself."""
        gateway, kind = self._library.gateway, self._kind
        running = job_store.list_jobs(gateway, status="doing", kind=kind)
        if any(job.worker_id in workers for job in running):
            return ""
        if running:
            silence = self._library.settings.worker_stalled_seconds
            return (
                f"Waiting for {_counted(len(running), kind)} of another worker, and if that has died,"
                f" until it was silent for {silence:g} s."
            )
        now = datetime.now(UTC)
        waiting = job_store.list_jobs(gateway, status="todo", kind=kind)
        moments = [job.scheduled_at for job in waiting if job.scheduled_at and job.scheduled_at > now]
        if not moments or len(moments) < len(waiting):
            return ""
        return (
            f"Waiting until {min(moments).astimezone():%H:%M:%S} to try {_counted(len(moments), kind)} again."
        )

    def report(self) -> WorkReport:
        jobs = self._jobs()
        ended = jobs - self._jobs_before
        left = jobs["todo"] + jobs["doing"]
        cancelled = ended["aborted"] + ended["cancelled"]
        return WorkReport(
            kind=self._kind,
            requested=ended["succeeded"] + ended["failed"] + cancelled + left,
            succeeded=ended["succeeded"],
            failed=ended["failed"],
            cancelled=cancelled,
            left=left,
        )

    def outcomes(self) -> dict[str, int]:
        return dict(self._failures() - self._failures_before)

    def reason(self) -> str | None:
        failed = job_store.list_jobs(self._library.gateway, status="failed", kind=self._kind)
        reasons = [(job.ended_at, job.error) for job in failed if job.ended_at and not job.outcome]
        return max(reasons, default=(None, None), key=itemgetter(0))[1]

    def _jobs(self) -> Counter[str]:
        rows = job_store.count_jobs(self._library.gateway)
        return Counter({row.status: row.count for row in rows if row.kind == self._kind})

    def _failures(self) -> Counter[str]:
        if self._kind != "download":
            return Counter()
        return Counter(count_failures(self._library.gateway))


def _counted(count: int, kind: JobKind) -> str:
    return f"{count:,} {kind} {'job' if count == 1 else 'jobs'}"

"""Batches: run the queued jobs of one kind to the end and say what became of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from operator import itemgetter

from social_tui.errors import CancelledError
from social_tui.jobs.worker import run_worker
from social_tui.library.session import Library
from social_tui.models import JobKind
from social_tui.reports import WorkReport
from social_tui.store import jobs as job_store
from social_tui.store.statistics import read_statistics

Progress = Callable[[WorkReport], None]


def run_to_end(
    library: Library,
    kind: JobKind,
    *,
    concurrency: int | None = None,
    on_progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> WorkReport:
    """Work until no job of a kind is open any more: queued, waiting for its retry, or running anywhere.

    Args:
        library: Whose jobs to run.
        kind: Which jobs; they must have been requested already.
        concurrency: Jobs at once in this process; by default what the settings say.
        on_progress: Called, in another thread, with the report so far whenever it changed.
        stop: Set from outside to stop it.

    Returns:
        What became of the jobs, wherever they ran. ``outcomes`` counts media that ended as failed, by
        outcome, for downloads; ``reason`` says why others failed, such as for a full disk.

    Raises:
        CancelledError: If it was stopped; what was not finished is queued again.
        SocialTuiError: If every further job would fail the same way, such as without a key or quota.
    """
    batch = _Batch(library, kind, on_progress)
    stop = stop or threading.Event()
    run_worker(library, kinds=(kind,), concurrency=concurrency, stop=stop, watch=batch.look)
    report = batch.report()
    if stop.is_set() and report.left:
        raise CancelledError(
            f"Stopped: {kind} jobs: {report.succeeded} done, {report.failed} failed, {report.left} left.",
            hint="Run the same command again to go on.",
        )
    outcomes = batch.outcomes()
    unexplained = report.failed > sum(outcomes.values())
    return report.model_copy(update={"outcomes": outcomes, "reason": batch.reason() if unexplained else None})


class _Batch:
    """What became of one kind's jobs since a moment, counted in the database."""

    def __init__(self, library: Library, kind: JobKind, on_progress: Progress | None) -> None:
        self._library = library
        self._kind = kind
        self._on_progress = on_progress
        self._jobs_before = self._jobs()
        self._failures_before = self._failures()
        self._last: WorkReport | None = None

    def look(self) -> bool:
        """Tell progress, and whether the batch is at its end."""
        report = self.report()
        if self._on_progress is not None and report != self._last:
            self._last = report
            self._on_progress(report)
        return report.left == 0

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
        return Counter(read_statistics(self._library.gateway).failures_by_outcome)

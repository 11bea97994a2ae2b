"""Running queued jobs to their end under a progress bar."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import work_lines

if TYPE_CHECKING:
    from social_tui.jobs.reserve import Reserve
    from social_tui.library.session import Library
    from social_tui.models import JobKind
    from social_tui.reports import WorkReport

_LABELS: dict[JobKind, str] = {
    "download": "Downloading",
    "verify": "Verifying",
    "archive": "Archiving",
    "analyze": "Analysing",
}


def helpers(kind: JobKind, concurrency: int | None = None) -> AbstractContextManager[Reserve]:
    """Have processes in reserve that very many jobs are shared with; before the library is opened.

    Args:
        kind: Which jobs.
        concurrency: How many at once; None for what settings and queue say.
    """
    from social_tui.cli.boundary import run
    from social_tui.jobs.crew import most_processes
    from social_tui.jobs.reserve import reserved

    return reserved(run, _load_worker, most_processes(kind, concurrency) - 1)


def load_beside() -> None:
    """Load what works off jobs, while the database looks which there are."""
    threading.Thread(target=_load_worker, name="load", daemon=True).start()


def _load_worker() -> None:
    from social_tui.cli import worker  # noqa: F401
    from social_tui.jobs import supervisor  # noqa: F401


def run_jobs(
    library: Library, kind: JobKind, *, concurrency: int | None = None, reserve: Reserve | None = None
) -> WorkReport:
    """Run all queued jobs of a kind until none is open.

    Args:
        library: Whose jobs.
        kind: Which.
        concurrency: How many at once, whatever the queue says.
        reserve: From :func:`helpers`.

    Raises:
        CancelledError: After Ctrl-C; what was not finished is queued again.
    """
    from social_tui.jobs.batch import run_to_end

    with ProgressBar(_LABELS[kind]) as bar:

        def show(report: WorkReport) -> None:
            note = f"{report.failed:,} failed" if report.failed else ""
            bar.update(report.succeeded + report.failed + report.cancelled, report.requested, note)

        return run_to_end(
            library,
            kind,
            concurrency=concurrency,
            on_progress=show,
            on_wait=bar.interrupt,
            reserve=reserve,
        )


def tell(report: WorkReport, *, as_json: bool) -> ExitCode:
    """Print what became of a batch and judge it."""
    if as_json:
        print_json(report)
    else:
        say("\n".join(work_lines(report)))
    return judge(report)


def judge(report: WorkReport) -> ExitCode:
    """Give the exit code of a batch: what this machine refused is no loss at the source."""
    if report.reason and (report.kind == "download" or report.left):
        return ExitCode.FAILED
    return ExitCode.PARTIAL if report.failed or report.cancelled else ExitCode.OK

"""The kinds of jobs that are done one by one, each a use case of the library run on one media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from procrastinate import App, JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job

from social_tui.errors import (
    AnalysisError,
    CancelledError,
    DatabaseUnavailableError,
    SocialTuiError,
)
from social_tui.jobs.failures import concerns_all, failure_words, record_failure
from social_tui.jobs.manager import FencedJobManager
from social_tui.jobs.retry import RetryByOutcome, is_no_try
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.models import JobKind

log = get_logger(__name__)

CloseLane = Callable[[JobKind, SocialTuiError], None]


def _verify(library: Library, media_id: str) -> None:
    from social_tui.library.verifying import verify_media

    verify_media(library, media_id)


def _analyse(library: Library, media_id: str) -> None:
    from social_tui.library.analysing import analyse_media

    analyse_media(library, media_id)


# Imported when there is such a job: most workers of a crew have none.
_WORK: dict[JobKind, Callable[[Library, str], None]] = {"verify": _verify, "analyze": _analyse}


def register_tasks(app: App, manager: FencedJobManager, library: Library, close_lane: CloseLane) -> None:
    """Teach an app its tasks.

    Args:
        app: The app whose workers run them.
        manager: What settles its jobs.
        library: What they work on.
        close_lane: Called when every further job of a kind would fail like the last one did.
    """
    for kind in _WORK:
        _register(app, kind, _Runner(kind, manager, library, close_lane))


def _register(app: App, kind: JobKind, runner: _Runner) -> None:
    @app.task(
        name=f"social_tui.{kind}",
        queue=kind,
        pass_context=True,
        retry=RetryByOutcome(runner.library.settings.retry_base_seconds),
    )
    def run(context: JobContext, media_id: str) -> None:
        with bind_correlation(media_id):
            runner.run(context, media_id)


def _told_by_the_row(error: Exception) -> bool:
    if isinstance(error, AnalysisError):
        from social_tui.library.analysing import UnansweredError

        return not isinstance(error, UnansweredError)
    return isinstance(error, DatabaseUnavailableError)


@dataclass(frozen=True)
class _Runner:
    """Runs jobs of one kind; see :func:`register_tasks`."""

    kind: JobKind
    manager: FencedJobManager
    library: Library
    close_lane: CloseLane

    def run(self, context: JobContext, media_id: str) -> None:
        kind, job = self.kind, context.job
        log.info("job_started", kind=kind, job_id=job.id, attempt=job.attempts + 1)
        try:
            if context.should_abort():
                raise CancelledError(f"The {kind} of {media_id} was stopped before it began.")
            _WORK[kind](self.library, media_id)
        except CancelledError as error:
            reason = context.abort_reason()
            log.info("job_stopped", kind=kind, job_id=job.id, reason=reason.value if reason else None)
            if reason is AbortReason.USER_REQUEST:
                raise JobAborted from error
            self.manager.count_no_try(job, None)
            raise
        except Exception as error:
            self._fail(job, error)
            raise
        log.info("job_done", kind=kind, job_id=job.id)

    def _fail(self, job: Job, error: Exception) -> None:
        words = failure_words(error)
        if isinstance(error, SocialTuiError) and concerns_all(self.kind, error):
            # Before the job is back in the queue, so that this worker does not take it again.
            self.close_lane(self.kind, error)
        if is_no_try(self.kind, error):
            log.warning("job_put_back", kind=self.kind, job_id=job.id, error=words)
            self.manager.count_no_try(job, words)
            return
        log.warning("job_failed", kind=self.kind, job_id=job.id, error=words)
        if not _told_by_the_row(error):
            record_failure(self.library, job, words)

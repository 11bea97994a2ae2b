"""The four kinds of jobs, each a use case of the library run on one media."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from procrastinate import App, JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job

from social_tui.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    DatabaseUnavailableError,
    SocialTuiError,
    StorageError,
)
from social_tui.jobs.failures import record_failure
from social_tui.jobs.manager import FencedJobManager
from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.retry import RetryByOutcome, is_no_try
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import Progress, capture
from social_tui.library.session import Library
from social_tui.library.verifying import verify_media
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.fetcher import FetchError
from social_tui.models import JobKind

log = get_logger(__name__)

CloseLane = Callable[[JobKind, SocialTuiError], None]


@dataclass(frozen=True)
class Try:
    """One try of one job.

    Args:
        media_id: What it is about.
        claim: The word under which it may change the media's row; no other try has the same.
        should_stop: Whether it should give up as soon as it can.
        on_progress: Told how many bytes came, of how many, if that is known.
    """

    media_id: str
    claim: str
    should_stop: Callable[[], bool]
    on_progress: Progress


def _download(library: Library, attempt: Try) -> None:
    capture(
        library,
        attempt.media_id,
        claim=attempt.claim,
        should_stop=attempt.should_stop,
        on_progress=attempt.on_progress,
    )


def _verify(library: Library, attempt: Try) -> None:
    verify_media(library, attempt.media_id)


def _archive(library: Library, attempt: Try) -> None:
    archive_media(library, attempt.media_id)


def _analyze(library: Library, attempt: Try) -> None:
    analyse_media(library, attempt.media_id)


_WORK: dict[JobKind, Callable[[Library, Try], None]] = {
    "download": _download,
    "verify": _verify,
    "archive": _archive,
    "analyze": _analyze,
}


def register_tasks(
    app: App, manager: FencedJobManager, library: Library, close_lane: CloseLane, progress: ProgressBook
) -> None:
    """Teach an app the four tasks.

    Args:
        app: The app whose workers run them.
        manager: What settles its jobs.
        library: What they work on.
        close_lane: Called when every further job of a kind would fail like the last one did.
        progress: Where jobs write how far they have come.
    """
    for kind in _WORK:
        _register(app, kind, _Runner(kind, manager, library, close_lane, progress))


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
        return not isinstance(error, UnansweredError)
    return isinstance(error, FetchError | DatabaseUnavailableError)


def _concerns_all(error: SocialTuiError) -> bool:
    """Tell whether every further job of the kind would fail like this one."""
    if isinstance(error, AnalysisError | StorageError):
        return error.stop_lane
    return isinstance(error, ConfigurationError)


@dataclass(frozen=True)
class _Runner:
    """Runs jobs of one kind; see :func:`register_tasks`."""

    kind: JobKind
    manager: FencedJobManager
    library: Library
    close_lane: CloseLane
    progress: ProgressBook

    def run(self, context: JobContext, media_id: str) -> None:
        kind, job = self.kind, context.job
        claim = f"job-{job.id}-{secrets.token_hex(8)}"
        attempt = Try(media_id, claim, context.should_abort, self.progress.writer(job))
        log.info("job_started", kind=kind, job_id=job.id, attempt=job.attempts + 1)
        try:
            if context.should_abort():
                raise CancelledError(f"The {kind} of {media_id} was stopped before it began.")
            _WORK[kind](self.library, attempt)
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
        finally:
            self.progress.forget(job)
        log.info("job_done", kind=kind, job_id=job.id)

    def _fail(self, job: Job, error: Exception) -> None:
        words = str(error) if isinstance(error, SocialTuiError) else f"unexpected {type(error).__name__}"
        if isinstance(error, SocialTuiError) and _concerns_all(error):
            # Before the job is back in the queue, so that this worker does not take it again.
            self.close_lane(self.kind, error)
        if is_no_try(error):
            log.warning("job_put_back", kind=self.kind, job_id=job.id, error=words)
            self.manager.count_no_try(job, words)
            return
        log.warning("job_failed", kind=self.kind, job_id=job.id, error=words)
        if not _told_by_the_row(error):
            record_failure(self.library, job, words)

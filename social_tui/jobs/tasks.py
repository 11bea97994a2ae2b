"""The four kinds of jobs, each a use case of the library run on one media."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from procrastinate import App, JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from social_tui.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    DatabaseUnavailableError,
    SocialTuiError,
)
from social_tui.jobs.failures import record_failure
from social_tui.jobs.retry import RetryByOutcome
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
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
    """

    media_id: str
    claim: str
    should_stop: Callable[[], bool]


def _download(library: Library, attempt: Try) -> None:
    capture(library, attempt.media_id, claim=attempt.claim, should_stop=attempt.should_stop)


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


def register_tasks(app: App, library: Library, close_lane: CloseLane) -> None:
    """Teach an app the four tasks.

    Args:
        app: The app whose workers run them.
        library: What they work on.
        close_lane: Called when every further job of a kind would fail like the last one did.
    """
    for kind in _WORK:
        _register(app, kind, library, close_lane)


def _register(app: App, kind: JobKind, library: Library, close_lane: CloseLane) -> None:
    @app.task(
        name=f"social_tui.{kind}",
        queue=kind,
        pass_context=True,
        retry=RetryByOutcome(library.settings.retry_base_seconds),
    )
    def run(context: JobContext, media_id: str) -> None:
        with bind_correlation(media_id):
            _run(kind, context, media_id, library, close_lane)


def _told_by_the_row(error: Exception) -> bool:
    if isinstance(error, AnalysisError):
        return not isinstance(error, UnansweredError)
    return isinstance(error, FetchError | DatabaseUnavailableError)


def _concerns_all(error: SocialTuiError) -> bool:
    """Tell whether every further job of the kind would fail like this one."""
    return isinstance(error, ConfigurationError) or (isinstance(error, AnalysisError) and error.stop_lane)


def _run(kind: JobKind, context: JobContext, media_id: str, library: Library, close_lane: CloseLane) -> None:
    job = context.job
    attempt = Try(media_id, f"job-{job.id}-{secrets.token_hex(8)}", context.should_abort)
    log.info("job_started", kind=kind, job_id=job.id, attempt=job.attempts + 1)
    try:
        if context.should_abort():
            raise CancelledError(f"The {kind} of {media_id} was stopped before it began.")
        _WORK[kind](library, attempt)
    except CancelledError as error:
        reason = context.abort_reason()
        log.info("job_stopped", kind=kind, job_id=job.id, reason=reason.value if reason else None)
        if reason is AbortReason.USER_REQUEST:
            raise JobAborted from error
        raise
    except Exception as error:
        words = str(error) if isinstance(error, SocialTuiError) else f"unexpected {type(error).__name__}"
        log.warning("job_failed", kind=kind, job_id=job.id, error=words)
        if not _told_by_the_row(error):
            record_failure(library, job, words)
        if isinstance(error, SocialTuiError) and _concerns_all(error):
            close_lane(kind, error)
        raise
    log.info("job_done", kind=kind, job_id=job.id)

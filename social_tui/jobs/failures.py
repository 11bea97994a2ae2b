"""Why jobs failed, written where people look for it."""

from __future__ import annotations

from procrastinate.jobs import Job

from social_tui.errors import (
    AnalysisError,
    ArchiveError,
    ConfigurationError,
    NotFoundError,
    SocialTuiError,
    StorageError,
)
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.models import JobKind
from social_tui.store import media as media_store

log = get_logger(__name__)

_EVENTS = {"analyze": "ai_analysis_failed"}


def concerns_all(kind: JobKind, error: BaseException) -> bool:
    """Tell whether every further job of a kind would fail like this one.

    An archive that refuses stops archiving alone: most of what others read, the cache has.
    """
    if isinstance(error, ArchiveError):
        return kind == "archive" and error.stop_lane
    if isinstance(error, AnalysisError | StorageError):
        return error.stop_lane
    return isinstance(error, ConfigurationError)


def failure_words(error: BaseException) -> str:
    """Say why a job failed, in one sentence that holds nothing secret."""
    return str(error) if isinstance(error, SocialTuiError) else f"unexpected {type(error).__name__}"


def record_failure(library: Library, job: Job, reason: str) -> None:
    """Write into the audit log why a job failed; the list of jobs shows it.

    Args:
        library: The open library.
        job: The job.
        reason: Why, in one redacted sentence.
    """
    media_id = str(job.task_kwargs.get("media_id"))
    event = _EVENTS.get(job.queue, f"{job.queue}_failed")
    details = {"error": reason, "job_id": job.id}
    try:
        media_store.record_event(library.gateway, media_id, event, actor=library.actor, details=details)
    except NotFoundError:
        log.warning("job_without_media", job_id=job.id, media_id=media_id, reason=reason)

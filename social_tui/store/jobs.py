"""The queue as people see it: asking for work, listing it, trying again and calling it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from social_tui.models import JobCount, JobKind, JobRow, JobStatus, MediaType, Requested, Selection
from social_tui.store.bulk import chosen_posts
from social_tui.store.gateway import Gateway


def request_jobs(
    gateway: Gateway,
    kind: JobKind,
    *,
    media_ids: Sequence[str] | None = None,
    posts: Selection | None = None,
    media_type: MediaType | None = None,
    host: str | None = None,
    retry_failed: bool = False,
    outdated: Mapping[str, str] | None = None,
    actor: str = "app",
) -> Requested:
    """Queue work in one transaction with what it concerns; what is queued already is not queued twice.

    Args:
        gateway: The way to the database.
        kind: What to do.
        media_ids: Only these media, and those among them that failed before too.
        posts: Only the media of these posts; with neither, everything that needs it.
        media_type: Of all that, only media of this type.
        host: Of all that, only media whose link leads to this host or to one below it.
        retry_failed: Whether media that failed before are eligible as well.
        outdated: How analyses are asked for now, where media that were analysed otherwise are meant as well;
            see :func:`social_tui.library.estimating.question_of`.
        actor: Who asks.

    Returns:
        How many jobs were queued, how many were queued already, and, of the media that were named,
        how many do not need it or cannot have it.
    """
    rows = gateway.call(
        "request_jobs",
        p_kind=kind,
        p_media_ids=list(media_ids) if media_ids is not None else None,
        **(chosen_posts(posts) if posts is not None else {}),
        p_media_type=media_type,
        p_host=host,
        p_retry_failed=retry_failed,
        p_outdated=dict(outdated) if outdated is not None else None,
        p_actor=actor,
    )
    return Requested.model_validate(rows[0])


def list_jobs(
    gateway: Gateway,
    *,
    status: JobStatus | None = None,
    kind: JobKind | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[JobRow]:
    """List jobs, newest first.

    Args:
        gateway: The way to the database.
        status: Only jobs in this state.
        kind: Only jobs of this kind.
        before: The id of the last job of the page before.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("list_jobs", p_status=status, p_kind=kind, p_before=before, p_limit=limit)
    return [JobRow.model_validate(row) for row in rows]


def count_jobs(gateway: Gateway) -> list[JobCount]:
    """Count the jobs by kind and state; what there is none of is left out."""
    return [JobCount.model_validate(row) for row in gateway.call("count_jobs")]


def open_jobs(gateway: Gateway, kind: JobKind) -> int:
    """Count the jobs of a kind that are not over: waiting, waiting for another try, or running."""
    return int(gateway.call("open_jobs", p_kind=kind)[0]["count"])


def retry_jobs(
    gateway: Gateway, job_ids: Sequence[int] | None, kind: JobKind | None = None, *, actor: str = "app"
) -> int:
    """Put ended jobs back into the queue, with all their tries.

    Args:
        gateway: The way to the database.
        job_ids: Failed, cancelled or aborted jobs; None for all failed ones.
        kind: Only jobs of this kind.
        actor: Who asks.

    Returns:
        How many are queued again; one that is queued anew already is left alone.
    """
    rows = gateway.call(
        "retry_jobs",
        p_job_ids=list(job_ids) if job_ids is not None else None,
        p_kind=kind,
        p_actor=actor,
    )
    return int(rows[0]["changed"])


def cancel_jobs(
    gateway: Gateway, job_ids: Sequence[int] | None, kind: JobKind | None = None, *, actor: str = "app"
) -> int:
    """Call jobs off: waiting ones are cancelled, running ones are asked to stop.

    Args:
        gateway: The way to the database.
        job_ids: The jobs; None for all open ones.
        kind: Only jobs of this kind.
        actor: Who asks.

    Returns:
        How many jobs this concerned.
    """
    rows = gateway.call(
        "cancel_jobs",
        p_job_ids=list(job_ids) if job_ids is not None else None,
        p_kind=kind,
        p_actor=actor,
    )
    return int(rows[0]["changed"])


def put_back_job(
    gateway: Gateway, job_id: int, worker_id: int | None, *, error: str | None = None, actor: str = "worker"
) -> bool:
    """Put a running job back into the queue as if it had not been tried.

    Args:
        gateway: The way to the database.
        job_id: The job.
        worker_id: The worker that runs it.
        error: What stopped it, for the list of jobs; None when there is nothing to tell.
        actor: Who puts it back.

    Returns:
        Whether it was put back; not when another worker has it by now.
    """
    rows = gateway.call("put_back_job", p_job_id=job_id, p_worker_id=worker_id, p_error=error, p_actor=actor)
    return bool(rows[0]["applied"])

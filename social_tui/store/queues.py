"""The queue kind by kind: how much waits, how fast it goes, how it is steered, how far running jobs are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from social_tui.models import JobKind, JobRow, Key, MediaType, Row
from social_tui.store.gateway import Gateway

QueuePart = Literal["running", "waiting", "later", "failed"]
MAX_CONCURRENCY: Final = 64


class LaneRow(Row):
    """How one kind of job is to be worked on; ``concurrency`` is None for what each worker's settings say."""

    kind: JobKind
    paused_at: datetime | None
    concurrency: int | None


class QueueRow(LaneRow):
    """What is in the queue of one kind: due, tried again later, running, failed; and its rate."""

    waiting: int
    later: int
    running: int
    failed: int
    ended_per_minute: float

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing runs, and nothing will before somebody asks for it."""
        return self.running == 0 and (self.paused_at is not None or self.waiting + self.later == 0)


class QueuedJob(JobRow):
    """A job with what it is about and how far it has come; ``key`` is its place in its part of the queue."""

    media_type: MediaType | None
    media_url: str | None
    author_username: str | None
    author_name: str | None
    text_content: str | None
    received_bytes: int | None
    expected_bytes: int | None
    key: Key


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come.

    Args:
        worker_id: The worker that runs it.
        received: The bytes that came so far.
        expected: How many there will be; None where that is not known.
    """

    worker_id: int
    received: int
    expected: int | None


def list_lanes(gateway: Gateway) -> list[LaneRow]:
    """List how each kind of job is to be worked on."""
    return [LaneRow.model_validate(row) for row in gateway.call("list_lanes")]


def read_queues(gateway: Gateway) -> list[QueueRow]:
    """Count what is in the queue of each kind, and what ended a minute over the last five."""
    return [QueueRow.model_validate(row) for row in gateway.call("read_queues")]


def list_queue(
    gateway: Gateway,
    part: QueuePart,
    *,
    after: Key | None = None,
    backward: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> list[QueuedJob]:
    """List one part of the queue: what waits as it is fetched, retries by time, failures newest first.

    Args:
        gateway: The way to the database.
        part: Which jobs.
        after: The key of the last job of the page before.
        backward: Whether to read from the end of the list; the rows come in its order all the same.
        offset: How many jobs to pass over first.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call(
        "list_queue", p_part=part, p_after=after, p_backward=backward, p_offset=offset, p_limit=limit
    )
    return [QueuedJob.model_validate(row) for row in rows]


def pause_jobs(gateway: Gateway, kind: JobKind, is_paused: bool, *, actor: str = "app") -> LaneRow:
    """Pause a kind of job everywhere, or have it go on; what runs ends in any case.

    Raises:
        DatabaseError: If the caller may not change every workspace that the queue serves.
    """
    [row] = gateway.call("pause_jobs", p_kind=kind, p_is_paused=is_paused, p_actor=actor)
    return LaneRow.model_validate(row)


def set_job_concurrency(
    gateway: Gateway, kind: JobKind, concurrency: int | None, *, actor: str = "app"
) -> LaneRow:
    """Say how many jobs of a kind run at once in each worker, from now on.

    Args:
        gateway: The way to the database.
        kind: Which jobs.
        concurrency: From 1 to 64; None leaves it to the settings of each worker.
        actor: Who asks.

    Raises:
        DatabaseError: If the caller may not change every workspace that the queue serves.
    """
    [row] = gateway.call("set_job_concurrency", p_kind=kind, p_concurrency=concurrency, p_actor=actor)
    return LaneRow.model_validate(row)


def tell_progress(gateway: Gateway, progress: Mapping[int, Progress]) -> None:
    """Write down how far running jobs have come; what runs no more is forgotten, and nobody is woken.

    Args:
        gateway: The way to the database.
        progress: What is known, by job.
    """
    told = [
        {
            "job_id": job_id,
            "worker_id": each.worker_id,
            "received_bytes": each.received,
            "expected_bytes": each.expected,
        }
        for job_id, each in progress.items()
    ]
    gateway.call("tell_progress", p_progress=told)

"""The fleet: which processes serve the queue, and what they do now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from social_tui.models import JobKind, Row
from social_tui.store.gateway import Gateway

WorkerState = Literal["working", "idle", "draining", "silent"]


class DoingRow(Row):
    """One of the jobs in hand."""

    job_id: int
    kind: JobKind
    media_id: str | None


class WorkerRow(Row):
    """A process that serves the queue; of each of its kinds ``doing`` has the job that was queued first."""

    process_id: str
    name: str
    queues: tuple[JobKind, ...]
    since: datetime
    last_heartbeat: datetime
    silent_seconds: float
    draining_since: datetime | None
    running: int
    doing: tuple[DoingRow, ...]

    def state(self, stalled_seconds: float) -> WorkerState:
        """Say in a word how it is.

        Args:
            stalled_seconds: The silence after which a worker is taken for dead.
        """
        if self.silent_seconds > stalled_seconds:
            return "silent"
        if self.draining_since is not None:
            return "draining"
        return "working" if self.running else "idle"


def enlist_worker(
    gateway: Gateway, worker_id: int, *, process_id: str, name: str, queues: Sequence[JobKind]
) -> None:
    """Make known whose a worker of the queue is.

    Args:
        gateway: The way to the database.
        worker_id: The worker's number in the queue.
        process_id: The process it belongs to, the same for all of its workers.
        name: What people call that process.
        queues: The kinds of jobs that the process takes.
    """
    gateway.call(
        "enlist_worker", p_worker_id=worker_id, p_process_id=process_id, p_name=name, p_queues=list(queues)
    )


def drain_worker(gateway: Gateway, process_id: str) -> None:
    """Make known that a process takes no more jobs and ends soon."""
    gateway.call("drain_worker", p_process_id=process_id)


def list_workers(gateway: Gateway) -> list[WorkerRow]:
    """List the processes that serve the queue, by name."""
    return [WorkerRow.model_validate(row) for row in gateway.call("list_workers")]

"""The queue as its screen reads and steers it: calls that block, for threads only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from social_tui.jobs.lanes import at_once
from social_tui.models import JobKind, Key
from social_tui.store import jobs as job_store
from social_tui.store import queues as queue_store
from social_tui.store.queues import MAX_CONCURRENCY, LaneRow, QueuedJob, QueuePart, QueueRow
from social_tui.tui.pages import Read

if TYPE_CHECKING:
    from social_tui.library.session import Library


class QueueModel:
    """The queue of a library; safe to use from several threads.

    Args:
        library: The open library.
    """

    def __init__(self, library: Library) -> None:
        self._gateway = library.gateway
        self._settings = library.settings
        self.changed_at = 0.0

    def note_change(self) -> None:
        """Note that this app has just changed the queue: what was counted before is no longer true."""
        self.changed_at = time.monotonic()

    def kinds(self) -> list[QueueRow]:
        """Count what is in the queue of each kind, with how many run at once as this app's worker has it."""
        return [
            row.model_copy(update={"concurrency": row.concurrency or at_once(self._settings, row.kind)})
            for row in queue_store.read_queues(self._gateway)
        ]

    def page(self, part: QueuePart, read: Read[Key]) -> list[QueuedJob]:
        """Read one page of one part of the queue."""
        return queue_store.list_queue(
            self._gateway,
            part,
            after=read.after,
            backward=read.backward,
            offset=read.offset,
            limit=read.limit,
        )

    def pause(self, kind: JobKind, is_paused: bool) -> LaneRow:
        """Pause a kind of job, or have it go on."""
        lane = queue_store.pause_jobs(self._gateway, kind, is_paused)
        self.note_change()
        return lane

    def run_at_once(self, kind: JobKind, number: int) -> LaneRow:
        """Say how many jobs of a kind run at once, or the nearest number that may."""
        return queue_store.set_job_concurrency(self._gateway, kind, min(max(number, 1), MAX_CONCURRENCY))

    def retry(self, job_ids: Sequence[int] | None, kind: JobKind | None = None) -> int:
        """Try jobs again now: these, or all that failed, or those of a kind; returns how many."""
        count = job_store.retry_jobs(self._gateway, job_ids, kind)
        self.note_change()
        return count

    def cancel(self, job_ids: Sequence[int] | None, kind: JobKind | None = None) -> int:
        """Call jobs off: these, or all that are open, or those of a kind; returns how many."""
        count = job_store.cancel_jobs(self._gateway, job_ids, kind)
        self.note_change()
        return count

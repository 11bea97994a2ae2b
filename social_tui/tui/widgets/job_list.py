"""One part of the queue as a list: what runs and how far it is, what waits, is tried again, or failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from social_tui.models import Key
from social_tui.store.queues import QueuedJob, QueuePart
from social_tui.tui.cells import fit
from social_tui.tui.job_words import PARTS, about_words, bar, bytes_words, moment_words, why_words
from social_tui.tui.page_reader import PageReader, Source
from social_tui.tui.presentation import KIND_NAMES
from social_tui.tui.widgets.line_list import Cell
from social_tui.tui.widgets.paged_list import PagedList

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

_KIND_WIDTH = 10
_TIME_WIDTH = 13
_BYTES_WIDTH = 25


class JobList(PagedList[QueuedJob]):
    """The jobs of one part of the queue.

    Args:
        part: Which.
        source: Where they come from.
    """

    app: SocialTuiApp

    def __init__(self, part: QueuePart, source: Source[QueuedJob]) -> None:
        super().__init__(id=part)
        self.part = part
        self.reader = PageReader(self.app, self, source, lambda: None)

    def key_of(self, row: QueuedJob) -> Key | None:
        """Return where a job stands."""
        return row.key

    def id_of(self, row: QueuedJob) -> str:
        """Return a job's id."""
        return str(row.job_id)

    def post_id_of(self, row: QueuedJob) -> str | None:
        """Return the post that a job is about."""
        return row.post_id

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Say which part it is, and where the cursor is in it."""
        total = self.pages.total
        count = "" if total is None else f"{total:,}" if total else "none"
        place = f"   {self.cursor + 1:,} of {total:,}" if total and self.has_focus else ""
        return [(fit(f" {PARTS[self.part]}  {count}{place}", width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one job."""
        job = self.pages.row(index)
        if job is None:
            return [(fit(f"{'':{_KIND_WIDTH}}…", width), "muted")]
        kind: Cell = (fit(f" {KIND_NAMES[job.kind]}", _KIND_WIDTH), "strong")
        left = max(width - _KIND_WIDTH, 0)
        if job.status == "doing":
            cells = _progress_cells(job, left)
        elif self.part == "waiting":
            cells = []
        else:
            cells = self._ended_cells(job, left)
        rest = left - sum(len(text) for text, _ in cells)
        return [kind, *cells, (fit(about_words(job), max(rest, 0)), "muted" if cells else "text")]

    def _ended_cells(self, job: QueuedJob, width: int) -> list[Cell]:
        """Tell when a job failed or is tried again, and why."""
        when = job.ended_at if self.part == "failed" else job.scheduled_at
        style = "error" if self.part == "failed" else "warning"
        why = max((width - _TIME_WIDTH) * 3 // 5, 0)
        return [
            (fit(moment_words(when, self.app.clock()), _TIME_WIDTH), "muted"),
            (fit(why_words(job), max(why - 2, 0)), style),
            ("  ", "text"),
        ]


def _progress_cells(job: QueuedJob, width: int) -> list[Cell]:
    """Draw a bar where the length is known, and the bytes alone where it is not."""
    bar_width = min(max((width - _BYTES_WIDTH) // 3, 8), 40)
    if job.abort_requested:
        return [(fit("stopping", bar_width + _BYTES_WIDTH + 2), "warning")]
    if job.received_bytes is None:
        words = "begins" if job.kind == "download" else "runs"
        return [(fit(words, bar_width + _BYTES_WIDTH + 2), "muted")]
    if job.expected_bytes:
        done, rest = bar(job.received_bytes, job.expected_bytes, bar_width)
    else:
        done, rest = "", " " * bar_width
    return [
        (done, "success"),
        (rest, "muted"),
        (fit(f" {bytes_words(job)}", _BYTES_WIDTH + 2), "text"),
    ]

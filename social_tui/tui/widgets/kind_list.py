"""The kinds of jobs, with what is in the queue of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from social_tui.store.queues import QueueRow
from social_tui.tui.cells import fit
from social_tui.tui.job_words import moment_words
from social_tui.tui.presentation import KIND_NAMES
from social_tui.tui.widgets.line_list import Cell, LineList

_TITLES = ("Waiting", "Later", "Running", "Failed", "Per min", "At once")
_KIND_WIDTH = 10
_NUMBER_WIDTH = 9
_STATE_GAP = 3


class KindList(LineList):
    """One line a kind: what waits, is tried again later, runs and failed, its rate, how many run at once."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._queues: Sequence[QueueRow] = ()
        self._now: datetime | None = None

    @property
    def row_count(self) -> int:
        """How many kinds there are."""
        return len(self._queues)

    @property
    def current(self) -> QueueRow | None:
        """The kind under the cursor."""
        return self._queues[self.cursor] if self.cursor < len(self._queues) else None

    def show(self, queues: Sequence[QueueRow], now: datetime) -> None:
        """Show what is in the queue now."""
        self._queues, self._now = queues, now
        self.rows_changed()

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Name the columns."""
        cells = [fit(" Kind", _KIND_WIDTH), *(fit(title, _NUMBER_WIDTH, right=True) for title in _TITLES)]
        return [(fit("".join(cells), width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one kind."""
        queue = self._queues[index]
        rate = f"{queue.ended_per_minute:,.1f}" if queue.ended_per_minute else ""
        numbers = [
            (_number(queue.waiting), "text"),
            (_number(queue.later), "warning"),
            (_number(queue.running), "success"),
            (_number(queue.failed), "error"),
            (rate, "text"),
            (f"{queue.concurrency}", "muted"),
        ]
        state_width = max(width - _KIND_WIDTH - len(numbers) * _NUMBER_WIDTH, 0)
        state = ""
        if queue.paused_at is not None and self._now is not None:
            state = f"paused since {moment_words(queue.paused_at, self._now)}"
            state = state if len(state) + _STATE_GAP <= state_width else "paused"
        return [
            (fit(f" {KIND_NAMES[queue.kind]}", _KIND_WIDTH), "strong"),
            *((fit(text, _NUMBER_WIDTH, right=True), style) for text, style in numbers),
            (fit(" " * _STATE_GAP + state, state_width), "warning"),
        ]


def _number(count: int) -> str:
    return f"{count:,}" if count else "·"

"""Lines that are written as they were made, without a segment for each of their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip


class LateStrip(Strip):
    """A line whose sequence for the terminal is known, and whose segments are made for who looks at them.

    A style for each cell of a picture takes longer to make and to collect than to draw. Nobody looks at the
    segments of a line that is painted whole; what cuts, filters or exports it gets them like any others.

    Args:
        segments: Makes the segments.
        cell_length: How many cells they fill.
        written: What the terminal is sent for them.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, segments: Callable[[], Iterable[Segment]], cell_length: int, written: str) -> None:
        super().__init__((), cell_length)
        self._make = segments
        self._made: list[Segment] | None = None
        self._render_cache = written

    @property
    def _segments(self) -> list[Segment]:
        if self._made is None:
            self._made = list(self._make())
        return self._made

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        self._made = segments


class JoinedStrip(LateStrip):
    """Lines side by side, written as each of them is; cut between two of them it stays so.

    Args:
        parts: The lines, from left to right.
        console: How the terminal writes colours.
    """

    __slots__ = ("_console", "_ends", "_parts")

    def __init__(self, parts: Sequence[Strip], console: Console) -> None:
        self._parts = parts
        self._console = console
        self._ends = [0, *accumulate(part.cell_length for part in parts)]
        written = "".join(part.render(console) for part in parts)
        super().__init__(lambda: chain.from_iterable(parts), self._ends[-1], written)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return what is between two cells."""
        if (start, end) != (0, self.cell_length) and start in self._ends and end in self._ends:
            parts = self._parts[self._ends.index(start) : self._ends.index(end)]
            return JoinedStrip(parts, self._console)
        return super().crop(start, end)

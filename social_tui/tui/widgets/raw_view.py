"""The rows of a raw text, with a cursor and the places where searched words stand."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.message import Message

from social_tui.tui.cells import fit
from social_tui.tui.raw_text import MATCH_LIMIT, Layout, shown, spans
from social_tui.tui.widgets.line_list import Cell, LineList


class RawView(LineList):
    """Shows a text of any length; its rows come from a thread."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--match"}

    class LayoutWanted(Message):
        """The rows are needed for another width."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._layout = Layout("", 1)
        self._matches: array[int] = array("q")
        self._length = 0
        self._title = ""

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._layout.row_count

    @property
    def room(self) -> int:
        """The cells that a row may take."""
        return max(self.scrollable_content_region.width - 2, 1)

    @property
    def offset_here(self) -> int:
        """The first character of the row under the cursor."""
        return self._layout.starts[self.cursor] if self.row_count else 0

    @property
    def line_here(self) -> str:
        """The whole line under the cursor, as it came."""
        if not self.row_count:
            return ""
        layout, first, last = self._layout, self.cursor, self.cursor + 1
        while not layout.is_first[first]:
            first -= 1
        while last < layout.row_count and not layout.is_first[last]:
            last += 1
        return layout.text[layout.starts[first] : layout.ends[last - 1]]

    @property
    def match_count(self) -> int:
        """How many matches there are."""
        return len(self._matches)

    def show(self, layout: Layout, title: str) -> None:
        """Show other rows, and keep the cursor on the text under it."""
        offset = self.offset_here
        self._layout, self._title = layout, title
        self.rows_changed()
        self.move_to(layout.row_at(offset))

    def mark(self, matches: array[int], length: int) -> None:
        """Mark where the searched words stand."""
        self._matches, self._length = matches, length
        self.rows_changed()

    def go_to_match(self, step: int) -> bool:
        """Put the cursor on the next row with a match, or the one before, around the end too.

        Args:
            step: 1 for the next, -1 for the one before, 0 for the first from the cursor on.

        Returns:
            Whether there is any.
        """
        if not self._matches:
            return False
        layout = self._layout
        here = layout.starts[self.cursor]
        after = layout.starts[self.cursor + 1] if self.cursor + 1 < self.row_count else len(layout.text) + 1
        if step < 0:
            number = bisect_left(self._matches, here) - 1
        else:
            number = bisect_left(self._matches, after if step else here)
        self.move_to(layout.row_at(self._matches[number % len(self._matches)]))
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Ask for rows of the new width."""
        super().on_resize(event)
        if self.room != self._layout.width:
            self.post_message(self.LayoutWanted())

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Tell where the cursor is, and among how many matches."""
        place = f"row {self.cursor + 1:,} of {self.row_count:,}" if self.row_count else ""
        parts = [self._title, place, self._match_words()]
        return [(fit(" " + " · ".join(filter(None, parts)), width), "header")]

    def _match_words(self) -> str:
        if not self._length:
            return ""
        if not self._matches:
            return "not found"
        count = len(self._matches)
        more = "+" if count == MATCH_LIMIT else ""
        here, after = self._layout.starts[self.cursor], self._layout.ends[self.cursor]
        number = bisect_left(self._matches, here)
        if number < count and self._matches[number] < after:
            return f"match {number + 1:,} of {count:,}{more}"
        return f"{count:,}{more} found"

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one row: a name apart from its value, matches on a ground of their own."""
        layout = self._layout
        cells: list[Cell] = [(" " * (layout.indents[index] + 1), "text")]
        used = layout.indents[index] + 1
        key_end = layout.key_end(index)
        for start, end, style in spans(layout, index, self._matches, self._length):
            text = shown(layout.text, start, end)
            if end == key_end and end < layout.ends[index] and not layout.text[end].isspace():
                text += " "
            text = text if used + cell_len(text) <= width else fit(text, width - used)
            cells.append((text, style))
            used += cell_len(text)
        return [*cells, (" " * max(width - used, 0), "text")]

"""What a search found: a row for each post, with where the words stand and a piece of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.message import Message

from social_tui.library.searching import PLACE_NAMES, Piece, pieces
from social_tui.search_models import FoundPost
from social_tui.text import ELLIPSIS
from social_tui.tui.cells import exact, fit
from social_tui.tui.presentation import author, post_date
from social_tui.tui.widgets.line_list import Cell, LineList

_DATE_WIDTH = 12
_PLACE_WIDTH = 19


class FoundList(LineList):
    """The posts that were found, the best first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--match"}

    class EndNear(Message):
        """The last rows came into view."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rows: Sequence[FoundPost] = ()
        self._title = ""

    @property
    def row_count(self) -> int:
        """How many were read."""
        return len(self.rows)

    @property
    def current(self) -> FoundPost | None:
        """The post under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def show(self, rows: Sequence[FoundPost], title: str, *, keep_place: bool = False) -> None:
        """Show what was found."""
        self.rows, self._title = rows, title
        self.rows_changed()
        if not keep_place:
            self.move_to(0)
        self.tell_rows_shown()

    def rows_shown(self, first: int, last: int) -> None:
        """Ask for more when the end is in sight."""
        if self.rows and last >= len(self.rows) - 1:
            self.post_message(self.EndNear())

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Say how many there are, and where the cursor is."""
        return [(fit(f" {self._title}", width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one: when, by whom, where the words stand, and a piece of it."""
        post = self.rows[index]
        author_width = 16 if width < 100 else 24
        room = max(width - _DATE_WIDTH - author_width - _PLACE_WIDTH, 0)
        return [
            (fit(f" {post_date(post.posted_at_timestamp)}", _DATE_WIDTH), "muted"),
            (fit(author(post), author_width - 1) + " ", "strong"),
            (fit(place_words(post), _PLACE_WIDTH - 1) + " ", "info"),
            *_excerpt(pieces(post.excerpt), room),
        ]


def place_words(post: FoundPost) -> str:
    """Say where the words stand, with how many other places there are; ``~`` is a piece of text."""
    place = "similar" if "similar" in post.matched else post.excerpt_of
    more = len(set(post.matched) - {place})
    return f"{'~' if post.is_substring else ''}{PLACE_NAMES[place]}{f' +{more}' if more else ''}"


def _excerpt(found: Sequence[Piece], room: int) -> Iterator[Cell]:
    """Fill the room, beginning near the first hit."""
    for number, piece in enumerate(found):
        text = exact(piece.text)
        if number == 0 and not piece.is_hit and len(found) > 1 and len(text) > room // 3:
            text = ELLIPSIS + text[-(room // 3) :]
        if cell_len(text) > room:
            text = fit(text, room)
        room -= cell_len(text)
        yield text, "match" if piece.is_hit else "text"
    yield " " * max(room, 0), "text"

"""Where else a picture is: other posts with the same bytes, or with a picture like it."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.store.gallery import SimilarRow
from social_tui.tui.cells import fit
from social_tui.tui.presentation import author, media_signs, post_date, similar_words
from social_tui.tui.widgets.line_list import Cell, LineList

VERY_SIMILAR = 3
_HOW_WIDTH = 14
_DATE_WIDTH = 11


class SimilarList(LineList):
    """One media of each other post that shows the same picture or one like it."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows: Sequence[SimilarRow] = ()

    @property
    def row_count(self) -> int:
        """How many there are."""
        return len(self._rows)

    @property
    def current(self) -> SimilarRow | None:
        """The media under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[SimilarRow]) -> None:
        """Show others; the cursor stays on its media."""
        old = self.current
        self._rows = rows
        self.rows_changed()
        places = (number for number, row in enumerate(rows) if old and row.media_id == old.media_id)
        self.move_to(next(places, 0))

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Say how many there are of each kind."""
        return [(fit(f" {similar_words(self._rows)}", width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one: how alike, its signs, when, by whom."""
        row = self._rows[index]
        how = "same bytes" if row.is_same else "very similar" if row.distance <= VERY_SIMILAR else "similar"
        return [
            (fit(f" {how}", _HOW_WIDTH), "success" if row.is_same else "info"),
            *media_signs(row),
            (" ", "text"),
            (fit(post_date(row.posted_at_timestamp), _DATE_WIDTH), "muted"),
            (fit(author(row), max(width - _HOW_WIDTH - _DATE_WIDTH - 4, 0)), "strong"),
        ]

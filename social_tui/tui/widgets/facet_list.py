"""The sidebar: saved views, and what the posts can be narrowed by, with how many there are of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual.binding import BindingType
from textual.message import Message

from social_tui.tui.actions import bindings
from social_tui.tui.cells import fit, line
from social_tui.tui.presentation import short_count
from social_tui.tui.widgets.line_list import Cell, LineList

if TYPE_CHECKING:
    from social_tui.models import Facet, SavedView
    from social_tui.tui.records import Facets

_COUNT_WIDTH = 5
Kind = Literal["title", "value", "view", "hint"]
TITLES: Final[dict[Facet, str]] = {
    "platform": "Platform",
    "status": "State of media",
    "outcome": "Outcome",
    "has": "Media",
    "tag": "Tag",
    "shows": "Tag by analysis",
    "type": "Type of post",
    "author": "Author",
}


@dataclass(frozen=True, slots=True)
class FacetRow:
    """One line of the sidebar.

    Args:
        kind: A group's title, a value to narrow by, a saved view, or a word where there is none.
        field: The filter's field that the value belongs to.
        value: What stands there; from data.
        count: How many posts there are of it; None where that is not known.
        view: The saved view.
    """

    kind: Kind
    field: str
    value: str
    count: int | None = None
    view: SavedView | None = None

    @property
    def can_be_chosen(self) -> bool:
        """Whether something comes of choosing it."""
        return self.kind in ("value", "view")


def facet_rows(facets: Facets, hint: str) -> list[FacetRow]:
    """Lay out the sidebar: the saved views, then each facet that has values.

    Args:
        facets: What there is.
        hint: What to say where there are no saved views.
    """
    rows = [FacetRow("title", "view", "Saved views")]
    rows += [FacetRow("view", "view", view.name, view=view) for view in facets.views]
    if not facets.views and hint:
        rows.append(FacetRow("hint", "view", hint))
    for facet, title in TITLES.items():
        counts = facets.counts.get(facet, ())
        if counts:
            rows.append(FacetRow("title", facet, title))
            rows += [FacetRow("value", facet, each.value, each.count) for each in counts]
    return rows


class FacetList(LineList):
    """Narrows the posts by what they are."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("facets", "list")]

    class Toggled(Message):
        """A value was taken into the filter, or out of it."""

        def __init__(self, field: str, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

    class ViewChosen(Message):
        """A saved view was opened."""

        def __init__(self, view: SavedView) -> None:
            super().__init__()
            self.view = view

    class DeletionWanted(Message):
        """A saved view is to be deleted."""

        def __init__(self, view: SavedView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows: Sequence[FacetRow] = ()
        self._is_set: Callable[[str, str], bool] = lambda field, value: False

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self._rows)

    @property
    def current(self) -> FacetRow | None:
        """The line under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[FacetRow], is_set: Callable[[str, str], bool]) -> None:
        """Show other lines; the cursor stays on its value.

        Args:
            rows: The lines.
            is_set: Tells whether the filter holds a value.
        """
        old = self.current
        self._rows = rows
        self._is_set = is_set
        self.rows_changed()
        same = (number for number, row in enumerate(rows) if old is not None and _is_same(row, old))
        self.move_to(next(same, self.cursor))

    def move_to(self, index: int) -> None:
        """Put the cursor on a line that can be chosen: this one, the next on the way, or else the last."""
        places = [number for number, row in enumerate(self._rows) if row.can_be_chosen]
        if index >= self.cursor:
            place = next((number for number in places if number >= index), places[-1] if places else 0)
        else:
            place = next(
                (number for number in reversed(places) if number <= index), places[0] if places else 0
            )
        super().move_to(place)
        if place in places[:1] and place < self.rows_on_screen:
            # With the title above it.
            self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def action_choose(self) -> None:
        """Narrow by the value under the cursor, or stop narrowing by it; open the view under it."""
        row = self.current
        if row is not None and row.view is not None:
            self.post_message(self.ViewChosen(row.view))
        elif row is not None and row.kind == "value":
            self.post_message(self.Toggled(row.field, row.value))

    def action_delete_view(self) -> None:
        """Ask to delete the view under the cursor."""
        row = self.current
        if row is not None and row.view is not None:
            self.post_message(self.DeletionWanted(row.view))

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Say what this is."""
        return [(fit(" Narrow by", width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one line."""
        row = self._rows[index]
        if row.kind == "title":
            return [(fit(f" {row.value}", width), "info")]
        if row.kind == "hint":
            return [(fit(f"   {row.value}", width), "muted")]
        room = max(width - _COUNT_WIDTH - 4, 0)
        is_set = row.kind == "value" and self._is_set(row.field, row.value)
        sign = "▸" if row.kind == "view" else "●" if is_set else "○"
        return [
            (f" {sign} ", "accent" if is_set else "muted"),
            (fit(line(row.value), room), "accent" if is_set else "text"),
            (fit(short_count(row.count), _COUNT_WIDTH, right=True), "muted"),
            (" ", "text"),
        ]


def _is_same(row: FacetRow, other: FacetRow) -> bool:
    return (row.kind, row.field, row.value) == (other.kind, other.field, other.value)

"""The posts grid: posts by the page, some of them picked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from social_tui.tui.actions import bindings
from social_tui.tui.cells import fit
from social_tui.tui.columns import Column, Widths, shown_columns
from social_tui.tui.picks import Picks
from social_tui.tui.presentation import post_signs
from social_tui.tui.widgets.paged_list import PagedList, PageRequest

if TYPE_CHECKING:
    from social_tui.models import Key, PostSummary, Sort
    from social_tui.tui.widgets.line_list import Cell

_SIGNS_WIDTH = 7
_SORT_SIGNS: dict[Sort, str] = {"newest": "▾", "oldest": "▴", "engagement": "▾", "author": "▴", "state": "▴"}


class PostGrid(PagedList["PostSummary"]):
    """The posts that match a filter, in some order."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("grid", "list")]

    class SortWanted(Message):
        """A column's header was clicked."""

        def __init__(self, sort: Sort) -> None:
            super().__init__()
            self.sort = sort

    class PicksChanged(Message):
        """Other posts are picked."""

    class RangeWanted(Message):
        """The posts of some rows are to be picked, loaded or not."""

        def __init__(self, rows: range) -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.picks = Picks()
        self.sort: Sort = "newest"
        self.widths = Widths({})
        self.columns: Sequence[str] = ()
        self._range_from: int | None = None
        self._sizes: tuple[int, Sequence[tuple[Column, int]]] | None = None

    def key_of(self, row: PostSummary) -> Key | None:
        """Return where a post stands."""
        return row.key

    def id_of(self, row: PostSummary) -> str:
        """Return a post's id."""
        return row.post_id

    @property
    def beside(self) -> Sequence[PostSummary]:
        """The posts below and above the cursor, as far as they are at hand."""
        rows = (self.pages.row(self.cursor + step) for step in (1, -1))
        return [row for row in rows if row is not None]

    @property
    def media_above(self) -> int | None:
        """How many media the posts above the cursor have; None where they are not all at hand."""
        rows = [self.pages.row(index) for index in range(self.cursor)] if self.current is not None else []
        counts = [row.media_total for row in rows if row is not None]
        return sum(counts) if len(counts) == len(rows) else None

    def begin(self, sort: Sort, *, is_other_filter: bool) -> None:
        """Begin anew; picks stay with their posts, but all of a filter are all of that filter only."""
        self.sort = sort
        self._range_from = None
        if is_other_filter and self.picks.is_all:
            self.picks.clear()
        self.restart()
        self.post_message(self.PicksChanged())

    def take_page(self, request: PageRequest, rows: Sequence[PostSummary]) -> None:
        """Show a page that was read, in columns that fit it too."""
        if request.generation == self.generation:
            self.widths.see(rows)
            self._fit_columns()
        super().take_page(request, rows)

    def _fit_columns(self) -> None:
        if self._sizes is not None:
            width, before = self._sizes
            self._sizes = None
            if self._layout(width) != before:
                self.lay_out_again()

    # Picking.

    @property
    def range(self) -> range:
        """The rows of the range that is being picked; empty when none is."""
        if self._range_from is None:
            return range(0)
        return range(min(self._range_from, self.cursor), max(self._range_from, self.cursor) + 1)

    def action_pick(self) -> None:
        """Pick the post under the cursor, or put it back, and go on; or pick the range."""
        current = self.current
        if self.range:
            self.action_pick_range()
        elif current is not None:
            self.picks.toggle(current.post_id)
            self._picks_changed()
            self.move_to(self.cursor + 1)

    def action_pick_range(self) -> None:
        """Begin a range at the cursor; again, pick all posts of it."""
        if self.range:
            self.post_message(self.RangeWanted(self.range))
        elif self.row_count:
            self._range_from = self.cursor
            self._picks_changed()

    def end_range(self, post_ids: Sequence[str]) -> None:
        """Pick these posts, which the range holds, and end it."""
        self._range_from = None
        self.picks.add(post_ids)
        self._picks_changed()

    def action_pick_all(self) -> None:
        """Pick all that match; when something is picked, pick none."""
        if self.picks or self.range:
            self.clear_picks()
        elif not self.pages.is_empty:
            self.picks.everything()
            self._picks_changed()

    def clear_picks(self) -> None:
        """Pick none."""
        self._range_from = None
        self.picks.clear()
        self._picks_changed()

    def _picks_changed(self) -> None:
        self.forget_lines()
        self.refresh()
        self.post_message(self.PicksChanged())

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the range as it grows."""
        super().watch_cursor(old, new)
        if self._range_from is not None:
            self._picks_changed()

    # Drawing.

    def lay_out_again(self) -> None:
        """Draw everything anew, because other columns are shown or are wider."""
        self._sizes = None
        self.forget_lines()
        self.refresh()

    def _layout(self, width: int) -> Sequence[tuple[Column, int]]:
        """Return the columns with their widths, worked out once for all rows."""
        if self._sizes is None or self._sizes[0] != width:
            columns = shown_columns(width, self.columns)
            sizes = self.widths.fit(columns, width - _SIGNS_WIDTH - 1)
            self._sizes = width, list(zip(columns, sizes, strict=True))
        return self._sizes[1]

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Name the columns, with a sign on the one that the rows are sorted by."""
        cells = [fit("", _SIGNS_WIDTH)]
        for column, size in self._layout(width):
            sign = _SORT_SIGNS[self.sort] if self.sort in column.sorts else ""
            cells += [fit(column.title + sign, size, right=column.right), " "]
        return [(cell, "header") for cell in cells]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one post: whether it is picked, its signs, its columns."""
        post = self.pages.row(index)
        is_picked = index in self.range or (post is not None and self.picks.holds(post.post_id))
        pick: Cell = ("▌" if is_picked else " ", "accent")
        if post is None:
            return [pick, (fit(" " * (_SIGNS_WIDTH - 1) + "…", width - 1), "muted")]
        mark, *signs = post_signs(post)
        cells: list[Cell] = [pick, mark, (" ", "text"), *signs, (" ", "text")]
        for column, size in self._layout(width):
            text, style = column.write(post)
            cells += [(fit(text, size, right=column.right), style), (" ", "text")]
        return cells

    def _header_clicked(self, x: int) -> None:
        """Sort by the column under the mouse; a second click turns the order round where it can be."""
        end = _SIGNS_WIDTH
        for column, size in self._layout(self.scrollable_content_region.width):
            end += size + 1
            if x < end:
                if column.sorts:
                    place = column.sorts.index(self.sort) + 1 if self.sort in column.sorts else 0
                    self.post_message(self.SortWanted(column.sorts[place % len(column.sorts)]))
                return

    def on_click(self, event: events.Click) -> None:
        """Sort by the header under the mouse; with control held, pick the row under it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = self.scroll_offset.y + offset.y - 1
        if offset.y == 0:
            event.prevent_default()
            self._header_clicked(offset.x)
        elif event.ctrl and row < self.row_count:
            event.prevent_default()
            self.move_to(row)
            self.action_pick()

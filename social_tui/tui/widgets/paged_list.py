"""A list of any length over pages that others load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from textual.timer import Timer

from social_tui.tui.pages import Pages, Read
from social_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from social_tui.models import Key

TURN_SECONDS = 0.1
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page that the list wants to show.

    Args:
        generation: Which list it belongs to; another filter or order begins a new one.
        read: How to read it.
    """

    generation: int
    read: Read[Key]


class Reader(Protocol):
    """Reads what a list lacks, and brings it when it is there."""

    def read_page(self, request: PageRequest) -> None:
        """Read a page."""

    def count(self, generation: int) -> None:
        """Count the rows of a list."""


class PagedList(LineList, Generic[Row]):
    """Base of lists whose rows are read as they come into sight."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.pages: Pages[Row, Key] = Pages(self.key_of)
        self.reader: Reader | None = None
        self._generation = 0
        self._turning: Timer | None = None
        self._destination = 0
        self._asked: set[int] = set()
        self._is_counting = False
        self._current_id: str | None = None

    # What subclasses say.

    def key_of(self, row: Row) -> Key | None:
        """Return a row's place in the order."""
        return None

    def id_of(self, row: Row) -> str:
        """Return what tells a row from all others."""
        return ""

    def post_id_of(self, row: Row) -> str | None:
        """Return the post that a row is about."""
        return self.id_of(row)

    # What is shown.

    @property
    def current(self) -> Row | None:
        """The row under the cursor, or None where there is none or it is not loaded."""
        return self.pages.row(self.cursor)

    @property
    def row_count(self) -> int:
        """The rows there are; until they are counted, those at hand and one that stands for the rest."""
        return self.pages.length

    @property
    def generation(self) -> int:
        """Which list is shown."""
        return self._generation

    def restart(self) -> None:
        """Begin anew, for another filter or order."""
        self._generation += 1
        self.pages = Pages(self.key_of)
        self._asked.clear()
        self._is_counting = False
        self._current_id = None
        self._turn_to(0)

    def _turn_to(self, row: int) -> None:
        """Go to a row whose surroundings are not known, and draw that when they are, or when that takes long.

        Most often rows come at once: to draw that there are none, and then rows, takes twice as long.
        """
        self._destination = row
        self._turning = self._turning or self.set_timer(TURN_SECONDS, self._turn)
        self.rows_shown(*self._destined())

    def _destined(self) -> tuple[int, int]:
        first = max(self._destination - self.rows_on_screen + 1, 0)
        return first, first + self.rows_on_screen - 1

    def _turn(self) -> None:
        """Draw what one has gone to."""
        if self._turning is not None:
            self._turning.stop()
            self._turning = None
            # Upwards first, or the list that became shorter would ask for its last rows on the way.
            self.move_to(min(self._destination, self.cursor))
            self.rows_changed()
            self.move_to(self._destination)

    def action_last(self) -> None:
        """Go to the last row, counted or not."""
        if self.pages.total is None:
            self.pages.open_end()
            self.rows_changed()
        super().action_last()

    def fetch_end(self) -> None:
        """Have the last rows at hand before one goes there."""
        if self.pages.total:
            self.rows_shown(max(self.pages.total - self.rows_on_screen, 0), self.pages.total - 1)

    def end_request(self) -> PageRequest | None:
        """Ask for the last rows, though it is not known how many there are; None when it is, or they come."""
        page = self.pages.find_end()
        if self.pages.total is not None or page in self._asked:
            return None
        self._asked.add(page)
        return PageRequest(self._generation, self.pages.plan(page))

    def reload(self, post_ids: frozenset[str] | None = None) -> None:
        """Read rows again while the old ones stay in sight.

        Args:
            post_ids: The posts that changed; None when everything may have.
        """
        if post_ids is None:
            self.pages.expire()
        else:
            known = {self.post_id_of(row) for _, row in self.pages.loaded()}
            self.pages.expire(where=lambda row: self.post_id_of(row) in post_ids)
            # Posts that are new, or that changed out of sight: the window may begin elsewhere now.
            if not post_ids <= known and self.scroll_offset.y == 0:
                self.pages.expire()
        self.tell_rows_shown()

    # What others bring.

    def take_page(self, request: PageRequest, rows: Sequence[Row]) -> None:
        """Show a page that was read, unless the list went on without it."""
        if request.generation == self._generation:
            self._asked.discard(request.read.page)
            kept_id, row_count = self._current_id, self.row_count
            is_same = self.pages.put(request.read, rows)
            if self._turning is not None and not self.pages.missing(*self._destined()):
                self._turn()
            if row_count == self.row_count and (is_same or not self._is_in_sight(request.read.page)):
                self.tell_rows_shown()
            else:
                self._redraw(kept_id)

    def _is_in_sight(self, page: int) -> bool:
        """Tell whether rows of a page are on screen or have the cursor; else, drawn ones are forgotten."""
        rows = range(page * self.pages.size, (page + 1) * self.pages.size)
        shown = self.in_sight
        if self.cursor in rows or (shown.start < rows.stop and shown.stop > rows.start):
            return True
        self.forget_lines(rows)
        return False

    def take_count(self, generation: int, total: int) -> None:
        """Learn how many rows there are."""
        if generation == self._generation:
            self._is_counting = False
            row_count, is_far = self.row_count, self.cursor >= self.pages.known
            moved = self.pages.take_count(total)
            if moved and is_far:
                self._turn_to(max(self.cursor + moved, 0))
            elif row_count == self.row_count:
                self.tell_rows_shown()
            else:
                self._redraw(self._current_id)

    def take_anchors(self, generation: int, anchors: Iterable[tuple[int, Key]]) -> None:
        """Learn where pages of a long list begin."""
        if generation == self._generation:
            self.pages.take_anchors(anchors)

    def give_up(self, request: PageRequest) -> None:
        """Let a page that could not be read be asked for again."""
        if request.generation == self._generation:
            self._asked.discard(request.read.page)

    def give_up_counting(self, generation: int) -> None:
        """Let the rows be counted again."""
        if generation == self._generation:
            self._is_counting = False

    def _redraw(self, kept_id: str | None) -> None:
        self.rows_changed()
        self._keep_place(kept_id)
        self.tell_rows_shown()
        self.post_message(self.Moved(self))

    def _keep_place(self, row_id: str | None) -> None:
        """Keep the cursor on its row when others came in above it; at the top it stays at the top."""
        current = self.current
        if row_id and self.cursor > 0 and current is not None and self.id_of(current) != row_id:
            moved = (index for index, row in self.pages.loaded() if self.id_of(row) == row_id)
            self.move_to(next(moved, self.cursor))
        self._remember()

    def _remember(self) -> None:
        current = self.current
        self._current_id = self.id_of(current) if current is not None else None

    def watch_cursor(self, old: int, new: int) -> None:
        """Remember the row under the cursor."""
        self._remember()
        super().watch_cursor(old, new)

    def rows_shown(self, first: int, last: int) -> None:
        """Ask for what is missing on the screen; once that is painted, for what is on those beside it."""
        if self.reader is None:
            return
        missing = self.pages.missing(first, last)
        if missing:
            self._ask_for(missing)
        elif self.pages.missing(first - self.rows_on_screen, last + self.rows_on_screen):
            self.call_after_refresh(self._look_ahead, self._generation, first, last)
        if self.pages.needs_count and not self._is_counting:
            self._is_counting = True
            self.reader.count(self._generation)

    def _look_ahead(self, generation: int, first: int, last: int) -> None:
        if generation == self._generation:
            self._ask_for(self.pages.missing(first - self.rows_on_screen, last + self.rows_on_screen))

    def _ask_for(self, pages: Iterable[int]) -> None:
        for page in pages:
            if page not in self._asked and self.reader is not None:
                self._asked.add(page)
                self.reader.read_page(PageRequest(self._generation, self.pages.plan(page)))

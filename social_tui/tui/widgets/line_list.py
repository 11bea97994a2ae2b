"""A list of one-line rows with a cursor, drawn line by line, so that its length costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from social_tui.tui.actions import bindings
from social_tui.tui.widgets.settled import settled_size

Cell = tuple[str, str]
"""A text that fills its columns, and the component style (without its prefix) to draw it in."""


class LineList(ScrollView, can_focus=True, inherit_bindings=False):
    """Base of lists: movement, mouse, scrolling and the look of rows; subclasses say what stands in them.

    ``ScrollView`` with the line API, because a ``DataTable`` needs minutes and gigabytes for a million
    rows (https://github.com/Textualize/textual/discussions/1892).
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--cursor",
        "line-list--header",
        "line-list--text",
        "line-list--strong",
        "line-list--muted",
        "line-list--accent",
        "line-list--success",
        "line-list--warning",
        "line-list--error",
        "line-list--info",
    }

    virtual_size = settled_size()
    # Only the lines that change are drawn anew.
    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor came to another row, or another row came under the cursor."""

        def __init__(self, line_list: LineList) -> None:
            super().__init__()
            self.line_list = line_list

        @property
        def control(self) -> LineList:
            """The list."""
            return self.line_list

    class Chosen(Message):
        """A row was opened."""

        def __init__(self, line_list: LineList, index: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.index = index

        @property
        def control(self) -> LineList:
            """The list."""
            return self.line_list

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._strips: LRUCache[tuple[int, int, bool], Strip] = LRUCache(512)
        self._styles: dict[tuple[str, bool], Style] = {}
        self._cleaning: tuple[Sequence[LineFilter], Color] | None = None

    # What subclasses say.

    @property
    def row_count(self) -> int:
        """How many rows there are to move over."""
        return 0

    @property
    def line_count(self) -> int:
        """How many lines there are with the header."""
        return self.row_count + 1

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Return the cells of the line that stays on top."""
        return [(" " * width, "text")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Return the cells of a row, which together fill the width."""
        return [(" " * width, "text")]

    def rows_shown(self, first: int, last: int) -> None:
        """Hear which rows are on screen, to load what is missing."""

    # Drawing.

    def rows_changed(self) -> None:
        """Draw all rows anew and scroll over as many as there are now."""
        self.forget_lines()
        self._measure()
        self.refresh()

    def _measure(self) -> None:
        size = Size(max(self.scrollable_content_region.width, 1), self.line_count)
        if size != self.virtual_size:
            self.virtual_size = size
            # The scroll bar alone, for which Textual would lay out the whole screen.
            self._scroll_update(size)
            if self.styles.auto_dimensions:
                self.refresh(layout=True)
        if self.cursor >= self.row_count:
            self.cursor = max(self.row_count - 1, 0)

    def forget_lines(self, rows: range | None = None) -> None:
        """Forget the drawn lines of some rows, or all, because something in them changed."""
        if rows is None:
            self._strips.clear()
            return
        for key in [key for key in self._strips.keys() if key[0] in rows]:  # noqa: SIM118 - no mapping
            self._strips.discard(key)

    def notify_style_update(self) -> None:
        """Forget drawn lines, because colours changed."""
        super().notify_style_update()
        self._styles.clear()
        self._cleaning = None
        self.forget_lines()

    def refresh_header(self) -> None:
        """Draw the line on top anew, which stays where it is while the rows scroll."""
        self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport; the first is the header."""
        return self._line(y, *self._room())

    def _room(self) -> tuple[int, Segment]:
        """Return the width of the rows and what stands behind them: nothing, where there is no scroll bar."""
        width = self.scrollable_content_region.width
        return width, Segment(" " * (self.content_size.width - width), self.visual_style.rich_style)

    def _line(self, y: int, width: int, edge: Segment) -> Strip:
        if y == 0:
            style = self.get_component_rich_style("line-list--header")
            return self.cleaned([*(Segment(text, style) for text, _ in self.header_cells(width)), edge])
        index = self.scroll_offset.y + y - 1
        if index >= self.row_count:
            return self.cleaned([Segment(" " * width, edge.style), edge])
        is_cursor = index == self.cursor
        key = (index, width, is_cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self.cleaned([*self._drawn(self.row_cells(index, width), is_cursor), edge])
            self._strips[key] = strip
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines; without a border, what Textual does to each of them takes longer than drawing it."""
        if self.styles.gutter.totals != (0, 0):
            return super().render_lines(crop)
        room = self._room()
        return [self._line(y, *room).crop(*crop.column_span) for y in crop.line_range]

    def cleaned(self, segments: Iterable[Segment]) -> Strip:
        """Make a line of segments as they may be written to the terminal."""
        if self._cleaning is None:
            self._cleaning = self.get_line_filters(), self.background_colors[1]
        filters, background = self._cleaning
        line = list(segments)
        for line_filter in filters:
            line = line_filter.apply(line, background)
        return Strip(line)

    def _drawn(self, cells: Sequence[Cell], is_cursor: bool) -> Iterable[Segment]:
        segments = (Segment(text, self._cell_style(name, is_cursor)) for text, name in cells if text)
        return Segment.simplify(segments)

    def _cell_style(self, name: str, is_cursor: bool) -> Style:
        """Return how cells of a name are drawn, which is worked out once."""
        style = self._styles.get((name, is_cursor))
        if style is None:
            style = self.get_component_rich_style(f"line-list--{name}")
            if is_cursor:
                cursor = self.get_component_rich_style("line-list--cursor")
                style += Style(bgcolor=cursor.bgcolor, bold=cursor.bold, reverse=cursor.reverse)
            self._styles[name, is_cursor] = style
        return style

    # Movement.

    @property
    def rows_on_screen(self) -> int:
        """How many rows fit under the header."""
        return max(self.scrollable_content_region.height - 1, 1)

    @property
    def in_sight(self) -> range:
        """The rows on screen, whether there are so many or not."""
        top = self.scroll_offset.y
        return range(top, top + self.rows_on_screen)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, or on the nearest there is."""
        self.cursor = min(max(index, 0), max(self.row_count - 1, 0))

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor in the list."""
        return min(max(cursor, 0), max(self.row_count - 1, 0))

    def watch_cursor(self, old: int, new: int) -> None:
        """Follow the cursor with the window, and tell."""
        self._show_cursor()
        for index in (old, new):
            self.refresh_lines(index + 1)
        self.refresh_header()
        self.post_message(self.Moved(self))

    def _show_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self.cursor > top + self.rows_on_screen - 1:
            self.scroll_to(y=self.cursor - self.rows_on_screen + 1, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell which rows came into view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.tell_rows_shown()

    def tell_rows_shown(self) -> None:
        """Say which rows are on screen."""
        shown = self.in_sight
        self.rows_shown(shown.start, shown.stop - 1)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the rows to the new width and keep the cursor in view; lines drawn in that width stay."""
        self._measure()
        self._show_cursor()
        self.tell_rows_shown()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse; a second click opens."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < self.row_count:
            self.move_to(index)
            if event.chain > 1:
                self.action_choose()

    def action_cursor_down(self) -> None:
        """Go one row down."""
        self.move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        """Go one row up."""
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        """Go one screen down."""
        self.move_to(self.cursor + self.rows_on_screen)

    def action_page_up(self) -> None:
        """Go one screen up."""
        self.move_to(self.cursor - self.rows_on_screen)

    def action_first(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self.move_to(self.row_count - 1)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.post_message(self.Chosen(self, self.cursor))

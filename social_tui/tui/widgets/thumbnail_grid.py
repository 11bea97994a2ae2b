"""The gallery: small pictures in rows and columns, of which only those in sight are drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from social_tui.models import GalleryRow, Key, MediaRow
from social_tui.tui.actions import bindings
from social_tui.tui.cells import fit
from social_tui.tui.half_blocks import draw
from social_tui.tui.late_strip import JoinedStrip
from social_tui.tui.presentation import author, media_signs, no_picture_words, post_date, size_words
from social_tui.tui.tiles import lay_out, next_zoom
from social_tui.tui.widgets.line_list import Cell
from social_tui.tui.widgets.paged_list import PagedList

if TYPE_CHECKING:
    from PIL.Image import Image

    from social_tui.tui.app import SocialTuiApp

# What a tile shows: its row, the picture or the words, and whether the cursor is on it.
_Look = tuple[GalleryRow | None, "Image | str", bool]


class ThumbnailGrid(PagedList[GalleryRow]):
    """The media of the posts of a filter, as pictures."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list", "tiles")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--tile"}
    app: SocialTuiApp

    class SightChanged(Message):
        """Other tiles are in sight, so that pictures may be missing."""

        def can_replace(self, message: Message) -> bool:
            """Only the last one matters."""
            return isinstance(message, ThumbnailGrid.SightChanged)

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.tiles = lay_out(80)
        self.title = ""
        self.size_step = 0
        self._drawing: str | None = None
        self._pictures: dict[tuple[str, str | None], Image | str] = {}
        self._tile_lines: LRUCache[int, tuple[_Look, Sequence[Strip]]] = LRUCache(256)

    def key_of(self, row: GalleryRow) -> Key | None:
        """Return where a media stands."""
        return row.key

    def id_of(self, row: GalleryRow) -> str:
        """Return a media's id."""
        return row.media_id

    def post_id_of(self, row: GalleryRow) -> str | None:
        """Return a media's post."""
        return row.post_id

    # Pictures.

    @property
    def in_sight(self) -> range:
        """The tiles of which some part is on screen."""
        top = self.scroll_offset.y
        shown = self.tiles.in_lines(top, top + self._body_height - 1)
        return range(min(shown.start, self.row_count), min(shown.stop, self.row_count))

    def state_of(self, media: MediaRow) -> Image | str:
        """Return the picture of a media, or the words that stand in its place."""
        words = no_picture_words(media)
        if words:
            return words
        known = self._pictures.get((media.media_id, media.sha256))
        if known is not None:
            return known
        return "drawing …" if self._drawing == media.media_id else "waiting …"

    def next_wanted(self) -> MediaRow | None:
        """Return the media whose picture is to be drawn next: the cursor's, then in order; None for none."""
        places = sorted(self.in_sight, key=lambda index: index != self.cursor)
        for media in map(self.pages.row, places):
            if media is None or no_picture_words(media):
                continue
            if (media.media_id, media.sha256) not in self._pictures:
                return media
        return None

    def begin(self, media: MediaRow) -> None:
        """Say that a picture is being drawn now."""
        self._drawing = media.media_id
        self._picture_changed(media)

    def take(self, media: MediaRow, picture: Image | str) -> None:
        """Show what was read, or the words why nothing was."""
        self._drawing = None
        self._pictures[media.media_id, media.sha256] = picture
        self._picture_changed(media)

    def redraw_pictures(self) -> None:
        """Have all pictures drawn anew."""
        self._pictures.clear()
        self.refresh()
        self.tell_rows_shown()

    def reload(self, post_ids: frozenset[str] | None = None) -> None:
        """Read rows again; when all may have changed, what could not be drawn may be drawn now.

        Args:
            post_ids: The posts that changed; None when everything may have.
        """
        if post_ids is None:
            self._pictures = {
                key: known for key, known in self._pictures.items() if not isinstance(known, str)
            }
        super().reload(post_ids)

    def _picture_changed(self, media: MediaRow) -> None:
        for index in self.in_sight:
            row = self.pages.row(index)
            if row is not None and row.media_id == media.media_id:
                self._refresh_tile(index)

    def _keep_in_sight(self) -> None:
        """Hold the pictures of the tiles in sight alone; those drawn before are there at once."""
        old, self._pictures = self._pictures, {}
        for media in map(self.pages.row, self.in_sight):
            if media is None or no_picture_words(media):
                continue
            key = (media.media_id, media.sha256)
            known = old.get(key) or self.app.pictures.at_hand(media)
            if known is not None:
                self._pictures[key] = known

    # Size and place.

    @property
    def _body_height(self) -> int:
        return max(self.scrollable_content_region.height - 1, 1)

    @property
    def rows_on_screen(self) -> int:
        """How many whole tiles fit on screen, at least one row of them."""
        return max(self._body_height // self.tiles.height, 1) * self.tiles.columns

    def rows_changed(self) -> None:
        """Draw all tiles anew and scroll over as many as there are now."""
        self._measure()
        self.refresh()

    @property
    def line_count(self) -> int:
        """How many lines there are with the header."""
        return self.tiles.lines(self.row_count) + 1

    def forget_lines(self, rows: range | None = None) -> None:
        """Forget drawn tiles; those of other media are drawn anew in any case."""
        self._tile_lines.clear()

    def notify_style_update(self) -> None:
        """Forget drawn tiles, because colours changed."""
        super().notify_style_update()
        self.forget_lines()

    def on_resize(self, event: events.Resize) -> None:
        """Lay the tiles out for the new width and keep the cursor in sight."""
        event.prevent_default()
        self._lay_out()

    def _lay_out(self) -> None:
        tiles = lay_out(max(self.scrollable_content_region.width, 1), self.size_step)
        if tiles != self.tiles:
            self.tiles = tiles
            self.forget_lines()
        self.rows_changed()
        self._show_cursor()
        self.tell_rows_shown()

    def tell_rows_shown(self) -> None:
        """Ask for the rows and the pictures that are missing."""
        shown = self.in_sight
        self.rows_shown(shown.start, max(shown.stop - 1, 0))
        self._keep_in_sight()
        self.post_message(self.SightChanged())

    def watch_cursor(self, old: int, new: int) -> None:
        """Follow the cursor with the window, and tell."""
        super().watch_cursor(old, new)
        for index in (old, new):
            self._refresh_tile(index)

    def _refresh_tile(self, index: int) -> None:
        tiles = self.tiles
        x, y = index % tiles.columns * tiles.width, tiles.top(index) + 1 - self.scroll_offset.y
        self.refresh(Region(x, y, tiles.width, tiles.height))

    def _show_cursor(self) -> None:
        top, height = self.tiles.top(self.cursor), self._body_height
        bottom = top + self.tiles.height - 1
        # The empty line under the last row need not show.
        if top < self.scroll_offset.y or self.tiles.height > height:
            self._scroll_to_line(top)
        elif bottom > self.scroll_offset.y + height:
            self._scroll_to_line(bottom - height)

    def _scroll_to_line(self, y: int) -> None:
        # By force: after a change of size the scroll bar is not there yet.
        self.scroll_to(y=y, animate=False, immediate=True, force=True)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse; a second click opens."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        index = self.tiles.at(offset.x, self.scroll_offset.y + offset.y - 1)
        if index is not None and index < self.row_count:
            self.move_to(index)
            if event.chain > 1:
                self.action_choose()

    def action_cursor_down(self) -> None:
        """Go one row down; over the end, to the last tile if that is in another row."""
        last = self.row_count - 1
        if self.cursor + self.tiles.columns <= last or self.tiles.top(last) > self.tiles.top(self.cursor):
            self.move_to(self.cursor + self.tiles.columns)

    def action_cursor_up(self) -> None:
        """Go one row up."""
        if self.cursor >= self.tiles.columns:
            self.move_to(self.cursor - self.tiles.columns)

    def action_left(self) -> None:
        """Go to the tile before."""
        self.move_to(self.cursor - 1)

    def action_right(self) -> None:
        """Go to the next tile."""
        self.move_to(self.cursor + 1)

    def zoom(self, step: int) -> None:
        """Show larger tiles, or smaller ones."""
        self.size_step = next_zoom(max(self.scrollable_content_region.width, 1), self.size_step, step)
        self._lay_out()

    # Drawing.

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Say which media of how many the cursor is on."""
        total = self.pages.total
        place = (
            f" Media {self.cursor + 1:,} of {total:,}" if total else " No media" if total == 0 else " Media …"
        )
        return [(fit(place + whole_words(f"  {self.title}", width - cell_len(place)), width), "header")]

    def _line(self, y: int, width: int, edge: Segment) -> Strip:
        """Draw one line through the tiles; the first is the header."""
        if y == 0:
            return super()._line(y, width, edge)
        row, line = divmod(self.scroll_offset.y + y - 1, self.tiles.height)
        first = row * self.tiles.columns
        shown = range(first, min(first + self.tiles.columns, self.row_count))
        parts = [self._tile(index)[line] for index in shown]
        rest = Strip.blank(
            self.content_size.width - len(parts) * self.tiles.width, self.visual_style.rich_style
        )
        whole = JoinedStrip([*parts, rest], self.app.console)
        return whole if self.app.pictures.is_written_whole else self.cleaned(whole)

    def _tile(self, index: int) -> Sequence[Strip]:
        media = self.pages.row(index)
        state = self.state_of(media) if media is not None else "…"
        look = (media, state, index == self.cursor)
        known = self._tile_lines.get(index)
        if known is None or known[0] != look:
            known = look, list(self._draw_tile(*look))
            # The cache keeps the old value of a key that it has.
            self._tile_lines.discard(index)
            self._tile_lines[index] = known
        return known[1]

    def _draw_tile(self, media: GalleryRow | None, state: Image | str, is_cursor: bool) -> Iterator[Strip]:
        style = self._cell_style("accent", False) if is_cursor else self.visual_style.rich_style
        left, right = (self.cleaned([Segment(mark, style)]) for mark in ("▌▐" if is_cursor else "  "))
        has_failed = media is not None and media.download_status == "failed"
        captions = (self.cleaned(self._drawn(cells, is_cursor)) for cells in self._caption(media))
        for strip in (*self._draw_picture(state, "error" if has_failed else "muted"), *captions):
            yield JoinedStrip([left, strip, right], self.app.console)
        yield Strip.blank(self.tiles.width, self.visual_style.rich_style)

    def _draw_picture(self, state: Image | str, name: str) -> Iterator[Strip]:
        """Draw the picture in the middle of its place, or the words that stand there in a style."""
        width, height = self.tiles.picture_columns, self.tiles.picture_rows
        ground = self._cell_style("tile", False)
        lines: Sequence[Strip]
        if isinstance(state, str):
            style = self._cell_style(name, False) + Style(bgcolor=ground.bgcolor)
            words = textwrap.wrap(state, max(width - 2, 1))[:height]
            texts = (fit(text, min(width, len(text))) for text in words)
            lines = [self.cleaned([Segment(text, style)]) for text in texts]
        else:
            lines = draw(state, width, height).strips
        top = (height - len(lines)) // 2
        for y in range(height):
            drawn = lines[y - top] if top <= y < top + len(lines) else Strip.blank(0)
            left = (width - drawn.cell_length) // 2
            margins = [Strip.blank(size, ground) for size in (left, width - drawn.cell_length - left)]
            yield JoinedStrip([margins[0], drawn, margins[1]], self.app.console)

    def _caption(self, media: GalleryRow | None) -> Iterator[Sequence[Cell]]:
        """Write the two lines under a picture: signs and author; as many facts as there is room for."""
        width = self.tiles.picture_columns
        if media is None:
            yield from [[(" " * width, "text")]] * 2
            return
        signs = media_signs(media)
        name = fit(f" {author(media)}", max(width - len(signs), 0))
        yield [*signs, (name, "strong")] if name else [(" " * width, "text")]
        yield [(fit(_as_fits(width, *_facts(media)), width), "muted")]


def whole_words(text: str, width: int) -> str:
    """Cut a safe line to so many cells between two words, where one ends in its last third."""
    if cell_len(text) <= width:
        return text
    cut = set_cell_size(text, max(width - 2, 0))
    words = cut if text[len(cut) : len(cut) + 1] == " " else cut.rpartition(" ")[0]
    return f"{words.rstrip()} …" if 3 * cell_len(words) > 2 * width else fit(text, width)


def _facts(media: GalleryRow) -> Sequence[str]:
    return [media.media_type, post_date(media.posted_at_timestamp), *size_words(media).split("  ")]


def _as_fits(width: int, first: str, *others: str) -> str:
    """Join as many parts as stand whole in so many cells."""
    joined = first
    for other in others:
        if cell_len(f"{joined}  {other}") > width:
            break
        joined = f"{joined}  {other}"
    return joined

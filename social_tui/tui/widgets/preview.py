"""The picture of a media, drawn from its thumbnail, or the words why there is none."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from social_tui.models import MediaRow
from social_tui.tui.half_blocks import Picture
from social_tui.tui.pixels import Pixels, SixelStrip, placeholders
from social_tui.tui.presentation import no_picture_words

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp


class Preview(Widget):
    """Shows the picture of one media at a time; who draws it hears :class:`Wanted`."""

    app: SocialTuiApp
    ALLOW_SELECT = False

    class Wanted(Message):
        """A media is to be drawn into so many cells, or nothing is (``media`` is None)."""

        def __init__(self, preview: Preview, media: MediaRow | None, columns: int, rows: int) -> None:
            super().__init__()
            self.preview = preview
            self.media = media
            self.columns = columns
            self.rows = rows

        @property
        def control(self) -> Preview:
            """The preview."""
            return self.preview

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._media: MediaRow | None = None
        self._picture: Picture = ()
        self._words = ""
        self._pixels: Pixels | None = None
        self._number: int | None = None

    def on_mount(self) -> None:
        """Draw the picture anew after another program had the terminal, and may have taken it away."""
        self.app.app_resume_signal.subscribe(self, lambda _: self.redraw())

    def on_unmount(self) -> None:
        """Leave nothing in the terminal."""
        self._blur()

    @property
    def picture(self) -> Picture:
        """The picture in sight; empty while there is none."""
        return self._picture

    @property
    def words(self) -> str:
        """What is said instead of a picture; empty while there is one."""
        return "" if self._picture else self._words

    @property
    def is_waiting(self) -> bool:
        """Whether a picture is still to come."""
        return self._media is not None and self.size.area > 0 and not self._picture and not self._words

    def show(self, media: MediaRow | None) -> None:
        """Show a media, or nothing; a picture in sight of the same bytes stays."""
        old, self._media = self._media, media
        if media and old and media.sha256 and (media.media_id, media.sha256) == (old.media_id, old.sha256):
            return
        self._ask()

    def take(self, media_id: str, picture: Picture | str) -> None:
        """Show what was drawn, or the words why nothing was, unless another media is to be shown now."""
        if self._media is None or self._media.media_id != media_id:
            return
        if isinstance(picture, str):
            self._clear(picture)
        else:
            self._blur()
            self._picture = picture
            self.refresh()

    def sharpen(self, picture: Picture, pixels: Pixels | None) -> None:
        """Show a picture as pixels, unless another one is in sight by now."""
        if pixels is not None and picture is self._picture and self._pixels is None:
            self._pixels = pixels
            self._number = self.app.pictures.place(pixels) if pixels.way == "kitty" else None
            self.refresh()

    def _blur(self) -> None:
        """Show no pixels any more."""
        self._pixels = None
        if self._number is not None:
            self.app.pictures.remove(self._number)
            self._number = None

    def redraw(self) -> None:
        """Have the picture drawn anew."""
        if self._media is not None:
            self._ask()

    def on_resize(self, event: events.Resize) -> None:
        """Draw the picture in the new size."""
        self.redraw()

    def _ask(self) -> None:
        words = no_picture_words(self._media)
        self._clear(words)
        media = None if words else self._media
        if self.size.area or media is None:
            self.post_message(self.Wanted(self, media, self.size.width, self._rows))

    @property
    def _rows(self) -> int:
        """How many lines a picture may have: below one of sixel there is another, from which it is drawn."""
        return max(self.size.height - (self.app.pictures.way == "sixel"), 0)

    def _clear(self, words: str) -> None:
        self._blur()
        self._picture = ()
        self._words = words
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the picture, or of the words."""
        width = self.size.width
        if self._picture:
            lines: Picture = self._picture
        else:
            words = textwrap.wrap(self._words, max(width - 4, 1))
            lines = [[Segment(words_line, self.rich_style)] for words_line in words]
        top = self._top(len(lines))
        if not top <= y < top + len(lines):
            return Strip.blank(width, self.rich_style)
        line = Strip(lines[y - top])
        left = Segment(" " * (max(width - line.cell_length, 0) // 2), self.rich_style)
        return Strip([left, *line]).adjust_cell_length(width, self.rich_style)

    def _top(self, count: int) -> int:
        """Return the line at which so many lines begin."""
        room = max(self._rows - count, 0)
        return room // 2 if self.styles.content_align_vertical == "middle" else min(room, 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines, with pixels while the whole picture is in sight and no other screen before it."""
        lines = super().render_lines(crop)
        pixels = self._pixels
        is_covered = self.app.screen_stack[-1:] != [self.screen]
        if pixels is None or is_covered or crop != self.size.region:
            return lines
        top, left = self._top(pixels.rows), max(self.size.width - pixels.columns, 0) // 2
        if self._number is None:
            at, place = top + pixels.rows, self.region
            lines[at] = SixelStrip(lines[at], pixels, place.x + left, place.y + top)
            return lines
        margin = Segment(" " * left, self.rich_style)
        for line, cells in enumerate(placeholders(pixels, self._number, self.rich_style), top):
            lines[line] = Strip([margin, *cells]).adjust_cell_length(self.size.width, self.rich_style)
        return lines

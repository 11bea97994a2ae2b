"""The picture of a media, drawn from its thumbnail, or the words why there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from social_tui.tui.half_blocks import Picture, draw
from social_tui.tui.late_strip import JoinedStrip
from social_tui.tui.pixels import Pixels, SixelStrip, placeholders
from social_tui.tui.presentation import no_picture_words
from social_tui.tui.widgets.settled import settled_size

if TYPE_CHECKING:
    from PIL.Image import Image

    from social_tui.models import MediaRow
    from social_tui.tui.app import SocialTuiApp


class Preview(Widget):
    """Shows the picture of one media at a time; who draws it hears :class:`Wanted`."""

    app: SocialTuiApp
    ALLOW_SELECT = False
    virtual_size = settled_size()

    class Wanted(Message):
        """The picture of a media is to be read, or made sharp, or none is (``media`` is None)."""

        def __init__(self, preview: Preview, media: MediaRow | None) -> None:
            super().__init__()
            self.preview = preview
            self.media = media

        @property
        def control(self) -> Preview:
            """The preview."""
            return self.preview

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._media: MediaRow | None = None
        self._small: Image | None = None
        self._picture: Picture | None = None
        self._room = (0, 0)
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
    def picture(self) -> Picture | None:
        """The picture in sight, as large as there is room now; None while there is none."""
        room = (self.size.width, self._rows)
        if self._small is None or not all(room):
            return None
        if self._picture is None or room != self._room:
            self._picture, self._room = draw(self._small, *room), room
        return self._picture

    @property
    def words(self) -> str:
        """What is said instead of a picture; empty while there is one."""
        return "" if self._small is not None else self._words

    @property
    def is_waiting(self) -> bool:
        """Whether a picture is still to come."""
        return self._media is not None and self.size.area > 0 and self._small is None and not self._words

    def show(self, media: MediaRow | None) -> None:
        """Show a media, or nothing; a picture in sight of the same bytes stays."""
        old, self._media = self._media, media
        if media and old and media.sha256 and (media.media_id, media.sha256) == (old.media_id, old.sha256):
            return
        self._ask()

    def take(self, media_id: str, small: Image | str) -> None:
        """Show what was read, or the words why nothing was, unless another media is to be shown now."""
        if self._media is None or self._media.media_id != media_id:
            return
        if isinstance(small, str):
            self._clear(small)
        else:
            self._blur()
            self._small, self._picture = small, None
            self.refresh()

    def sharpen(self, picture: Picture, pixels: Pixels | None) -> None:
        """Show a picture as pixels, unless another one is in sight by now."""
        if pixels is not None and picture is self.picture and self._pixels is None:
            self._pixels = pixels
            self._number = self.app.pictures.place(pixels) if pixels.way == "kitty" else None
            self.refresh()

    @property
    def _is_sharp(self) -> bool:
        """Whether there are pixels of the picture in sight, in its size."""
        pixels, picture = self._pixels, self.picture
        return pixels is not None and picture is not None and _size(pixels) == _size(picture)

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
        """Draw the picture in the new size, which half blocks are at once."""
        if self._small is None:
            self.redraw()
        elif not self._is_sharp:
            self._blur()
            self.post_message(self.Wanted(self, self._media))

    def _ask(self) -> None:
        words = no_picture_words(self._media)
        self._clear(words)
        media = None if words else self._media
        if media is None:
            self.post_message(self.Wanted(self, None))
        elif self.size.area:
            self._small = self.app.pictures.at_hand(media)
            self.post_message(self.Wanted(self, media))

    @property
    def _rows(self) -> int:
        """How many lines a picture may have: below one of sixel there is another, from which it is drawn."""
        return max(self.size.height - (self.app.pictures.way == "sixel"), 0)

    def _clear(self, words: str) -> None:
        self._blur()
        self._small = self._picture = None
        self._words = words
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the picture, or of the words."""
        return self._lines([y])[0]

    def _lines(self, rows: Sequence[int]) -> list[Strip]:
        """Draw some lines; what they have in common is worked out once, because they are many."""
        width, style, picture = self.size.width, self.visual_style.rich_style, self.picture
        if picture is not None:
            drawn = picture.strips
        else:
            words = textwrap.wrap(self._words, max(width - 4, 1))
            drawn = [Strip([Segment(line, style)]) for line in words]
        top, console = self._top(len(drawn)), self.app.console
        blank = cache(lambda cells: Strip.blank(cells, style))

        def centred(line: Strip) -> Strip:
            left = max(width - line.cell_length, 0) // 2
            right = max(width - line.cell_length - left, 0)
            return JoinedStrip([blank(left), line, blank(right)], console)

        places = (row - top for row in rows)
        return [centred(drawn[place]) if 0 <= place < len(drawn) else blank(width) for place in places]

    def _top(self, count: int) -> int:
        """Return the line at which so many lines begin."""
        room = max(self._rows - count, 0)
        return room // 2 if self.styles.content_align_vertical == "middle" else min(room, 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines, with pixels while the whole picture is in sight and no other screen before it."""
        picture, pixels = self.picture, self._pixels
        if picture is not None and self.app.pictures.is_written_whole:
            lines = [line.crop(*crop.column_span) for line in self._lines(crop.line_range)]
        else:
            lines = super().render_lines(crop)
        is_covered = self.app.screen_stack[-1:] != [self.screen]
        if pixels is None or not self._is_sharp or is_covered or crop != self.size.region:
            return lines
        return self._with_pixels(lines, pixels)

    def _with_pixels(self, lines: list[Strip], pixels: Pixels) -> list[Strip]:
        """Draw pixels over the lines of half blocks."""
        top, left = self._top(pixels.rows), max(self.size.width - pixels.columns, 0) // 2
        if self._number is None:
            at, place = top + pixels.rows, self.region
            lines[at] = SixelStrip(lines[at], pixels, place.x + left, place.y + top)
            return lines
        margin = Segment(" " * left, self.rich_style)
        for line, cells in enumerate(placeholders(pixels, self._number, self.rich_style), top):
            lines[line] = Strip([margin, *cells]).adjust_cell_length(self.size.width, self.rich_style)
        return lines


def _size(drawn: Pixels | Picture) -> tuple[int, int]:
    return drawn.columns, drawn.rows

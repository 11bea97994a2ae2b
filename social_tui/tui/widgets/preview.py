"""The picture of a media, drawn from its thumbnail, or the words why there is none."""

from __future__ import annotations

import textwrap

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from social_tui.models import MediaRow
from social_tui.tui.half_blocks import Picture
from social_tui.tui.presentation import no_picture_words


class Preview(Widget):
    """Shows the picture of one media at a time; who draws it hears :class:`Wanted`."""

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
            self._picture = picture
            self.refresh()

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
            self.post_message(self.Wanted(self, media, self.size.width, self.size.height))

    def _clear(self, words: str) -> None:
        self._picture = ()
        self._words = words
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the picture, or of the words."""
        width, height = self.size
        if self._picture:
            lines: Picture = self._picture
        else:
            words = textwrap.wrap(self._words, max(width - 4, 1))
            lines = [[Segment(words_line, self.rich_style)] for words_line in words]
        room = max(height - len(lines), 0)
        top = room // 2 if self.styles.content_align_vertical == "middle" else min(room, 1)
        if not top <= y < top + len(lines):
            return Strip.blank(width, self.rich_style)
        line = Strip(lines[y - top])
        left = Segment(" " * (max(width - line.cell_length, 0) // 2), self.rich_style)
        return Strip([left, *line]).adjust_cell_length(width, self.rich_style)

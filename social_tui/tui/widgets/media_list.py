"""The media of one post."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from social_tui.tui.cells import fit
from social_tui.tui.presentation import capture_words, media_signs, size_words
from social_tui.tui.widgets.line_list import Cell, LineList

if TYPE_CHECKING:
    from social_tui.models import MediaRow

_TYPE_WIDTH = 9
_ROLE_WIDTH = 10


class MediaList(LineList):
    """The media of one post, in the post's order."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._media: Sequence[MediaRow] = ()
        self._is_known = False

    @property
    def row_count(self) -> int:
        """How many media there are."""
        return len(self._media)

    @property
    def media(self) -> Sequence[MediaRow]:
        """The media."""
        return self._media

    @property
    def current(self) -> MediaRow | None:
        """The media under the cursor."""
        return self._media[self.cursor] if self.cursor < len(self._media) else None

    def show(self, media: Sequence[MediaRow] | None, *, keep_place: bool) -> None:
        """Show other media, or the same with news.

        Args:
            media: The rows in order; None while they are not known.
            keep_place: Whether the cursor stays on its media.
        """
        current_id = self.current.media_id if keep_place and self.current else None
        self._is_known, self._media = media is not None, media or ()
        self.rows_changed()
        places = (index for index, row in enumerate(self._media) if row.media_id == current_id)
        self.move_to(next(places, self.cursor if keep_place else 0))
        self.post_message(self.Moved(self))

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Name the columns."""
        total = len(self._media)
        title = f" Media {self.cursor + 1} of {total}" if total else " No media" if self._is_known else ""
        return [(fit(title, width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one media: signs, type, role, size or the reason why there is none."""
        media = self._media[index]
        words = size_words(media) if media.download_status == "ready" else capture_words(media)
        style = "error" if media.download_status == "failed" else "muted"
        return [
            (" ", "text"),
            *media_signs(media),
            (" ", "text"),
            (fit(media.media_type, _TYPE_WIDTH), "strong"),
            (fit(media.role, _ROLE_WIDTH), "text"),
            (fit(words, max(width - 5 - _TYPE_WIDTH - _ROLE_WIDTH, 0)), style),
        ]

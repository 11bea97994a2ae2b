"""Pictures of media, drawn one at a time and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from social_tui.errors import SocialTuiError
from social_tui.models import MediaRow
from social_tui.tui import half_blocks
from social_tui.tui.half_blocks import Picture

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

OFF_WORDS = "pictures are switched off"
# Some 20 MB: a drawn cell takes up to 400 bytes.
MOST_CELLS = 50_000

_Key = tuple[str, str | None, int, int]


class DrawnPictures:
    """The pictures that were drawn last, up to so many cells of the screen.

    They are kept by media and not by bytes alone, because each look at a media is written down.

    Args:
        most_cells: How many cells all of them may cover together.
    """

    def __init__(self, most_cells: int = MOST_CELLS) -> None:
        self._most_cells = most_cells
        self._cells = 0
        self._pictures: OrderedDict[_Key, Picture] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, media: MediaRow, columns: int, rows: int) -> Picture | None:
        """Return a picture that was drawn into so many cells; None where it is not at hand."""
        key = (media.media_id, media.sha256, columns, rows)
        if key in self._pictures:
            self._pictures.move_to_end(key)
        return self._pictures.get(key)

    def put(self, media: MediaRow, columns: int, rows: int, picture: Picture) -> None:
        """Keep a picture; those that were not looked at for longest give way."""
        key = (media.media_id, media.sha256, columns, rows)
        if key in self._pictures:
            self._cells -= _cells(self._pictures.pop(key))
        self._pictures[key] = picture
        self._cells += _cells(picture)
        while self._cells > self._most_cells and len(self._pictures) > 1:
            self._cells -= _cells(self._pictures.popitem(last=False)[1])


def _cells(picture: Picture) -> int:
    return sum(segment.cell_length for line in picture for segment in line)


class Pictures:
    """Draws pictures for the app.

    Args:
        app: Runs what blocks in threads.
    """

    def __init__(self, app: SocialTuiApp) -> None:
        self._app = app
        self.drawn = DrawnPictures()

    @property
    def is_off(self) -> bool:
        """Whether no pictures are to be drawn."""
        return self._app.state.images == "off"

    def at_hand(self, media: MediaRow, columns: int, rows: int) -> Picture | None:
        """Return a picture that needs no drawing any more."""
        return None if self.is_off else self.drawn.get(media, columns, rows)

    async def draw(self, media: MediaRow, columns: int, rows: int) -> Picture | str:
        """Draw the picture of a media, or say why there is none.

        Args:
            media: The media.
            columns: The cells to fit into, across.
            rows: The cells to fit into, down.
        """
        if self.is_off:
            return OFF_WORDS
        picture = self.drawn.get(media, columns, rows)
        if picture is None:
            try:
                picture = await self._drawn(media, columns, rows)
            except SocialTuiError as error:
                return error.message
            except half_blocks.UndrawableError as error:
                return str(error)
        return picture if picture is not None else "no picture can be made of it"

    async def _drawn(self, media: MediaRow, columns: int, rows: int) -> Picture | None:
        model = await self._app.model()
        path = await self._app.offload_drawing(model.thumbnail, media.media_id)
        if path is None:
            return None
        picture = await self._app.offload_drawing(half_blocks.draw, path, columns, rows)
        self.drawn.put(media, columns, rows, picture)
        return picture

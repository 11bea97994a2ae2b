"""Pictures of media, drawn one at a time and kept for a while."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

from social_tui.errors import SocialTuiError
from social_tui.models import MediaRow
from social_tui.tui import half_blocks, pixels
from social_tui.tui.half_blocks import Picture
from social_tui.tui.pixels import Pixels
from social_tui.tui.probe import CellSize, Way
from social_tui.tui.thumbnail import UndrawableError

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

OFF_WORDS = "pictures are switched off"
# Some 20 MB: a drawn cell takes up to 400 bytes.
MOST_CELLS = 50_000
# Some hundred kilobytes each.
MOST_SHARP = 8
SHARPEN_SECONDS = 0.1
_USUAL_CELL = CellSize(10, 20)

Choice = Literal["auto", "half-blocks", "off", "sixel", "kitty"]

_Key = tuple[str, str | None, int, int]
_SharpKey = tuple[str, str | None, Way, int, int, CellSize]


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
        self._sharp: OrderedDict[_SharpKey, Pixels | None] = OrderedDict()
        # Colours of the palette, which is what a placeholder can name.
        self._numbers = itertools.cycle(range(16, 256))
        self._placed: set[int] = set()

    # How.

    @property
    def way(self) -> Way | Literal["half-blocks", "off"]:
        """How the large pictures are drawn."""
        choice, ways = self._app.state.images, self._ways
        if choice == "auto":
            return ways[0] if ways else "half-blocks"
        if choice == "sixel" or choice == "kitty":
            return choice if choice in ways else "half-blocks"
        return choice

    @property
    def _ways(self) -> tuple[Way, ...]:
        """What the terminal can; the numbers of kitty's pictures need more than 16 colours."""
        has_numbers = self._app.console.color_system != "standard"
        return tuple(way for way in self._app.setup.graphics.ways if way == "sixel" or has_numbers)

    @property
    def is_off(self) -> bool:
        """Whether no pictures are to be drawn."""
        return self._app.state.images == "off"

    @property
    def next_choice(self) -> Choice:
        """The way that follows, around the end too; only those that differ."""
        choices: list[Choice] = ["auto", *self._ways[1:], "half-blocks", "off"]
        if not self._ways:
            choices.remove("half-blocks")
        choice = self._app.state.images
        place = choices.index(choice) if choice in choices else 0
        return choices[(place + 1) % len(choices)]

    @property
    def words(self) -> str:
        """How pictures are drawn, for a person."""
        return "off" if self.is_off else f"on, {self.way.replace('-', ' ')}" if self._ways else "on"

    # Half blocks.

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
            except UndrawableError as error:
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

    # Pixels.

    async def sharpen(self, media: MediaRow, picture: Picture) -> Pixels | None:
        """Make the pixels of a picture that was drawn; None where it stays as it is.

        Args:
            media: The media.
            picture: Its picture as half blocks, which has the cells to cover.
        """
        way = self.way
        if way == "half-blocks" or way == "off":
            return None
        columns, rows = sum(segment.cell_length for segment in picture[0]), len(picture)
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        cell = self._app.setup.graphics.cell_now(descriptor) or _USUAL_CELL
        key = (media.media_id, media.sha256, way, columns, rows, cell)
        if key not in self._sharp:
            # Who only passes by does not wait for it.
            await asyncio.sleep(SHARPEN_SECONDS)
            model = await self._app.model()
            path = await self._app.offload_drawing(model.thumbnail, media.media_id)
            if path is None:
                return None
            self._sharp[key] = await self._app.offload_drawing(pixels.encode, path, way, columns, rows, cell)
            while len(self._sharp) > MOST_SHARP:
                self._sharp.popitem(last=False)
        self._sharp.move_to_end(key)
        return self._sharp[key]

    def place(self, picture: Pixels) -> int:
        """Hand a picture to kitty, which shows it where placeholders of the returned number stand."""
        number = next(self._numbers)
        self._placed.add(number)
        self._write(pixels.transmission(picture, number))
        return number

    def remove(self, number: int) -> None:
        """Have kitty forget a picture."""
        if number in self._placed:
            self._placed.remove(number)
            self._write(pixels.deletion(number))

    def end(self) -> None:
        """Have kitty forget all pictures."""
        for number in list(self._placed):
            self.remove(number)

    def _write(self, sequence: str) -> None:
        # The way that Textual's own sequences go, so that none cuts another one.
        if self._app._driver is not None:
            self._app._driver.write(sequence)

"""Pictures of media, read one at a time and kept for a while."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

from social_tui.errors import SocialTuiError
from social_tui.tui import pixels, thumbnail
from social_tui.tui.probe import CellSize, Graphics, Way

if TYPE_CHECKING:
    from PIL.Image import Image

    from social_tui.models import MediaRow
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.half_blocks import Picture
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.pixels import Pixels
    from social_tui.tui.widgets.preview import Preview

OFF_WORDS = "pictures are switched off"
# Some 20 MB: a pixel takes four bytes.
MOST_PIXELS = 5_000_000
# Some hundred kilobytes each.
MOST_SHARP = 8
SHARPEN_SECONDS = 0.1
_USUAL_CELL = CellSize(10, 20)

Choice = Literal["auto", "half-blocks", "off", "sixel", "kitty"]

_SharpKey = tuple[str, str | None, Way, int, int, CellSize]


class SmallPictures:
    """The small pictures that were looked at last, by the digests of their bytes.

    Args:
        most_pixels: How many pixels all of them may have together.
    """

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self._most_pixels = most_pixels
        self._pixels = 0
        self._pictures: OrderedDict[str, Image] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, sha256: str | None) -> Image | None:
        """Return the picture of some bytes; None where it is not at hand."""
        if sha256 is None or sha256 not in self._pictures:
            return None
        self._pictures.move_to_end(sha256)
        return self._pictures[sha256]

    def put(self, sha256: str, picture: Image) -> None:
        """Keep a picture; those that were not looked at for longest give way."""
        if sha256 in self._pictures:
            self._pixels -= _pixels(self._pictures.pop(sha256))
        self._pictures[sha256] = picture
        self._pixels += _pixels(picture)
        while self._pixels > self._most_pixels and len(self._pictures) > 1:
            self._pixels -= _pixels(self._pictures.popitem(last=False)[1])


def _pixels(picture: Image) -> int:
    return picture.width * picture.height


class Pictures:
    """Draws pictures for the app.

    Args:
        app: Runs what blocks in threads.
    """

    def __init__(self, app: SocialTuiApp) -> None:
        self._app = app
        self._graphics = Graphics()
        self._small = SmallPictures()
        self._looked_at: set[str] = set()
        self._sharp: OrderedDict[_SharpKey, Pixels | None] = OrderedDict()
        # Colours of the palette, which is what a placeholder can name.
        self._numbers = itertools.cycle(range(16, 256))
        self._placed: set[int] = set()

    # How.

    def take_graphics(self, graphics: Graphics) -> None:
        """Draw with what the terminal has beside characters, now that it said so."""
        self._graphics = graphics
        if graphics.ways:
            self._app.redraw_pictures()

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
        return tuple(way for way in self._graphics.ways if way == "sixel" or has_numbers)

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

    async def show(self, preview: Preview, media: MediaRow | None) -> None:
        """Show the picture of a media where it waits for one, then make it as sharp as can be."""
        if media is None:
            return
        if preview.is_waiting:
            await self._app.rest()
            preview.take(media.media_id, await self.read(media))
        picture = preview.picture
        if picture is not None:
            preview.sharpen(picture, await self.sharpen(media, picture))

    # Small ones, for half blocks.

    @property
    def is_written_whole(self) -> bool:
        """Whether the terminal takes pictures as they are: it has all colours, and they are wanted."""
        return self._app.console.color_system == "truecolor" and not self._app.no_color

    def at_hand(self, media: MediaRow) -> Image | None:
        """Return the picture of a media to show it, if it need not be read any more."""
        small = None if self.is_off else self._small.get(media.sha256)
        if small is not None:
            self._look(media)
        return small

    async def read(self, media: MediaRow) -> Image | str:
        """Read the picture of a media to show it, or say why there is none.

        Args:
            media: The media.
        """
        if self.is_off:
            return OFF_WORDS
        small = self._small.get(media.sha256)
        try:
            if small is None:
                small = await self._read_ready(media) or await self._make(media)
        except SocialTuiError as error:
            return error.message
        except thumbnail.UndrawableError as error:
            return str(error)
        if small is None:
            return "no picture can be made of it"
        self._look(media)
        return small

    async def prepare(self, media: MediaRow) -> None:
        """Have the picture of a media at hand that may be looked at next, if it was made already."""
        if not self.is_off and self._small.get(media.sha256) is None:
            with contextlib.suppress(SocialTuiError, thumbnail.UndrawableError):
                await self._read_ready(media)

    async def _read_ready(self, media: MediaRow) -> Image | None:
        """Read a picture that was made already, which does not wait for those that are being made."""
        sha256 = media.sha256
        if sha256 is None:
            return None

        def read(model: LibraryModel) -> Image | None:
            path = model.thumbnail_at_hand(sha256)
            return thumbnail.read_small(path) if path is not None else None

        small = await self._app.offload(read, await self._app.model())
        if small is not None:
            self._small.put(sha256, small)
        return small

    async def _make(self, media: MediaRow) -> Image | None:
        model = await self._app.model()
        path = await self._app.offload_drawing(model.thumbnail, media.media_id)
        if path is None:
            return None
        small = await self._app.offload(thumbnail.read_small, path)
        if media.sha256 is not None:
            self._small.put(media.sha256, small)
        return small

    def _look(self, media: MediaRow) -> None:
        """Have it written down that a media is looked at, which its picture does not wait for."""
        if media.media_id not in self._looked_at:
            self._looked_at.add(media.media_id)
            self._app.call_after_refresh(self._app.start_beside, "look", self._write_look, media.media_id)

    async def _write_look(self, media_id: str) -> None:
        try:
            model = await self._app.model()
            await self._app.offload(model.looked_at, media_id)
        except BaseException:
            self._looked_at.discard(media_id)
            raise

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
        columns, rows = picture.columns, picture.rows
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        cell = self._graphics.cell_now(descriptor) or _USUAL_CELL
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

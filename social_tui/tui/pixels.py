"""Pictures as real pixels, for terminals that draw sixel or kitty's graphics."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from social_tui.tui.thumbnail import UndrawableError, read_thumbnail

if TYPE_CHECKING:
    from social_tui.tui.probe import CellSize, Way

# So many are encoded in a third of a second; a larger picture stays half blocks.
MOST_PIXELS = 2_000_000
_CHUNK = 4096
_PLACEHOLDER = "\U0010eeee"
# The marks that number the lines of a picture, from 0 on:
# https://sw.kovidgoyal.net/kitty/_downloads/f0a0de9ec8d9ff4456206db8e0814937/rowcolumn-diacritics.txt
_NUMBERS = (
    "305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1 5a8-5a9 "
    "5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733 735-736 73a 73d "
    "73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951 953-954 f82-f83 f86-f87"
)


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture, encoded for the terminal.

    Args:
        way: The way it is encoded.
        columns: The cells that it covers, across.
        rows: The cells that it covers, down.
        data: The whole escape sequence of a sixel picture; the PNG in base64 for kitty.
    """

    way: Way
    columns: int
    rows: int
    data: str


def encode(path: Path, way: Way, columns: int, rows: int, cell: CellSize) -> Pixels | None:
    """Encode a thumbnail; takes up to a second, so call it in a thread.

    Args:
        path: A JPEG made by our own decode child; anything else is refused.
        way: How.
        columns: The cells to cover, across.
        rows: The cells to cover, down.
        cell: How many pixels each has.

    Returns:
        The picture; None where it would be too large, or cannot be read.
    """
    size = columns * cell.width, rows * cell.height
    if size[0] * size[1] > MOST_PIXELS or (way == "kitty" and rows > len(_line_numbers())):
        return None
    try:
        return Pixels(way, columns, rows, _sixel(path, size) if way == "sixel" else _png(path, size))
    except UndrawableError:
        return None


def _sixel(path: Path, size: tuple[int, int]) -> str:
    # The package itself would ask the terminal when it is imported, and wait; its encoder does not.
    from textual_image._sixel import image_to_sixels

    return image_to_sixels(read_thumbnail(path, lambda width, height: size))


def _png(path: Path, size: tuple[int, int]) -> str:
    """Encode without enlarging, which the terminal does."""
    image = read_thumbnail(path, lambda width, height: (min(width, size[0]), min(height, size[1])))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return base64.b64encode(file.getvalue()).decode("ascii")


class SixelStrip(Strip):
    """A line of cells before which a picture is drawn over the lines above.

    The sequence is no segment: whatever cuts, filters or exports the line leaves it out whole.

    Args:
        line: The line below the picture.
        pixels: The picture, as sixel.
        column: Where its left edge is on the screen.
        row: Where its upper edge is on the screen.
    """

    __slots__ = ("_picture",)

    def __init__(self, line: Strip, pixels: Pixels, column: int, row: int) -> None:
        super().__init__(line, line.cell_length)
        self._picture = f"\x1b7\x1b[{row + 1};{column + 1}H{pixels.data}\x1b8"

    def render(self, console: Console) -> str:
        """Draw the picture and put the cursor back to where the line begins."""
        return self._picture + super().render(console)


def transmission(pixels: Pixels, number: int) -> str:
    """Write what makes kitty keep a picture, to be shown where placeholders of its number stand.

    https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders

    Args:
        pixels: The picture.
        number: From 16 to 255, a colour of the palette.
    """
    chunks = [pixels.data[start : start + _CHUNK] for start in range(0, len(pixels.data), _CHUNK)]
    parts = [
        f"\x1b_G{'' if place else 'a=t,f=100,'}i={number},q=2,m={int(place < len(chunks) - 1)};{chunk}\x1b\\"
        for place, chunk in enumerate(chunks)
    ]
    placement = f"\x1b_Ga=p,U=1,i={number},c={pixels.columns},r={pixels.rows},q=2\x1b\\"
    return "".join([*parts, placement])


def deletion(number: int) -> str:
    """Write what makes kitty forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def placeholders(pixels: Pixels, number: int, background: Style) -> list[list[Segment]]:
    """Make the lines of characters where kitty shows a picture.

    Args:
        pixels: The picture.
        number: Its number, which is their colour.
        background: What is behind it.
    """
    style = background + Style(color=Color.from_ansi(number))
    first, *_ = numbers = _line_numbers()
    return [
        # The first cell says which line and column it is, those behind it go on from there.
        [Segment(f"{_PLACEHOLDER}{numbers[line]}{first}{_PLACEHOLDER * (pixels.columns - 1)}", style)]
        for line in range(pixels.rows)
    ]


@cache
def _line_numbers() -> tuple[str, ...]:
    parts = (part.partition("-") for part in _NUMBERS.split())
    return tuple(
        chr(code) for first, _, last in parts for code in range(int(first, 16), int(last or first, 16) + 1)
    )

"""Where the tiles of a gallery lie: pure reckoning, in cells of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTHS: Final[Sequence[int]] = (14, 19, 24, 29, 38, 58)
"""How wide tiles may be; they grow to fill the line."""
CAPTION_LINES: Final = 2
# A cell is twice as high as wide, and most pictures are wider than high.
_ROWS_PER_COLUMN: Final = 0.4
_DEFAULTS: Final = ((100, 1), (190, 2))
_MARGIN: Final = 2


@dataclass(frozen=True, slots=True)
class Tiles:
    """A grid of tiles, each a picture with a caption under it and an empty line under that.

    Args:
        columns: How many stand side by side.
        width: The cells of one across: the cursor's mark, the picture, and a gap.
        picture_rows: The lines that the picture takes.
    """

    columns: int
    width: int
    picture_rows: int

    @property
    def picture_columns(self) -> int:
        """The cells that the picture takes across."""
        return max(self.width - _MARGIN, 1)

    @property
    def height(self) -> int:
        """The lines of one tile."""
        return self.picture_rows + CAPTION_LINES + 1

    def lines(self, count: int) -> int:
        """Return how many lines so many tiles take."""
        return -(-count // self.columns) * self.height

    def top(self, index: int) -> int:
        """Return the first line of a tile."""
        return index // self.columns * self.height

    def in_lines(self, first: int, last: int) -> range:
        """Return the tiles of which some part is in these lines."""
        start = max(first, 0) // self.height * self.columns
        return range(start, (max(last, 0) // self.height + 1) * self.columns)

    def at(self, x: int, y: int) -> int | None:
        """Return the tile at a place; None beside the last column."""
        column = x // self.width
        return y // self.height * self.columns + column if column < self.columns else None


def lay_out(width: int, zoom: int = 0) -> Tiles:
    """Lay tiles out side by side.

    Args:
        width: The cells there are.
        zoom: How many sizes larger than usual, or smaller when negative.
    """
    wanted = WIDTHS[_usual(width) + _possible(width, zoom)]
    columns = max(width // wanted, 1)
    tile_width = max(width // columns, 1)
    return Tiles(columns, tile_width, max(round((tile_width - _MARGIN) * _ROWS_PER_COLUMN), 1))


def next_zoom(width: int, zoom: int, step: int) -> int:
    """Return the nearest zoom that looks different, or the same one where there is none.

    Args:
        width: The cells there are.
        zoom: The zoom now.
        step: 1 for larger tiles, -1 for smaller ones.
    """
    now = lay_out(width, zoom)
    zooms = range(_possible(width, zoom) + step, _possible(width, step * len(WIDTHS)) + step, step)
    return next((each for each in zooms if lay_out(width, each) != now), zoom)


def _usual(width: int) -> int:
    return next((size for limit, size in _DEFAULTS if width < limit), 3)


def _possible(width: int, zoom: int) -> int:
    usual = _usual(width)
    return min(max(zoom, -usual), len(WIDTHS) - 1 - usual)

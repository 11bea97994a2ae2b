"""Pictures as half-block characters: two pixels to a cell, in any terminal with colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from social_tui.tui.late_strip import LateStrip

if TYPE_CHECKING:
    from PIL.Image import Image

_CELL = "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▄"


class Picture:
    """A picture in the size to draw.

    Args:
        image: Its pixels as RGB, an even number of lines.
    """

    def __init__(self, image: Image) -> None:
        self.columns, self.rows = image.width, image.height // 2
        self._image = image

    @cached_property
    def lines(self) -> Sequence[Sequence[Segment]]:
        """Its lines as segments; takes some milliseconds."""
        from rich.console import Console
        from rich_pixels import Pixels

        console = Console(
            file=io.StringIO(), width=self.columns, color_system="truecolor", legacy_windows=False
        )
        segments = console.render(Pixels.from_image(self._image))
        return [list(Segment.simplify(line)) for line in Segment.split_lines(segments)]

    @cached_property
    def strips(self) -> Sequence[Strip]:
        """Its lines, written for a terminal with all colours, which takes a small part of that time."""
        return [
            LateStrip(lambda row=row: self.lines[row], self.columns, written)  # type: ignore[misc]
            for row, written in enumerate(self._written())
        ]

    def _written(self) -> list[str]:
        data, width = self._image.tobytes(), 3 * self.columns
        lines = []
        for start in range(0, len(data), 2 * width):
            upper, lower = data[start : start + width], data[start + width : start + 2 * width]
            # The colours of each cell: the lower pixel is the character, the upper one the ground.
            colours = zip(*(pixels[part::3] for pixels in (lower, upper) for part in range(3)), strict=True)
            lines.append("".join(map(_CELL.__mod__, colours)) + "\x1b[0m")
        return lines


def draw(image: Image, columns: int, rows: int) -> Picture:
    """Fit a picture into cells; takes less than a millisecond.

    Args:
        image: The picture, as RGB.
        columns: The cells to fit into, across.
        rows: The cells to fit into, down; each shows two pixels.

    Returns:
        The largest picture of the same shape that fits, at most ``rows`` lines.
    """
    from PIL.Image import Resampling

    scale = min(columns / image.width, 2 * rows / image.height)
    width, height = max(round(image.width * scale), 1), max(round(image.height * scale / 2) * 2, 2)
    return Picture(image.resize((width, height), Resampling.BOX))

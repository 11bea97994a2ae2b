"""Pictures as half-block characters: two pixels to a cell, in any terminal with colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from rich.segment import Segment

from social_tui.tui.thumbnail import read_thumbnail

Picture = Sequence[Sequence[Segment]]
"""Lines of segments, all of one width."""


def draw(path: Path, columns: int, rows: int) -> Picture:
    """Draw a thumbnail; takes tens of milliseconds, so call it in a thread.

    Args:
        path: A JPEG made by our own decode child; anything else is refused.
        columns: The cells to fit into, across.
        rows: The cells to fit into, down; each shows two pixels.

    Returns:
        The largest picture of the same shape that fits, at most ``rows`` lines.

    Raises:
        UndrawableError: If the file is gone, broken, or no thumbnail.
    """
    from rich.console import Console
    from rich_pixels import Pixels

    def fitting(width: int, height: int) -> tuple[int, int]:
        scale = min(columns / width, 2 * rows / height)
        return max(round(width * scale), 1), max(round(height * scale / 2) * 2, 2)

    small = read_thumbnail(path, fitting)
    console = Console(file=io.StringIO(), width=columns, color_system="truecolor", legacy_windows=False)
    segments = console.render(Pixels.from_image(small))
    return [list(Segment.simplify(line)) for line in Segment.split_lines(segments)]

"""Pictures as half-block characters: two pixels to a cell, in any terminal with colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from rich.segment import Segment

Picture = Sequence[Sequence[Segment]]
"""Lines of segments, all of one width."""

_MAX_PIXELS = 4_000_000


class UndrawableError(Exception):
    """A thumbnail is no picture of ours."""


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
    from PIL import Image
    from rich.console import Console
    from rich_pixels import Pixels

    try:
        with Image.open(path, formats=("JPEG",)) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UndrawableError("the thumbnail is too large")
            scale = min(columns / image.width, 2 * rows / image.height)
            size = (max(round(image.width * scale), 1), max(round(image.height * scale / 2) * 2, 2))
            image.draft("RGB", size)
            small = image.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    except (OSError, ValueError, SyntaxError) as error:
        raise UndrawableError("the thumbnail cannot be read") from error
    console = Console(file=io.StringIO(), width=columns, color_system="truecolor", legacy_windows=False)
    segments = console.render(Pixels.from_image(small))
    return [list(Segment.simplify(line)) for line in Segment.split_lines(segments)]

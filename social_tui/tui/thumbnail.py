"""Thumbnails as our own decode child left them, in the size to draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# As many as half blocks can show of it in any but the largest terminals.
SMALL_PIXELS = 160
_MAX_PIXELS = 4_000_000


class UndrawableError(Exception):
    """A thumbnail is no picture of ours."""


def read_small(path: Path) -> Image:
    """Read a thumbnail to be drawn as half blocks; takes some milliseconds, so call it in a thread.

    Args:
        path: A JPEG made by our own decode child; anything else is refused.

    Returns:
        The picture as RGB, at most ``SMALL_PIXELS`` across and down.

    Raises:
        UndrawableError: If the file is gone, broken, or no thumbnail.
    """

    def small(width: int, height: int) -> tuple[int, int]:
        scale = min(SMALL_PIXELS / max(width, height), 1)
        return max(round(width * scale), 1), max(round(height * scale), 1)

    return read_thumbnail(path, small)


def read_thumbnail(path: Path, size: Callable[[int, int], tuple[int, int]]) -> Image:
    """Read a thumbnail; takes tens of milliseconds, so call it in a thread.

    Args:
        path: A JPEG made by our own decode child; anything else is refused.
        size: Says for the width and height of it, in pixels, which ones to return.

    Returns:
        The picture in that size, as RGB.

    Raises:
        UndrawableError: If the file is gone, broken, or no thumbnail.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=("JPEG",)) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UndrawableError("the thumbnail is too large")
            wanted = size(image.width, image.height)
            image.draft("RGB", wanted)
            return image.convert("RGB").resize(wanted, Image.Resampling.BOX, reducing_gap=2.0)
    except (OSError, ValueError, SyntaxError) as error:
        raise UndrawableError("the thumbnail cannot be read") from error

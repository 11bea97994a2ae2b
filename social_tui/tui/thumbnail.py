"""Thumbnails as our own decode child left them, in the size to draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_PIXELS = 4_000_000


class UndrawableError(Exception):
    """A thumbnail is no picture of ours."""


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

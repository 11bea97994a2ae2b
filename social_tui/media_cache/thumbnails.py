"""Thumbnails beside the media: made once, read from then on, and made again when they had to make room."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.decode import make_thumbnail
from social_tui.media_cache.room import touch


class Thumbnail(NamedTuple):
    """A blob's small picture.

    Args:
        path: A JPEG of at most 640 by 640 pixels.
        phash: What it looks like (see :class:`~social_tui.media_cache.decode.Drawing`), if it was made just
            now; None where it lay ready, or shows hardly anything.
    """

    path: Path
    phash: int | None = None


def thumbnail_for(cache: Cache, sha256: str, source: Path, mime_type: str) -> Thumbnail:
    """Return a blob's thumbnail, making it first if need be.

    Args:
        cache: Where it lies.
        sha256: The blob's digest.
        source: The blob's file.
        mime_type: By its first bytes.

    Raises:
        UndecodableError: If there is no picture to be had of the file.
        StorageError: If the disk refuses.
    """
    path = cache.thumbnail_path(sha256)
    if path.is_file():
        touch(path)
        return Thumbnail(path)
    drawing = make_thumbnail(source, mime_type)
    with cache.temporary() as temporary:
        temporary.write(drawing.jpeg)
        cache.publish(temporary, path)
    return Thumbnail(path, drawing.phash)

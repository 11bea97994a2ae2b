"""Thumbnails beside the media: made once, read from then on, and made again when they had to make room."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.decode import make_thumbnail


def thumbnail_for(cache: Cache, sha256: str, source: Path, mime_type: str) -> Path:
    """Return a blob's thumbnail, making it first if need be.

    Args:
        cache: Where it lies.
        sha256: The blob's digest.
        source: The blob's file.
        mime_type: By its first bytes.

    Returns:
        A JPEG of at most 640 by 640 pixels.

    Raises:
        UndecodableError: If there is no picture to be had of the file.
        StorageError: If the disk refuses.
    """
    path = cache.thumbnail_path(sha256)
    if path.is_file():
        with contextlib.suppress(OSError):  # Of a cache that may only be read nothing has to make room.
            os.utime(path, follow_symlinks=False)  # the thumbnails looked at last are the last to make room
        return path
    picture = make_thumbnail(source, mime_type)
    with cache.temporary() as temporary:
        temporary.write(picture)
        cache.publish(temporary, path)
    return path

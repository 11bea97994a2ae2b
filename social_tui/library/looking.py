"""Looking at pictures: the small ones that lie ready, and that each look is written down."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from social_tui.library.reading import record_access
from social_tui.library.session import Library


def picture_at_hand(library: Library, sha256: str) -> Path | None:
    """Return the small picture of some bytes if it was made already; asks the disk alone.

    Args:
        library: The open library.
        sha256: The digest of the bytes.

    Returns:
        A JPEG of at most 640 by 640 pixels.
    """
    path = library.cache.thumbnail_path(sha256)
    if not path.is_file():
        return None
    with contextlib.suppress(OSError):  # Of a cache that may only be read nothing has to make room.
        os.utime(path, follow_symlinks=False)  # the thumbnails looked at last are the last to make room
    return path


def looked_at(library: Library, media_id: str) -> None:
    """Write into the audit log that a media was looked at, once for each opening of the library."""
    if library.first_view(media_id):
        record_access(library, media_id, "cache", "preview")

"""Originals that the archive lent to this machine: no row names them, and they may leave at any time."""

from __future__ import annotations

from pathlib import Path

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.disk import mode_of, storage_errors
from social_tui.media_cache.room import BORROWED
from social_tui.media_cache.sniffing import EXTENSIONS, HEAD_BYTES, sniff
from social_tui.paths import ensure_private


def borrowed_file(cache: Cache, sha256: str) -> Path | None:
    """Return what lies under the name of some bytes, unchecked; None when nothing does.

    Raises:
        StorageError: If the disk refuses.
    """
    folder = cache.root / BORROWED
    with storage_errors(folder):
        places = (folder / f"{sha256}.{end}" for end in EXTENSIONS)
        return next((place for place in places if mode_of(place)), None)


def keep_borrowed(cache: Cache, copy: Path, sha256: str) -> Path | None:
    """Give a verified copy its name among what was borrowed, and make room if there is too much by now.

    Args:
        cache: The cache.
        copy: A file in the cache's folder for unfinished ones; it is moved.
        sha256: What its bytes hash to.

    Returns:
        Where it is; None when it is no media, and was left where it is.

    Raises:
        StorageError: If the disk refuses.
    """
    folder = cache.root / BORROWED
    with storage_errors(folder):
        with copy.open("rb") as file:
            sniffed = sniff(file.read(HEAD_BYTES))
        if sniffed is None:
            return None
        place = ensure_private(folder) / f"{sha256}.{sniffed.extension}"
        # Read by its hash each time, so that a power cut may cost it, and nothing else.
        copy.replace(place)
        cache.count_written(place.stat().st_size)
    return place

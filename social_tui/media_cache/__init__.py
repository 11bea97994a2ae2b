"""Fetching media from untrusted links, and the files that come of it.

The functions here keep the names and signatures that existing scripts call; each imports what it needs, so
that importing this package costs nothing.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from social_tui.media_cache.cache import Cache


def get_media_cache_path(media_type: str, md5_sum: str, extension: str) -> Path:
    """Compute where the cache of the configured library keeps a media.

    Args:
        media_type: 'image', 'video', 'audio' or 'document'.
        md5_sum: 32 hexadecimal digits.
        extension: With or without its dot.

    Returns:
        The absolute path, whether there is a file or not.

    Raises:
        UsageError: If an argument could name anything else than a cached file.
    """
    return _configured_cache().path_for(media_type, md5_sum, extension)


def download_and_cache_media(media_url: str, media_type: str) -> dict[str, Any]:
    """Fetch a media into the cache of the configured library.

    Args:
        media_url: Its link.
        media_type: 'image', 'video', 'audio' or 'document'; the bytes decide the type in the end.

    Returns:
        ``md5_sum``, ``local_path`` (absolute), ``file_size`` in bytes, ``mime_type``, and ``width`` and
        ``height`` in pixels or None.

    Raises:
        FetchError: If it could not be had; its outcome says why.
        StorageError: If the disk refused.
        UsageError: If there is no such media type.
    """
    from typing import cast, get_args

    from social_tui.config import load_settings
    from social_tui.errors import UsageError
    from social_tui.media_cache.cache import Cache
    from social_tui.media_cache.fetcher import Fetcher
    from social_tui.models import MediaType

    if media_type not in get_args(MediaType):
        raise UsageError(f"There is no media type {media_type!r}.")
    settings = load_settings()
    cache = Cache(settings.paths.cache, settings.cache_bytes)
    fetcher = Fetcher(settings)
    try:
        captured = fetcher.fetch(media_url, cast("MediaType", media_type), cache)
    finally:
        fetcher.close()
    return {
        "md5_sum": captured.md5_sum,
        "local_path": str(cache.resolve(captured.local_file_path)),
        "file_size": captured.byte_size,
        "mime_type": captured.mime_type,
        "width": captured.width,
        "height": captured.height,
    }


def verify_cached_media(local_path: str | PathLike[str], expected_md5: str) -> bool:
    """Tell whether a file is there and hashes to what it should.

    Args:
        local_path: Absolute, or relative to the cache of the configured library as in the database.
        expected_md5: 32 hexadecimal digits.

    Returns:
        False too where there is no regular file that can be read.
    """
    path = Path(local_path)
    if not path.is_absolute():
        path = _configured_cache().root / path
    try:
        return path.is_file() and calculate_md5(path) == expected_md5.lower()
    except OSError:
        return False


def calculate_md5(file_path: str | PathLike[str]) -> str:
    """Compute the MD5 of a file.

    Returns:
        32 lower-case hexadecimal digits.

    Raises:
        OSError: If it cannot be read.
    """
    from social_tui.media_cache.hashing import digest_file

    return digest_file(Path(file_path), "md5")


def _configured_cache() -> Cache:
    from social_tui.config import load_settings
    from social_tui.media_cache.cache import Cache

    settings = load_settings()
    return Cache(settings.paths.cache, settings.cache_bytes)

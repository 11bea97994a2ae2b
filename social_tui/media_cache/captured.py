"""What is said of a file that came into the cache, wherever its bytes are from."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.decode import Probe, probe_all
from social_tui.media_cache.decoder import UndecodableError, decoder
from social_tui.media_cache.hashing import Digests
from social_tui.media_cache.sniffing import Sniffed
from social_tui.models import CapturedFile


def captured_file(
    cache: Cache, final: Path, sniffed: Sniffed, digests: Digests, probed: Probe | None = None
) -> CapturedFile:
    """Say of a committed file what its bytes told.

    Args:
        cache: Where it is.
        final: Its place there.
        sniffed: What its first bytes say that it is.
        digests: Of all its bytes.
        probed: What it says about itself, if it was asked.
    """
    said = probed or Probe()
    return CapturedFile(
        md5_sum=digests.md5_sum,
        sha256=digests.sha256,
        byte_size=digests.byte_size,
        mime_type=sniffed.mime_type,
        media_type=sniffed.media_type,
        extension=sniffed.extension,
        local_file_path=cache.relative(final),
        width=said.width,
        height=said.height,
        duration_ms=said.duration_ms,
    )


def get_ready() -> None:
    """Start what :func:`complete` looks into files with, while the first of them are on their way."""
    # Whoever has a file to look into is told why that cannot be.
    with contextlib.suppress(UndecodableError):
        decoder().get_ready()


def complete(files: Sequence[CapturedFile], cache: Cache) -> list[CapturedFile]:
    """Make the names of files durable, and read their size and duration: for many by one call.

    Args:
        files: Committed files.
        cache: Where they are.

    Returns:
        The same, with what they say about themselves.

    Raises:
        StorageError: If the disk refused.
    """
    paths = [cache.root / file.local_file_path for file in files]
    cache.sync_names(paths)
    unknown = [number for number, file in enumerate(files) if file.width is None and file.duration_ms is None]
    probes = probe_all([(paths[number], files[number].mime_type) for number in unknown])
    completed = list(files)
    for number, found in zip(unknown, probes, strict=True):
        said = {"width": found.width, "height": found.height, "duration_ms": found.duration_ms}
        completed[number] = files[number].model_copy(update=said)
    return completed

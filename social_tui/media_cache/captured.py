"""What is said of a file that came into the cache, wherever its bytes are from."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.decode import Probe, probe_all
from social_tui.media_cache.decoder import UndecodableError, decoder
from social_tui.media_cache.disk import Temporary, storage_errors, sync_all
from social_tui.media_cache.hashing import Digests
from social_tui.media_cache.sniffing import Sniffed
from social_tui.models import CapturedFile


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came whole and is known, but has no place in the cache yet; whoever has it completes it.

    Args:
        temporary: It, locked; its bytes need not be on the disk.
        sniffed: What its first bytes say that it is.
        digests: Of all its bytes.
        probed: What it says about itself, if it was asked.
        transferred: How it came, as :class:`CapturedFile` has it.
    """

    temporary: Temporary
    sniffed: Sniffed
    digests: Digests
    probed: Probe | None = None
    transferred: Mapping[str, object] = field(default_factory=dict)

    def discard(self) -> None:
        """Remove it, unless it has its place by now.

        Raises:
            StorageError: If the disk refuses.
        """
        with storage_errors(self.temporary.path.parent):
            self.temporary.close()


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


def place(received: Sequence[Received], cache: Cache) -> list[CapturedFile]:
    """Put files under the names of their content, once their bytes are on the disk.

    Args:
        received: What came; it is used up, whatever happens.
        cache: Where it goes.

    Returns:
        A file for each, whose name does not survive a power cut yet.

    Raises:
        StorageError: If the disk refused.
    """
    with contextlib.ExitStack() as stack:
        for each in received:
            stack.callback(each.discard)
        sync_all([each.temporary for each in received])
        return [_placed(each, cache) for each in received]


def _placed(received: Received, cache: Cache) -> CapturedFile:
    sniffed, digests = received.sniffed, received.digests
    final = cache.place(received.temporary, sniffed.media_type, sniffed.extension, digests)
    file = captured_file(cache, final, sniffed, digests, received.probed)
    return file.model_copy(update=received.transferred)


def complete(came: Sequence[Received | CapturedFile], cache: Cache) -> list[CapturedFile]:
    """Make files and their names durable, and read their size and duration: for many by one call.

    Args:
        came: What came, which is used up whatever happens, and files that have their place.
        cache: Where they go, or are.

    Returns:
        A file for each, with what it says about itself.

    Raises:
        StorageError: If the disk refused.
    """
    placed = iter(place([each for each in came if isinstance(each, Received)], cache))
    files = [next(placed) if isinstance(each, Received) else each for each in came]
    paths = [cache.root / file.local_file_path for file in files]
    cache.sync_names(paths)
    unknown = [number for number, file in enumerate(files) if file.width is None and file.duration_ms is None]
    probes = probe_all([(paths[number], files[number].mime_type) for number in unknown])
    completed = list(files)
    for number, found in zip(unknown, probes, strict=True):
        said = {"width": found.width, "height": found.height, "duration_ms": found.duration_ms}
        completed[number] = files[number].model_copy(update=said)
    return completed

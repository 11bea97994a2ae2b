"""Undoing a quarantine: bytes that were found damaged, and are right after all, come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import jobs as job_store


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of media whose files were put into quarantine.

    Args:
        queued: How many have right bytes at hand; their downloads take those instead of asking the source.
        damaged: The files in quarantine that are damaged still, for a person to look at.
    """

    queued: int
    damaged: Sequence[Path]


def restore(library: Library, media: Sequence[MediaRow]) -> Restored:
    """Take media out of quarantine whose bytes are right after all.

    Args:
        library: The open library.
        media: Those that are meant; what was never held, or is whole, is passed over.

    Returns:
        How many come back, and which files do not.

    Raises:
        StorageError: If the cache cannot be read.
    """
    found: list[str] = []
    damaged: list[Path] = []
    for row in media:
        if row.sha256 is None or row.md5_sum is None or row.download_status not in ("pending", "failed"):
            continue
        if library.cache.find(row.md5_sum, row.sha256) is not None:
            found.append(row.media_id)
        else:
            damaged += library.cache.quarantined(row.md5_sum)
    if found:
        job_store.request_jobs(library.gateway, "download", media_ids=found, actor=library.actor)
    return Restored(len(found), damaged)

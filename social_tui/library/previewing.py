"""Previews: what the screen shows of a media, and the way to the file itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from social_tui.errors import ArchiveError, NotFoundError
from social_tui.library.lending import open_bytes
from social_tui.library.marking import note_marks
from social_tui.library.reading import record_access
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.decoder import UndecodableError
from social_tui.media_cache.room import TEMPORARY, touch
from social_tui.media_cache.thumbnails import thumbnail_for
from social_tui.models import BlobRow
from social_tui.reports import DrawReport
from social_tui.store import media as media_store

log = get_logger(__name__)


def preview(library: Library, media_id: str) -> Path | None:
    """Return a small picture of a media, made on first use.

    That a media was looked at is written into the audit log once for each opening of the library.

    Args:
        library: The open library.
        media_id: Any media.

    Returns:
        A JPEG of at most 640 by 640 pixels; None when the bytes were never had or show no picture.

    Raises:
        NotFoundError: If its bytes were lost, from the archive too, or there is no picture yet and the
            library is only read.
        ArchiveError: If only the archive has its bytes and does not give them.
    """
    blob = media_store.blob_for_media(library.gateway, media_id)
    if blob is None:
        return None
    thumbnail = library.cache.thumbnail_path(blob.sha256)
    with bind_correlation(media_id):
        if thumbnail.is_file():
            touch(thumbnail)
            if library.first_view(media_id):
                record_access(library, media_id, "cache", "preview")
            return thumbnail
        if library.settings.read_only:
            raise NotFoundError(
                "No small picture is at hand, and none is made while the library is only read."
            )
        try:
            with open_bytes(library, media_id, purpose="preview") as (blob, path):
                library.first_view(media_id)
                return small_picture(library, blob, path)
        except UndecodableError as error:
            log.info("no_preview", reason=str(error))
            return None


def small_picture(library: Library, blob: BlobRow, path: Path) -> Path:
    """Return the small picture of some bytes, and when it is made, keep what it looks like and says.

    Args:
        library: The open library.
        blob: The bytes.
        path: The file that has them.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    made = thumbnail_for(library.cache, blob.sha256, path, blob.mime_type)
    if made.phash is not None and not library.settings.read_only:
        media_store.record_phash(library.gateway, blob.sha256, made.phash)
    # What the system finds out is recorded by workers alone.
    if library.has_login and not library.settings.read_only:
        note_marks(library, blob.sha256, path, blob.mime_type)
    return made.path


def draw_missing(
    library: Library, *, on_progress: Callable[[DrawReport], None] = lambda report: None
) -> DrawReport:
    """Draw the small pictures of all media in the cache that have none, and keep what they look like.

    Args:
        library: The open library.
        on_progress: Told the report so far, after each file.

    Returns:
        How many were drawn, and how many show nothing that can be drawn.

    Raises:
        StorageError: If the disk refuses.
    """
    report = DrawReport()
    waiting = (
        blob
        for blob in media_store.iterate_blobs(library.gateway)
        if blob.local_file_path is not None and not library.cache.thumbnail_path(blob.sha256).is_file()
    )

    def draw(blob: BlobRow) -> bool:
        try:
            return preview(library, blob.media_id) is not None
        except (NotFoundError, ArchiveError) as error:
            log.warning("not_drawn", media_id=blob.media_id, error=str(error))
            return False

    for _, is_drawn in in_threads(draw, waiting, threads=os.cpu_count() or 1):
        report.drawn += is_drawn
        report.without_picture += not is_drawn
        on_progress(report)
    return report


def original(library: Library, media_id: str) -> Path:
    """Return a verified file of a media in the cache, to be opened by another program.

    What left the cache comes back into it.

    Args:
        library: The open library.
        media_id: A media that was downloaded.

    Raises:
        NotFoundError: If the cache does not have it whole, and cannot have it again.
        ArchiveError: If only the archive has its bytes and does not give them.
        StorageError: If the cache is not there.
    """
    with open_bytes(library, media_id, purpose="open") as (_, path):
        # What was made for this reading alone is gone after it.
        if path.parent != library.cache.root / TEMPORARY:
            return path
    raise NotFoundError(f"The file of {media_id} is not whole in the cache.", hint="Download it again.")

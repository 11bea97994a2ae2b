"""Making room in the cache: what the archive holds leaves it, first what nobody looked at for longest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import partial

from social_tui.errors import ArchiveError, ReadOnlyError, SocialTuiError
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.room import (
    GRACE_SECONDS,
    LOW_MARK,
    MEDIA,
    CachedFile,
    by_last_use,
    remove_thumbnails,
)
from social_tui.reports import CacheReport, RoomReport
from social_tui.store import cache as cache_store
from social_tui.store.cache import EvictableBlob

log = get_logger(__name__)

_BATCH = 200


def make_room(library: Library, *, to_bytes: int | None = None, dry_run: bool = False) -> RoomReport:
    """Bring the cache down to a size: thumbnails leave it first, then media that the archive has.

    What is not archived stays, and what is pinned, of a marked post, being read, or was looked at in the
    last ten minutes. Right before a file is removed the archive is asked whether it really has the bytes.

    Args:
        library: The open library.
        to_bytes: The size; by default nothing leaves a cache within its limit, and a larger one is brought
            down to nine tenths of it.
        dry_run: Only tell what would leave.

    Returns:
        What left, and what could not.

    Raises:
        ReadOnlyError: If the library is only read.
        StorageError: If the disk refuses.
    """
    if library.settings.read_only and not dry_run:
        raise ReadOnlyError("Making room changes the library, and the setting read_only is on.")
    cache = library.cache
    with cache.locked("room"):
        cache.may_be_overfull = False
        usage = cache.usage()
        excess = cache.excess() if to_bytes is None else max(usage.total_bytes - to_bytes, 0)
        report = RoomReport(bytes_before=usage.total_bytes, dry_run=dry_run)
        if dry_run:
            report.thumbnail_bytes = min(excess, usage.thumbnail_bytes)
        else:
            report.thumbnail_bytes = remove_thumbnails(cache.root, excess)
        for file, blob in _evictable(library):
            if report.thumbnail_bytes + report.media_bytes >= excess:
                break
            try:
                is_gone = dry_run or _evict(library, file, blob, report)
            except ArchiveError as error:
                report.problems.append(f"The archive cannot be asked, so nothing more was removed. {error}")
                break
            if is_gone:
                report.media_files += 1
                report.media_bytes += file.byte_size
        gone = report.thumbnail_bytes + report.media_bytes
        report.bytes_after = usage.total_bytes - gone
        report.bytes_too_many = max(excess - gone, 0)
    if excess:
        log.info("room_made", **report.model_dump(), problems=report.problems)
    return report


def cache_report(library: Library) -> CacheReport:
    """Tell what the cache holds, and what of it may leave.

    Raises:
        StorageError: If it cannot be read.
    """
    cache = library.cache
    usage = cache.usage()
    blobs = {
        row.state: {"blobs": row.blobs, "bytes": row.byte_size}
        for row in cache_store.summarise_cache(library.gateway)
    }
    return CacheReport(
        root=str(cache.root),
        limit_bytes=cache.limit_bytes,
        low_mark_bytes=int(cache.limit_bytes * LOW_MARK),
        free_bytes=shutil.disk_usage(next(p for p in (cache.root, *cache.root.parents) if p.exists())).free,
        total_bytes=usage.total_bytes,
        blobs=blobs,
        **usage._asdict(),
    )


def relieve(library: Library) -> None:
    """Make room if what was just written may have been too much; what hinders it is for the log."""
    if library.settings.read_only or not library.cache.may_be_overfull:
        return
    try:
        make_room(library)
    except SocialTuiError as error:
        # What was just written is whole and there all the same.
        log.warning("no_room_made", error=str(error))


def _evictable(library: Library) -> Iterator[tuple[CachedFile, EvictableBlob]]:
    """Give the files that may leave the cache with their bytes' rows, longest unused first."""
    newest = time.time() - GRACE_SECONDS
    files = [file for file in by_last_use(library.cache.root / MEDIA) if file.used_at <= newest]
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        blobs = cache_store.evictable_blobs(library.gateway, [file.path.name[:32] for file in batch])
        for file in batch:
            relative = library.cache.relative(file.path)
            alike = [blob for blob in blobs if blob.md5_sum == file.path.name[:32]]
            for blob in alike:
                # A file that no row names is left of an eviction that was interrupted.
                is_left = blob.local_file_path is None and len(alike) == 1
                if blob.local_file_path == relative or (is_left and file.path.stem == blob.md5_sum):
                    yield file, blob


def _evict(library: Library, file: CachedFile, blob: EvictableBlob, report: RoomReport) -> bool:
    """Remove one file whose bytes the archive has.

    Raises:
        ArchiveError: If the archive cannot be asked.
    """
    is_archived = library.archive.verify(
        blob.archive_url, md5_sum=blob.md5_sum, sha256=blob.sha256, byte_size=blob.byte_size
    )
    if not is_archived:
        report.problems.append(f"The archive does not have {library.cache.relative(file.path)} any more.")
        log.error("archived_copy_lost", sha256=blob.sha256)
        return False
    forget = partial(cache_store.evict_blob, library.gateway, blob.sha256, actor=library.actor)
    return library.cache.evict(file.path, forget)

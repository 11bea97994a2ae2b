"""Making room in the cache: what the archive holds leaves it, first what nobody looked at for longest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Literal

from social_tui.errors import ArchiveError, ReadOnlyError, SocialTuiError
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.room import (
    BORROWED,
    GRACE_SECONDS,
    LOW_MARK,
    MEDIA,
    CachedFile,
    by_last_use,
    remove_borrowed,
    remove_thumbnails,
    unused_since,
)
from social_tui.reports import CacheReport, RoomReport
from social_tui.store import cache as cache_store
from social_tui.store.cache import CachedBlob

log = get_logger(__name__)

_BATCH = 200
_MOST_TOLD = 10


def make_room(library: Library, *, to_bytes: int | None = None, dry_run: bool = False) -> RoomReport:
    """Bring the cache down to a size: first what was borrowed, then thumbnails, then media that are archived.

    What is not archived stays, and what is under legal hold, pinned, of a marked post, being read, or was
    looked at in the last ten minutes. Right before a file is removed the archive is asked whether it really
    has the bytes. Workers alone know all that: without a login to the database all media stay.

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
    with library.cache.locked("room"):
        return _make_room(library, to_bytes, dry_run)


def _make_room(library: Library, to_bytes: int | None, dry_run: bool) -> RoomReport:
    cache = library.cache
    cache.may_be_overfull = False
    usage = cache.usage()
    excess = cache.excess(usage) if to_bytes is None else max(usage.total_bytes - to_bytes, 0)
    report = RoomReport(bytes_before=usage.total_bytes, dry_run=dry_run)
    if dry_run:
        idle = unused_since(cache.root / BORROWED, time.time() - GRACE_SECONDS)
        report.borrowed_bytes = min(excess, sum(file.byte_size for file in idle))
        report.thumbnail_bytes = min(excess - report.borrowed_bytes, usage.thumbnail_bytes)
    else:
        report.borrowed_bytes = remove_borrowed(cache.root, excess)
        report.thumbnail_bytes = remove_thumbnails(cache.root, excess - report.borrowed_bytes)
    lost = 0
    has_to_go = library.has_login and report.bytes_gone < excess
    for file, blob in _evictable(library) if has_to_go else ():
        if report.bytes_gone >= excess:
            break
        try:
            kept_by = None if dry_run else evict(library, file, blob, reason="room")
        except ArchiveError as error:
            report.problems.append(f"The archive cannot be asked, so nothing more was removed. {error}")
            break
        if kept_by is None:
            report.media_files += 1
            report.media_bytes += file.byte_size
        elif kept_by == "archive_lost":
            lost += 1
            tell_lost(report.problems, cache.relative(file.path), lost)
    report.bytes_after = usage.total_bytes - report.bytes_gone
    report.bytes_too_many = max(excess - report.bytes_gone, 0)
    if excess:
        log.info("room_made", **report.model_dump(), problems=len(report.problems))
    return report


def cache_report(library: Library) -> CacheReport:
    """Tell what the cache holds, and what of it may leave, which workers alone know.

    Raises:
        StorageError: If it cannot be read.
    """
    cache = library.cache
    usage = cache.usage()
    states = cache_store.summarise_cache(library.gateway) if library.has_login else ()
    blobs = {row.state: {"blobs": row.blobs, "bytes": row.byte_size} for row in states}
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
    """Make room if what was just written may have been too much; what hinders it is for the log.

    Where somebody makes room already, nobody waits: a download or an archiving must not stand still for it.
    """
    if library.settings.read_only or not library.cache.may_be_overfull:
        return
    try:
        with library.cache.locked("room", wait=False) as is_held:
            if is_held:
                _make_room(library, None, dry_run=False)
    except SocialTuiError as error:
        # What was just written is whole and there all the same.
        log.warning("no_room_made", error=str(error))


def _evictable(library: Library) -> Iterator[tuple[CachedFile, CachedBlob]]:
    """Give the files that may leave the cache with their bytes' rows, longest unused first."""
    newest = time.time() - GRACE_SECONDS
    files = [file for file in by_last_use(library.cache.root / MEDIA) if file.used_at <= newest]
    for file, blob in with_rows(library, files):
        if blob is not None and blob.kept_by is None:
            yield file, blob


def with_rows(
    library: Library, files: Iterable[CachedFile]
) -> Iterator[tuple[CachedFile, CachedBlob | None]]:
    """Give files of the cache with the rows of their bytes, in their order; None where no row is theirs."""
    rest = iter(files)
    while batch := list(islice(rest, _BATCH)):
        by_md5: dict[str, list[CachedBlob]] = {}
        for blob in cache_store.cached_blobs(library.gateway, [file.path.name[:32] for file in batch]):
            by_md5.setdefault(blob.md5_sum, []).append(blob)
        for file in batch:
            relative = library.cache.relative(file.path)
            alike = by_md5.get(file.path.name[:32], [])
            named = [blob for blob in alike if blob.local_file_path == relative]
            # A file that no row names is left of an eviction that was interrupted.
            left = [blob for blob in alike if blob.local_file_path is None and file.path.stem == blob.md5_sum]
            yield file, named[0] if named else left[0] if len(alike) == 1 and left else None


def evict(
    library: Library, file: CachedFile, blob: CachedBlob, *, reason: str
) -> Literal["archive_lost", "in_use"] | None:
    """Remove one file from the cache, if the archive, which is asked now, has its bytes.

    Args:
        library: The open library.
        file: The file.
        blob: Its bytes.
        reason: Why, for the audit log: ``room`` or ``retention``.

    Returns:
        None when it was removed, else why not: the archive does not have its bytes any more, or something
        keeps it by now, such as somebody who reads it.

    Raises:
        ArchiveError: If the archive cannot be asked.
        StorageError: If the disk refuses.
    """
    is_archived = blob.archive_url is not None and library.archive.verify(
        blob.archive_url, md5_sum=blob.md5_sum, sha256=blob.sha256, byte_size=blob.byte_size
    )
    if not is_archived:
        log.error("archived_copy_lost", sha256=blob.sha256)
        return "archive_lost"
    forget = partial(cache_store.evict_blob, library.gateway, blob.sha256, actor=library.actor, reason=reason)
    return None if library.cache.evict(file.path, forget) else "in_use"


def tell_lost(problems: list[str], local_file_path: str, lost: int) -> None:
    """Tell of a copy that the archive lost: of the first few by their names, of the rest how many they are.

    Args:
        problems: What was told of those before, and nothing else.
        local_file_path: The file that stays in the cache.
        lost: Which of them it is, from 1.
    """
    if lost <= _MOST_TOLD:
        problems.append(f"The archive does not have {local_file_path} any more.")
    else:
        problems[_MOST_TOLD:] = [f"Nor does it have {lost - _MOST_TOLD:,} more; the log tells each."]

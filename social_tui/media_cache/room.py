"""How much a cache holds, and what leaves it first when room is needed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from social_tui.media_cache.disk import files_under, storage_errors

MEDIA, BORROWED, THUMBNAILS = "media", "borrowed", "thumbnails"
TEMPORARY, QUARANTINE = "tmp", "quarantine"
# Room is made down to this part of the limit, so that not every file that comes has to make it.
LOW_MARK = 0.9
# What was written or looked at just now stays: a row that names it may be on its way.
GRACE_SECONDS = 600


class Usage(NamedTuple):
    """What a cache holds, in files and bytes."""

    media_files: int
    media_bytes: int
    borrowed_files: int
    borrowed_bytes: int
    thumbnail_files: int
    thumbnail_bytes: int
    quarantined_files: int
    quarantined_bytes: int
    unfinished_files: int
    unfinished_bytes: int

    @property
    def total_bytes(self) -> int:
        """All bytes together."""
        rest = self.thumbnail_bytes + self.quarantined_bytes + self.unfinished_bytes
        return self.media_bytes + self.borrowed_bytes + rest


class CachedFile(NamedTuple):
    """One file of a cache.

    Args:
        path: Where it is.
        byte_size: Its size in bytes.
        used_at: When it was written or looked at last, in seconds since the epoch.
    """

    path: Path
    byte_size: int
    used_at: float


def measure(root: Path) -> Usage:
    """Count what is in a cache.

    Raises:
        StorageError: If it cannot be read.
    """
    with storage_errors(root):
        counts = []
        for name in (MEDIA, BORROWED, THUMBNAILS, QUARANTINE, TEMPORARY):
            sizes = [status.st_size for _, status in files_under(root / name)]
            counts += [len(sizes), sum(sizes)]
    return Usage(*counts)


def by_last_use(folder: Path) -> list[CachedFile]:
    """List the files under a folder, those first that were not looked at for the longest time.

    Raises:
        StorageError: If it cannot be read.
    """
    with storage_errors(folder):
        files = [
            CachedFile(path, status.st_size, status.st_mtime)
            for path, status in files_under(folder)
            if stat.S_ISREG(status.st_mode)
        ]
    return sorted(files, key=attrgetter("used_at"))


def unused_since(folder: Path, moment: float) -> Iterator[CachedFile]:
    """Give the files of a folder that were neither written nor looked at since a moment, in no order.

    Args:
        folder: One folder of media, which need not exist; however many files it has, few are kept in mind.
        moment: In seconds since the epoch.

    Raises:
        StorageError: If it cannot be read.
    """
    with storage_errors(folder), contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and status.st_mtime < moment:
                    yield CachedFile(Path(entry.path), status.st_size, status.st_mtime)


def remove_borrowed(root: Path, excess: int) -> int:
    """Remove what the archive lent and nobody reads now, first what was not looked at for the longest time.

    Args:
        root: The cache.
        excess: How many bytes have to go.

    Returns:
        How many went; less where no more may.

    Raises:
        StorageError: If the disk refuses.
    """
    return _remove(root, BORROWED, excess, lambda file: remove_unleased(file.path, lambda: True))


def remove_thumbnails(root: Path, excess: int) -> int:
    """Remove thumbnails, which can be made again, those first that were not looked at for the longest time.

    Args:
        root: The cache.
        excess: How many bytes have to go.

    Returns:
        How many went; less where there were no more.

    Raises:
        StorageError: If the disk refuses.
    """
    return _remove(root, THUMBNAILS, excess, _unlink)


def _unlink(file: CachedFile) -> bool:
    file.path.unlink(missing_ok=True)
    return True


def _remove(root: Path, folder: str, excess: int, remove: Callable[[CachedFile], bool]) -> int:
    gone = 0
    if excess <= 0:
        return 0
    for file in by_last_use(root / folder):
        if gone >= excess:
            break
        with storage_errors(root):
            gone += file.byte_size * remove(file)
    return gone


def touch(path: Path) -> None:
    """Note that a file was looked at: what was looked at last is the last to make room."""
    # Of a cache that may only be read nothing has to make room.
    with contextlib.suppress(OSError):
        os.utime(path, follow_symlinks=False)


@contextlib.contextmanager
def leased(path: Path) -> Iterator[Path]:
    """Keep a file from being evicted while it is read; the kernel ends the lease of a process that dies.

    Raises:
        OSError: If there is no such file, or it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not _is_at(descriptor, path):  # It was evicted between the two.
            raise FileNotFoundError(path)
        touch(path)
        yield path
    finally:
        os.close(descriptor)


def remove_unleased(path: Path, may_go: Callable[[], bool]) -> bool:
    """Remove a file, unless somebody reads it or it was written or looked at just now.

    Args:
        path: The file.
        may_go: Asked last, when nobody can begin to read it any more; it records that the file is gone.

    Returns:
        Whether it was removed.

    Raises:
        OSError: If the disk refuses.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if os.fstat(descriptor).st_mtime > time.time() - GRACE_SECONDS or not _is_at(descriptor, path):
            return False
        if not may_go():
            return False
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False

"""Unfinished files, which their writers lock, so that what killed ones left can be told from the others."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def create_locked(name: Callable[[], Path]) -> tuple[Path, int]:
    """Make a new file that only its owner may use, and hold its lock, which ends with its holder.

    Args:
        name: Makes a new name each time.

    Returns:
        The file, and a descriptor to read and write it; to close that is to give the lock back. A mount may
        know no locks; then there is none, and nobody removes the file either.

    Raises:
        OSError: If the disk refuses.
    """
    while True:
        path = name()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        # Between its making and its lock it looked abandoned, and somebody may have it, or removed it.
        if _lock(descriptor) != "held" and os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)


def remove_if_abandoned(path: Path, *beside: Path) -> bool:
    """Remove an unfinished file, and what was made beside it, unless a living process may be at work on it.

    Args:
        path: The file.
        beside: Files and folders.

    Returns:
        Whether they are gone.

    Raises:
        OSError: If the disk refuses.
    """
    descriptor = None
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if descriptor is not None and _lock(descriptor) != "taken":
            return False
        for each in (*beside, path):
            with suppress(FileNotFoundError):
                if each.is_dir() and not each.is_symlink():
                    shutil.rmtree(each)
                else:
                    each.unlink()
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def sync_path(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, survive a power cut.

    Raises:
        OSError: If the disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> str:
    """Take the lock of an open file if it can be had: ``taken``, ``held`` by another, or ``unknown`` here."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "held"
    except OSError:
        return "unknown"
    return "taken"

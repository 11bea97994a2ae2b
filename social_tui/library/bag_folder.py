"""Folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from social_tui.durable import sync_path
from social_tui.errors import UsageError

_UNFINISHED = ".unfinished"


def check_new(folder: Path) -> Path:
    """Make sure that a folder can be made.

    Args:
        folder: The folder.

    Returns:
        Its whole path.

    Raises:
        UsageError: If there is something of that name, or nowhere to put it.
    """
    target = folder.parent.resolve() / folder.name
    if folder.name in ("", "..") or os.path.lexists(target):
        raise UsageError(f"{folder} exists already, so nothing was exported.", hint="Name another folder.")
    if not target.parent.is_dir():
        raise UsageError(
            f"There is no folder {target.parent} to make {folder.name} in.", hint="Make it first."
        )
    return target


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Fill a folder that only its owner may read, and that appears under its name at the end.

    What a killed process left of it is removed first: the kernel took its lock away when it died.

    Args:
        target: What :func:`check_new` returned.

    Yields:
        A folder beside it to fill; an exception inside leaves nothing behind.

    Raises:
        UsageError: If there is something of its name by the end.
        OSError: If the disk refuses.
    """
    _remove_abandoned(target)
    work, lock = _create_locked(target)
    try:
        yield work
        _settle(work)
        check_new(target)
        work.rename(target)
        sync_path(target.parent)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _create_locked(target: Path) -> tuple[Path, int]:
    while True:
        work = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        work.mkdir(mode=0o700)
        lock = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if work.is_dir():
                return work, lock
        # Between its making and its lock it looked abandoned to another process.
        os.close(lock)


def _remove_abandoned(target: Path) -> None:
    for work in target.parent.glob(f".{glob.escape(target.name)}.*{_UNFINISHED}"):
        try:
            lock = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # It is none of ours, or gone.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(work)
        os.close(lock)


def _settle(work: Path) -> None:
    """Make every file private, and survive a power cut."""
    for parent, _, names in os.walk(work):
        folder = Path(parent)
        for name in names:
            (folder / name).chmod(0o600)
            sync_path(folder / name)
        folder.chmod(0o700)
        sync_path(folder)

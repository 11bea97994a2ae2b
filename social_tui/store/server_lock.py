"""The lock under which one library's server is made, started and stopped by one process at a time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from social_tui.errors import DatabaseUnavailableError


@contextlib.contextmanager
def file_lock(path: Path, *, timeout: float = 330.0) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is made where it is missing and never removed.

    The system gives the lock back when its holder dies, and server processes do not inherit it.

    Args:
        path: The lock file.
        timeout: The longest wait, in seconds.

    Raises:
        DatabaseUnavailableError: If it cannot be opened, or another process holds it for too long.
    """
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DatabaseUnavailableError(
            f"The database's lock {path} cannot be opened: {error.strerror}.",
            hint="Check the folder's owner, its permissions and the free space.",
        ) from error
    try:
        deadline = time.monotonic() + timeout
        wait = 0.005
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DatabaseUnavailableError(
                        f"Another process has held {path} for {timeout:.0f} s.",
                        hint="See which one with fuser or lsof.",
                    ) from None
                time.sleep(wait)
                wait = min(wait * 2, 0.1)
        yield
    finally:
        os.close(descriptor)

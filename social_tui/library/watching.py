"""Watches folders for files to import: each is handed out once, when nobody writes into it any more."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.errors import StorageError, UsageError
from social_tui.importers import is_export
from social_tui.log import get_logger
from social_tui.paths import ensure_private

if TYPE_CHECKING:
    from watchfiles.main import FileChange

log = get_logger(__name__)

LEDGER = "watched.jsonl"
Identity = tuple[int, int, int]
"""Size in bytes, time of change in nanoseconds, and inode of a file."""

_LONGEST_TICK_MS = 500
# A kernel whose queue of events is full drops some, and not every network file system tells of all.
_SECONDS_BETWEEN_SEARCHES = 60.0
_SECONDS_BETWEEN_POLLS = 1.0


class TakenFiles:
    """Which files were taken, also by earlier watches.

    Args:
        state: The library's folder for small files; losing this one means that files are imported again,
            which changes nothing in the library.
    """

    def __init__(self, state: Path) -> None:
        self._file = ensure_private(state) / LEDGER
        self._taken: dict[str, Identity] = {}
        try:
            with self._file.open(encoding="utf-8", errors="replace") as lines:
                for line in filter(str.strip, lines):
                    self._read(line)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("watch_ledger_unreadable", error=type(error).__name__)

    def _read(self, line: str) -> None:
        try:
            path, size, changed, inode = json.loads(line)
            self._taken[str(path)] = (int(size), int(changed), int(inode))
        except (ValueError, TypeError):
            # The last line of a watch that was killed while it wrote.
            log.warning("watch_ledger_line_broken")

    def has(self, path: str, identity: Identity) -> bool:
        """Tell whether this very state of a file was taken."""
        return self._taken.get(path) == identity

    def add(self, path: str, identity: Identity) -> None:
        """Note that a file was taken.

        Raises:
            StorageError: If the disk refuses.
        """
        self._taken[path] = identity
        try:
            with self._file.open("a", encoding="utf-8") as lines:
                # The end of line stands first, so that a line that broke off spoils no other.
                lines.write("\n" + json.dumps([path, *identity]))
        except OSError as error:
            raise StorageError(
                f"{self._file} cannot be written: {error.strerror}.", stop_lane=True
            ) from error


def settled_files(
    folders: Sequence[str], taken: TakenFiles, *, settle_seconds: float, polling: bool = False
) -> Iterator[tuple[str, Identity]]:
    """Hand out the files of some folders, those that are there and those that come, until it is closed.

    Links, pipes and devices are passed over, as are hidden names and those that do not end as exports do.
    A file that was handed out comes again when it changed, or after a minute when it was not noted as taken.

    Args:
        folders: What to watch, with all that is inside.
        taken: What was taken already; whoever takes a file notes it there.
        settle_seconds: For how long a file must not have changed.
        polling: Whether to look for changes oneself, where the file system does not tell of them.

    Raises:
        UsageError: If one is no folder.
        StorageError: If a folder cannot be watched, or is gone.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise UsageError(f"{folder} is no folder, and only folders can be watched.")
    roots = [os.path.realpath(folder) for folder in folders]
    settling = Settling(roots, taken, settle_seconds)
    tick_ms = int(min(max(settle_seconds * 500, 50), _LONGEST_TICK_MS))
    between = _SECONDS_BETWEEN_POLLS if polling else _SECONDS_BETWEEN_SEARCHES
    next_search = float("-inf")
    # The watching begins before the first search, so nothing that comes meanwhile is lost.
    for changes in _ticks(tick_ms) if polling else _changes(roots, tick_ms):
        now = time.monotonic()
        if now >= next_search:
            next_search = now + between
            paths: Iterable[str] = _search(roots)
        else:
            paths = (path for _, path in changes)
        for path in paths:
            settling.look(path, now)
        yield from settling.ready(now)


def _ticks(tick_ms: int) -> Iterator[set[FileChange]]:
    while True:
        yield set()
        time.sleep(tick_ms / 1000)


def _changes(roots: Sequence[str], tick_ms: int) -> Iterator[set[FileChange]]:
    from watchfiles import watch

    try:
        yield from watch(
            *roots,
            watch_filter=None,
            debounce=tick_ms,
            rust_timeout=tick_ms,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
    except (OSError, RuntimeError) as error:
        raise StorageError(
            f"The folder cannot be watched: {error}.",
            hint="With --poll it is looked through again and again.",
        ) from error


def _search(roots: Sequence[str]) -> Iterator[str]:
    for root in roots:
        if not Path(root).is_dir():
            raise StorageError(f"The folder {root} is gone.", hint="Start the watch anew when it is back.")
        yield from _inside(root)


def _inside(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(parent, name) for name in names)  # noqa: PTH118 - a name, perhaps no UTF-8


class Settling:
    """Files that somebody may still be writing.

    Args:
        roots: The real paths of the watched folders.
        taken: What was taken already.
        seconds: For how long a file must not have changed.
    """

    def __init__(self, roots: Sequence[str], taken: TakenFiles, seconds: float) -> None:
        self._roots = [Path(root) for root in roots]
        self._taken = taken
        self._seconds = seconds
        self._waiting: dict[str, tuple[Identity, float]] = {}

    def look(self, path: str, now: float) -> None:
        """Note a file as it is now; of a folder, which may have been moved here whole, all that is inside."""
        if self._is_out_of_reach(path):
            return
        if Path(path).is_dir() and not Path(path).is_symlink():
            for inner in _inside(path):
                self._note(inner, now)
        else:
            self._note(path, now)

    def _is_out_of_reach(self, path: str) -> bool:
        """Tell whether a path is hidden, or leads through a link."""
        root = next((root for root in self._roots if Path(path).is_relative_to(root)), None)
        folder = os.path.dirname(path)  # noqa: PTH120 - a name, perhaps no UTF-8
        if root is None or os.path.realpath(folder) != folder:
            return True
        return any(part.startswith(".") for part in Path(path).relative_to(root).parts)

    def _note(self, path: str, now: float) -> None:
        identity = _identity(path)
        if identity is None or self._taken.has(path, identity):
            self._waiting.pop(path, None)
        elif path not in self._waiting or self._waiting[path][0] != identity:
            self._waiting[path] = (identity, now)

    def ready(self, now: float) -> Iterator[tuple[str, Identity]]:
        """Yield the files that nobody writes any more; they are not waited for any longer."""
        for path, (identity, since) in list(self._waiting.items()):
            if now - since < self._seconds:
                continue
            if _identity(path) != identity:
                self._waiting.pop(path)
                self._note(path, now)
            elif not _is_being_written(path):
                self._waiting.pop(path)
                yield path, identity


def _identity(path: str) -> Identity | None:
    """Return the identity of a regular file whose name ends as exports do; None of anything else."""
    if not is_export(os.path.basename(path)):  # noqa: PTH119 - a name, perhaps no UTF-8
        return None
    try:
        status = os.lstat(path)
    except OSError:
        return None
    is_file = stat.S_ISREG(status.st_mode)
    return (status.st_size, status.st_mtime_ns, status.st_ino) if is_file else None


def _is_being_written(path: str) -> bool:
    """Tell whether some process has a file open for writing, where that can be told.

    Linux grants a lease for reading only on files that nobody has open for writing (fcntl(2), F_SETLEASE); on
    others' files and on some file systems it grants none at all, which says nothing.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Who opens the file for writing in this instant breaks the lease; by default its signal would end us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False

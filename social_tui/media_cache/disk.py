"""Files that are being written, and what a disk says when it refuses."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from social_tui.durable import create_locked, remove_if_abandoned
from social_tui.errors import StorageError

# So much is left to the disk at a time while more comes, so that the sync at the end has little to wait for.
WRITE_BACK_BYTES = 16 << 20
_UNFINISHED = re.compile(r"\.?([0-9a-f]{32})\.")
_HINTS = {
    errno.ENOSPC: "Free some space, or choose another place with SOCIAL_TUI_HOME.",
    errno.EDQUOT: "Free some space, or choose another place with SOCIAL_TUI_HOME.",
    errno.EFBIG: "Raise the limit on file sizes (ulimit -f), or choose another place.",
    errno.EROFS: "Choose a place that can be written with SOCIAL_TUI_HOME.",
    errno.EACCES: "Check who owns it.",
    errno.EPERM: "Check who owns it.",
}


@dataclass(slots=True)
class Temporary:
    """A file that is being written; it vanishes unless it is put under another name.

    Args:
        path: Where it is.
        descriptor: It, open and locked: the kernel gives the lock back when its process dies.
        is_kept: Whether it has another name by now.
        unsent: Bytes that were written since the disk was last asked to begin with them.
    """

    path: Path
    descriptor: int
    is_kept: bool = False
    unsent: int = 0

    def rename(self, name: Path) -> None:
        """Put it under another name; a file of that name is replaced.

        Raises:
            OSError: If the disk refuses.
        """
        self.path.replace(name)
        self.is_kept = True

    def close(self) -> None:
        """Let go of it, once, and remove it unless it has another name.

        Raises:
            OSError: If the disk refuses.
        """
        mine, self.descriptor = self.descriptor, -1
        if mine < 0:
            return
        os.close(mine)
        if not self.is_kept:
            self.path.unlink(missing_ok=True)

    def hand_over(self) -> Temporary:
        """Give it to somebody else, who closes it; nothing can be done with this one any more."""
        mine, self.descriptor = self.descriptor, -1
        return Temporary(self.path, mine, self.is_kept, self.unsent)

    def write(self, chunk: bytes) -> None:
        """Append bytes.

        Raises:
            StorageError: If the disk refuses.
        """
        rest = memoryview(chunk)
        with storage_errors(self.path.parent):
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        self.unsent += len(chunk)
        if self.unsent >= WRITE_BACK_BYTES:
            self.begin_sync()

    def begin_sync(self) -> None:
        """Have the disk begin with what was written, without a wait for its end."""
        if self.unsent:
            _write_back(self.descriptor, self.unsent)
            self.unsent = 0

    def sync(self) -> None:
        """Make the bytes survive a power cut.

        Raises:
            StorageError: If the disk refuses.
        """
        with storage_errors(self.path.parent):
            os.fsync(self.descriptor)
        self.unsent = 0


def _write_back(descriptor: int, byte_size: int) -> None:
    """Have the disk begin with what was written last, without a wait for its end, where that can be asked.

    Linux begins to write what it is told that nobody will read soon, and forgets what of it is on the disk
    already (``generic_fadvise`` in mm/fadvise.c of its source). So only what is new is named: what came
    before is on the disk, and is soon read again, which memory serves faster.

    Args:
        descriptor: A file that stands behind what was written.
        byte_size: How many bytes before that are new.
    """
    if hasattr(os, "posix_fadvise"):
        # It is advice: whether the bytes are on the disk is for the sync to say.
        with contextlib.suppress(OSError):
            end = os.lseek(descriptor, 0, os.SEEK_CUR)
            os.posix_fadvise(descriptor, end - byte_size, byte_size, os.POSIX_FADV_DONTNEED)


def sync_all(temporaries: Sequence[Temporary]) -> None:
    """Make the bytes of files survive a power cut.

    The disk begins with all of them before any is waited for: with the first wait the journal of the file
    system is written for the others too, where each alone would write it anew.

    Raises:
        StorageError: If the disk refuses.
    """
    for each in temporaries:
        each.begin_sync()
    for each in temporaries:
        each.sync()


def new_temporary(folder: Path) -> Temporary:
    """Make a new file with a name of its own that only its owner may read, and hold its lock.

    Raises:
        OSError: If the disk refuses.
    """
    return Temporary(*create_locked(lambda: folder / f"{secrets.token_hex(16)}.part"))


def remove_abandoned(folder: Path) -> int:
    """Remove what belongs to no lock that is held: ``<token>.part`` and what is made beside it."""
    families: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if match := _UNFINISHED.match(path.name):
            families.setdefault(match.group(1), []).append(path)
    return sum(
        len(paths)
        for token, paths in families.items()
        if remove_if_abandoned(folder / f"{token}.part", *paths)
    )


def take_lock(path: Path, *, wait: bool = True) -> int | None:
    """Take a lock that threads and processes share; the kernel frees it when its holder dies.

    Returns:
        A descriptor; to close it is to give the lock back. None when somebody has it and nobody is to wait.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def mode_of(path: Path) -> int:
    """Return a file's type and mode without following links; 0 when there is none."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def files_under(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Give every file under a folder with its status; files that vanish meanwhile are left out."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(FileNotFoundError):
                yield path, path.lstat()


def is_encodable(text: str) -> bool:
    """Tell whether a text can be a file name at all; lone surrogates cannot."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


@contextlib.contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what the disk says into one line that names the folder."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The cache folder {folder} cannot be used: {error.strerror}.",
            hint=_HINTS.get(error.errno or 0, "Check the disk."),
            stop_lane=True,
        ) from error

"""Opens files that lie beside an export by paths that nobody vouches for: never outside of its folder.

Every step is taken from the folder before it and follows no link (openat(2) with O_NOFOLLOW), so that nothing
that is swapped meanwhile leads elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from social_tui.errors import ImportRefusedError, SocialTuiError
from social_tui.importers.archives import ZIP_MAGICS, Zip, most_unpacked
from social_tui.importers.beside import FROM_TOP
from social_tui.importers.sources import STANDARD_INPUT, unpacked_source
from social_tui.importers.tar import BLOCK, Tar, TarMember, is_tar
from social_tui.importers.text_window import READ_ERRORS, ByteSource
from social_tui.models import Outcome
from social_tui.text import storable_text

_CHUNK = 1 << 20
_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_SHOWN_CHARACTERS = 200

NOT_THERE, NOT_MEDIA = "not there", "not media"


class NotTakenError(SocialTuiError):
    """A file beside an export is not taken in.

    Args:
        outcome: The one word why.
        why: A few words, the same for all files of which this is true; they are counted.
        path: The file, as the export states it.
        more: What else there is to say.
    """

    def __init__(self, outcome: Outcome, why: str, path: str, more: str = "") -> None:
        shown = storable_text(path[:_SHOWN_CHARACTERS])
        super().__init__(f"Not taken in from beside the export, {why}{more and f' ({more})'}: {shown}")
        self.outcome: Outcome = outcome
        self.why = why


class Beside(Protocol):
    """What lies beside an export."""

    def chunks(self, path: str, max_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of one file, of which nothing is held.

        Args:
            path: As the export states it.
            max_bytes: The most that is read.

        Raises:
            NotTakenError: If it is not there, not in the folder, no file, too large or cannot be read; also
                at the end, if it changed meanwhile.
        """


@contextlib.contextmanager
def open_beside(file: str) -> Iterator[Beside]:
    """Open what lies beside an export: the folder that it is in, or the zip or tar file that it is.

    A packed tar file is unpacked into a file without a name, because its members are asked for in any order.

    Args:
        file: The export, as a person named it.

    Raises:
        NotTakenError: If that cannot be told or opened.
    """
    if file == STANDARD_INPUT:
        raise NotTakenError("auth", "no folder", file, "the export came through the standard input")
    with contextlib.ExitStack() as stack:
        try:
            beside = _open(file, stack)
        except (*READ_ERRORS, ImportRefusedError) as error:
            words = error.message if isinstance(error, ImportRefusedError) else getattr(error, "strerror", "")
            raise NotTakenError("auth", "not readable", file, f"the folder: {words}") from error
        yield beside


def _open(file: str, stack: contextlib.ExitStack) -> Beside:
    archive = stack.enter_context(os.fdopen(os.open(file, _STEP & ~os.O_NOFOLLOW), "rb"))
    if archive.read(len(ZIP_MAGICS[0])).startswith(ZIP_MAGICS):
        archive.seek(0)
        return _Packed(Zip(archive, lambda _: False))
    archive.seek(0)
    if (tar := _tar(archive, stack)) is not None:
        return _Tarred(tar)
    return _Folder(Path(file).absolute().parent, stack)


def _tar(archive: io.BufferedReader, stack: contextlib.ExitStack) -> BinaryIO | None:
    """Return an export as a plain tar file, if it is one, packed or not."""
    source = unpacked_source(archive)
    head = source.read(BLOCK)
    while len(head) < BLOCK and (more := source.read(BLOCK - len(head))):
        head += more
    if not is_tar(head):
        return None
    if source is archive:
        return archive
    most = most_unpacked(os.fstat(archive.fileno()).st_size)
    spool = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    for chunk in _unpacked(head, source):
        spool.write(chunk)
        if spool.tell() > most:
            raise ImportRefusedError("unpacks to far more than it is")
    return spool


def _unpacked(head: bytes, source: ByteSource) -> Iterator[bytes]:
    """Yield the bytes of a packed file, up to where it is damaged."""
    yield head
    with contextlib.suppress(*READ_ERRORS):
        while more := source.read(_CHUNK):
            yield more


class _Folder:
    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._opened: dict[int, int] = {}
        self._at(0)

    def _at(self, levels_up: int) -> int:
        """Open the folder of the export, or one above it, once."""
        if levels_up not in self._opened:
            folder = (self._folder, *self._folder.parents)[levels_up]
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._stack.callback(os.close, descriptor)
            self._opened[levels_up] = descriptor
        return self._opened[levels_up]

    def chunks(self, path: str, max_bytes: int) -> Iterator[bytes]:
        levels_up = len(path) - len(path.lstrip(FROM_TOP))
        *folders, name = _names(path[levels_up:] or path)
        with contextlib.ExitStack() as stack:
            at = self._at(levels_up)
            for folder in folders:
                at = _step(at, folder, path, stat.S_ISDIR)
                stack.callback(os.close, at)
            descriptor = _step(at, name, path, stat.S_ISREG)
            stack.callback(os.close, descriptor)
            before = os.fstat(descriptor)
            _check_size(before.st_size, max_bytes, path)
            yield from _read(lambda size: os.read(descriptor, size), max_bytes, path)
            after = os.fstat(descriptor)
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise NotTakenError("network", "changed while it was read", path)


class _Packed:
    def __init__(self, archive: Zip) -> None:
        self._archive = archive

    def chunks(self, path: str, max_bytes: int) -> Iterator[bytes]:
        info = self._archive.find("/".join(_names(path)))
        if info is None:
            raise NotTakenError("deleted", NOT_THERE, path)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise NotTakenError("blocked", "a link", path)
        _check_size(info.file_size, max_bytes, path)
        try:
            member = self._archive.open_member(info)
        except ImportRefusedError as error:
            raise NotTakenError("blocked", "not unpacked", path, error.message) from error
        with member:
            yield from _read(member.read, max_bytes, path)


class _Tarred:
    def __init__(self, archive: BinaryIO) -> None:
        archive.seek(0)
        self._archive = archive
        self._found: dict[str, TarMember] = {}
        with contextlib.suppress(ImportRefusedError):  # of a damaged one, what stands before the damage
            # Folders are never asked for; of a link it is told that it is one.
            self._found.update((member.name, member) for member in Tar(archive) if member.kind != "other")

    def chunks(self, path: str, max_bytes: int) -> Iterator[bytes]:
        member = self._found.get("/".join(_names(path)))
        if member is None:
            raise NotTakenError("deleted", NOT_THERE, path)
        if member.kind == "link":
            raise NotTakenError("blocked", "a link", path)
        _check_size(member.size, max_bytes, path)
        left = member.size
        self._archive.seek(member.offset)

        def read(size: int) -> bytes:
            nonlocal left
            data = self._archive.read(min(size, left))
            if not data and left:
                raise EOFError
            left -= len(data)
            return data

        yield from _read(read, max_bytes, path)


def _names(path: str) -> list[str]:
    """Split a path into names, none of which leads up."""
    names = [name for name in path.split("/") if name not in ("", ".")]
    if path.startswith("/") or ".." in names:
        raise NotTakenError("blocked", "escapes the folder", path)
    if not names:
        raise NotTakenError("deleted", NOT_THERE, path)
    if "\0" in path:
        raise NotTakenError("blocked", "not a name", path)
    return names


def _step(at: int, name: str, path: str, is_wanted: Callable[[int], bool]) -> int:
    """Open a name in an open folder, if it is what is wanted.

    It is looked at before, because opening a device may already do something, and after, because another may
    have taken its place.
    """
    try:
        seen = os.stat(name, dir_fd=at, follow_symlinks=False)
        _check_kind(seen.st_mode, path, is_wanted)
        descriptor = os.open(name, _STEP, dir_fd=at)
    except OSError as error:
        raise _refused(error, path) from error
    except ValueError as error:  # a letter that the names of this system cannot have
        raise NotTakenError("blocked", "not a name", path) from error
    opened = os.fstat(descriptor)
    if not os.path.samestat(seen, opened):
        os.close(descriptor)
        raise NotTakenError("network", "changed while it was read", path)
    return descriptor


def _check_kind(mode: int, path: str, is_wanted: Callable[[int], bool]) -> None:
    if is_wanted(mode):
        return
    if stat.S_ISLNK(mode):
        raise NotTakenError("blocked", "a link", path)
    if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
        raise NotTakenError("deleted", NOT_THERE, path)
    raise NotTakenError("blocked", "no file but a pipe, a socket or a device", path)


def _refused(error: OSError, path: str) -> NotTakenError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NotTakenError("deleted", NOT_THERE, path)
    if error.errno == errno.ELOOP:
        return NotTakenError("blocked", "a link", path)
    if error.errno == errno.ENAMETOOLONG:
        return NotTakenError("blocked", "not a name", path)
    return NotTakenError("auth", "not readable", path, error.strerror or "")


def _check_size(size: int, max_bytes: int, path: str) -> None:
    if size > max_bytes:
        raise NotTakenError("too_large", "too large", path)


def _read(read: Callable[[int], bytes], max_bytes: int, path: str) -> Iterator[bytes]:
    received = 0
    try:
        while chunk := read(_CHUNK):
            received += len(chunk)
            _check_size(received, max_bytes, path)
            yield chunk
    except READ_ERRORS as error:
        raise NotTakenError("network", "damaged", path) from error

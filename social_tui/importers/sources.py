"""Finds the files to import and opens them: only regular files and streams, plain or packed."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from social_tui.errors import ImportRefusedError
from social_tui.exports import Rejection
from social_tui.importers.archives import (
    BZIP2_MAGIC,
    GZIP_MAGIC,
    XZ_MAGIC,
    ZIP_MAGICS,
    ZSTD_MAGICS,
    Bounded,
    Bzip2,
    Gzip,
    Xz,
    Zip,
    Zstd,
    is_hidden,
)
from social_tui.importers.tar import Tar, TarMember, is_tar
from social_tui.importers.text_window import READ_ERRORS, ByteSource
from social_tui.importers.utf16 import Utf8, is_utf16

STANDARD_INPUT = "-"
_TEXT_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".js", ".har", ".gz", ".xz", ".bz2", ".zst")
SUFFIXES = (*_TEXT_SUFFIXES, ".zip", ".tar", ".tgz")

_UNPACKERS = ((GZIP_MAGIC, Gzip), (BZIP2_MAGIC, Bzip2), (XZ_MAGIC, Xz), (ZSTD_MAGICS, Zstd))

#: What WhatsApp calls the text of a chat in any language: ``_chat.txt``, ``WhatsApp Chat with Ada.txt``.
_CHAT = re.compile(r"(?i)(?:\A|/)(?:_chat|[^/]*whatsapp[^/]*)\.txt\Z")
_HEAD_BYTES = 4096
#: Members of workbooks of Excel and LibreOffice, and what those of before 2007 begin with.
_OF_WORKBOOKS = (("xl/workbook.xml",), ("xl/workbook.bin",), ("content.xml", "META-INF/manifest.xml"))
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IS_WORKBOOK = "is a workbook, which is not read; save its sheet as CSV in UTF-8"
_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISSOCK, "is a socket"),
)


def find_files(paths: Sequence[str]) -> tuple[list[str], list[Rejection]]:
    """Expand what a person named into the files to read.

    Folders are searched to any depth for names that end in one of ``SUFFIXES`` and texts of chats, in
    the order of their names; hidden names and links to folders are passed over. A file named twice is read
    once.

    Args:
        paths: Files, folders and ``-`` for the standard input.

    Returns:
        The files in the order in which they were named, and one rejection for each path that gives none.
    """
    found: dict[str, str] = {}
    rejections: list[Rejection] = []
    for path in paths:
        if path == STANDARD_INPUT:
            found.setdefault(path, path)
            continue
        try:
            is_folder = stat.S_ISDIR(Path(path).stat().st_mode)
        except (OSError, ValueError) as error:
            rejections.append(rejection(path, 0, f"cannot be opened: {_why(error)}"))
            continue
        files, unreadable = _search(path) if is_folder else ([path], [])
        rejections += unreadable
        if not files and not unreadable:
            rejections.append(rejection(path, 0, "is a folder without JSON files"))
        for file in files:
            # Not Path.resolve(), which raises where links lead in a circle.
            found.setdefault(os.path.realpath(file), file)
    return list(found.values()), rejections


def is_export(name: str) -> bool:
    """Tell whether a file in a folder is taken for an export by its name; hidden ones are not."""
    return (name.lower().endswith(SUFFIXES) or _is_text(name)) and not name.startswith(".")


def _is_text(name: str) -> bool:
    """Tell whether a file may hold posts that are not packed: of texts only chats, as others lie by media."""
    return name.lower().endswith(_TEXT_SUFFIXES) or _CHAT.search(name) is not None


def rejection(file: str, position: int, reason: str) -> Rejection:
    """Make a rejection; a file name that is no UTF-8 is shown with replacement characters."""
    shown = os.fsencode(file).decode("utf-8", "replace")
    return Rejection(file=shown, position=position, reason=reason)


def _search(folder: str) -> tuple[list[str], list[Rejection]]:
    files: list[str] = []
    unreadable: list[Rejection] = []

    def note(error: OSError) -> None:
        unreadable.append(rejection(str(error.filename), 0, f"cannot be read: {_why(error)}"))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [str(Path(parent) / name) for name in sorted(names) if is_export(name)]
    return files, unreadable


@dataclass(slots=True)
class Meter:
    """Counts the bytes that are read of files, as they lie on the disk: packed ones by their packed bytes.

    Args:
        total: How many there are to read; None where that is not known.
        read: How many were read so far.
    """

    total: int | None = None
    read: int = 0

    @property
    def share(self) -> float | None:
        """How much of all is read, from 0 to 1; None where that is not known."""
        return min(self.read / self.total, 1.0) if self.total else None

    def seconds_left(self, seconds: float) -> float | None:
        """Tell how long the rest takes at the pace so far; None while there is none to go by.

        Args:
            seconds: How long it took so far.
        """
        share = self.share
        return seconds * (1 - share) / share if share and seconds >= 1 else None


def total_bytes(files: Sequence[str]) -> int | None:
    """Add up the sizes of files in bytes; None where one has no size, such as a pipe on standard input."""
    total = 0
    for file in files:
        try:
            status = os.fstat(0) if file == STANDARD_INPUT else Path(file).stat()
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total


@contextmanager
def open_source(source: Path | str | BinaryIO, meter: Meter | None = None) -> Iterator[Iterator[Member]]:
    """Open a file or take a stream, unpacking gzip, bzip2, xz, tar and zip by their first bytes.

    Args:
        source: A path, ``-`` for the standard input, or an open binary stream, which stays open.
        meter: Counts what is read.

    Yields:
        What is to be read: one member, those of a zip file in the order of their names, or those of a tar
        file as they come, each to be read before the next.

    Raises:
        ImportRefusedError: If it cannot be opened or read, or is no regular file, which could block or never
            end.
    """
    meter = meter or Meter()
    if isinstance(source, str | Path) and str(source) != STANDARD_INPUT:
        with open_regular(Path(source), meter) as file:
            yield _members_of_file(file)
        return
    stream = _standard_input() if isinstance(source, str | Path) else source
    # A buffer of our own: not every stream lets one look at its first bytes and then read them again.
    buffered = io.BufferedReader(_Raw(stream, meter))
    yield _members(buffered)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # as after `<&-`
        raise ImportRefusedError("is closed")
    return sys.stdin.buffer


class _Raw(io.RawIOBase):
    """A stream to read from that is not closed with its reader."""

    def __init__(self, stream: ByteSource, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        if data is None:  # a stream that does not wait; taking it for the end would lose the rest
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        buffer[: len(data)] = data
        self._meter.read += len(data)
        return len(data)


class _Metered(io.FileIO):
    """A file as it was when it was opened, which tells how much of it was read."""

    def __init__(self, descriptor: int, meter: Meter) -> None:
        super().__init__(descriptor)
        self._meter = meter
        # Files that the system makes up, such as those of /proc, say that they are empty.
        self._size = os.fstat(descriptor).st_size or sys.maxsize

    @property
    def has_grown(self) -> bool:
        """Whether somebody wrote to its end meanwhile."""
        return os.fstat(self.fileno()).st_size > self._size

    def readinto(self, buffer: Any, /) -> int:
        # Who writes faster than we read would keep us for ever.
        left = max(self._size - self.tell(), 0)
        count = super().readinto(memoryview(buffer)[:left]) or 0
        self._meter.read += count
        return count


class Peeked:
    """Bytes whose beginning was looked at; what fails there fails again when it is read.

    Attributes:
        head: The first bytes, at most 4,096; fewer only where the source ends or fails.
    """

    def __init__(self, source: ByteSource) -> None:
        self.head = b""
        self._source = source
        self._failure: Exception | None = None
        try:
            while len(self.head) < _HEAD_BYTES and (data := source.read(_HEAD_BYTES - len(self.head))):
                self.head += data
        except READ_ERRORS as error:
            self._failure = error
        self._rest = self.head

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        if self._rest:
            data, self._rest = self._rest[:size], self._rest[size:]
            return data
        if self._failure is not None:
            raise self._failure
        return self._source.read(size)


@dataclass(frozen=True, slots=True)
class Member:
    """One file to read: that which was opened, or a member of a zip or tar file.

    Args:
        name: What to call it within that which was opened; empty for the whole.
        open: Gives its unpacked bytes, or raises ImportRefusedError.
    """

    name: str
    open: Callable[[], Peeked]


def _members_of_file(file: io.BufferedReader[Any]) -> Iterator[Member]:
    yield from _members(file)
    if isinstance(file.raw, _Metered) and file.raw.has_grown:
        raise ImportRefusedError("grew while it was read; what was added is not read")


def _members(file: io.BufferedReader[Any]) -> Iterator[Member]:
    try:
        head = file.peek(len(XZ_MAGIC))
    except OSError as error:
        raise ImportRefusedError(f"cannot be read: {_why(error)}") from error
    if head.startswith(_OLD_WORKBOOK):
        raise ImportRefusedError(_IS_WORKBOOK)
    if not head.startswith(ZIP_MAGICS):
        yield from _members_of_stream(file)
        return
    archive = Zip(file, _is_text)
    if any(all(map(archive.find, names)) for names in _OF_WORKBOOKS):
        raise ImportRefusedError(_IS_WORKBOOK)
    names = list(archive.names())
    if not names:
        raise ImportRefusedError("is a zip file without JSON files")
    for index, name in enumerate(names):
        yield Member(name, lambda index=index: _peeked(lambda: archive.open(index)))  # type: ignore[misc]


def _members_of_stream(file: io.BufferedReader[Any]) -> Iterator[Member]:
    unpacked = Peeked(unpacked_source(file))
    if not is_tar(unpacked.head):
        yield Member("", lambda: _in_utf8(unpacked))
        return
    tar = Tar(unpacked)
    are_none = True
    for member in tar:
        if _is_text(member.name) and not is_hidden(member.name):
            are_none = False
            yield Member(member.name, lambda member=member: _open_member(tar, member))  # type: ignore[misc]
    if are_none:
        raise ImportRefusedError("is a tar file without JSON files")


def _open_member(tar: Tar, member: TarMember) -> Peeked:
    if member.kind != "file":
        raise ImportRefusedError("is a link" if member.kind == "link" else "is no plain file")
    return _peeked(lambda: io.BufferedReader(_Raw(tar, Meter())))


def _peeked(opened: Callable[[], io.BufferedReader[Any]]) -> Peeked:
    """Open and unpack a member of an archive, whose damage must not cost the others."""
    try:
        return _in_utf8(Peeked(unpacked_source(opened())))
    except READ_ERRORS as error:
        raise ImportRefusedError("cannot be unpacked") from error


def _in_utf8(source: Peeked) -> Peeked:
    return Peeked(Utf8(source)) if is_utf16(source.head) else source


def unpacked_source(file: io.BufferedReader[Any]) -> ByteSource:
    """Unpack a stream by its first bytes; what is not packed stays as it is."""
    head = file.peek(len(XZ_MAGIC))
    unpack = next((unpack for magics, unpack in _UNPACKERS if head.startswith(magics)), None)
    if unpack is None:
        return file
    meter = Meter()
    return Bounded(unpack(io.BufferedReader(_Raw(file, meter))), lambda: meter.read)


def open_regular(path: Path, meter: Meter | None = None) -> io.BufferedReader[Any]:
    """Open a regular file.

    Raises:
        ImportRefusedError: If it cannot be opened, or is something else, which could block or never end.
    """
    try:
        # O_NONBLOCK: opening a named pipe must not wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise ImportRefusedError(f"cannot be opened: {_why(error)}") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "is no regular file")
        raise ImportRefusedError(f"{kind}; only regular files are read")
    return io.BufferedReader(_Metered(descriptor, meter or Meter()))


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the name is not valid"

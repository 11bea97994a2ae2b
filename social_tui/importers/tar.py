"""Reads tar files forwards only, so that packed ones need no more memory than plain ones.

POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; long names of GNU tar. Links are told
and never followed; what a header claims is held against bounds before it is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from social_tui.errors import ImportRefusedError
from social_tui.importers.archives import MAX_MEMBERS
from social_tui.importers.text_window import READ_ERRORS, ByteSource

BLOCK = 512
_MAGIC = slice(257, 262)
#: Headers that are about the next member, or about all.
_NOTES = frozenset({b"x", b"g", b"L", b"K"})
_LARGEST_NOTE = 1 << 20
_CHUNK = 1 << 16
_PAX = re.compile(rb"\d+ ([^=]{1,60})=([^\n]*)\n")
_KNOWN = frozenset({b"path", b"size"})
_SIZE = re.compile(r"[0-9]{1,19}")
_DAMAGED = "is a damaged tar file"

Kind = Literal["file", "link", "other"]
_KINDS: dict[bytes, Kind] = {b"0": "file", b"\0": "file", b"7": "file", b"1": "link", b"2": "link"}


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member of a tar file.

    Args:
        name: Its path, without ``./`` before it.
        kind: What it is.
        offset: Where its bytes begin in the tar file.
        size: How many they are.
    """

    name: str
    kind: Kind
    offset: int
    size: int


def is_tar(head: bytes) -> bool:
    """Tell whether a file that begins so is a tar file."""
    return len(head) >= BLOCK and head[_MAGIC] == b"ustar" and _has_checksum(head[:BLOCK])


class Tar:
    """The members of a tar file, in the order in which they stand.

    Args:
        source: The unpacked file.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._at = 0
        self._end = 0

    def __iter__(self) -> Iterator[TarMember]:
        """Yield the members; the bytes of each are to be read before the next is asked for.

        Raises:
            ImportRefusedError: If it is damaged or was made to do harm.
        """
        notes: dict[str, str] = {}
        members = 0
        while True:
            header = self._exactly(BLOCK)
            if not header.strip(b"\0"):
                return
            if not _has_checksum(header):
                raise ImportRefusedError(_DAMAGED)
            kind, size = header[156:157], _number(header[124:136])
            if kind in _NOTES:
                notes |= self._note(kind, size)
                continue
            if members == MAX_MEMBERS:
                raise ImportRefusedError("is a tar file that was made to do harm: it has too many members")
            members += 1
            stated = notes.get("size", "")
            size = int(stated) if _SIZE.fullmatch(stated) else size
            name = notes.get("path") or _name(header)
            self._end = self._at + size
            yield TarMember(name.removeprefix("./"), _KINDS.get(kind, "other"), self._at, size)
            self._skip(self._end + -size % BLOCK)
            notes = {}

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes of the member that was yielded last, none at its end.

        Raises:
            EOFError: If the file ends before the member does.
        """
        data = self._source.read(min(size, self._end - self._at)) if self._at < self._end else b""
        if not data and self._at < self._end:
            raise EOFError
        self._at += len(data)
        return data

    def _note(self, kind: bytes, size: int) -> dict[str, str]:
        """Return what a header says of the member after it: its long name, or facts."""
        if size > _LARGEST_NOTE:
            raise ImportRefusedError(_DAMAGED)
        data = self._exactly(size + -size % BLOCK)[:size]
        if kind == b"L":
            return {"path": _text(data.rstrip(b"\0"))}
        known = _PAX.findall(data) if kind == b"x" else ()
        return {_text(name): _text(value) for name, value in known if name in _KNOWN}

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self._more(size - len(data))):
            data += more
        self._at += len(data)
        if len(data) < size:
            raise ImportRefusedError(_DAMAGED)
        return data

    def _skip(self, end: int) -> None:
        while self._at < end:
            data = self._more(min(_CHUNK, end - self._at))
            if not data:
                raise ImportRefusedError(_DAMAGED)
            self._at += len(data)

    def _more(self, size: int) -> bytes:
        """Return at most so many bytes; where the packed file breaks, the tar file does."""
        try:
            return self._source.read(size)
        except READ_ERRORS as error:
            raise ImportRefusedError(_DAMAGED) from error


def _has_checksum(header: bytes) -> bool:
    """Tell whether the bytes of a header add up to what it states, with spaces in place of that."""
    try:
        stated = _number(header[148:156])
    except ImportRefusedError:
        return False
    return sum(header) - sum(header[148:156]) + 8 * ord(" ") == stated


def _number(field: bytes) -> int:
    """Return a number in octal digits, or, where it begins with 0x80, in GNU tar's form for large ones."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise ImportRefusedError(_DAMAGED)
    return int(digits or b"0", 8)


def _name(header: bytes) -> str:
    name = _text(header[:100].partition(b"\0")[0])
    prefix = _text(header[345:500].partition(b"\0")[0]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")

"""A window that slides over a text of any size, for readers that must not hold it whole."""

from __future__ import annotations

import codecs
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

CHUNK_BYTES = 256 * 1024
MAX_ITEM_CHARACTERS = 16 * 1024 * 1024
#: What reading may raise in the middle of a file, packed or not.
READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_LARGEST_STEP_BYTES = 2 * 1024 * 1024

_SPACE = re.compile(r"[ \t\n\r]*+")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRING_BODY = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_STRUCTURE = re.compile(r'"|[\[{]++|[\]}]++')
_SCALAR = re.compile(r'[^\s,:"\[\]{}]*+')


class ByteSource(Protocol):
    """Anything that hands out bytes until it has none left."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none mean the end."""


def text_lines(source: ByteSource, *, newline: str | None = None) -> Iterator[str]:
    """Read a UTF-8 text line by line, with or without a byte order mark.

    Args:
        source: The bytes; those that are no UTF-8 become lone surrogates (PEP 383).
        newline: Which line ends are told apart, as of ``io.TextIOWrapper``.

    Yields:
        Pieces that end where a line does, or where one is longer than an item may be.
    """
    text = io.TextIOWrapper(io.BufferedReader(_Raw(source)), "utf-8-sig", "surrogateescape", newline=newline)
    while piece := text.readline(MAX_ITEM_CHARACTERS):
        yield piece


class _Raw(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class BrokenTextError(Exception):
    """The text cannot be read on from here; what came before stays good.

    Args:
        reason: One clause without any content of the file: what is wrong, and at which byte.
        has_rest: Whether there is more text behind, which is not read.
    """

    def __init__(self, reason: str, *, has_rest: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.has_rest = has_rest


class TextWindow:
    """The stretch of a UTF-8 text around the reading position.

    Bytes that are no UTF-8 become lone surrogates (PEP 383), so that one bad item can be told from
    its good neighbours and byte offsets stay exact.

    Args:
        source: Where more bytes come from.
        text: Text that is in the window from the start; such a window has no source.
        before: Tells how many bytes of the file lie before that text.
        chunk_bytes: How much is read at a time.
    """

    def __init__(
        self,
        source: ByteSource | None,
        text: str = "",
        before: Callable[[], int] | None = None,
        *,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self.text = text
        self.at = 0
        self.mark: int | None = None
        self.line_number = 1  # counted as long as all is read by lines
        self._source = source or io.BytesIO()
        self._ended = source is None
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._before = before
        self._chunk_bytes = chunk_bytes
        self._read = 0
        self._failure = ""

    def fill(self) -> bool:
        """Read on; forget what lies before the mark, or before the position when none is set.

        Returns:
            False at the end of the source.

        Raises:
            BrokenTextError: If the source fails in the middle, as a cut-off gzip file does.
        """
        if self._ended:
            return self._has_grown(False)
        if self.mark is not None and len(self.text) - self.mark > MAX_ITEM_CHARACTERS:
            self.mark = None
        start = self.at if self.mark is None else self.mark
        kept = self.text[start:]
        # More for long items, which small steps would copy over and over. And at least one character, of
        # which a short read may have brought only the first byte.
        wanted = max(self._chunk_bytes, min(len(kept), _LARGEST_STEP_BYTES))
        parts: list[str] = []
        while wanted > 0 or not any(parts):
            data = self._chunk()
            parts.append(self._decoder.decode(data, final=not data))
            wanted -= len(data)
            if not data:
                break
        self.text = kept + "".join(parts)
        self.at -= start
        if self.mark is not None:
            self.mark = 0
        return self._has_grown(any(parts))

    def _has_grown(self, grown: bool) -> bool:
        if not grown and self._failure:
            raise BrokenTextError(self._failure)
        return grown

    def _chunk(self) -> bytes:
        """Return the next bytes; a failure ends them too, and is raised when all before it is used."""
        try:
            data = self._source.read(self._chunk_bytes)
        except READ_ERRORS as error:
            self._failure = f"the data cannot be read beyond byte {self._read} ({_why_unreadable(error)})"
            data = b""
        self._read += len(data)
        self._ended = not data
        return data

    def offset(self, index: int | None = None) -> int:
        """Return how many bytes of the file lie before an index of the window (default: the position)."""
        index = self.at if index is None else index
        if self._before is not None:
            return self._before() + _bytes_of(self.text[:index])
        undecoded = len(self._decoder.getstate()[0])
        return self._read - undecoded - _bytes_of(self.text[index:])

    def peek(self) -> str:
        """Step over white space and return the character after it, or nothing at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            if match:
                self.line_number += self.text.count("\n", self.at, match.end())
                self.at = match.end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def take_line(self) -> str | None:
        """Step over one line and return it without its end, or None where it is longer than an item may be.

        At the end of the text the rest counts as a line.
        """
        searched = 0
        fits = True
        while (end := self.text.find("\n", self.at + searched)) < 0:
            searched = len(self.text) - self.at
            if searched > MAX_ITEM_CHARACTERS:
                fits, searched, self.at = False, 0, len(self.text)
            if not self.fill():
                end = len(self.text)
                break
        line = self.text[self.at : end]
        self.at = min(end + 1, len(self.text))
        self.line_number += 1
        return line if fits and len(line) <= MAX_ITEM_CHARACTERS else None

    def take_lines(self) -> Iterator[tuple[str | None, int, int]]:
        """Step over all lines that are whole in the window, or over one that is longer.

        Yields:
            Each line as ``take_line`` returns it, its number, and how many bytes of the file lie before it.
        """
        offset, number = self.offset(), self.line_number
        end = self.text.rfind("\n", self.at)
        if end < 0:
            yield self.take_line(), number, offset
            return
        lines = self.text[self.at : end].split("\n")
        self.at = end + 1
        self.line_number += len(lines)
        for index, line in enumerate(lines):
            yield line if len(line) <= MAX_ITEM_CHARACTERS else None, number + index, offset
            offset += (len(line) if line.isascii() else _bytes_of(line)) + 1

    def take_key(self) -> str:
        """Step over the string at the position and return what stands between its quotes."""
        while not (match := _STRING.match(self.text, self.at)):
            if len(self.text) - self.at > MAX_ITEM_CHARACTERS or not self.fill():
                raise self.broken_off()
        self.at = match.end()
        return match.group()[1:-1]

    def skip_value(self) -> None:
        """Step over the JSON value at the position by its quotes and brackets alone.

        Raises:
            BrokenTextError: If the text ends inside the value.
        """
        first = self.text[self.at]
        if first == '"':
            self._skip_string()
        elif first in "[{":
            self._skip_brackets()
        else:
            self._skip_scalar()

    def _skip_string(self) -> None:
        self.at += 1
        while True:
            match = _STRING_BODY.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.text.startswith('"', self.at):
                self.at += 1
                return
            if not self.fill():
                raise self.broken_off()

    def _skip_scalar(self) -> None:
        while True:
            match = _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or not self.fill():
                return

    def _skip_brackets(self) -> None:
        depth = 0
        while True:
            match = _STRUCTURE.search(self.text, self.at)
            if match is None:
                self.at = len(self.text)
                if not self.fill():
                    raise self.broken_off()
            elif match[0] == '"':
                self.at = match.start()
                self._skip_string()
            elif match[0][0] in "[{":
                self.at = match.end()
                depth += len(match[0])
            elif len(match[0]) < depth:
                self.at = match.end()
                depth -= len(match[0])
            else:
                self.at = match.start() + depth
                return

    def broken_off(self) -> BrokenTextError:
        """Return the error for a text that ends where it should go on."""
        what = "the file breaks off" if self._before is None else "breaks off"
        return BrokenTextError(f"{what} at byte {self.offset(len(self.text))}")


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _why_unreadable(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return (
        "the compressed file is cut off" if isinstance(error, EOFError) else "the compressed file is damaged"
    )

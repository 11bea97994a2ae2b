"""Reads the items of a JSON file of any size, one at a time, in constant memory.

A file is a list of items, an object that wraps such a list, a single item, or any number of these one
after the other (JSON lines, https://jsonlines.org). JSON is RFC 8259 taken strictly: what Python lets
pass beyond it (NaN, names twice in an object) is refused, per item.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from social_tui.importers.text_window import (
    CHUNK_BYTES,
    MAX_ITEM_CHARACTERS,
    BrokenTextError,
    ByteSource,
    TextWindow,
)

MAX_DEPTH = 64
Path = tuple[str, ...]

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]++|[\]}]++', re.DOTALL)
_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
_TOO_LARGE = f"is larger than {MAX_ITEM_CHARACTERS // 2**20} MiB"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file.

    Args:
        position: Its number in the file, from 1.
        value: What it decodes to.
        raw: Its text exactly as it stands in the file.
    """

    position: int
    value: Any
    raw: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One item that cannot be had, or the place from which the file cannot be read on.

    Args:
        position: The number of the item, from 1; 0 where no item was reached.
        reason: One clause, without any content of the file.
    """

    position: int
    reason: str


def read_items(
    source: ByteSource,
    *,
    wrappers: Collection[Path] = (),
    by_line: bool = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Item | Fault]:
    """Read the items of a file in their order.

    Every item yields exactly one object, so their count is the position; a fault from which the
    reader cannot go on is the last. In JSON lines a broken line costs only itself.

    Args:
        source: The file's bytes: UTF-8, with or without a byte order mark.
        wrappers: Paths of names under which an object keeps its list of items, such as ``("data", "posts")``.
        by_line: Whether the file claims to be JSON lines; one that looks like it is read so in any case.
        chunk_bytes: How much is read at a time.

    Yields:
        The items, and the faults in place of those that cannot be had.
    """
    window = TextWindow(source, chunk_bytes=chunk_bytes)
    reader = _Reader(frozenset(wrappers))
    try:
        window.fill()
        if other := _other_encoding(window.text):
            yield Fault(0, f"is {other}; only UTF-8 is read")
            return
        if window.text.startswith("\ufeff"):
            window.at = 1
        if not window.peek():
            yield Fault(0, "is empty")
            return
        if reader.is_by_line(window, claimed=by_line):
            yield from _read_lines(reader, window)
        else:
            yield from reader.read(window)
    except BrokenTextError as broken:
        yield reader.broken_item(f"{broken.reason}{'; what follows is not read' if broken.has_rest else ''}")


def _read_lines(reader: _Reader, window: TextWindow) -> Iterator[Item | Fault]:
    while window.peek():
        number = window.line_number
        line = window.take_line()
        try:
            if line is None:
                raise BrokenTextError(_TOO_LARGE)
            yield from reader.read(TextWindow(None, line, lambda: window.offset(window.line_start)))
        except BrokenTextError as broken:
            yield reader.broken_item(f"line {number} {broken.reason}; the other lines are read")


def is_too_deep(raw: str) -> bool:
    """Tell whether a JSON text nests deeper than any post does; deeper ones exhaust Python's stack."""
    if raw.count("{") + raw.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token[0] in "[{":
            depth += len(token)
            if depth > MAX_DEPTH:
                return True
        elif token[0] in "]}":
            depth -= len(token)
    return False


def _other_encoding(text: str) -> str | None:
    """Name the encoding of a text that starts like UTF-16 or UTF-32 (RFC 4627 section 3), else None."""
    if text.startswith(("\udcff\udcfe", "\udcfe\udcff")) or "\0" in text[:4]:
        return "UTF-16 or UTF-32"
    return None


class _StrictDecoder:
    """Python's decoder, which notes what RFC 8259 has no room for instead of letting it pass."""

    def __init__(self) -> None:
        self.fault = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=self._number, parse_constant=self._constant
        )

    def decode(self, text: str, at: int = 0) -> tuple[Any, int]:
        """Decode the value at an index; return it and the index behind it."""
        self.fault = ""
        return self._decoder.raw_decode(text, at)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self.fault = "has an object with the same name twice"
        return value

    def _number(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            self.fault = "has a number beyond the range of numbers"
        return value

    def _constant(self, _name: str) -> None:
        self.fault = "has NaN or Infinity, which JSON does not know"


class _Reader:
    """The grammar above the items: lists, wrappers and what stands between values."""

    def __init__(self, wrappers: frozenset[Path]) -> None:
        self.count = 0
        self._wrappers = wrappers
        self._on_the_way = frozenset(path[:length] for path in wrappers for length in range(1, len(path)))
        self._decoder = _StrictDecoder()
        self._window = TextWindow(None)

    def is_by_line(self, window: TextWindow, *, claimed: bool) -> bool:
        """Tell whether the first line is a whole value; in files that claim so, the second may stand in."""
        lines = [line for line in window.text[window.at :].split("\n", 4)[:-1] if line.strip()]
        if not lines:
            return False
        if self._is_whole(lines[0]):
            return True
        return claimed and lines[0].strip() not in ("[", "{") and any(map(self._is_whole, lines[1:]))

    def _is_whole(self, line: str) -> bool:
        text = line.strip()
        try:
            return text[0] in "[{" and self._decoder.decode(text)[1] == len(text)
        except (ValueError, RecursionError):
            return False

    def broken_item(self, reason: str) -> Fault:
        """Return the fault for the item that was to come when the text broke."""
        self.count += 1
        return Fault(self.count, reason)

    def read(self, window: TextWindow) -> Iterator[Item | Fault]:
        """Read every value that stands at the top of a text."""
        self._window = window
        while first := window.peek():
            if first == "[":
                yield from self._list()
            elif first == "{":
                yield from self._object()
            else:
                raise BrokenTextError(
                    f"is not JSON at byte {window.offset()}: a list or an object should begin there",
                    has_rest=True,
                )

    def _list(self) -> Iterator[Item | Fault]:
        window = self._window
        window.at += 1
        if window.peek() == "]":
            window.at += 1
            return
        while True:
            self._expect_value()
            yield self._item(self._decode_in_window())
            if self._step("]"):
                return

    def _object(self) -> Iterator[Item | Fault]:
        """Read an object at the top, which is an item or wraps a list of them.

        One that lies whole in the window is simply decoded. A larger one is searched for a list on the
        way, keeping its text for the case that it turns out to be an item itself.
        """
        window = self._window
        decoded = self._decode_in_window()
        if decoded and not self._wraps(decoded[0]):
            yield self._item(decoded)
            return
        window.mark = window.at
        found = yield from self._members(())
        if not found:
            yield self._take_marked()

    def _members(self, path: Path) -> Generator[Item | Fault, None, bool]:
        """Step through the members of an object, reading the lists under the wrappers' paths.

        Returns:
            Whether there was such a list.
        """
        window = self._window
        window.at += 1
        found = False
        if window.peek() == "}":
            window.at += 1
            return found
        while True:
            if window.peek() != '"':
                raise self._unexpected("a name")
            here = (*path, window.take_key())
            if window.peek() != ":":
                raise self._unexpected("a colon")
            window.at += 1
            first = self._expect_value()
            if first == "[" and here in self._wrappers:
                window.mark = None
                found = True
                yield from self._list()
            elif first == "{" and here in self._on_the_way:
                found = (yield from self._members(here)) or found
            else:
                window.skip_value()
            if self._step("}"):
                return found

    def _wraps(self, value: Any) -> bool:
        for path in self._wrappers:
            inner = value
            for name in path:
                inner = inner.get(name) if isinstance(inner, dict) else None
            if isinstance(inner, list):
                return True
        return False

    def _expect_value(self) -> str:
        first = self._window.peek()
        if first in ("", ",", ":", "]", "}"):
            raise self._unexpected("a value")
        return first

    def _step(self, end: str) -> bool:
        """Step over what follows a value: a comma, or the end, for which True is returned."""
        following = self._window.peek()
        if following not in (",", end) or not following:
            raise self._unexpected(f"a comma or {end!r}")
        self._window.at += 1
        return following == end

    def _unexpected(self, expected: str) -> BrokenTextError:
        window = self._window
        if not window.peek():
            return window.broken_off()
        return BrokenTextError(
            f"is not JSON at byte {window.offset()}: {expected} should stand there", has_rest=True
        )

    def _decode_in_window(self) -> tuple[Any, int] | None:
        """Decode the value at the position if it is sound and ends in the window, else return None."""
        window = self._window
        try:
            value, end = self._decoder.decode(window.text, window.at)
        except (ValueError, RecursionError):
            return None
        # A number near the end of the window may go on behind it.
        return (value, end) if isinstance(value, dict | list | str) else None

    def _item(self, decoded: tuple[Any, int] | None) -> Item | Fault:
        """Step over the item at the position, decoded already or not."""
        window = self._window
        if decoded is None:
            window.mark = window.at
            window.skip_value()
            return self._take_marked()
        self.count += 1
        start, window.at = window.at, decoded[1]
        return self._checked(decoded[0], start)

    def _take_marked(self) -> Item | Fault:
        """Decode the item that ends at the position and begins at the mark, if it was kept."""
        self.count += 1
        window = self._window
        start, window.mark = window.mark, None
        if start is None or window.at - start > MAX_ITEM_CHARACTERS:
            return Fault(self.count, _TOO_LARGE)
        raw = window.text[start : window.at]
        if is_too_deep(raw):
            return Fault(self.count, _TOO_DEEP)
        try:
            value, end = self._decoder.decode(raw)
        except json.JSONDecodeError as error:
            return self._malformed(start + error.pos, error.msg)
        except ValueError:
            return Fault(self.count, "has a number with too many digits")
        if end < len(raw):
            return self._malformed(start + end, "Extra data")
        return self._checked(value, start)

    def _malformed(self, index: int, why: str) -> Fault:
        why = why.rstrip(": ").removesuffix(" at").lower()
        return Fault(self.count, f"is not JSON at byte {self._window.offset(index)}: {why}")

    def _checked(self, value: Any, start: int) -> Item | Fault:
        raw = self._window.text[start : self._window.at]
        if self._decoder.fault:
            return Fault(self.count, self._decoder.fault)
        if is_too_deep(raw):
            return Fault(self.count, _TOO_DEEP)
        if not raw.isascii():
            try:
                raw.encode("utf-8")
            except UnicodeEncodeError as error:
                byte = self._window.offset(start + error.start)
                return Fault(self.count, f"is not UTF-8 at byte {byte}")
        return Item(self.count, value, raw)

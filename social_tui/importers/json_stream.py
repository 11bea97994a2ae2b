"""Reads the items of a JSON file of any size, one at a time, in constant memory.

A file is a list of items, an object in which such lists are, a single item, or any number of these one
after the other (JSON lines, https://jsonlines.org). JSON is RFC 8259 taken strictly: what Python lets
pass beyond it (NaN, names twice in an object) is refused, per item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

from social_tui.importers.items import Fault, Item, Line
from social_tui.importers.json_reader import TOO_LARGE, JsonReader
from social_tui.importers.protocol import Stream
from social_tui.importers.text_window import (
    CHUNK_BYTES,
    BrokenTextError,
    ByteSource,
    TextWindow,
)

#: Parts of an X archive are scripts that assign their list to a name.
_ASSIGNMENT = re.compile(r"\s*(?:window\.YTD\.\w{1,60}\.part\d{1,6}|Grailbird\.data\.tweets_[\d_]{1,20})\s*=")
#: Flickr gives its answers to a function of the page that asks, where it is not told otherwise (JSONP).
_CALL = re.compile(r"\s*jsonFlickr(?:Api|Feed)\(")


def read_items(
    source: ByteSource,
    *,
    streams: Collection[Stream] = (),
    claims: Callable[[Any], bool] = lambda _value: False,
    by_line: bool = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Item | Fault]:
    """Read the items of a file in their order.

    Every item yields exactly one object, so their count is the position; a fault from which the
    reader cannot go on is the last. In JSON lines a broken line costs only itself.

    Args:
        source: The file's bytes: UTF-8, with or without a byte order mark.
        streams: Where objects keep lists of items.
        claims: Tells of an object with such a list that it is one item nevertheless, and of a list that
            begins with a text. Of an object that is too large for a look at the whole it is asked with the
            first member of the list alone.
        by_line: Whether the file claims to be JSON lines; one that looks like it is read so in any case.
        chunk_bytes: How much is read at a time.

    Yields:
        The items, and the faults in place of those that cannot be had.
    """
    for each in read_lines(source, streams=streams, claims=claims, by_line=by_line, chunk_bytes=chunk_bytes):
        if isinstance(each, Line):
            yield from each.read()
        else:
            yield each


def read_lines(
    source: ByteSource,
    *,
    streams: Collection[Stream] = (),
    claims: Callable[[Any], bool] = lambda _value: False,
    by_line: bool = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Item | Fault | Line]:
    """Read the items of a file as ``read_items`` does, but leave the lines of JSON lines to be decoded later.

    The arguments are those of ``read_items``.

    Yields:
        Lines of JSON lines, to be read in any order, once each; of other files the items.
    """
    window = TextWindow(source, chunk_bytes=chunk_bytes)
    reader = JsonReader(streams, claims)
    try:
        window.fill()
        if other := _other_encoding(window.text):
            yield Fault(0, f"is {other}; only UTF-8 is read")
            return
        if window.text.startswith("\ufeff"):
            window.at = 1
        call = _CALL.match(window.text, window.at)
        if script := call or _ASSIGNMENT.match(window.text, window.at):
            window.at = script.end()
        if not window.peek():
            yield Fault(0, "is empty")
            return
        if reader.is_by_line(window, claimed=by_line):
            yield from _read_lines(reader, window)
        else:
            yield from reader.read(window, end=");" if call else "")
    except BrokenTextError as broken:
        yield reader.broken_item(f"{broken.reason}{'; what follows is not read' if broken.has_rest else ''}")


def _read_lines(reader: JsonReader, window: TextWindow) -> Iterator[Line | Fault]:
    while window.peek():
        for line, number, offset in window.take_lines():
            if line is None:
                yield reader.broken_item(f"line {number} {TOO_LARGE}; the other lines are read")
            elif text := line.strip(" \t\r"):
                yield Line(text, partial(_read_line, reader, text, line, number, offset))


def _read_line(reader: JsonReader, text: str, line: str, number: int, offset: int) -> Iterable[Item | Fault]:
    item = reader.read_line(text)
    return (item,) if item is not None else _read_odd_line(reader, line, number, offset)


def _read_odd_line(reader: JsonReader, line: str, number: int, offset: int) -> Iterator[Item | Fault]:
    try:
        yield from reader.read(TextWindow(None, line, lambda: offset))
    except BrokenTextError as broken:
        yield reader.broken_item(f"line {number} {broken.reason}; the other lines are read")


def _other_encoding(text: str) -> str | None:
    """Name the encoding of a text that starts like UTF-16 or UTF-32 (RFC 4627 section 3), else None."""
    if text.startswith(("\udcff\udcfe", "\udcfe\udcff")) or "\0" in text[:4]:
        return "UTF-16 or UTF-32"
    return None

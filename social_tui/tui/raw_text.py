"""The raw text of a post cut into rows, and searched: pure functions that a thread can do and stop."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len, get_character_cell_size

from social_tui.tui.cells import exact

Stop = Callable[[], bool]
"""Tells whether the result is not wanted any more."""

# Beyond so many lines of their own, the rest of the text runs on as one line: memory stays bounded.
LINE_LIMIT = 1_000_000
MATCH_LIMIT = 100_000
INDENT = 2
_SEARCH_STEP = 1 << 20
_ROWS_BETWEEN_LOOKS = 2_000
# Possessive and bounded, so that nothing hostile makes it go back and forth or keeps other threads waiting.
_TOKEN = re.compile(
    r"""(?P<space>\s{1,65536}+)|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<string>")|(?P<part>[^\s{}\[\],"]{1,65536}+)"""
)
_KEY = re.compile(r'"(?:[^"\\]|\\.){0,200}+"\s{0,20}+:', re.DOTALL)

Line = tuple[int, int, int]
"""Depth, first character and the one after the last."""


@dataclass(slots=True)
class Layout:
    """A text cut into rows of a width; spans of the text, never copies of it.

    Args:
        text: The whole text.
        width: The cells of a row.
        starts: The first character of each row.
        ends: The character after the last of each row.
        indents: The empty cells before each row.
        is_first: 1 for the first row of a line, 0 for its continuations.
    """

    text: str
    width: int
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    indents: array[int] = field(default_factory=lambda: array("H"))
    is_first: bytearray = field(default_factory=bytearray)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.starts)

    def row_at(self, offset: int) -> int:
        """Return the row in which a character stands."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def key_end(self, row: int) -> int:
        """Return the character after the name and colon that begin a row; its start where none do."""
        if not self.is_first[row]:
            return self.starts[row]
        match = _KEY.match(self.text, self.starts[row], self.ends[row])
        return match.end() if match else self.starts[row]


def lay_out(text: str, width: int, *, pretty: bool, stop: Stop) -> Layout | None:
    """Cut a text into rows.

    Args:
        text: Any text; it need not be JSON.
        width: The cells of a row.
        pretty: Whether every member of a JSON text gets a line of its own, indented; its characters stay as
            they came.
        stop: Asked now and then.

    Returns:
        The rows; None when it was stopped.
    """
    layout = Layout(text, width)
    # A text of white space alone has no members, but lines.
    is_pretty = pretty and not text.isspace()
    lines = _limited(pretty_lines(text) if is_pretty else plain_lines(text), len(text))
    for depth, start, end in lines:
        indent = min(INDENT * depth, width // 2)
        # One cell stays free for the space that is shown after a name.
        room = max(width - indent - 1, 1)
        is_first = 1
        while start < end or is_first:
            if len(layout.starts) % _ROWS_BETWEEN_LOOKS == 0 and stop():
                return None
            after = _row_end(text, start, end, room)
            layout.starts.append(start)
            layout.ends.append(after)
            layout.indents.append(indent)
            layout.is_first.append(is_first)
            start, is_first = after, 0
    return layout


def plain_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a text as they came."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield 0, start, end
        start = end + 1


def pretty_lines(text: str) -> Iterator[Line]:
    """Yield the lines that a JSON text would have if each member stood alone, without reading any value.

    What is no JSON comes out as some lines too, and no character but white space between members is left out.
    """
    depth, position = 0, 0
    start = -1
    end = 0
    is_opened = False
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup
        position = match.end() if kind != "string" else _string_end(text, match.end())
        if kind == "space":
            continue
        if is_opened and kind != "close":
            yield depth, start, end
            depth, start = depth + 1, -1
        if kind == "close" and not is_opened:
            if start >= 0:
                yield depth, start, end
            depth, start = max(depth - 1, 0), -1
        is_opened = kind == "open"
        if start < 0:
            start = match.start()
        end = position
        if kind == "comma":
            yield depth, start, end
            start = -1
    if start >= 0 or not text:
        yield depth, max(start, 0), end


def _string_end(text: str, position: int) -> int:
    """Return the character after the quotation mark that ends a string; the end where none does."""
    while (quote := text.find('"', position)) >= 0:
        first = quote
        while first > position and text[first - 1] == "\\":
            first -= 1
        position = quote + 1
        if (quote - first) % 2 == 0:
            return position
    return len(text)


def _limited(lines: Iterator[Line], length: int) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number == LINE_LIMIT:
            yield 0, line[1], length
            return
        yield line


def _row_end(text: str, start: int, end: int, room: int) -> int:
    """Return the character after the last that fits into a row."""
    piece = text[start : min(start + room, end)]
    if piece.isascii() or cell_len(piece) <= room:
        return start + len(piece)
    used = 0
    for count, character in enumerate(piece):
        used += get_character_cell_size(character)
        if used > room:
            return start + max(count, 1)
    return start + len(piece)


def find(text: str, words: str, stop: Stop) -> array[int] | None:
    """Find words as they stand in the text, in capitals or not.

    Args:
        text: Where to look.
        words: What to look for.
        stop: Asked now and then.

    Returns:
        Where each of the first ``MATCH_LIMIT`` begins; None when it was stopped.
    """
    found: array[int] = array("q")
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    after = 0
    for begin in range(0, len(text) if words else 0, _SEARCH_STEP):
        if stop():
            return None
        # In steps, because a search holds up every other thread while it runs.
        limit = min(begin + _SEARCH_STEP + len(words) - 1, len(text))
        for match in pattern.finditer(text, max(begin, after), limit):
            found.append(match.start())
            after = match.end()
            if len(found) == MATCH_LIMIT:
                return found
    return found


def spans(layout: Layout, row: int, matches: array[int], length: int) -> Iterator[tuple[int, int, str]]:
    """Cut a row where its name ends and where matches begin and end.

    Args:
        layout: The rows.
        row: Which of them.
        matches: Where matches begin, in order.
        length: The characters of a match.

    Yields:
        First character, the one after the last, and the style: ``strong`` for a name, ``match``, or ``text``.
    """
    start, end, key_end = layout.starts[row], layout.ends[row], layout.key_end(row)

    def plain(first: int, last: int) -> Iterator[tuple[int, int, str]]:
        middle = min(max(key_end, first), last)
        if first < middle:
            yield first, middle, "strong"
        if middle < last:
            yield middle, last, "text"

    position = start
    number = bisect_right(matches, start - length)
    while number < len(matches) and matches[number] < end:
        first, last = max(matches[number], position), min(matches[number] + length, end)
        yield from plain(position, first)
        if first < last:
            yield first, last, "match"
        position = max(last, position)
        number += 1
    yield from plain(position, end)


def shown(text: str, start: int, end: int) -> str:
    """Write a span of a text so that nothing in it drives the terminal."""
    return exact(text[start:end])

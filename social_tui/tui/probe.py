"""What the terminal can draw beside characters: it is asked once, and answers when it likes."""

from __future__ import annotations

import fcntl
import re
import struct
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, NamedTuple

# Whether it knows kitty's pictures, how large a cell is, and, which every terminal answers, what it is.
# https://sw.kovidgoyal.net/kitty/graphics-protocol/#querying-support-and-available-transmission-mediums
# https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_ANSWER = re.compile(b"|".join(answer.pattern for answer in (_KITTY, _CELL, _ATTRIBUTES)))
_HALF_AN_ANSWER = re.compile(rb"\x1b(_(G[^\x1b]{0,99}\x1b?)?|\[([?6][\d;]{0,99})?)?\Z")
_CELL_PIXELS = range(2, 200)

Way = Literal["sixel", "kitty"]


class CellSize(NamedTuple):
    """How many pixels a cell has."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Graphics:
    """How a terminal draws pixels.

    Args:
        ways: What it can, the best first; none for characters alone.
        cell: The size of its cells; None where it did not tell.
        window_cell: The same by the size of its window, at the same time.
    """

    ways: tuple[Way, ...] = ()
    cell: CellSize | None = None
    window_cell: CellSize | None = None

    def cell_now(self, descriptor: int) -> CellSize | None:
        """Return the size of a cell, which another font changes."""
        now = window_cell(descriptor)
        return self.cell if now in (None, self.window_cell) else now


class Hearing:
    """Tells what a terminal says of itself from what is typed, however late and in whatever pieces."""

    def __init__(self) -> None:
        self._told = b""
        self._half = b""

    @property
    def has_answered(self) -> bool:
        """Whether the answer to the last question came, which every terminal gives."""
        return _ATTRIBUTES.search(self._told) is not None

    def typed(self, came: bytes) -> bytes:
        """Return what was typed of what came; what may be half an answer waits for the rest of it."""
        came = self._half + came
        half = _HALF_AN_ANSWER.search(came)
        self._half = half[0] if half else b""
        whole = came.removesuffix(self._half)
        self._told += b"".join(answer[0] for answer in _ANSWER.finditer(whole))
        # Before the app took it, the terminal wrote line ends for what Enter sends.
        typed = _ANSWER.sub(b"", whole).replace(b"\n", b"\r")
        if self.has_answered:
            typed, self._half = typed + self._half, b""
        return typed

    def rest(self) -> bytes:
        """Return what was no answer, because nothing followed: Escape, alone or with another key."""
        if len(self._half) > len(b"\x1b["):
            return b""
        rest, self._half = self._half, b""
        return rest

    def graphics(self, environment: Mapping[str, str], window: CellSize | None) -> Graphics:
        """Return what the terminal said that it can.

        Args:
            environment: The environment variables.
            window: The size of a cell by the size of the window.
        """
        attributes, kitty, size = (found.search(self._told) for found in (_ATTRIBUTES, _KITTY, _CELL))
        cell = _sensible(int(size[2]), int(size[1])) if size else window
        ways: list[Way] = []
        if cell and attributes and b"4" in attributes[1].split(b";"):
            ways.append("sixel")
        if kitty and kitty[1] == b"OK" and _has_placeholders(environment):
            ways.append("kitty")
        return Graphics(tuple(ways), cell, window)


def may_ask(environment: Mapping[str, str]) -> bool:
    """Tell whether the extra ``images`` is installed and the terminal is one to ask.

    Without colours pictures are drawn in shades of grey, which a terminal does not do with pixels.
    """
    is_plain = environment.get("TERM", "dumb") in ("", "dumb", "unknown", "linux")
    return not is_plain and not environment.get("NO_COLOR") and find_spec("textual_image") is not None


def _has_placeholders(environment: Mapping[str, str]) -> bool:
    """Tell whether pictures can stand in the text as characters.

    Others answer that they know kitty's pictures too, but would show the characters.
    """
    names = environment.get("TERM", "") + environment.get("TERM_PROGRAM", "")
    return "kitty" in names or "ghostty" in names.lower() or "KITTY_WINDOW_ID" in environment


def window_cell(descriptor: int) -> CellSize | None:
    """Return the size of a cell by the size of the window, which not every terminal tells."""
    try:
        told = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    return _sensible(width // columns, height // rows) if columns and rows else None


def _sensible(width: int, height: int) -> CellSize | None:
    return CellSize(width, height) if width in _CELL_PIXELS and height in _CELL_PIXELS else None

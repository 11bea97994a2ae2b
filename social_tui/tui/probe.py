"""What the terminal can draw beside characters: it is asked once, when the app has taken it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from textual.message import Message

LIMIT_SECONDS = 0.15
_MOST_BYTES = 65536
# Whether it knows kitty's pictures, how large a cell is, and, which every terminal answers, what it is.
# https://sw.kovidgoyal.net/kitty/graphics-protocol/#querying-support-and-available-transmission-mediums
# https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_HALF_AN_ANSWER = re.compile(rb"\x1b(_[^\x1b]*\x1b?|\[[?6][\d;]*)$")
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from the terminal after it was asked.

    Args:
        graphics: What it said of itself.
        typed: What a person typed meanwhile.
    """

    graphics: Graphics = Graphics()
    typed: str = ""


def may_ask(environment: Mapping[str, str]) -> bool:
    """Tell whether the extra ``images`` is installed and the terminal is one to ask.

    Without colours pictures are drawn in shades of grey, which a terminal does not do with pixels.
    """
    is_plain = environment.get("TERM", "dumb") in ("", "dumb", "unknown", "linux")
    return not is_plain and not environment.get("NO_COLOR") and find_spec("textual_image") is not None


def ask(terminal: int, write: Callable[[str], object], environment: Mapping[str, str]) -> Answer:
    """Ask the terminal, and wait up to 150 ms for its answer.

    Args:
        terminal: The terminal, for reading; its keys must come as they are typed, and not be shown.
        write: Writes to the terminal.
        environment: The environment variables.
    """
    write(QUERY.decode())
    return understood(_read(terminal, time.monotonic() + LIMIT_SECONDS), environment, window_cell(terminal))


def keys(typed: str) -> Iterable[Message]:
    """Return the keys that make up a text which a terminal sent."""
    from textual._xterm_parser import XTermParser

    return XTermParser().feed(typed)


def _read(descriptor: int, end: float) -> bytes:
    """Read until the last answer came, or nothing does."""
    came = b""
    while not _ATTRIBUTES.search(came) and len(came) < _MOST_BYTES:
        if not select.select([descriptor], [], [], max(end - time.monotonic(), 0))[0]:
            break
        some = os.read(descriptor, 4096)
        if not some:
            break
        came += some
    return came


def understood(came: bytes, environment: Mapping[str, str], window: CellSize | None) -> Answer:
    """Tell the answers from what was typed.

    Args:
        came: All that came from the terminal.
        environment: The environment variables.
        window: The size of a cell by the size of the window.
    """
    attributes, kitty, size = _ATTRIBUTES.search(came), _KITTY.search(came), _CELL.search(came)
    cell = _sensible(int(size[2]), int(size[1])) if size else window
    ways: list[Way] = []
    if cell and attributes and b"4" in attributes[1].split(b";"):
        ways.append("sixel")
    if kitty and kitty[1] == b"OK" and _has_placeholders(environment):
        ways.append("kitty")
    typed = came
    for answer in (_ATTRIBUTES, _KITTY, _CELL, _HALF_AN_ANSWER):
        typed = answer.sub(b"", typed)
    # Before it was asked, the terminal wrote line ends for what Enter sends.
    text = typed.decode("utf-8", "replace").replace("\n", "\r")
    return Answer(Graphics(tuple(ways), cell, window), text)


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

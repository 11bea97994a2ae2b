"""Asking a terminal what it can draw: terminals that answer, others, and what was typed meanwhile."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
import tty
from collections.abc import Iterator

import pytest

from social_tui.tui.probe import QUERY, Answer, CellSize, Graphics, ask, keys, may_ask, understood

KITTY, CELL, SIXEL, PLAIN = b"\x1b_Gi=31;OK\x1b\\", b"\x1b[6;20;10t", b"\x1b[?62;4;22c", b"\x1b[?62;22c"
IN_KITTY = {"TERM": "xterm-kitty"}
IN_XTERM = {"TERM": "xterm-256color"}
TEN_BY_TWENTY = CellSize(10, 20)


class Terminal:
    """The other end of a terminal, which answers when it is asked."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.size(80, 24)

    def size(self, columns: int, rows: int, width: int = 0, height: int = 0) -> None:
        """Say how large the window is, in cells and pixels."""
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))

    def answers(self, answer: bytes, environment: dict[str, str], typed: bytes = b"") -> Answer:
        """Ask, with something typed before that."""
        os.write(self.master, typed)
        speaking = threading.Thread(target=self._speak, args=(answer,))
        speaking.start()
        answered = ask(self.slave, lambda text: os.write(self.slave, text.encode()), environment)
        speaking.join()
        return answered

    def _speak(self, answer: bytes) -> None:
        heard = b""
        while QUERY not in heard:
            heard += os.read(self.master, 1024)
        os.write(self.master, answer)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Open a terminal."""
    terminal = Terminal()
    yield terminal
    os.close(terminal.master)
    os.close(terminal.slave)


@pytest.mark.parametrize(
    ("answer", "environment", "expected"),
    [
        (CELL + SIXEL, IN_XTERM, Graphics(("sixel",), TEN_BY_TWENTY)),
        (KITTY + CELL + PLAIN, IN_KITTY, Graphics(("kitty",), TEN_BY_TWENTY)),
        (KITTY + PLAIN, {**IN_XTERM, "TERM_PROGRAM": "ghostty"}, Graphics(("kitty",))),
        (KITTY + CELL + SIXEL, IN_KITTY, Graphics(("sixel", "kitty"), TEN_BY_TWENTY)),
        # It would show the characters in whose place the picture is to stand.
        (KITTY + CELL + PLAIN, IN_XTERM, Graphics((), TEN_BY_TWENTY)),
        (b"\x1b_Gi=31;EBADF:no\x1b\\" + PLAIN, IN_KITTY, Graphics()),
        # Without the size of its cells nobody knows how large a picture is to be.
        (SIXEL, IN_XTERM, Graphics()),
        (b"\x1b[6;0;0t" + SIXEL, IN_XTERM, Graphics()),
        (b"\x1b[6;9999;9999t" + SIXEL, IN_XTERM, Graphics()),
        (PLAIN, IN_XTERM, Graphics()),
        # 4 is among the attributes, and not a part of another one.
        (CELL + b"\x1b[?64;42;14c", IN_XTERM, Graphics((), TEN_BY_TWENTY)),
    ],
)
def test_what_a_terminal_answers_is_understood(
    terminal: Terminal, answer: bytes, environment: dict[str, str], expected: Graphics
) -> None:
    assert terminal.answers(answer, environment) == Answer(expected, "")


@pytest.mark.parametrize("answer", [b"", b"\x1b[?62;4", b"\x1b_Gi=31;O", b"\x1b_Gi=31;OK\x1b", b"\x1b[6;20;"])
def test_no_answer_and_half_an_answer_mean_characters(terminal: Terminal, answer: bytes) -> None:
    assert terminal.answers(answer, IN_KITTY) == Answer()


def test_garbage_means_characters(terminal: Terminal) -> None:
    for garbage in (
        b"\xff\xfe\x00" * 100,
        b"\x1b[?c",
        b"\x1b_G;OK\x1b\\" + b"x" * 3000,
        b"\x1b\x1b[6;t" * 50,
    ):
        assert terminal.answers(garbage, IN_KITTY).graphics == Graphics()


def test_what_was_typed_before_and_between_is_kept(terminal: Terminal) -> None:
    answer = terminal.answers(b"j" + CELL + b"\x1b[B" + SIXEL, IN_XTERM, typed=b"/has:image\r")
    assert answer.graphics.ways == ("sixel",)
    assert answer.typed == "/has:image\rj\x1b[B"
    names = [event.key for event in keys(answer.typed) if hasattr(event, "key")]
    assert names == ["slash", *"has", "colon", *"image", "enter", "j", "down"]


def test_the_size_of_a_cell_follows_the_window(terminal: Terminal) -> None:
    terminal.size(80, 24, 800, 480)
    assert terminal.answers(SIXEL, IN_XTERM).graphics == Graphics(("sixel",), TEN_BY_TWENTY, TEN_BY_TWENTY)
    told = terminal.answers(b"\x1b[6;21;11t" + SIXEL, IN_XTERM).graphics
    assert told.cell_now(terminal.slave) == CellSize(11, 21)
    terminal.size(40, 12, 800, 480)
    assert told.cell_now(terminal.slave) == CellSize(20, 40)
    terminal.size(0, 0)
    assert told.cell_now(terminal.slave) == CellSize(11, 21)


@pytest.mark.parametrize(
    "environment", [{"TERM": "dumb"}, {"TERM": "linux"}, {}, {**IN_KITTY, "NO_COLOR": "1"}]
)
def test_some_terminals_are_not_worth_asking(environment: dict[str, str]) -> None:
    assert not may_ask(environment)
    assert may_ask(IN_XTERM), "the extra is installed here"


def test_an_answer_is_taken_out_of_the_middle() -> None:
    assert understood(b"a" + PLAIN + b"b", IN_XTERM, None).typed == "ab"

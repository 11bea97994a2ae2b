"""Asking a terminal what it can draw: terminals that answer, others, and what was typed meanwhile."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Iterator

import pytest

from social_tui.tui.probe import CellSize, Graphics, Hearing, may_ask, window_cell

KITTY, CELL, SIXEL, PLAIN = b"\x1b_Gi=31;OK\x1b\\", b"\x1b[6;20;10t", b"\x1b[?62;4;22c", b"\x1b[?62;22c"
IN_KITTY = {"TERM": "xterm-kitty"}
IN_XTERM = {"TERM": "xterm-256color"}
TEN_BY_TWENTY = CellSize(10, 20)


def heard(*came: bytes) -> tuple[Hearing, bytes]:
    """Hear what comes in pieces, and what was typed of it."""
    hearing = Hearing()
    return hearing, b"".join(map(hearing.typed, came))


def in_bytes(came: bytes) -> list[bytes]:
    """Cut into single bytes."""
    return [bytes([byte]) for byte in came]


@pytest.fixture
def terminal() -> Iterator[int]:
    """Open a terminal."""
    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def size(terminal: int, columns: int, rows: int, width: int = 0, height: int = 0) -> None:
    """Say how large the window is, in cells and pixels."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))


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
    answer: bytes, environment: dict[str, str], expected: Graphics
) -> None:
    for pieces in ([answer], in_bytes(answer), [answer[:1], answer[1:]]):
        hearing, typed = heard(*pieces)
        assert hearing.has_answered
        assert hearing.graphics(environment, None) == expected
        assert typed == b""


@pytest.mark.parametrize("answer", [b"", b"\x1b[?62;4", b"\x1b_Gi=31;O", b"\x1b_Gi=31;OK\x1b", b"\x1b[6;20;"])
def test_half_an_answer_waits_for_the_rest_and_is_never_typed(answer: bytes) -> None:
    hearing, typed = heard(answer)
    assert not hearing.has_answered
    assert typed + hearing.rest() == b""


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xfe\x00" * 100, b"\x1b[?c", b"\x1b_G;OK\x1b\\" + b"x" * 3000, b"\x1b\x1b[6;t" * 50],
)
def test_garbage_means_characters(garbage: bytes) -> None:
    assert heard(garbage)[0].graphics(IN_KITTY, None) == Graphics()


def test_what_was_typed_before_and_between_is_kept() -> None:
    came = b"/has:image\nj" + CELL + b"\x1b[B\xc3" + SIXEL + b"\xa4\x1b[<0;1"
    hearing, typed = heard(came)
    assert hearing.graphics(IN_XTERM, None).ways == ("sixel",)
    assert typed == b"/has:image\rj\x1b[B\xc3\xa4\x1b[<0;1"


@pytest.mark.parametrize("keys", [b"\x1b", b"\x1b[", b"\x1b_"])
def test_a_key_that_begins_like_an_answer_waits_for_a_moment_alone(keys: bytes) -> None:
    hearing, typed = heard(keys)
    assert typed == b""
    assert hearing.rest() == keys
    assert hearing.rest() == b""
    assert heard(b"\x1b[6;5~\x1b[?2026;2$y")[1] == b"\x1b[6;5~\x1b[?2026;2$y"


def test_what_follows_the_last_answer_waits_for_nothing() -> None:
    assert heard(PLAIN + b"\x1b")[1] == b"\x1b"
    assert heard(PLAIN + b"\x1b[6")[1] == b"\x1b[6"


def test_the_size_of_a_cell_follows_the_window(terminal: int) -> None:
    size(terminal, 80, 24, 800, 480)
    graphics = heard(SIXEL)[0].graphics(IN_XTERM, window_cell(terminal))
    assert graphics == Graphics(("sixel",), TEN_BY_TWENTY, TEN_BY_TWENTY)
    told = heard(b"\x1b[6;21;11t" + SIXEL)[0].graphics(IN_XTERM, window_cell(terminal))
    assert told.cell_now(terminal) == CellSize(11, 21)
    size(terminal, 40, 12, 800, 480)
    assert told.cell_now(terminal) == CellSize(20, 40)
    size(terminal, 0, 0)
    assert told.cell_now(terminal) == CellSize(11, 21)


@pytest.mark.parametrize(
    "environment", [{"TERM": "dumb"}, {"TERM": "linux"}, {}, {**IN_KITTY, "NO_COLOR": "1"}]
)
def test_some_terminals_are_not_worth_asking(environment: dict[str, str]) -> None:
    assert not may_ask(environment)
    assert may_ask(IN_XTERM), "the extra is installed here"

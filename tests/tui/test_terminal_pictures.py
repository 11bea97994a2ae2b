"""Pictures as pixels on a terminal that draws them, and nothing else that drives it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping

import pytest

from social_tui.library import importing
from social_tui.tui.probe import QUERY
from tests.support.world import World
from tests.tui.gallery import picture
from tests.tui.terminal import TerminalApp
from tests.tui.test_terminal import FORBIDDEN, POINTER_SHAPE

CELL = b"\x1b[6;20;10t"
ON_SIXEL, ON_KITTY = CELL + b"\x1b[?62;4c", b"\x1b_Gi=31;OK\x1b\\" + CELL + b"\x1b[?62c"
SIXEL = re.compile(rb'\x1b7\x1b\[\d+;\d+H\x1bP0;0;0q"1;1;(\d+);(\d+)[#0-9;!$?-~-]+\x1b\\\x1b8')
KITTY = re.compile(rb"\x1b_G(?:a=t,f=100,)?i=(\d+),q=2,m=[01];[A-Za-z0-9+/=]*\x1b\\")
PLACE = re.compile(rb"\x1b_Ga=p,U=1,i=(\d+),c=\d+,r=\d+,q=2\x1b\\")
REMOVE = re.compile(rb"\x1b_Ga=d,d=I,i=(\d+),q=2\x1b\\")


@pytest.fixture
def environment(world: World) -> Mapping[str, str]:
    """Give what the app needs to find a library with one post, and its picture downloaded."""
    url = world.serve("/a.png", picture(1), "image/png")
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(url, text="Post in a terminal")])])
    return {
        "SOCIAL_TUI_HOME": str(world.home),
        "DATABASE_URL": world.database_url,
        "SOCIAL_TUI_ALLOW_PRIVATE": world.server.pair,
    }


def _rest(output: bytes, *own: re.Pattern[bytes]) -> bytes:
    """Take out what the app may write beside characters."""
    output = POINTER_SHAPE.sub(b"", output.replace(QUERY, b""))
    for pattern in own:
        output = pattern.sub(b"", output)
    return output


def test_a_terminal_with_sixel_gets_the_picture_and_nothing_else(environment: Mapping[str, str]) -> None:
    with TerminalApp(environment, (120, 40), ON_SIXEL) as app:
        app.wait_for("Post in a terminal")
        app.press("d")
        app.wait_for("\x1bP")
        before = len(app.output)
        app.press("\r")
        app.press("\r")
        app.wait_for("History", after=before)
        app.wait_for("\x1bP", after=before)
        app.press("?")
        app.wait_for("Signs", after=before)
        app.press("j")
        covered = len(app.output)
        app.press("q")
        app.wait_for("\x1bP", after=covered)
        app.press("q")
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
        output = bytes(app.output)
        assert app.modes_now() == app.modes_before
    sizes = [(int(width), int(height)) for width, height in SIXEL.findall(output)]
    assert len(set(sizes)) >= 2, "one beside the posts, and a larger one alone"
    assert all(width % 10 == height % 20 == 0 for width, height in sizes)
    rest = _rest(output, SIXEL)
    assert [sequence for sequence in FORBIDDEN if sequence in rest] == []


def test_a_terminal_with_kitty_forgets_every_picture(environment: Mapping[str, str]) -> None:
    with TerminalApp({**environment, "TERM": "xterm-kitty"}, (120, 40), ON_KITTY) as app:
        app.wait_for("Post in a terminal")
        app.press("d")
        app.wait_for("\U0010eeee")
        before = len(app.output)
        app.press("\r")
        app.press("\r")
        app.wait_for("History", after=before)
        app.wait_for("\U0010eeee", after=before)
        app.press("q")
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
        output = bytes(app.output)
    placed = PLACE.findall(output)
    assert len(placed) == len(set(placed)) >= 2
    assert sorted(placed) == sorted(REMOVE.findall(output))
    assert set(KITTY.findall(output)) == set(placed)
    assert output.rfind(b"\x1b_G") < output.rfind(b"\x1b[?1049l"), "before the terminal is given back"
    rest = _rest(output, KITTY, PLACE, REMOVE)
    assert [sequence for sequence in FORBIDDEN if sequence in rest] == []


def test_a_terminal_that_says_nothing_gets_characters_and_what_was_typed_counts(
    environment: Mapping[str, str],
) -> None:
    with TerminalApp(environment, (120, 40), b"/nothing of this kind") as app:
        app.wait_for("No post matches")
        assert QUERY in app.output
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
        rest = _rest(bytes(app.output))
    assert [sequence for sequence in FORBIDDEN if sequence in rest] == []


@pytest.mark.parametrize("came", [[ON_KITTY], [ON_KITTY[:9], ON_KITTY[9:]]])
def test_a_terminal_that_answers_late_types_nothing_and_gets_its_pictures(
    environment: Mapping[str, str], came: list[bytes]
) -> None:
    with TerminalApp({**environment, "TERM": "xterm-kitty"}, (120, 40)) as app:
        app.wait_for("Post in a terminal")
        for some in came:
            app.press(some.decode())
        app.press("d")
        app.wait_for("\U0010eeee")
        app.press("?")
        app.wait_for("Signs")
        output = bytes(app.output)
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
    assert b"Path" not in output, "the letter i of an answer is the key of the import"


def test_a_paste_that_begins_with_the_answer_stays_one(environment: Mapping[str, str]) -> None:
    with TerminalApp(environment, (120, 40), CELL + b"/\x1b[?62c\x1b[200~pas") as app:
        app.wait_for("Post in a terminal")
        app.press("ted\x1b[201~")
        app.wait_for("pasted")
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()

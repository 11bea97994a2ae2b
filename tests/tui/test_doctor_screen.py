"""The check-up inside the app, on a real library."""

from __future__ import annotations

import pytest

from social_tui import __version__
from social_tui.library import importing
from social_tui.library.checkup import Check
from social_tui.tui.checks import checks_content, summary
from social_tui.tui.screens.doctor import DoctorScreen
from tests.support.world import World, request
from tests.tui.driving import app_on, loaded, press, shown


async def test_it_looks_again_and_copies(world: World) -> None:
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=(140, 50)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "exclamation_mark")
            assert isinstance(app.screen, DoctorScreen)
            assert "0 waiting, 0 running, 0 failed" in shown(app)
            assert "pictures are decoded in a limited process" in shown(app)
            assert "1 warning; see what to do below." in shown(app)
            url = world.serve("/a.png", b"x", "image/png")
            importing.import_paths(library, [world.write([world.post(url)])])
            request(library, "download")
            await press(pilot, app, "r")
            assert "1 waiting, 0 running" in shown(app)
            await press(pilot, app, "y")
            assert f"version     {__version__}\n" in app.clipboard
            assert "ok       Queue: 1 waiting, 0 running, 0 failed\n" in app.clipboard
            assert "         -> Unset SOCIAL_TUI_ALLOW_PRIVATE" in app.clipboard
            await press(pilot, app, "escape")
            assert app.screen is app.screen_stack[0]


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([Check("A", "ok", "fine")], "Everything works."),
        ([Check("A", "error", "x"), Check("B", "error", "y")], "2 errors; see what to do below."),
    ],
)
def test_the_first_line_says_how_things_stand(checks: list[Check], words: str) -> None:
    assert summary(checks) == words


def test_what_needs_a_person_comes_first_and_nothing_drives_the_terminal() -> None:
    checks = [Check("A", "ok", "fine"), Check("B\x1b[2J", "error", "[red]x[/]\x9b", "do \u202ethis")]
    text = checks_content({"log": "/x\x1b]0;y\x07"}, checks, 60).plain
    assert text.index("B\ufffd[2J") < text.index("A")
    assert "[red]x[/]\ufffd" in text
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(text)

"""The way from a notice to its details, with real faults and a real log."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from social_tui.library import importing
from social_tui.library.checkup import Check
from social_tui.log import LOG_FILE, SharedFileHandler, configure_logging, get_logger
from social_tui.tui.failures import Failure
from social_tui.tui.keymap import build_keymap
from social_tui.tui.log_lines import lines_until
from social_tui.tui.screens import doctor
from social_tui.tui.screens.failure import FailureScreen, failure_content
from social_tui.tui.setup import Setup
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until

SIZE = (140, 70)
MOMENT = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)
MINE = 7


@pytest.fixture
def log(world: World) -> Iterator[Path]:
    """Write the log of the library as the app does, and return its file."""
    root = logging.getLogger()
    level = root.level
    configure_logging(world.settings, component="app")
    yield world.settings.paths.log / LOG_FILE
    root.setLevel(level)
    _close_log()


def _close_log() -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, SharedFileHandler)]:
        root.removeHandler(handler)
        handler.close()


def _put_a_folder_in_its_place(log: Path) -> None:
    log.unlink()
    log.mkdir()


@pytest.mark.usefixtures("log")
async def test_a_notice_leads_to_what_went_wrong_and_to_the_lines_of_the_log(world: World) -> None:
    with world.open("app") as library, app_on(library) as app:
        importing.import_paths(library, [world.write([world.post() for _ in range(4)])])
        async with app.run_test(size=SIZE) as pilot:
            await loaded(pilot, app)
            with psycopg.connect(world.database_url) as connection:
                connection.execute("alter function public.get_post(text) rename to get_post_away")
            await pilot.press("G")
            await until(pilot, lambda: "E tells more" in lines(app)[-2])
            assert "get_post" in lines(app)[-2]
            await press(pilot, app, "E")
            assert isinstance(app.screen, FailureScreen)
            text = shown(app)
            assert "SchemaError" in text
            assert "work_failed" in text
            assert "Traceback" in text
            await press(pilot, app, "y")
            *_, line = app.clipboard.splitlines()
            assert json.loads(line)["event"] == "work_failed"
            assert "what        " in app.clipboard
            await press(pilot, app, "escape")
            assert app.screen is app.screen_stack[0]


@pytest.mark.usefixtures("log")
async def test_of_what_nobody_foresaw_it_has_the_words_of_the_log_without_secrets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(settings: object) -> list[Check]:
        raise RuntimeError("no way\x1b[2J to https://u:canary@x.example/a?sig=canary, password=canary")

    monkeypatch.setattr(doctor, "check_up", look)
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.screen_stack and app.screen.is_mounted)
            await press(pilot, app, "E")
            assert "Nothing went wrong since the app began." in shown(app)
            await press(pilot, app, "y")
            assert app.clipboard == ""
            await press(pilot, app, "exclamation_mark")
            assert "Something unforeseen went wrong.  E tells more" in lines(app)[-2]
            # Where it is open already it is not opened again.
            await press(pilot, app, "E")
            assert isinstance(app.screen, FailureScreen)
            assert len(app.screen_stack) == 2
            text = shown(app)
            assert "RuntimeError" in text
            assert "doctor" in text
            assert "no way\N{REPLACEMENT CHARACTER}[2J to https://x.example/a" in text
            await press(pilot, app, "y")
            assert "canary" not in text + app.clipboard
            assert "\x1b" not in app.clipboard
            # What goes wrong meanwhile takes its place.
            app.fail(Failure("Another one."))
            await settled(pilot, app)
            assert "Another one." in lines(app)[2]


async def test_without_a_log_it_tells_what_it_knows_and_without_a_key_the_notice_names_none(
    world: World,
) -> None:
    _close_log()
    setup = Setup(
        keymap=build_keymap([("config.toml", {"app": {"failure": []}})]),
        notices=("The theme is broken.", "So is [red]the\x1b[2J other."),
    )
    with world.open("app") as library, app_on(library, setup=setup) as app:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.screen_stack and app.screen.is_mounted)
            await until(pilot, lambda: "The theme is broken. And 1 more." in lines(app)[-2])
            assert "tells more" not in shown(app)
            app.action_open("failure")
            await settled(pilot, app)
            assert "So is [red]the\N{REPLACEMENT CHARACTER}[2J other." in shown(app)
            assert "No log is written." in shown(app)


@pytest.mark.usefixtures("log")
async def test_a_log_that_cannot_be_read_is_told(world: World, log: Path) -> None:
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.screen_stack and app.screen.is_mounted)
            _put_a_folder_in_its_place(log)
            app.fail(Failure("It broke."))
            await press(pilot, app, "E")
            assert "It cannot be read: Is a directory." in shown(app)


def test_lines_of_that_time_count_and_of_other_processes_what_is_bad(tmp_path: Path) -> None:
    log = tmp_path / "media.log"

    def line(event: str, before: float, **fields: object) -> str:
        at = (MOMENT - timedelta(seconds=before)).isoformat().replace("+00:00", "Z")
        return json.dumps({"event": event, "timestamp": at, "level": "info", "pid": MINE, **fields})

    (tmp_path / "media.log.1").write_text("\n".join([line("long ago", 11), line("rotated", 9)]) + "\n")
    log.write_text(
        "\n".join(
            [
                line("mine", 5),
                line("of another", 4, pid=8),
                line("bad of another", 3, pid=8, level="error"),
                "[" * 100_000,
                '{"event": "log lines lost", "lines": 2}',
                '{"timestamp": "never"}',
                "7",
                line("at last", 0),
                line("later", -1),
                line("half", 0)[:-9],
            ]
        )
    )
    assert [each["event"] for each in lines_until(log, MOMENT, MINE)] == [
        "rotated", "mine", "bad of another", "at last",
    ]  # fmt: skip
    log.write_text("\n".join(line(str(number), 0) for number in range(10_000)))
    assert [each["event"] for each in lines_until(log, MOMENT, MINE)] == [
        str(number) for number in range(9_980, 10_000)
    ]


def test_nothing_in_the_log_drives_the_terminal(log: Path) -> None:
    hostile = "\x1b[2J\x9b\u202e[red]x[/]\x07"
    logger = get_logger("social_tui.tui.app")
    try:
        raise RuntimeError(hostile)
    except RuntimeError:
        logger.exception(hostile, **{hostile: hostile})
    failure = Failure(hostile, hostile, hostile)
    found = lines_until(log, failure.at, os.getpid())
    assert len(found) == 1
    text = failure_content(failure, log, found, "", 100).plain
    assert text.count("[red]x[/]") == 7
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(text)

"""Real terminals: quitting with open jobs, only reading, and giving the terminal to other programs."""

from __future__ import annotations

import base64
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from social_tui.library import importing
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.support.fault_server import serve, when
from tests.support.world import World
from tests.tui.gallery import picture
from tests.tui.terminal import TerminalApp
from tests.tui.test_external import program

LONGEST_SECONDS = 60.0
TEXT = "Post in a terminal"


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Give what lets the server send its file."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def environment(world: World, released: threading.Event, tmp_path: Path) -> Mapping[str, str]:
    """Fill a library with one post, and say how to open it."""
    url = world.serve("/a.png", when(released, serve(picture(1), "image/png")))
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(url, text=TEXT)])])
    return {
        "SOCIAL_TUI_HOME": str(world.home),
        "DATABASE_URL": world.database_url,
        "SOCIAL_TUI_ALLOW_PRIVATE": world.server.pair,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }


def _until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _status(world: World) -> str:
    with world.open() as library:
        (row,) = media_store.iterate_media(library.gateway)
        return row.download_status


def _start_download(app: TerminalApp, world: World) -> None:
    app.wait_for(TEXT)
    app.press("d")
    world.server.wait_for_hit("/a.png")
    app.wait_for("1 running")


def test_quitting_names_what_runs_and_leaves_it_to_a_worker(
    world: World, environment: Mapping[str, str], released: threading.Event
) -> None:
    with TerminalApp(environment, (200, 60)) as app:
        _start_download(app, world)
        app.press("q")
        app.wait_for("Running: 1 download. Quit?")
        app.wait_for("download: image of Ada L.: Post in a terminal")
        app.press("l")
        app.wait_for("A worker goes on with the jobs")
        assert app.wait_for_end() == 0
        assert app.modes_now() == app.modes_before
    released.set()
    _until(lambda: _status(world) == "ready", "the worker never finished the download")

    def is_over() -> bool:
        with psycopg.connect(world.database_url) as connection:
            row = connection.execute("select count(*) from jobs.procrastinate_workers").fetchone()
            return row == (0,)

    _until(is_over, "the worker never ended by itself")


def test_quitting_may_stop_the_jobs_instead(world: World, environment: Mapping[str, str]) -> None:
    with TerminalApp(environment, (120, 40)) as app:
        _start_download(app, world)
        app.press("q")
        app.wait_for("Quit?")
        app.press("n")
        app.press("q")
        app.press("y")
        app.wait_for("Stopping the running jobs")
        assert app.wait_for_end() == 0
    with world.open() as library:
        jobs = job_store.list_jobs(library.gateway)
        assert [(job.kind, job.status) for job in jobs] == [("download", "todo")]


def test_only_reading_shows_all_and_offers_nothing_that_changes(
    world: World, environment: Mapping[str, str]
) -> None:
    before = world.snapshot()
    with TerminalApp({**environment, "SOCIAL_TUI_READ_ONLY": "1"}, (120, 40)) as app:
        app.wait_for(TEXT)
        app.wait_for("only read")
        for key in "dmtwi":
            app.press(key)
        app.press("?")
        app.wait_for("Narrow the posts")
        app.press("q")
        app.press("q")
        assert app.wait_for_end() == 0
        assert b"Download" not in app.output
        assert b"Capture what is not captured" not in app.output
        assert b"Import posts from files" not in app.output
    assert world.snapshot() == before
    assert not (world.home / "state" / "app.json").exists()
    with world.open() as library:
        assert job_store.list_jobs(library.gateway) == []


def test_wrong_themes_keep_nobody_out(world: World, environment: Mapping[str, str]) -> None:
    folder = Path(environment["XDG_CONFIG_HOME"]) / "social-tui" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('primary = "reddish"\n')
    with TerminalApp({**environment, "SOCIAL_TUI_THEME": "mine"}, (200, 40)) as app:
        app.wait_for("mine.toml: primary is not a colour")
        app.wait_for(TEXT)
        app.press("q")
        assert app.wait_for_end() == 0


def test_no_color_draws_none(environment: Mapping[str, str]) -> None:
    with TerminalApp({**environment, "NO_COLOR": "1", "COLORTERM": "truecolor"}) as app:
        app.wait_for(TEXT)
        app.press("q")
        assert app.wait_for_end() == 0
        colours = {part.split(b"m")[0] for part in bytes(app.output).split(b"38;2;")[1:]}
        shades = [colour.split(b";")[:3] for colour in colours]
        assert shades
        assert [shade for shade in shades if len(set(shade)) > 1] == []


def test_the_pager_gets_the_terminal_and_the_app_takes_it_back(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    pager = program(
        tmp_path / "bin",
        "my-pager",
        "trap 'echo INTERRUPTED; exit 0' INT\n"
        f"cat > '{taken}'\n"
        "stty -a < /dev/tty | grep -q ' icanon' && echo PAGER-SHOWS\n"
        "read _ < /dev/tty\n",
    )
    with TerminalApp({**environment, "PAGER": f"{pager} --raw"}) as app:
        app.wait_for(TEXT)
        app.press("e")
        app.wait_for("PAGER-SHOWS")
        before = len(app.output)
        app.press("\x03")
        app.wait_for("INTERRUPTED", after=before)
        app.wait_for(TEXT, after=before)
        app.press("q")
        assert app.wait_for_end() == 0
        assert app.modes_now() == app.modes_before
    assert '"text": "Post in a terminal"' in taken.read_text()
    assert taken.read_bytes().isascii()
    assert Path(f"{pager}.called").read_text().splitlines() == ["--raw"]


def test_a_page_opens_in_the_browser_and_a_link_is_copied(
    environment: Mapping[str, str], world: World, tmp_path: Path
) -> None:
    url = "https://example.com/a?x=$(touch%20owned);--help"
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update public.posts set url = %s", [url])
    browser = program(tmp_path / "bin", "xdg-open")
    called = Path(f"{browser}.called")
    with TerminalApp(environment) as app:
        app.wait_for(TEXT)
        app.press("o")
        _until(called.exists, "the browser was never called")
        app.press("L")
        app.wait_for(f"\x1b]52;c;{base64.b64encode(url.encode()).decode()}\x07")
        app.press("W")
        app.wait_for(f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\x07")
        with psycopg.connect(world.database_url) as connection:
            connection.execute("update public.posts set url = 'file:///etc/passwd'")
        app.press("m")
        app.wait_for("★")
        called.unlink()
        app.press("o")
        app.wait_for("This is no http:// or https:// link")
        app.press("q")
        assert app.wait_for_end() == 0
    assert not called.exists()


def test_a_signal_ends_the_app_also_after_another_program_had_the_terminal(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    pager = program(tmp_path / "bin", "my-pager", "cat > /dev/null\necho PAGER-SHOWS\n")
    with TerminalApp({**environment, "PAGER": str(pager)}) as app:
        app.wait_for(TEXT)
        app.press("e")
        app.wait_for("PAGER-SHOWS")
        app.wait_for(TEXT, after=bytes(app.output).rindex(b"PAGER-SHOWS"))
        os.kill(app.process.pid, signal.SIGINT)
        assert app.wait_for_end() == 128 + signal.SIGINT
        assert app.modes_now() == app.modes_before

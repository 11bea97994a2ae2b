"""The app in hard times: terminals without room, texts and files that are a torment, things that go away."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import psycopg
import pytest
from textual.events import Resize
from textual.geometry import Size

from social_tui.jobs.process import WorkerProcess
from social_tui.library import importing
from social_tui.library.capturing import capture
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from tests.support.kept_database import url_of
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until
from tests.tui.gallery import picture

MEDIUM = (120, 40)
# The keys that lead from the posts to every screen and question, and words that stand there.
PLACES = [
    pytest.param((), "Date▾", id="posts"),
    pytest.param(("b",), "Saved views", id="sidebar"),
    pytest.param(("slash", "a"), "tab takes it", id="completions"),
    pytest.param(("enter", "enter"), "SHA-256", id="media"),
    pytest.param(("2",), "Gallery", id="gallery"),
    pytest.param(("3",), "At once", id="jobs"),
    pytest.param(("J",), "Raw JSON", id="raw"),
    pytest.param(("i",), "Import", id="import"),
    pytest.param(("comma",), "Settings", id="settings"),
    pytest.param(("exclamation_mark",), "Check-up", id="doctor"),
    pytest.param(("E",), "What went wrong last", id="failure"),
    pytest.param(("question_mark",), "Signs", id="help"),
    pytest.param(("colon",), "Search for commands", id="palette"),
    pytest.param(("t",), "Tag for 1 post", id="prompt"),
]
STORM = [(0, 0), (20, 5), (200, 60), (1, 1), (300, 2), (3, 60), (99, 40)]


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library of two posts, of which the newer has a captured picture."""
    url = world.serve("/a.png", picture(1), "image/png")
    with world.open("app") as library:
        importing.import_paths(library, [world.write([world.post(text="The older"), world.post(url)])])
        for media in list(iterate_media(library.gateway)):
            capture(library, media.media_id, claim="test")
        yield library


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    """Give the app on it."""
    with app_on(library) as app:
        yield app


@pytest.mark.parametrize(("keys", "words"), PLACES)
async def test_every_screen_bears_any_size(app: SocialTuiApp, keys: tuple[str, ...], words: str) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, *keys)
        screen = app.screen
        await until(pilot, lambda: words in shown(app))
        for size in STORM:
            await pilot.resize_terminal(*size)
        # Without waiting for what a size begins.
        for size in STORM * 5:
            app.post_message(Resize(Size(*size), Size(*size)))
            await asyncio.sleep(0)
        await pilot.press("down", "up")
        await pilot.resize_terminal(*MEDIUM)
        await settled(pilot, app)
        assert app.screen is screen
        assert words in shown(app)
        assert app.notice is None


@pytest.mark.parametrize("size", [(0, 0), (20, 5)], ids=["0x0", "20x5"])
async def test_the_app_begins_without_room(app: SocialTuiApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "j", "m", "2", "l", "enter", "3", "tab", "1")
        await pilot.resize_terminal(80, 24)
        await settled(pilot, app)
        assert "★" in lines(app)[3]
        assert "The older" in lines(app)[3]


async def test_texts_without_end_are_shown(library: Library, world: World) -> None:
    megabyte = "\x1b[2Jm" + "egabyte " * 125_000
    zalgo = "zalgo" + "\u0301\u20dd\u0489" * 20_000
    wide = "\U0001f469\u200d" * 20_000 + "\u202e" * 1000
    importing.import_paths(
        library, [world.write([world.post(text=text) for text in (wide, zalgo, megabyte)])]
    )
    with app_on(library) as app:
        async with app.run_test(size=MEDIUM) as pilot:
            screen = await loaded(pilot, app)
            assert "megabyte" in lines(app)[2].replace("\N{REPLACEMENT CHARACTER}[2J", "")
            await until(pilot, lambda: shown(app).count("egabyte") > 20)
            await press(pilot, app, "l", "G", "h", "j")
            assert "zalgo" in lines(app)[3]
            await until(pilot, lambda: shown(app).count("zalgo") == 2)
            await press(pilot, app, "j")
            await until(pilot, lambda: shown(app).count("\U0001f469") > 40)
            await press(pilot, app, "J")
            await until(pilot, lambda: "Raw JSON" in lines(app)[0])
            await press(pilot, app, "escape")
            assert app.screen is screen


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"<html>", "half"], ids=["empty", "cut", "html", "half"]
)
async def test_a_broken_thumbnail_is_words_in_its_place(
    app: SocialTuiApp, library: Library, content: bytes | str
) -> None:
    [media] = iterate_media(library.gateway)
    thumbnail = preview(library, media.media_id)
    assert thumbnail is not None
    whole = thumbnail.read_bytes()
    thumbnail.write_bytes(content if isinstance(content, bytes) else whole[: len(whole) // 2])
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await until(pilot, lambda: screen.pane.preview.words)
        assert "the thumbnail cannot be read" in shown(app)
        await press(pilot, app, "2")
        await until(pilot, lambda: "thumbnail cannot be" in shown(app))
        await press(pilot, app, "enter")
        await until(pilot, lambda: "the thumbnail cannot be read" in shown(app))
        assert app.notice is None


async def test_a_filter_is_open_while_the_database_goes_away(
    app: SocialTuiApp, world: World, server_url: str
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(world.database_url)["dbname"]
    with psycopg.connect(url_of(server_url, "postgres"), autocommit=True) as server:
        async with app.run_test(size=MEDIUM) as pilot:
            screen = await loaded(pilot, app)
            await press(pilot, app, "slash", *"older")
            assert screen.posts.pages.total == 1
            server.execute(f"alter database {name} allow_connections false")
            server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
            await until(pilot, lambda: app.problem)
            assert "Waiting for the database." in lines(app)[38]
            # Another filter cannot be read yet; what was typed stays, and so does the app.
            await pilot.press("backspace", "backspace", "backspace", "backspace", "backspace", *"has:image")
            await settled(pilot, app)
            assert "Waiting for the database." in lines(app)[38]
            assert screen.bar.text == "has:image"
            server.execute(f"alter database {name} allow_connections true")
            await until(pilot, lambda: not app.problem)
            await until(pilot, lambda: screen.posts.pages.total == 1 and "Post number 2" in shown(app))
            await press(pilot, app, "enter", "m")
            await until(pilot, lambda: "★" in lines(app)[3])


@pytest.mark.kills_workers
async def test_a_worker_that_dies_in_the_midst_of_work_comes_back_and_ends_it(
    world: World, library: Library
) -> None:
    url = world.serve("/b.png", picture(2), "image/png")
    importing.import_paths(library, [world.write([world.post(url)])])
    with WorkerProcess(world.settings) as worker, app_on(library, worker) as app:
        async with app.run_test(size=MEDIUM) as pilot:
            await loaded(pilot, app)
            await until(pilot, lambda: worker.is_running)
            await press(pilot, app, "slash", *"has:image", "enter")
            assert worker.pid is not None
            # What a key answers must not hide that the worker went away.
            await pilot.press("d")
            os.kill(worker.pid, signal.SIGKILL)
            await until(pilot, lambda: "The worker ended; it was started again." in shown(app))
            await until(pilot, lambda: "●" in lines(app)[3])
            assert {row.download_status for row in iterate_media(library.gateway)} == {"ready"}
            await until(pilot, lambda: app.worker_problem == "")

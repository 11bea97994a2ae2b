"""The first rows, which are there before the library is open."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import Future
from typing import Any, cast

import pytest

from social_tui.errors import DatabaseUnavailableError
from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.models import PostSummary
from social_tui.store.posts import list_posts
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.first_page import FirstPage, FirstPost
from social_tui.tui.model import LibraryModel
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.setup import Setup
from social_tui.tui.state import AppState, StateFile
from tests.support.world import World
from tests.tui.driving import CLOCK, OpenLibrary, shown, until

READ = """
import asyncio, json, sys, threading
from social_tui.config import load_settings
from social_tui.tui.first_page import read_ahead

basics, page = read_ahead(load_settings)
state = basics.result() and basics.result().state
rows = asyncio.run(page.rows())
page.let_go()
print(json.dumps([state and [state.filter, state.sort], rows and [row.post_id for row in rows]]))
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
"""


def read(world: World, **environment: str) -> Any:
    """Read in a process of its own, which ends when the one that it started has ended.

    Returns:
        The filter and the order that the app begins with, and the ids of the first posts.
    """
    done = subprocess.run(
        [sys.executable, "-c", READ],
        env={"PATH": "", **world.environment(), **environment},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the app reads it by itself")
def test_the_first_page_is_that_of_the_filter_and_the_order(world: World) -> None:
    posts = [world.post(text=f"{word} number {number}") for number in range(3) for word in ("one", "two")]
    with world.open() as library:
        importing.import_paths(library, [world.write(posts)])
        ids = [post.post_id for post in list_posts(library.gateway)]
        twos = [post.post_id for post in list_posts(library.gateway) if "two" in post.text_content]

    state_file = StateFile(world.settings.paths)
    assert read(world) == [["", "newest"], ids]
    state_file.write(AppState(sort="oldest"))
    assert read(world) == [["", "oldest"], ids[::-1]]
    state_file.write(AppState(filter="two"))
    assert read(world) == [["two", "newest"], twos]


def test_a_library_that_cannot_be_opened_has_no_first_page(world: World) -> None:
    assert read(world, DATABASE_URL="postgresql://127.0.0.1:1/none") == [["", "newest"], None]


def test_settings_that_cannot_be_read_are_told_by_whoever_asked(world: World) -> None:
    assert read(world, SOCIAL_TUI_CONCURRENCY="many") == [None, None]


class ComingRows(Future[list[PostSummary] | None]):
    """Rows that come to whoever waits for them."""

    def result(self, timeout: float | None = None) -> list[PostSummary] | None:
        """Wait, for however short a time."""
        if timeout is None or timeout > 0:
            self.set_result([])
        return super().result(timeout)


def test_rows_that_are_about_to_come_are_in_the_first_frame() -> None:
    taken: list[list[PostSummary] | None] = []
    FirstPage(ComingRows()).tell(taken.append)
    assert taken == [[]]


def test_a_row_that_was_read_before_is_known_again(gallery_library: Library) -> None:
    first, second, *_ = list_posts(gallery_library.gateway)
    ahead = FirstPost(**dict(first))
    assert ahead == first
    assert ahead != second


class SlowLibrary(OpenLibrary):
    """Opens the library when it is allowed to."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.may_open = threading.Event()

    def open(self) -> LibraryModel:
        """Wait, then give the library."""
        if not self.may_open.wait(30):
            raise DatabaseUnavailableError("It was never allowed to.")
        return super().open()


async def test_rows_that_were_read_before_are_shown_while_the_library_is_being_opened(
    gallery_library: Library,
) -> None:
    known: Future[list[PostSummary] | None] = Future()
    posts = [FirstPost(**dict(post)) for post in list_posts(gallery_library.gateway)]
    known.set_result(cast("list[PostSummary]", posts))
    opener = SlowLibrary(gallery_library)
    app = SocialTuiApp(opener, setup=Setup(first_page=FirstPage(known)), clock=lambda: CLOCK)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, MainScreen)
        await until(pilot, lambda: screen.post is not None)
        assert screen.posts.pages.known == len(known.result() or ())
        await pilot.press("j")
        assert screen.posts.cursor == 1
        assert "No media" not in shown(app), "nobody knows yet"

        opener.may_open.set()
        await until(pilot, lambda: screen.pane.is_showing(screen.post.post_id if screen.post else ""))
        assert screen.posts.cursor == 1
    app.join_threads()
    assert app.failure is None

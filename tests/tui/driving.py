"""Driving the app in tests: opening it on a library, and waiting until something is so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from textual.message import Message
from textual.pilot import Pilot

from social_tui.library.session import Library
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.setup import Setup
from social_tui.tui.watch import WorkerKeeper
from social_tui.tui.widgets.paged_list import PagedList
from social_tui.tui.widgets.preview import Preview

CLOCK = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)
LONGEST_SECONDS = 30.0
Heard = TypeVar("Heard", bound=Message)


class OpenLibrary:
    """Hands an open library to the app.

    Args:
        library: The library.
        worker: The worker for the app to keep; None leaves the queue alone.
    """

    def __init__(self, library: Library, worker: WorkerKeeper | None = None) -> None:
        self.worker = worker
        self._library = library

    def open(self) -> LibraryModel:
        """Give the library."""
        return LibraryModel(self._library, "sample library")


@contextmanager
def app_on(
    library: Library, worker: WorkerKeeper | None = None, setup: Setup | None = None
) -> Iterator[SocialTuiApp]:
    """Make the app on a library; what it failed of fails the test."""
    app = SocialTuiApp(OpenLibrary(library, worker), setup=setup, clock=lambda: CLOCK)
    yield app
    app.join_threads()
    if app.failure is not None:
        raise app.failure


async def until(pilot: Pilot[None], is_so: Callable[[], object], what: str = "") -> None:
    """Let the app go on until a condition holds."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what or "it never came to be so"
        await pilot.pause()
        await asyncio.sleep(0.01)


def main_screen(app: SocialTuiApp) -> MainScreen:
    """Return the screen with the posts, which is always the lowest."""
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def loaded(pilot: Pilot[None], app: SocialTuiApp) -> MainScreen:
    """Wait until the posts are there and the selected one is shown whole."""
    await until(pilot, lambda: app.screen_stack and app.screen.is_mounted, "no screen came")
    screen = main_screen(app)
    await until(pilot, lambda: screen.posts.pages.known or screen.posts.pages.is_empty, "no posts came")
    await settled(pilot, app)
    return screen


async def settled(pilot: Pilot[None], app: SocialTuiApp) -> None:
    """Wait until nothing but the watcher works in the background and all pictures and rows are drawn."""

    def is_at_rest() -> bool:
        busy = [worker for worker in app.workers if worker.group != "watch" and not worker.is_finished]
        is_waiting = any(preview.is_waiting for preview in app.screen.query(Preview))
        return not busy and not is_waiting and not any(rows._turning for rows in app.screen.query(PagedList))

    # A message may take several hops to the work that it starts.
    for _ in range(3):
        await pilot.pause()
        await until(pilot, is_at_rest, "background work did not end")


async def press(pilot: Pilot[None], app: SocialTuiApp, *keys: str) -> None:
    """Press keys one by one, each when the app is at rest."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot, app)


def of_type(messages: Iterable[Message], kind: type[Heard]) -> list[Heard]:
    """Return the messages of a kind once each; a hook hears them at every hop."""
    return list({id(message): message for message in messages if isinstance(message, kind)}.values())


def lines(app: SocialTuiApp) -> list[str]:
    """Return what stands on the screen, line by line."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def shown(app: SocialTuiApp) -> str:
    """Return what stands on the screen."""
    return "\n".join(lines(app))

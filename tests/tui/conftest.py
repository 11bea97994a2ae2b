"""The app on a real library: one to look at that never changes, and empty ones to work on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.store.media import iterate_media
from social_tui.tui import app
from social_tui.tui.app import SocialTuiApp
from tests.conftest import fresh_database, open_directory
from tests.support.fault_server import FaultServer
from tests.support.world import QUICK_RESCUE, World
from tests.tui import gallery
from tests.tui.driving import app_on


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what differs between machines and moments, and rests that nothing here needs."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        patch.delenv("NO_COLOR", raising=False)
        patch.setattr(Input, "_toggle_cursor", lambda _: None)
        patch.setattr(app, "STATE_DEBOUNCE_SECONDS", 0.01)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def gallery_library(server_url: str, template_database: str) -> Iterator[Library]:
    """Open the library that no test changes."""
    home = open_directory()
    with fresh_database(server_url, template_database) as url, FaultServer() as server:
        world = World(home, url, server)
        with pytest.MonkeyPatch.context() as patch:
            # Whether Tesseract is on the machine would show in what the analysis says.
            patch.setenv("PATH", "")
            gallery.build(world, posts=30)
        with world.open("app") as library:
            # The first look at a picture is an event with the time of now; have it over with.
            for media in iterate_media(library.gateway, status="ready"):
                preview(library, media.media_id)
            gallery.freeze(url)
            yield library
    shutil.rmtree(home)


@pytest.fixture
def gallery_app(gallery_library: Library) -> Iterator[SocialTuiApp]:
    """Give the app on the library that no test changes."""
    with app_on(gallery_library) as app:
        yield app


@pytest.fixture
def media_server() -> Iterator[FaultServer]:
    """Start a media server that knows nothing yet."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def world(
    request: pytest.FixtureRequest, library_home: Path, database_url: str, media_server: FaultServer
) -> World:
    """Give an empty library and what is around it."""
    changes = QUICK_RESCUE if request.node.get_closest_marker("kills_workers") else {}
    return World(library_home, database_url, media_server, **changes)

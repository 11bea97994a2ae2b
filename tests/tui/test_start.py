"""What the app loads before the first paint."""

from __future__ import annotations

import subprocess
import sys

import pytest

from social_tui.library import importing
from tests.support.world import World
from tests.tui.terminal import TerminalApp

HEAVY = (
    "social_tui.config",
    "social_tui.jobs",
    "social_tui.models",
    "social_tui.store",
    "click",
    "importlib.metadata",
    "pydantic",
    "PIL",
    "av",
    "boto3",
    "httpx",
    "openai",
    "procrastinate",
    "psycopg",
    "rich_pixels",
    "supabase",
)

# Tells what is loaded when the app opens the library, which it does when it has shown the rows.
TELLING_PROGRAM = """
import pathlib, sys
from social_tui.cli.boundary import run
from social_tui.tui.session import Session
open_library = Session.open
def tell(session):
    pathlib.Path(sys.argv[1]).write_text(" ".join(sys.modules))
    return open_library(session)
Session.open = tell
sys.exit(run([]))
"""


def _loaded(module: str, wanted: tuple[str, ...]) -> list[str]:
    program = f"import sys, {module}; print(*[name for name in {wanted!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ended.stdout.split()


def test_the_app_loads_no_heavy_library_to_start() -> None:
    names = ("entry", "setup", "app", "session", "terminal_driver")
    tui = ", ".join(f"social_tui.tui.{name}" for name in names)
    assert _loaded(f"social_tui.cli.boundary, {tui}", ("textual_image", *HEAVY)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the app reads all by itself")
def test_the_app_has_loaded_no_heavy_library_when_its_first_rows_are_there(world: World) -> None:
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(text="Post in a terminal")])])
    loaded = world.home / "loaded"
    with TerminalApp(world.environment(), arguments=("-c", TELLING_PROGRAM, str(loaded))) as app:
        app.wait_for("Post in a terminal")
        app.press("q")
        app.wait_for_end()
    names = set(loaded.read_text().split())
    assert "textual" in names
    assert not names & {"textual_image", *HEAVY}


def test_the_entry_loads_textual_only_when_it_runs() -> None:
    assert _loaded("social_tui.tui", ("textual", *HEAVY)) == []


def test_pictures_as_pixels_load_nothing_before_there_is_one_and_never_what_asks_the_terminal() -> None:
    asking = ("textual_image.renderable", "textual_image.widget")
    assert _loaded("social_tui.tui.pixels, social_tui.tui.entry", ("textual_image", *HEAVY)) == []
    assert _loaded("textual_image._sixel", asking) == []

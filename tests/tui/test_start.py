"""What the app loads before the first paint."""

from __future__ import annotations

import subprocess
import sys

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


def _loaded(module: str, wanted: tuple[str, ...]) -> list[str]:
    program = f"import sys, {module}; print(*[name for name in {wanted!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ended.stdout.split()


def test_the_app_loads_no_heavy_library_to_start() -> None:
    names = ("entry", "setup", "app", "session", "terminal_driver")
    tui = ", ".join(f"social_tui.tui.{name}" for name in names)
    assert _loaded(f"social_tui.cli.boundary, {tui}", ("textual_image", *HEAVY)) == []


def test_the_entry_loads_textual_only_when_it_runs() -> None:
    assert _loaded("social_tui.tui", ("textual", *HEAVY)) == []


def test_pictures_as_pixels_load_nothing_before_there_is_one_and_never_what_asks_the_terminal() -> None:
    asking = ("textual_image.renderable", "textual_image.widget")
    assert _loaded("social_tui.tui.pixels, social_tui.tui.entry", ("textual_image", *HEAVY)) == []
    assert _loaded("textual_image._sixel", asking) == []

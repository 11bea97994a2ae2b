"""Take the pictures of the app that the README and the docs show, from a demo library made for it.

Run it with ``python docs/make_pictures.py``; it writes SVG files into ``docs/pictures``.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from social_tui.demo.run import demo_host, demo_settings, run_demo
from social_tui.library.session import Library, open_library
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from social_tui.tui.widgets.preview import Preview

PICTURES = Path(__file__).parent / "pictures"
PLACE = "~/sample library"
QUIET_ROUNDS = 5
# Readers of the docs shall not fetch fonts from anywhere.
_FONT_FACES = re.compile(r"@font-face\s*\{[^}]*\}")


@dataclass(frozen=True)
class Picture:
    """One picture to take.

    Args:
        name: The file's name without its ending.
        size: Columns and rows.
        keys: What to press before, one key at a time.
    """

    name: str
    size: tuple[int, int]
    keys: Sequence[str] = ()


TO_TAKE = (
    Picture("main", (160, 42), ("b", "l", "j")),
    Picture("filter", (120, 30), ("slash", *"has:image st")),
    Picture("picks", (120, 30), ("j", "v", "j", "j", "j")),
    Picture("media", (120, 34), ("enter", "j", "enter")),
    Picture("gallery", (120, 38), ("2", "j")),
    Picture("jobs", (120, 38), ("3", "h")),
    Picture("narrow", (80, 24), ("enter",)),
    Picture("help", (100, 50), ("question_mark",)),
)


class Sample:
    """Hands the sample library to the app, without a worker."""

    worker = None

    def __init__(self, library: Library) -> None:
        self._library = library

    def open(self) -> LibraryModel:
        """Give the library."""
        return LibraryModel(self._library, PLACE)


async def take(library: Library, picture: Picture) -> str:
    """Open the app, press the keys, and return what it looks like as SVG."""
    app = SocialTuiApp(Sample(library))
    async with app.run_test(size=picture.size) as pilot:
        await _rest(pilot, app)
        for key in picture.keys:
            await pilot.press(key)
            await _rest(pilot, app)
        svg = app.export_screenshot(title="social-tui", simplify=True)
    app.join_threads()
    return _FONT_FACES.sub("", svg).replace("Fira Code", "Fira Code, DejaVu Sans Mono, Menlo, Consolas")


async def _rest(pilot: Pilot[None], app: SocialTuiApp) -> None:
    """Wait until nothing is loading any more."""
    quiet = 0
    while quiet < QUIET_ROUNDS:
        await pilot.pause(0.1)
        busy = [worker for worker in app.workers if worker.group != "watch" and not worker.is_finished]
        waiting = [preview for preview in app.screen.query(Preview) if preview.is_waiting]
        quiet = 0 if busy or waiting else quiet + 1


def main() -> None:
    """Make the library and take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="st-") as folder, demo_host() as server:
        # The database may run under another account, which has to pass through.
        Path(folder).chmod(0o711)
        with open_library(demo_settings(Path(folder), server), actor="app") as library:
            run_demo(library, server, lambda what: print(f"{what} …", file=sys.stderr))  # noqa: T201
            for picture in TO_TAKE:
                path = PICTURES / f"{picture.name}.svg"
                path.write_text(asyncio.run(take(library, picture)), encoding="utf-8")


if __name__ == "__main__":
    main()

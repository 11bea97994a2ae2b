"""What raw JSON, import, settings, check-up and a failure look like at 80×24, 120×40 and 200×60."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from social_tui.config import Settings
from social_tui.library.checkup import Check
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.failures import Failure
from social_tui.tui.model import LibraryModel
from social_tui.tui.screens import doctor, failure
from tests.support.world import World
from tests.tui.driving import app_on, loaded, press

pytestmark = pytest.mark.xdist_group("tui-gallery")

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
SIZES += [pytest.param((200, 60), id="200x60")]
Compare = Callable[..., bool]
MOMENT = 1_763_640_000


def _press(*keys: str) -> Callable[[Pilot[None]], object]:
    """Press keys one by one, each when the app is at rest."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, SocialTuiApp)
        await loaded(pilot, app)
        await press(pilot, app, *keys)

    return run


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make a folder of exports in a home of its own, and go there."""
    folder = tmp_path / "exports"
    for name in ("2024", "2025 全角", "empty"):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (MOMENT, MOMENT))
    for name, size in (("july.json", 1_234), ("june.jsonl.gz", 98_765_432), ("e\u202evil\x1b[2J.json", 5)):
        with (folder / name).open("wb") as file:
            file.truncate(size)
        os.utime(folder / name, (MOMENT, MOMENT))
    (folder / "notes.txt").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("size", SIZES)
def test_raw_json(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """Raw JSON with marked words."""
    keys = ("j", "J", "slash", *"media", "enter", "n", "n")
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press(*keys))


def test_raw_json_as_it_came(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """Raw JSON in the form in which it came."""
    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=_press("j", "J", "p"))


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("size", SIZES)
def test_choosing_files(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """Files to import, two of them chosen."""
    keys = ("i", "j", "space", "down", "space")
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press(*keys))


@pytest.mark.parametrize("size", SIZES)
def test_loss_report(snap_compare: Compare, world: World, exports: Path, size: tuple[int, int]) -> None:
    """The report at the end of an import."""
    for path in exports.iterdir():
        if path.is_file():
            path.unlink()
    dead, alive = (
        f"https://media.licdn.com/dms/image/{name}?e={end}" for name, end in (("a", 10**9), ("b", 2 * 10**9))
    )
    posts = [
        world.post(dead, alive),
        world.post(alive + "1", kind="video"),
        {"neither": "fish"},
        "nor\x1b[2J fowl",
    ]
    (exports / "posts.json").write_text(json.dumps(posts))
    (exports / "broken.json").write_text("[{]")
    with world.open("app") as library, app_on(library) as app:
        keys = ("i", "G", "space", "k", "space", "s")
        assert snap_compare(app, terminal_size=size, run_before=_press(*keys))


@pytest.mark.parametrize("size", SIZES)
def test_settings(
    snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings, with one selected that can be changed."""
    settings = Settings(home=Path("/srv/library"), concurrency=8, openai_api_key="sk-canary")
    monkeypatch.setattr(LibraryModel, "settings", settings)
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("comma", "j", "j"))


def test_editing_a_setting(
    snap_compare: Compare, gallery_app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting with its value in the box."""
    monkeypatch.setattr(LibraryModel, "settings", Settings(home=Path("/srv/library")))
    keys = ("comma", "j", "enter", "backspace", "8")
    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=_press(*keys))


@pytest.mark.parametrize("size", SIZES)
def test_check_up(
    snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks of every state; what a real one finds differs from machine to machine."""
    checks = [
        Check("Database", "ok", "embedded, in /srv/library/database, its schema is up to date"),
        Check(
            "Queue",
            "warning",
            "3 waiting, 1 running, 2 failed",
            "See why: social-tui jobs list --status failed",
        ),
        Check(
            "Archive",
            "error",
            "The bucket 'posts' does not let us write.\x1b[2J",
            "Check its policy, then look again.",
        ),
        Check("Decoder", "ok", "pictures are decoded in a limited process"),
    ]
    facts = {
        "version": "0.1.0",
        "python": "3.11.7",
        "database": "/srv/library/database",
        "log": "/srv/library/log",
    }
    monkeypatch.setattr(doctor, "check_up", lambda settings: checks)
    monkeypatch.setattr(doctor, "about", lambda settings: facts)
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("exclamation_mark"))


@pytest.mark.parametrize("size", SIZES)
def test_failure(
    snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong last, with lines of the log of which one has a traceback."""
    found = [
        {
            "timestamp": "2025-11-21T09:29:52Z",
            "level": "warning",
            "component": "worker",
            "event": "archive_refused",
            "error": "evil\x1b[2J",
        },
        {
            "timestamp": "2025-11-21T09:29:59Z",
            "level": "error",
            "component": "app",
            "event": "work_failed",
            "work": "doctor",
            "exception": "Traceback (most recent call last):\n"
            '  File "social_tui/tui/screens/doctor.py", line 62, in _look\n'
            "    self._checks = await self.app.offload(check_up, settings)\n"
            "ZeroDivisionError: division by zero",
        },
    ]
    monkeypatch.setattr(failure, "log_file", lambda: Path("/srv/library/log/media.log"))
    monkeypatch.setattr(failure, "lines_until", lambda *_: found)
    at = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)

    async def fail(pilot: Pilot[None]) -> None:
        await loaded(pilot, gallery_app)
        gallery_app.fail(Failure("Something unforeseen went wrong.", "ZeroDivisionError", "doctor", at))
        await press(pilot, gallery_app, "E")

    assert snap_compare(gallery_app, terminal_size=size, run_before=fail)

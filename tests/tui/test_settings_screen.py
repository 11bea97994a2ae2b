"""Settings inside the app: where each comes from, changing them, and what holds when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.paths import user_config_file
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.keymap import build_keymap
from social_tui.tui.screens.settings import SettingsScreen
from social_tui.tui.setup import Setup
from tests.support.world import World
from tests.tui.driving import app_on, loaded, press, shown


@pytest.fixture
def app(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SocialTuiApp]:
    """Give the app on a library, in the home of a person without settings."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    with world.open("app") as library, app_on(library) as app:
        yield app


@pytest.fixture
def file(world: World) -> Path:
    return world.settings.paths.config_file


def written(file: Path) -> str:
    """Return what a file holds; nothing where there is none."""
    return file.read_text(encoding="utf-8") if file.exists() else ""


def row(app: SocialTuiApp, name: str) -> list[str]:
    assert isinstance(app.screen, SettingsScreen)
    return next(line.split() for line in shown(app).splitlines() if line.strip().startswith(name))


async def test_a_change_is_written_and_waits_for_the_next_start(app: SocialTuiApp, file: Path) -> None:
    file.write_text("# mine\ncache_bytes = '5 GB'  # small disk\n")  # noqa: ASYNC240 - before the app runs
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma")
        assert row(app, "concurrency") == ["concurrency", "5", "default"]
        await press(pilot, app, "j", "enter", "backspace", "7", "enter")
        assert written(file) == "# mine\ncache_bytes = '5 GB'  # small disk\nconcurrency = 7\n"
        assert row(app, "concurrency")[:4] == ["concurrency", "7", "(at", "the"]
        assert row(app, "concurrency")[-2:] == ["this", "library"]
        assert "concurrency is now 7 for this library. It holds when the app starts again." in shown(app)
        await press(pilot, app, "u")
        assert "concurrency" not in written(file)
        assert row(app, "concurrency") == ["concurrency", "5", "default"]


async def test_the_file_of_all_libraries_is_another_choice(app: SocialTuiApp, file: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", "f", "j", "j", "e", "backspace", "3", "enter")
        assert written(user_config_file()) == "per_host = 3\n"
        assert written(file) == ""
        assert row(app, "per_host")[-3:] == ["all", "your", "libraries"]


async def test_a_theme_holds_at_once(app: SocialTuiApp, file: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", "enter", *"nord", "enter")
        assert app.theme == "nord"
        assert written(file) == 'theme = "nord"\n'
        await press(pilot, app, "enter", "x", "enter")
        assert "There is no theme nordx." in shown(app)
        assert app.theme == "nord"
        assert written(file) == 'theme = "nord"\n'


async def test_pictures_are_turned_off_and_on(app: SocialTuiApp) -> None:
    async with app.run_test(size=(120, 60)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma")
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        names = [entry.name for entry in screen.entries.entries]
        screen.entries.move_to(names.index("pictures"))
        assert row(app, "pictures")[1] == "on"
        await press(pilot, app, "enter")
        assert app.pictures.is_off
        assert row(app, "pictures")[1] == "off"
        await press(pilot, app, "I")
        assert row(app, "pictures")[1] == "on"


async def test_choices_are_completed_one_after_the_other(app: SocialTuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", *["j"] * 8, "enter", "tab")
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        assert "One of auto, openai, local." in shown(app)
        values = [screen.box.value]
        for _ in range(2):
            await press(pilot, app, "tab")
            values.append(screen.box.value)
        assert values == ["openai", "local", "auto"]


async def test_what_is_refused_is_a_notice(app: SocialTuiApp, file: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", "j", "e", "0", "0", "0", "enter")
        assert "concurrency: Input should be less than or equal to 64." in shown(app)
        assert written(file) == ""
        await press(pilot, app, "G", "e")
        assert "changed in config.toml or by its variable" in shown(app)


async def test_what_the_environment_sets_wins_and_says_so(
    app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCIAL_TUI_CONCURRENCY", "9")
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", "j", "e", "backspace", "7", "enter")
        assert "but environment sets it too, and wins" in shown(app)


async def test_nothing_is_changed_where_the_library_is_only_read(world: World, file: Path) -> None:
    setup = Setup(keymap=build_keymap().for_reading(), is_read_only=True)
    with world.open("app") as library, app_on(library, setup=setup) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "comma", "j", "enter", "e", "u")
            assert "The library is only read" in shown(app)
            assert not app.screen.has_class("-editing")
    assert written(file) == ""


async def test_the_keys_in_force_are_listed(app: SocialTuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "comma", "G")
        assert row(app, "app.quit")[1:4] == ["q", "^q", "^c"]
        assert "[keys]" in shown(app)

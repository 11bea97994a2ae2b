"""Importing inside the app: choosing, watching, stopping, and the loss report."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import psycopg
import pytest
from textual.message import Message

from social_tui.errors import StorageError
from social_tui.jobs.importing import ImportProcess
from social_tui.store.posts import list_posts
from social_tui.store.statistics import read_statistics
from social_tui.tui import files
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.files import complete, list_folder, short
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.screens.importing import ImportScreen, Progressed
from social_tui.tui.widgets.file_list import FileList
from tests.support.world import World
from tests.tui.driving import app_on, loaded, of_type, press, shown, until


@pytest.fixture
def folder(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of exports, and go there."""
    place = world.home / "exports"
    (place / "more").mkdir(parents=True)
    (place / "a.json").write_text(json.dumps([world.post("https://media.licdn.com/dms/image/a")]))
    (place / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps(world.post()).encode()))
    (place / "c.json").write_text('[{"neither": "fish"}]')
    (place / "notes.txt").touch()
    (place / "more" / "d.json").write_text(json.dumps([world.post()]))
    monkeypatch.chdir(place)
    return place


def import_screen(app: SocialTuiApp) -> ImportScreen:
    assert isinstance(app.screen, ImportScreen)
    return app.screen


@pytest.mark.usefixtures("folder")
async def test_chosen_files_are_imported_and_the_report_tells_all(world: World) -> None:
    heard: list[Message] = []
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=(100, 50), message_hook=heard.append) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i")
            assert "notes.txt" not in shown(app)
            await press(pilot, app, "j", "space", "space", "space")
            assert len(of_type(heard, FileList.ChoiceChanged)) == 3
            assert "3 files chosen" in shown(app)
            await press(pilot, app, "s")
            assert of_type(heard, Progressed)
            text = " ".join(shown(app).split())
            for words in ("Import finished", "read 3 from 3 files", "new 2", "rejected 1", "found 1: 1 new"):
                assert words in text, words
            assert "c.json number 1: " in text
            await press(pilot, app, "d")
            assert "Download: 1 queued." in shown(app)
            await press(pilot, app, "n")
            assert "Nothing is chosen yet" in shown(app)
            await press(pilot, app, "escape")
            assert app.screen is app.screen_stack[0]
        assert len(list_posts(library.gateway)) == 2


async def test_a_typed_path_is_completed_and_taken(world: World, folder: Path) -> None:
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=(100, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i", "slash")
            screen = import_screen(app)
            screen.box.value = f"{folder}/m"
            await press(pilot, app, "tab")
            assert screen.box.value == f"{folder}/more/"
            assert "d.json" in shown(app)
            await press(pilot, app, "d", "tab", "enter")
            assert list(screen.files.chosen) == [str(folder / "more" / "d.json")]
            await press(pilot, app, "slash", *"nowhere", "enter")
            assert "There is no " in shown(app)
            await press(pilot, app, "escape", "h")
            assert screen.box.value == f"{folder}/"
            assert "1 file chosen" in shown(app)


async def test_stopping_keeps_what_is_stored(world: World, folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps([world.post() for _ in range(3_000)]))
    with (
        psycopg.connect(world.database_url) as holder,
        world.open("app") as library,
        app_on(library) as app,
    ):
        async with app.run_test(size=(100, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i", "j")
            holder.execute("lock table public.download_runs in share row exclusive mode")
            await pilot.press("s")
            await until(pilot, lambda: "Importing" in shown(app), "it did not begin")
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it did not ask")
            await pilot.press("y")
            await until(
                pilot, lambda: "Stopping; what is stored by then stays" in shown(app), "it did not say so"
            )
            holder.rollback()
            await until(pilot, lambda: "Import ended early" in shown(app), "it did not stop")
            assert "what was imported stays" in shown(app)
            stored = read_statistics(library.gateway).posts
            assert 500 <= stored <= 2_000
            assert f"{stored:,} from 1 file" in shown(app)


async def test_a_question_is_taken_back_when_the_import_ends_meanwhile(world: World, folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps([world.post()]))
    with (
        psycopg.connect(world.database_url) as holder,
        world.open("app") as library,
        app_on(library) as app,
    ):
        async with app.run_test(size=(100, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i", "j")
            holder.execute("lock table public.download_runs in share row exclusive mode")
            await pilot.press("s")
            await until(pilot, lambda: "Importing" in shown(app), "it did not begin")
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it did not ask")
            holder.rollback()
            await until(pilot, lambda: isinstance(app.screen, ImportScreen), "it still asks")
            assert "Import finished" in shown(app)


@pytest.mark.usefixtures("folder")
async def test_closing_the_app_calls_the_import_off(world: World) -> None:
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=(100, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i")
            screen = import_screen(app)
            screen._run = ImportProcess([], print)
        assert screen._run.is_stopping


@pytest.mark.usefixtures("folder")
async def test_a_folder_that_cannot_be_read_says_so_in_its_place(world: World) -> None:
    with world.open("app") as library, app_on(library) as app:
        async with app.run_test(size=(100, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "i", "slash", *"gone/")
            assert "/gone cannot be read: No such file or directory." in shown(app)
            assert app.notice is None
            await press(pilot, app, *["backspace"] * 5)
            assert "a.json" in shown(app)


def test_a_folder_shows_what_looks_importable(folder: Path) -> None:
    (folder / ".hidden.json").touch()
    os.mkfifo(folder / "pipe.json")
    (folder / "gone.json").symlink_to("nowhere")
    (folder / "\udcff.json").touch()
    names = [entry.name for entry in list_folder(str(folder))]
    assert names == ["more", "a.json", "b.jsonl.gz", "c.json", "\udcff.json"]
    assert [entry.name for entry in list_folder(str(folder), "A")] == ["a.json"]
    with pytest.raises(StorageError):
        list_folder(str(folder / "a.json"))
    with pytest.raises(StorageError):
        list_folder("\0")


def test_completion_goes_as_far_as_there_is_no_choice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("post-1.json", "post-2.json"):
        (folder / name).touch()
    assert complete(f"{folder}/po") == f"{folder}/post-"
    assert complete(f"{folder}/post-") == f"{folder}/post-"
    assert complete(f"{folder}/mo") == f"{folder}/more/"
    assert complete(f"{folder}/x") == f"{folder}/x"
    assert complete("mo") == "more/"
    assert complete("\0") == "\0"
    monkeypatch.setenv("HOME", str(folder))
    assert complete("~/mo") == "~/more/"
    assert short(str(folder / "more")) == "~/more"
    assert files.split("") == (".", "")

"""Picking posts, and work on what is picked: marks, tags, undo, export, jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.filters import Filter, Term
from social_tui.library import importing
from social_tui.library.bag_checking import check_bag
from social_tui.library.capturing import capture
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.exporting import offered
from social_tui.tui.model import LibraryModel
from social_tui.tui.screens.prompt import PromptScreen
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until
from tests.tui.gallery import picture

SIZE = (120, 40)
POSTS = 450
MARKED = Filter(terms=(Term(field="is", values=("marked",)),))


def tagged(name: str) -> Filter:
    """Return the filter of a tag."""
    return Filter(terms=(Term(field="tag", values=(name,)),))


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with more posts than a page holds; two have a picture."""
    with world.open() as library:
        pictures = {POSTS - 1: [world.serve("/a.png", b"a")], POSTS - 2: [world.serve("/b.png", b"b")]}
        posts = [world.post(*pictures.get(number, ()), text=f"number {number}") for number in range(POSTS)]
        importing.import_paths(library, [world.write(posts)])
        yield library


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    """Give the app on it."""
    with app_on(library) as app:
        yield app


async def test_space_picks_and_a_key_acts_on_what_is_picked(app: SocialTuiApp, library: Library) -> None:
    async with app.run_test(size=SIZE) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "space", "space")
        assert "2 posts picked" in lines(app)[0]
        assert lines(app)[2].startswith("▌")
        assert screen.posts.cursor == 2
        await press(pilot, app, "d")
        await until(pilot, lambda: "Download: 2 queued" in shown(app))
        assert len(job_store.list_jobs(library.gateway, status="todo")) == 2
        await press(pilot, app, "c")
        await until(pilot, lambda: "2 called off" in shown(app))
        await press(pilot, app, "m")
        await until(pilot, lambda: post_store.count_posts(library.gateway, MARKED) == 2)
        await press(pilot, app, "escape")
        assert "picked" not in lines(app)[0]


async def test_a_range_is_picked_over_rows_that_were_never_in_sight(
    app: SocialTuiApp, library: Library
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "j", "v")
        screen.posts.move_to(POSTS - 2)
        await until(pilot, lambda: "range of 448 posts" in lines(app)[0])
        await press(pilot, app, "v")
        assert "448 posts picked" in lines(app)[0]
        await press(pilot, app, "t", *"far", "enter")
        await until(pilot, lambda: post_store.count_posts(library.gateway, tagged("far")) == 448)
        ids = {row.post_id for row in post_store.list_posts(library.gateway, filter=tagged("far"), limit=500)}
        ends = (
            post_store.list_posts(library.gateway, limit=1),
            post_store.list_posts(library.gateway, sort="oldest", limit=1),
        )
        assert all(row.post_id not in ids for page in ends for row in page)


async def test_all_of_the_filter_are_picked_but_those_put_back_and_undo_takes_it_back(
    app: SocialTuiApp, library: Library
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "asterisk")
        assert "450 posts picked" in lines(app)[0]
        await press(pilot, app, "space")
        assert "449 posts picked" in lines(app)[0]
        await press(pilot, app, "t", *"all", "enter")
        await until(pilot, lambda: "449 posts tagged “all”." in shown(app))
        assert post_store.count_posts(library.gateway, tagged("all")) == 449
        await press(pilot, app, "t")
        await press(pilot, app, *"al")
        assert "tab: all" in shown(app)
        await press(pilot, app, "tab", "enter")
        await until(pilot, lambda: "it was so already" in shown(app))
        await press(pilot, app, "u")
        await until(pilot, lambda: "Undone: 449 posts." in shown(app))
        assert post_store.count_posts(library.gateway, tagged("all")) == 0
        assert "Undo" not in lines(app)[-1]
        # All of one filter are not all of another.
        await press(pilot, app, "slash", *"number 44", "enter")
        assert not screen.posts.picks


async def test_suggestions_that_come_when_the_box_has_gone_hide_nothing(
    app: SocialTuiApp, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, door, suggest = threading.Event(), threading.Event(), LibraryModel.suggest

    def held(model: LibraryModel, name: str, prefix: str) -> list[tuple[str, int | None]]:
        asked.set()
        door.wait(30)
        return suggest(model, name, prefix)

    monkeypatch.setattr(LibraryModel, "suggest", held)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "t")
        await pilot.press("a")
        await until(pilot, asked.is_set)
        await pilot.press("enter")
        await until(pilot, lambda: "1 post tagged “a”." in shown(app))
        door.set()
        await settled(pilot, app)
        assert "1 post tagged “a”." in shown(app)


def test_the_forms_of_an_export_are_offered_one_after_the_other() -> None:
    assert offered("posts.jsonl")[0] == "posts.csv"
    assert offered("posts.parquet")[0] == "evidence/"
    assert offered("evidence/")[0] == "posts.jsonl"
    assert offered("ev") == ["evidence/"]
    assert offered("/tmp/x") == []


async def test_what_is_picked_becomes_a_bag_of_evidence(
    app: SocialTuiApp, library: Library, world: World, tmp_path: Path
) -> None:
    target = tmp_path / "case 7"
    for name in ("a", "b"):
        world.serve(f"/{name}.png", picture(1), "image/png")
    first, _ = media_store.iterate_media(library.gateway)
    capture(library, first.media_id, claim="test")
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "v", "j", "v", "x", "tab", "tab", "tab")
        assert isinstance(app.screen, PromptScreen)
        assert app.screen.box.value == "evidence/"
        app.screen.box.value = f"{target}/"
        await press(pilot, app, "enter")
        await until(pilot, lambda: app.notice and "2 posts, 2 media" in app.notice.text)
        assert not check_bag(target).findings
        lines_of = (target / "data" / "posts.jsonl").read_text().splitlines()
        assert {json.loads(each)["text_content"] for each in lines_of} == {"number 449", "number 448"}
        # A folder that is there is not written over.
        await press(pilot, app, "x")
        app.screen.box.value = f"{target}/"
        await press(pilot, app, "enter")
        await until(pilot, lambda: app.notice and "exists already" in app.notice.text)


async def test_what_is_picked_is_exported(app: SocialTuiApp, tmp_path: Path) -> None:
    target = tmp_path / "some.jsonl"
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "asterisk", "space", "x")
        assert isinstance(app.screen, PromptScreen)
        await press(pilot, app, *["backspace"] * len("posts.jsonl"))
        app.screen.box.insert_text_at_cursor(str(target))
        await press(pilot, app, "enter")
        await until(pilot, target.exists)
        await until(pilot, lambda: "449 posts written" in shown(app))
        texts = [json.loads(line)["text_content"] for line in target.read_text().splitlines()]
        assert len(texts) == 449
        assert f"number {POSTS - 1}" not in texts
        await press(pilot, app, "x")
        app.screen.box.value = str(target)
        await press(pilot, app, "enter")
        await until(pilot, lambda: "exists" in shown(app))
        assert len(target.read_text().splitlines()) == 449

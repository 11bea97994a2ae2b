"""How the gallery draws its pictures, in a terminal of any size."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL.Image import Image
from textual.events import Resize
from textual.geometry import Size

from social_tui.library.session import Library
from social_tui.tui import thumbnail
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.gallery import GalleryScreen
from social_tui.tui.thumbnail import UndrawableError
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until
from tests.tui.tiling import MEDIUM, NARROW, WIDE, import_pictures, is_picture, open_gallery, states_of

on_the_shared_library = pytest.mark.xdist_group("tui-gallery")


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    with app_on(library) as made:
        yield made


@on_the_shared_library
async def test_only_what_is_in_sight_is_drawn_and_never_on_the_loop(
    gallery_app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    read = thumbnail.read_small

    def watched(path: Path) -> Image:
        threads.append(threading.current_thread())
        return read(path)

    async with gallery_app.run_test(size=NARROW) as pilot:
        await loaded(pilot, gallery_app)
        monkeypatch.setattr(thumbnail, "read_small", watched)
        await press(pilot, gallery_app, "2")
        screen = gallery_app.screen
        assert isinstance(screen, GalleryScreen)
        first = sum(map(is_picture, states_of(screen.grid)))
        assert len(threads) == first > 0
        # What flies past is not drawn.
        for _ in range(3):
            screen.grid.action_page_down()
        screen.grid.action_last()
        await settled(pilot, gallery_app)
        last = sum(map(is_picture, states_of(screen.grid)))
        assert len(threads) == first + last
        assert threading.main_thread() not in threads
        # What was drawn is there at once.
        await press(pilot, gallery_app, "home")
        assert sum(map(is_picture, states_of(screen.grid))) == first
        assert len(threads) == first + last


async def test_a_tile_says_whether_it_waits_or_is_being_drawn(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_pictures(world, library, 3)
    may_draw = threading.Event()
    read = thumbnail.read_small

    def held(path: Path) -> Image:
        may_draw.wait(30)
        return read(path)

    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot, app)
        monkeypatch.setattr(thumbnail, "read_small", held)
        await pilot.press("2")
        await until(pilot, lambda: "drawing …" in shown(app))
        screen = app.screen
        assert isinstance(screen, GalleryScreen)
        assert states_of(screen.grid) == ["drawing …", "waiting …", "waiting …"]
        assert shown(app).count("waiting …") == 2
        # Meanwhile it is moved over: the next one is that under the cursor.
        await pilot.press("l", "l")
        await pilot.pause()
        assert screen.grid.cursor == 2
        following = screen.grid.next_wanted()
        assert following is not None
        assert following == screen.grid.current
        may_draw.set()
        await settled(pilot, app)
        assert all(map(is_picture, states_of(screen.grid)))
        # Its lines are made once, not for each line of the screen.
        assert screen.grid._tile(0) is screen.grid._tile(0)
        assert "…" not in shown(app)


async def test_what_was_drawn_while_out_of_sight_is_there_when_it_comes_back(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_pictures(world, library, 20)
    may_draw = threading.Event()
    read = thumbnail.read_small

    def held(path: Path) -> Image:
        may_draw.wait(30)
        return read(path)

    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot, app)
        monkeypatch.setattr(thumbnail, "read_small", held)
        await pilot.press("2")
        await until(pilot, lambda: "drawing …" in shown(app))
        await pilot.press("end")
        await pilot.pause()
        may_draw.set()
        await settled(pilot, app)
        await press(pilot, app, "home")
        assert "…" not in shown(app)


async def test_one_that_cannot_be_drawn_says_so_and_the_others_are_drawn(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_pictures(world, library, 4)
    read = thumbnail.read_small
    faults: list[Exception] = [RuntimeError("unforeseen"), UndrawableError("it is broken")]

    def faulty(path: Path) -> Image:
        if faults:
            raise faults.pop(0)
        return read(path)

    async with app.run_test(size=MEDIUM) as pilot:
        await loaded(pilot, app)
        monkeypatch.setattr(thumbnail, "read_small", faulty)
        await press(pilot, app, "2")
        screen = app.screen
        assert isinstance(screen, GalleryScreen)
        states = states_of(screen.grid)
        # The first one was read for the posts.
        assert states[1:3] == ["it could not be drawn", "it is broken"]
        assert all(map(is_picture, [states[0], *states[3:]]))
        assert "it is broken" in shown(app)
        assert app.notice is not None
        assert app.notice.severity == "error"
        # When anything may have changed, they are tried again.
        screen.rows_changed(None)
        await settled(pilot, app)
        assert all(map(is_picture, states_of(screen.grid)))


@on_the_shared_library
async def test_pictures_can_be_switched_off(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        grid = (await open_gallery(pilot, gallery_app)).grid
        drawn = states_of(grid)
        await press(pilot, gallery_app, "I")
        assert gallery_app.pictures.is_off
        assert not any(map(is_picture, states_of(grid)))
        assert "pictures are" in shown(gallery_app)
        assert "switched off" in shown(gallery_app)
        await press(pilot, gallery_app, "G", "g", "plus", "minus")
        assert not any(map(is_picture, states_of(grid)))
        await press(pilot, gallery_app, "I")
        assert states_of(grid) == drawn
        assert "switched off" not in shown(gallery_app)


@on_the_shared_library
async def test_a_terminal_of_any_size_is_borne(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=WIDE) as pilot:
        screen = await open_gallery(pilot, gallery_app)
        await press(pilot, gallery_app, "pagedown", "l")
        place = screen.grid.cursor
        for size in ((20, 5), (1, 1), (300, 3), (10, 100), (2, 2), (20, 5)):
            await pilot.resize_terminal(*size)
            await settled(pilot, gallery_app)
            assert screen.grid.cursor == place
            assert place in screen.grid.in_sight
        assert len(lines(gallery_app)) == 5
        assert lines(gallery_app)[1].startswith(f" Media {place + 1} of 42")
        await press(pilot, gallery_app, "j", "l", "G", "plus", "minus", "home", "pagedown")
        await pilot.resize_terminal(*MEDIUM)
        await settled(pilot, gallery_app)
        assert any(map(is_picture, states_of(screen.grid)))


@on_the_shared_library
async def test_a_storm_of_sizes_ends_with_whole_pictures_of_the_last_one(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=MEDIUM) as pilot:
        grid = (await open_gallery(pilot, gallery_app)).grid
        for step in range(60):
            # As a window that is pulled tells them: the next comes before the last is drawn.
            size = Size(40 + 37 * step % 160, 5 + 11 * step % 50)
            gallery_app.post_message(Resize(size, size))
            await asyncio.sleep(0.01)
        await pilot.resize_terminal(*NARROW)
        await settled(pilot, gallery_app)
        assert grid.tiles.columns == 4
        assert any(map(is_picture, states_of(grid)))
        for tile in map(grid._tile, grid.in_sight):
            assert [line.cell_length for line in tile] == [grid.tiles.width] * grid.tiles.height
        assert not any(words in shown(gallery_app) for words in ("waiting …", "drawing …"))

"""The media of a filter's posts as pictures, on a real library."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from textual.message import Message
from textual.pilot import Pilot

from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store import posts as post_store
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.half_blocks import draw
from social_tui.tui.screens.help import HelpScreen
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.widgets.line_list import LineList
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, main_screen, of_type, press, settled, shown, until
from tests.tui.tiling import MEDIUM, NARROW, WIDE, import_pictures, is_picture, open_gallery, states_of

SIZES = [pytest.param(size, id="x".join(map(str, size))) for size in (NARROW, MEDIUM, WIDE)]
Compare = Callable[..., bool]
on_the_shared_library = pytest.mark.xdist_group("tui-gallery")


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    with app_on(library) as made:
        yield made


# What it shows.


@on_the_shared_library
async def test_media_stand_side_by_side_as_pictures_or_with_the_reason_why_not(
    gallery_app: SocialTuiApp,
) -> None:
    async with gallery_app.run_test(size=WIDE) as pilot:
        screen = await open_gallery(pilot, gallery_app)
        grid = screen.grid
        assert grid.has_focus
        assert grid.tiles.columns == 6
        assert lines(gallery_app)[0].startswith(" Gallery  all posts  newest")
        assert lines(gallery_app)[1].startswith(" Media 1 of 42  全角の文字は二つの桁を取るので")
        states = states_of(grid)
        assert len(states) == 24
        words = {state for state in states if isinstance(state, str)}
        assert words == {
            "the source says that it is gone (deleted)",
            "what came was no media file (not_media)",
            "not captured yet",
        }
        pictures = [state for state in states if not isinstance(state, str)]
        assert len(pictures) > 10
        # Each fills its tile across.
        rows = grid.tiles.picture_rows
        assert {draw(small, 31, rows).columns for small in pictures} == {31}
        assert grid.tiles.picture_columns == 31
        assert "the source says that it is" in shown(gallery_app)
        assert "●▲◆ Grace Hopper" in shown(gallery_app)
        assert "image  2025-11-20  " in shown(gallery_app)
        # No fact is cut: what has no room is left out.
        assert not any(words in shown(gallery_app) for words in ("waiting …", "drawing …"))


@on_the_shared_library
@pytest.mark.parametrize("size", SIZES)
def test_what_it_looks_like(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The cursor on a picture of the second line."""

    async def run(pilot: Pilot[None]) -> None:
        await open_gallery(pilot, gallery_app)
        await press(pilot, gallery_app, "l", "j")

    assert snap_compare(gallery_app, terminal_size=size, run_before=run)


@on_the_shared_library
async def test_it_shows_the_media_of_the_posts_that_were_looked_for(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=MEDIUM) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "slash", *"porto")
        await until(pilot, lambda: gallery_app.view.text == "porto")
        await press(pilot, gallery_app, "enter")
        screen = await open_gallery(pilot, gallery_app)
        model = await gallery_app.model()
        expected = model.gallery_count(gallery_app.view.filter)
        assert 0 < expected < 42
        assert screen.grid.pages.total == expected
        assert "filter: porto" in lines(gallery_app)[0]
        assert "Hiring two data engineers in Porto." in lines(gallery_app)[1]


async def test_without_media_it_says_how_to_go_on(app: SocialTuiApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await open_gallery(pilot, app)
        assert "No media yet." in shown(app)
        assert "i imports posts." in shown(app)
        await press(pilot, app, "j", "l", "G", "enter", "d", "plus", "escape")
        assert app.screen is main_screen(app)


@on_the_shared_library
async def test_a_filter_without_media_says_so(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "slash", *"nowhere")
        await until(pilot, lambda: gallery_app.view.text == "nowhere")
        await press(pilot, gallery_app, "enter")
        await open_gallery(pilot, gallery_app)
        assert "No media in posts that match “nowhere”." in shown(gallery_app)


@on_the_shared_library
async def test_it_begins_at_the_selected_post_in_the_size_of_the_last_time(
    gallery_app: SocialTuiApp,
) -> None:
    async with gallery_app.run_test(size=MEDIUM) as pilot:
        posts = (await loaded(pilot, gallery_app)).posts
        await press(pilot, gallery_app, *"jjjjjjj")
        selected = posts.current
        assert selected is not None
        assert selected.media_total
        grid = (await open_gallery(pilot, gallery_app)).grid
        await until(pilot, lambda: grid.cursor == posts.media_above)
        media = grid.current
        assert media is not None
        assert (media.post_id, media.position) == (selected.post_id, 0)
        usual = grid.tiles.width
        await press(pilot, gallery_app, "plus")
        larger = grid.tiles.width
        assert larger > usual
        await press(pilot, gallery_app, "escape", "g")
        grid = (await open_gallery(pilot, gallery_app)).grid
        assert (grid.cursor, grid.tiles.width) == (0, larger)


async def test_it_begins_at_a_post_of_which_only_the_surroundings_are_read(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    urls = [world.serve(f"/{name}.png", b"x") for name in "ab"]
    posts = [world.post(*urls[: number % 3], text=f"number {number}") for number in range(700)]
    import_paths(library, [world.write(posts)])
    async with app.run_test(size=MEDIUM) as pilot:
        grid = (await loaded(pilot, app)).posts
        await press(pilot, app, "G", "k", "k", "k")
        assert grid.current is not None
        assert grid.current.text_content == "number 3"
        assert grid.media_above is None
        tiles = (await open_gallery(pilot, app)).grid
        await until(pilot, lambda: tiles.current is not None and tiles.cursor == 699 - 3)
        assert tiles.current is not None
        # Number 3 has no media: the next one is that of number 2.
        assert tiles.current.position == 0
        assert tiles.current.post_id == grid.pages.row(697).post_id  # type: ignore[union-attr]


# Moving, opening, coming back.


@on_the_shared_library
async def test_the_cursor_moves_by_letters_arrows_and_pages(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        grid = (await open_gallery(pilot, gallery_app)).grid
        assert (grid.tiles.columns, grid.rows_on_screen, grid.row_count) == (4, 8, 42)
        for key, place in (
            *(("l", 1), ("right", 2), ("j", 6), ("down", 10), ("h", 9), ("left", 8), ("k", 4), ("up", 0)),
            *(("up", 0), ("h", 0), ("pagedown", 8), ("ctrl+f", 16), ("pageup", 8), ("G", 41), ("l", 41)),
            *(("down", 41), ("k", 37), ("l", 38), ("j", 41), ("home", 0), ("end", 41), ("g", 0)),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert grid.cursor == place, key
            assert place in grid.in_sight
        await settled(pilot, gallery_app)
        assert lines(gallery_app)[1].startswith(" Media 1 of 42")


@on_the_shared_library
async def test_enter_opens_a_media_and_escape_comes_back_to_it(gallery_app: SocialTuiApp) -> None:
    heard: list[Message] = []
    async with gallery_app.run_test(size=NARROW, message_hook=heard.append) as pilot:
        screen = await open_gallery(pilot, gallery_app)
        grid = screen.grid
        await press(pilot, gallery_app, "pagedown", "pagedown", "l")
        before = (grid.cursor, grid.scroll_offset.y, shown(gallery_app))
        media = grid.current
        assert media is not None
        assert before[1] > 0
        await press(pilot, gallery_app, "enter")
        chosen = [message.index for message in of_type(heard, LineList.Chosen)]
        assert chosen == [grid.cursor] == [17]
        opened = gallery_app.screen
        assert isinstance(opened, MediaScreen)
        assert opened.current.media_id == media.media_id
        await press(pilot, gallery_app, "escape")
        assert screen.is_current
        assert (grid.cursor, grid.scroll_offset.y, shown(gallery_app)) == before
        await press(pilot, gallery_app, "escape")
        assert main_screen(gallery_app).is_current


@on_the_shared_library
async def test_its_key_goes_back_to_it_from_a_media(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        screen = await open_gallery(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "enter")
        assert isinstance(gallery_app.screen, MediaScreen)
        await press(pilot, gallery_app, "2")
        assert screen.is_current
        assert screen.grid.cursor == 4
        assert screen.grid.has_focus
        await press(pilot, gallery_app, "2", "enter", "1")
        assert gallery_app.screen_stack == [main_screen(gallery_app)]


@on_the_shared_library
async def test_the_mouse_moves_the_cursor_and_opens(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        screen = await open_gallery(pilot, gallery_app)
        grid = screen.grid
        await pilot.click("#thumbnails", offset=(2 * 19 + 5, 1 + 10 + 3))
        await settled(pilot, gallery_app)
        assert grid.cursor == 6
        # Beside the last tile of a line, and on the line on top, there is nothing.
        for offset in ((4 * 19 + 1, 3), (5, 0)):
            await pilot.click("#thumbnails", offset=offset)
            assert grid.cursor == 6
        await pilot.click("#thumbnails", offset=(5, 3), times=2)
        await settled(pilot, gallery_app)
        assert isinstance(gallery_app.screen, MediaScreen)
        assert grid.cursor == 0
        await press(pilot, gallery_app, "escape")
        await pilot.click("KeyLine", offset=(79 - 12, 0))
        assert isinstance(gallery_app.screen, HelpScreen)


@on_the_shared_library
async def test_plus_and_minus_change_the_size(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=MEDIUM) as pilot:
        grid = (await open_gallery(pilot, gallery_app)).grid
        await press(pilot, gallery_app, "pagedown", "pagedown")
        place, usual = grid.cursor, grid.tiles
        widths = []
        for key in ("plus", "plus", "plus", "minus", "minus", "minus", "minus", "minus", "minus"):
            await press(pilot, gallery_app, key)
            widths.append(grid.tiles.width)
            assert grid.cursor == place
            assert place in grid.in_sight
            assert not [state for state in states_of(grid) if isinstance(state, str) and "…" in state]
        assert widths == [39, 59, 59, 39, 29, 19, 14, 14, 14]
        assert usual.width == 29


# Work.


def _jobs(library: Library) -> set[tuple[str, str, str | None]]:
    return {(job.kind, job.status, job.media_id) for job in job_store.list_jobs(library.gateway)}


async def test_keys_work_on_the_media_under_the_cursor(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 2, "ready")
    import_pictures(world, library, 3, "pending", captured=False)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await open_gallery(pilot, app)
        await press(pilot, app, "l")
        media = screen.grid.current
        assert media is not None
        assert media.download_status == "pending"
        await pilot.press("d")
        await until(pilot, lambda: _jobs(library) == {("download", "todo", media.media_id)})
        await until(pilot, lambda: app.figures.all_open == 1)
        await pilot.press("c")
        await until(pilot, lambda: _jobs(library) == {("download", "cancelled", media.media_id)})
        await press(pilot, app, "l", "l")
        ready = screen.grid.current
        assert ready is not None
        assert ready.download_status == "ready"
        await pilot.press("a", "y")
        wanted = {(kind, "todo", ready.media_id) for kind in ("archive", "analyze")}
        await until(pilot, lambda: wanted <= _jobs(library))
        assert len(_jobs(library)) == 3


async def test_a_mark_on_the_post_of_a_media_is_shown(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 2)
    async with app.run_test(size=NARROW) as pilot:
        await open_gallery(pilot, app)
        await pilot.press("m")
        await until(pilot, lambda: "★ Post number 1" in lines(app)[1])
        assert post_store.list_posts(library.gateway)[0].is_marked
        await pilot.press("m")
        await until(pilot, lambda: "★" not in lines(app)[1])
        assert not post_store.list_posts(library.gateway)[0].is_marked


async def test_a_captured_media_becomes_a_picture_by_itself(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 2, captured=False)
    async with app.run_test(size=NARROW) as pilot:
        screen = await open_gallery(pilot, app)
        assert states_of(screen.grid) == ["not captured yet"] * 2
        media = screen.grid.current
        assert media is not None
        capture(library, media.media_id, claim="test")
        await until(pilot, lambda: is_picture(states_of(screen.grid)[0]))
        assert states_of(screen.grid)[1] == "not captured yet"
        await until(pilot, lambda: "●" in shown(app))


async def test_the_cursor_stays_on_its_media_when_posts_come_in(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 3, "old")
    async with app.run_test(size=NARROW) as pilot:
        screen = await open_gallery(pilot, app)
        await press(pilot, app, "l")
        kept = screen.grid.current
        assert kept is not None
        with world.open("import") as other:
            import_pictures(world, other, 2, "new")
        await until(pilot, lambda: screen.grid.pages.total == 5)
        await settled(pilot, app)
        assert screen.grid.cursor == 3
        assert screen.grid.current is not None
        assert screen.grid.current.media_id == kept.media_id
        assert lines(app)[1].startswith(" Media 4 of 5")
        assert all(map(is_picture, states_of(screen.grid)))


async def test_it_bears_posts_that_are_gone(app: SocialTuiApp, world: World, library: Library) -> None:
    import_pictures(world, library, 3)
    async with app.run_test(size=NARROW) as pilot:
        screen = await open_gallery(pilot, app)
        await press(pilot, app, "G")
        with psycopg.connect(world.database_url) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute("delete from public.post_media")
            connection.execute("delete from public.posts")
        screen.rows_changed(None)
        await until(pilot, lambda: screen.grid.pages.is_empty)
        await settled(pilot, app)
        assert "No media yet." in shown(app)
        await press(pilot, app, "enter", "k", "d")
        assert app.screen is screen

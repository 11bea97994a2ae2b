"""The posts screen on a real library."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from textual.message import Message

from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.models import Key
from social_tui.store import jobs as job_store
from social_tui.store import posts as post_store
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.pages import Read
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.screens.help import HelpScreen
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.paged_list import PageRequest
from social_tui.tui.widgets.preview import Preview
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, main_screen, of_type, press, settled, shown, until

WIDE = (120, 40)
SLOW_COUNT = """
create or replace function public.count_posts(p_filter jsonb default '{}', p_with_media boolean default false)
returns table (total bigint, media bigint)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock_shared(77);
  return query select count(*), null::bigint from public.posts;
end $$
"""
NARROW = (80, 24)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    with app_on(library) as made:
        yield made


def _import(world: World, library: Library, *posts: dict[str, object]) -> None:
    importing.import_paths(library, [world.write(posts)])


def _jobs(library: Library) -> dict[str, int]:
    return {f"{count.kind} {count.status}": count.count for count in job_store.count_jobs(library.gateway)}


@pytest.mark.xdist_group("tui-gallery")
async def test_a_row_tells_state_date_author_text_and_media(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        await loaded(pilot, gallery_app)
        rows = lines(gallery_app)
        assert rows[1].split() == ["Date▾", "Author", "Text", "Engaged", "Media"]
        assert rows[3].startswith("   ●▲◆ 2025-11-20 Grace Hopper")
        assert rows[3].rstrip().endswith("1/1")
        assert rows[4].startswith("   ✗   2025-11-19 太郎 山田")
        assert rows[4].rstrip().endswith("2/3 ✗1")
        assert "30 posts" in rows[0]


@pytest.mark.xdist_group("tui-gallery")
async def test_the_cursor_moves_by_letters_arrows_and_pages(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        screen = await loaded(pilot, gallery_app)
        for key, place in (
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("up", 0),
            ("pagedown", 20),
            ("G", 29),
        ):
            await pilot.press(key)
            await settled(pilot, gallery_app)
            assert screen.posts.cursor == place, key
        assert "2025-11-12" in lines(gallery_app)[21]
        await pilot.press("home")
        assert screen.posts.cursor == 0


@pytest.mark.xdist_group("tui-gallery")
async def test_the_pane_follows_the_cursor_after_it_came_to_rest(gallery_app: SocialTuiApp) -> None:
    heard: list[Message] = []
    async with gallery_app.run_test(size=WIDE, message_hook=heard.append) as pilot:
        screen = await loaded(pilot, gallery_app)
        assert "We measured it twice, and the second time was" in shown(gallery_app)
        heard.clear()
        await pilot.press("j", "j", "j")
        await settled(pilot, gallery_app)
        assert "Quarterly numbers are out: revenue up 14 %, and" in shown(gallery_app)
        assert "captured, archived, analysed" in shown(gallery_app)
        assert screen.pane.preview.picture
        moves = of_type(heard, LineList.Moved)
        assert len([move for move in moves if move.line_list is screen.posts]) == 3
        drawn = of_type(heard, Preview.Wanted)[-1].media
        assert drawn is not None
        assert drawn == screen.pane.media.current


async def test_a_long_list_is_entered_anywhere(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(world, library, *(world.post() for _ in range(1050)))
    wanted: list[Read[Key]] = []
    async with app.run_test(size=NARROW) as pilot:
        screen = await loaded(pilot, app)
        assert "1,050 posts" in lines(app)[0]
        read_page = screen.listing.reader.read_page

        def noted(request: PageRequest) -> None:
            wanted.append(request.read)
            read_page(request)

        monkeypatch.setattr(screen.listing.reader, "read_page", noted)
        await press(pilot, app, "G")
        assert screen.posts.cursor == 1049
        assert "Post number 1 " in lines(app)[21]
        screen.posts.move_to(550)
        await settled(pilot, app)
        assert "Post number 500 " in shown(app)
        # The end was at hand before anybody went there.
        assert [read.page for read in wanted] == [5]
        assert [read.backward for read in wanted] == [False]
        wanted.clear()
        await press(pilot, app, "s")
        # The last rows are read by themselves, before they are counted, and not again.
        assert [read.page for read in wanted] == [0]
        assert screen.posts.pages.missing(1029, 1049) == []


async def test_the_end_is_gone_to_before_the_posts_are_counted(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    _import(world, library, *(world.post() for _ in range(1050)))
    with psycopg.connect(world.database_url) as holder:
        holder.execute(SLOW_COUNT)
        holder.commit()
        holder.execute("select pg_advisory_xact_lock(77)")
        async with app.run_test(size=NARROW) as pilot:
            screen = main_screen(app)
            await until(pilot, lambda: screen.posts.pages.known)
            await pilot.press("G")
            await until(pilot, lambda: "Post number 1 " in lines(app)[21])
            assert "100+ posts" in lines(app)[0]
            await pilot.press("k")
            holder.rollback()
            await until(pilot, lambda: screen.posts.pages.total == 1050)
            await settled(pilot, app)
            assert "1,050 posts" in lines(app)[0]
            assert screen.posts.cursor == 1048
            assert screen.posts.current is not None
            assert screen.posts.current.text_content.startswith("Post number 2")
            await press(pilot, app, "j")
            assert "Post number 1 " in lines(app)[21]


async def test_an_empty_library_says_how_to_begin(app: SocialTuiApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot, app)
        assert "social-tui import PATH" in shown(app)


@pytest.mark.xdist_group("tui-gallery")
async def test_a_search_narrows_the_list_and_escape_ends_it(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, gallery_app)
        await pilot.press("slash", *"porto")
        await until(pilot, lambda: screen.posts.pages.known == 4)
        await pilot.press("enter")
        await settled(pilot, gallery_app)
        assert screen.posts.has_focus
        assert "porto" in lines(gallery_app)[1]
        await pilot.press("slash", "space", *"zzz")
        await until(pilot, lambda: screen.posts.pages.is_empty)
        await settled(pilot, gallery_app)
        assert "No post matches “porto zzz”" in shown(gallery_app)
        await pilot.press("escape")
        await until(pilot, lambda: screen.posts.pages.known == 30)
        assert screen.posts.has_focus


async def test_a_mark_is_kept_and_shown(app: SocialTuiApp, world: World, library: Library) -> None:
    _import(world, library, world.post())
    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot, app)
        await pilot.press("m")
        await until(pilot, lambda: "★" in lines(app)[2])
        assert post_store.list_posts(library.gateway)[0].is_marked
        await pilot.press("m")
        await until(pilot, lambda: "★" not in lines(app)[2])


async def test_a_key_queues_work_for_all_media_of_the_post(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    urls = [world.serve(f"/{name}.jpg", b"x") for name in "abc"]
    _import(world, library, world.post(*urls), world.post(world.serve("/other.jpg", b"x")))
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        await pilot.press("j", "d")
        await until(pilot, lambda: "Download: 3 queued." in shown(app))
        assert _jobs(library) == {"download todo": 3}
        await until(pilot, lambda: "download 3 waiting" in lines(app)[38])
        await pilot.press("c")
        await until(pilot, lambda: "3 called off." in shown(app))
        assert _jobs(library) == {"download cancelled": 3}


async def test_with_the_focus_on_the_media_a_key_means_one_media(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    _import(world, library, world.post(*(world.serve(f"/{name}.jpg", b"x") for name in "abc")))
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert screen.pane.media.has_focus
        await pilot.press("j", "d")
        await until(pilot, lambda: "Download: 1 queued." in shown(app))
        queued = job_store.list_jobs(library.gateway)
        assert [job.media_id for job in queued] == [screen.pane.media.media[1].media_id]


async def test_work_on_many_posts_asks_first(app: SocialTuiApp, world: World, library: Library) -> None:
    _import(world, library, *(world.post(world.serve(f"/{number}.jpg", b"x")) for number in range(50)))
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        await pilot.press("asterisk", "d")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Download the media of 50 posts?" in shown(app)
        await pilot.press("n")
        await settled(pilot, app)
        assert _jobs(library) == {}
        await pilot.press("d", "y")
        await until(pilot, lambda: "Download: 50 queued." in shown(app))
        assert _jobs(library) == {"download todo": 50}


@pytest.mark.xdist_group("tui-gallery")
async def test_in_a_narrow_terminal_one_pane_shows_at_a_time(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=NARROW) as pilot:
        screen = await loaded(pilot, gallery_app)
        await pilot.press("j")
        await settled(pilot, gallery_app)
        assert not screen.pane.text.region.area
        await pilot.press("enter")
        await settled(pilot, gallery_app)
        assert screen.pane.media.has_focus
        assert screen.pane.preview.picture
        assert not screen.posts.region.area
        await pilot.press("escape")
        assert screen.posts.has_focus
        assert screen.posts.region.area
        await pilot.press("p")
        assert screen.pane.text.has_focus
        await pilot.press("p")
        assert screen.posts.has_focus


@pytest.mark.xdist_group("tui-gallery")
async def test_in_a_wide_terminal_the_pane_folds_away(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, gallery_app)
        width = screen.posts.size.width
        await pilot.press("p")
        await settled(pilot, gallery_app)
        assert screen.posts.size.width > width
        await pilot.press("l")
        await settled(pilot, gallery_app)
        assert screen.pane.text.has_focus
        assert screen.posts.size.width == width


@pytest.mark.xdist_group("tui-gallery")
async def test_the_mouse_moves_the_cursor_and_opens(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, gallery_app)
        await pilot.click("#posts", offset=(20, 4))
        await settled(pilot, gallery_app)
        assert screen.posts.cursor == 3
        await pilot.click("#posts", offset=(20, 4), times=2)
        await settled(pilot, gallery_app)
        assert screen.pane.media.has_focus
        await pilot.click("KeyLine", offset=(119 - 10, 0))
        assert isinstance(gallery_app.screen, HelpScreen)


async def test_a_terminal_of_any_size_is_borne(app: SocialTuiApp, world: World, library: Library) -> None:
    _import(world, library, world.post(world.serve("/a.jpg", b"x")))
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        await pilot.press("enter")
        for size in ((20, 5), (1, 1), (300, 3), (10, 100), WIDE):
            await pilot.resize_terminal(*size)
            await settled(pilot, app)
        assert "Post number 1" in shown(app)


async def test_what_cannot_be_read_is_a_notice_and_not_the_end(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    _import(world, library, *(world.post() for _ in range(4)))
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        with psycopg.connect(world.database_url) as connection:
            connection.execute("alter function public.get_post(text) rename to get_post_away")
        # The next one was read already.
        await pilot.press("G")
        await until(pilot, lambda: app.notice is not None and app.notice.severity == "error")
        assert "get_post" in lines(app)[38]
        with psycopg.connect(world.database_url) as connection:
            connection.execute("alter function public.get_post_away(text) rename to get_post")
        await pilot.press("k")
        await settled(pilot, app)
        assert "Post number 2" in shown(app)


async def test_markup_in_a_post_is_text_and_does_nothing(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    text = "[@click=app.quit]press[/] [bold]me[/bold] [/nothing] [link=https://example.com]there[/link]"
    author = {"username": "[red]x[/red]", "first_name": "[@click=app.quit]A", "last_name": "[/]"}
    _import(world, library, world.post(text=text, author=author, post_type="[/b]"))
    async with app.run_test(size=(200, 60)) as pilot:
        await loaded(pilot, app)
        assert "[bold]me[/bold]" in shown(app)
        assert "[@click=app.quit]A" in shown(app)
        await pilot.click("#post", offset=(3, 5))
        await settled(pilot, app)
        assert app.is_running


async def test_quitting_asks_while_there_is_work(world: World, library: Library) -> None:
    class Idle:
        """A worker that never takes a job, so that the job stays open."""

        is_running = True

        def start(self) -> None:
            """Do nothing."""

    _import(world, library, world.post(world.serve("/a.jpg", b"x")))
    with app_on(library, Idle()) as app:
        async with app.run_test(size=WIDE) as pilot:
            await loaded(pilot, app)
            await pilot.press("d")
            await until(pilot, lambda: app.figures.all_open == 1)
            await pilot.press("q")
            await until(pilot, lambda: "Waiting: 1 download. Quit?" in shown(app))
            await pilot.press("escape")
            assert main_screen(app) is app.screen
            await pilot.press("q", "y")
            await until(pilot, lambda: not app.is_running)
        assert not app.leaves_work


async def test_quitting_at_rest_asks_nothing(app: SocialTuiApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0

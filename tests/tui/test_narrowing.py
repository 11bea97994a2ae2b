"""Narrowing the posts: the filter box, the sidebar, saved views, orders and columns."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import psycopg
import pytest

from social_tui.filters import Completions
from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.store import posts as post_store
from social_tui.store import views
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.setup import Setup
from social_tui.tui.widgets.filter_bar import FilterBar
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until

WIDE = (200, 60)
MEDIUM = (120, 40)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with six posts of three authors."""
    with world.open() as library:
        posts = []
        for number in range(6):
            name = ("ada", "grace", "marie")[number % 3]
            author = {"username": name, "first_name": name.capitalize(), "last_name": "Tester"}
            picture = [world.serve(f"/{number}.png", b"x")] if number % 2 else []
            posts.append(world.post(*picture, text=f"Text number {number}", author=author))
        importing.import_paths(library, [world.write(posts)])
        yield library


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    """Give the app on it."""
    with app_on(library) as app:
        yield app


async def test_a_filter_narrows_while_it_is_typed_and_its_mistakes_stand_under_their_word(
    app: SocialTuiApp, library: Library
) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "slash", *"author:ada")
        assert screen.posts.pages.total == 2
        await press(pilot, app, "space", *"status:lost")
        assert "▲ status: does not know lost." in lines(app)[2]
        assert lines(app)[2].index("▲") == lines(app)[1].index("lost")
        assert screen.posts.pages.total == 2, "the rest of the filter holds"
        await press(pilot, app, "enter", "asterisk", "m")
        assert "The filter has a mistake" in shown(app)
        assert not any(post.is_marked for post in post_store.list_posts(library.gateway))


async def test_what_may_come_next_is_offered_and_taken(app: SocialTuiApp) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "slash", *"aut")
        assert screen.bar.completions.display
        await press(pilot, app, "tab")
        assert screen.bar.text == "author:"
        await press(pilot, app, *"gr", "tab")
        assert screen.bar.text.strip() == "author:grace"
        assert screen.posts.pages.total == 2
        await press(pilot, app, "enter")
        assert screen.posts.has_focus
        assert not screen.bar.completions.display
        await press(pilot, app, "escape")
        assert screen.bar.text == ""
        assert screen.posts.pages.total == 6


async def test_a_key_that_is_faster_than_the_list_takes_what_fits_the_text(
    app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "slash", *"aut", "tab")
        find, is_found = screen.listing.completions, asyncio.Event()

        async def find_late(text: str, cursor: int) -> Completions:
            await is_found.wait()
            return await find(text, cursor)

        monkeypatch.setattr(screen.listing, "completions", find_late)
        await pilot.press(*"gr", "tab")
        assert screen.bar.text == "author:gr", "the list is still that of the text before"
        is_found.set()
        await settled(pilot, app)
        assert screen.bar.text.strip() == "author:grace"


async def test_what_is_offered_just_before_the_box_is_left_stays_closed(app: SocialTuiApp) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "slash", *"aut")
        offered = await screen.listing.completions("aut", 3)
        screen.bar.post_message(FilterBar.Kept())
        screen.bar.offer(offered, "aut")
        assert screen.bar.completions.display
        await settled(pilot, app)
        assert screen.focused is screen.posts
        assert not screen.bar.completions.display


async def test_the_sidebar_counts_and_narrows(app: SocialTuiApp, world: World) -> None:
    with psycopg.connect(world.database_url) as connection:
        analysed = "select media_id from public.post_media limit 1"
        answer = """'{"tags": ["A dog"]}'"""
        connection.execute(
            f"update public.post_media set ai_analysis = {answer} where media_id = ({analysed})"
        )
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        await until(pilot, lambda: screen.facets.row_count > 3)
        assert re.search(r"○ grace +2 ", shown(app))
        assert re.search(r"○ pending +3 ", shown(app))
        assert "Tag by analysis" in shown(app)
        assert re.search(r"○ a dog +1 ", shown(app))
        place = next(number for number, row in enumerate(screen.facets._rows) if row.value == "grace")
        screen.set_focus(screen.facets)
        screen.facets.move_to(place)
        await press(pilot, app, "enter")
        assert screen.bar.text == "author:grace"
        assert screen.posts.pages.total == 2
        await until(pilot, lambda: any("● grace" in line for line in lines(app)))
        await press(pilot, app, "enter")
        assert screen.bar.text == ""
        assert screen.posts.pages.total == 6


async def test_the_cursor_of_the_sidebar_passes_over_titles(app: SocialTuiApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        facets = screen.facets
        await until(pilot, lambda: facets.row_count > 3)
        screen.set_focus(facets)
        await press(pilot, app, "g")
        assert (facets.scroll_offset.y, facets.current) == (0, facets._rows[facets.cursor])
        passed = [facets.current]
        for _ in facets._rows:
            await pilot.press("j")
            passed.append(facets.current)
        choices = [row for row in facets._rows if row.can_be_chosen]
        assert list(dict.fromkeys(passed)) == choices
        facets.move_to(facets._rows.index(choices[-1]))
        for expected in reversed(choices[:-1]):
            await pilot.press("k")
            assert facets.current == expected
        await pilot.press("k")
        assert facets.current == choices[0]


async def test_a_view_is_saved_opened_and_deleted(app: SocialTuiApp, library: Library) -> None:
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "slash", *"has:image", "enter", "s", "w", *"with pictures", "enter")
        await until(pilot, lambda: views.list_views(library.gateway))
        [view] = views.list_views(library.gateway)
        assert (view.name, view.filter, view.sort) == ("with pictures", "has:image", "oldest")
        await press(pilot, app, "escape", "s")
        assert screen.posts.pages.total == 6
        await until(pilot, lambda: any("▸ with pictures" in line for line in lines(app)))
        screen.set_focus(screen.facets)
        screen.facets.move_to(1)
        await press(pilot, app, "enter")
        assert (screen.bar.text, screen.posts.sort, screen.posts.pages.total) == ("has:image", "oldest", 3)
        await press(pilot, app, "X")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, app, "y")
        await until(pilot, lambda: not views.list_views(library.gateway))


async def test_orders_go_by_key_and_by_a_click_on_a_header(app: SocialTuiApp) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        first = screen.post
        await press(pilot, app, "s")
        assert screen.posts.sort == "oldest"
        assert "Date▴" in lines(app)[1]
        assert screen.post != first
        column = lines(app)[1].index("Author")
        await pilot.click("#posts", offset=(column + 1, 0))
        await settled(pilot, app)
        assert str(screen.posts.sort) == "author"
        names = [row.author_username for _, row in screen.posts.pages.loaded()]
        assert names == sorted(name or "" for name in names)


async def test_columns_are_chosen_and_made_wider(app: SocialTuiApp) -> None:
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await loaded(pilot, app)
        await press(pilot, app, "K", *"text reac", "tab", "enter")
        assert lines(app)[1].split()[:2] == ["Text", "React"]
        assert app.state.shown == ("text", "reactions")
        await press(pilot, app, "K", *[*["backspace"] * 20, *"wrong"], "enter")
        assert "No column 'wrong'" in shown(app)
        await press(pilot, app, "K", *["backspace"] * 20, "enter")
        assert "Author" in lines(app)[1]
        before = lines(app)[1].index("Text")
        await press(pilot, app, "greater_than_sign")
        assert lines(app)[1].index("Text") == before + 2
        assert app.state.columns == screen.posts.widths.chosen


async def test_the_app_comes_back_far_down_in_a_list(world: World) -> None:
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post() for _ in range(900)])])
        with app_on(library) as app:
            async with app.run_test(size=MEDIUM) as pilot:
                screen = await loaded(pilot, app)
                screen.posts.move_to(700)
                await settled(pilot, app)
                post = screen.post
            state = app.state
        assert (post is not None and state.post_id == post.post_id, state.position) == (True, 700)
        # Three more came on top in the meantime.
        importing.import_paths(library, [world.write([world.post() for _ in range(3)])])
        with app_on(library, setup=Setup(state=state)) as again:
            async with again.run_test(size=MEDIUM) as pilot:
                screen = await loaded(pilot, again)
                await until(
                    pilot,
                    lambda: screen.posts.cursor >= 700 and screen.post is not None,
                    str((screen.posts.cursor, screen._sought, screen.posts.pages.total)),
                )
                assert screen.posts.cursor == 703
                assert screen.post is not None
                assert screen.post.post_id == state.post_id

"""The raw JSON of a post on a real library."""

from __future__ import annotations

import json

import psycopg
import pytest
from textual.message import Message

from social_tui.library import importing
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.raw import COPY_LIMIT, RawScreen
from social_tui.tui.widgets.raw_view import RawView
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, of_type, press, shown, until

pytestmark = pytest.mark.xdist_group("tui-gallery")


def raw_screen(app: SocialTuiApp) -> RawScreen:
    assert isinstance(app.screen, RawScreen)
    return app.screen


async def test_it_shows_the_json_line_by_line_and_as_it_came(gallery_app: SocialTuiApp) -> None:
    heard: list[Message] = []
    async with gallery_app.run_test(size=(120, 40), message_hook=heard.append) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "J")
        assert of_type(heard, RawView.LayoutWanted)
        assert '   "username": "ghopper",' in shown(gallery_app)
        assert "Line by line · row 1 of " in lines(gallery_app)[1]
        await press(pilot, gallery_app, "p")
        assert lines(gallery_app)[2].startswith(' {"activity_urn": "')
        await press(pilot, gallery_app, "p")
        assert lines(gallery_app)[2].strip() == "{"
        await press(pilot, gallery_app, "escape")
        assert gallery_app.screen is gallery_app.screen_stack[0]


async def test_words_are_found_one_after_the_other_around_the_end(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "J", "slash", *"MEDIA", "enter")
        view = raw_screen(gallery_app).view
        places = [view.cursor]
        for key in ("n", "n", "N", "N"):
            await press(pilot, gallery_app, key)
            places.append(view.cursor)
        assert view.match_count == 2
        first, second = places[:2]
        assert places == [first, second, first, second, first]
        assert "match 1 of 2" in lines(gallery_app)[1]
        await press(pilot, gallery_app, "escape")
        assert view.match_count == 0
        await press(pilot, gallery_app, "slash", *"absent", "enter")
        assert "stands nowhere" in shown(gallery_app)


async def test_resizing_keeps_the_place(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "J", "slash", *"last_name", "enter")
        screen = raw_screen(gallery_app)
        wide = screen.view.cursor
        await pilot.resize_terminal(30, 12)
        await until(pilot, lambda: screen.view.cursor != wide, "the rows stayed as wide as they were")
        assert "last_name" in screen.view.line_here
        await pilot.resize_terminal(20, 5)
        await pilot.resize_terminal(1, 1)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: screen.view.cursor == wide, "the place was lost")


async def test_what_is_copied_is_what_came(world: World) -> None:
    post = world.post(text='hostile \x1b]0;owned\x07 \u202e"quoted"')
    with world.open("app") as library:
        importing.import_paths(library, [world.write([post])])
        with app_on(library) as app:
            async with app.run_test(size=(80, 24)) as pilot:
                await loaded(pilot, app)
                await press(pilot, app, "J", "y")
                assert json.loads(app.clipboard) == post
                assert "The raw JSON was copied" in shown(app)
                await press(pilot, app, "j", "Y")
                assert app.clipboard == f'"activity_urn": "{post["activity_urn"]}",'


async def test_a_text_of_megabytes_in_one_line(world: World) -> None:
    with world.open("app") as library:
        importing.import_paths(library, [world.write([world.post()])])
        raw = json.dumps(
            {"text": "x" * 1_500_000 + "needle", "last": [1, "\u202e\x9b2J"]}, ensure_ascii=False
        )
        with psycopg.connect(world.database_url) as connection:
            connection.execute("update public.posts set raw_json = %s", [raw])
        with app_on(library) as app:
            async with app.run_test(size=(80, 24)) as pilot:
                await loaded(pilot, app)
                await press(pilot, app, "J")
                view = raw_screen(app).view
                assert view.row_count > len(raw) // 80
                await press(pilot, app, "slash", *"needle", "enter")
                assert view.cursor > 18_000
                await press(pilot, app, "G")
                assert "\ufffd\ufffd2J" in shown(app)
                assert "\x9b" not in shown(app)
                await press(pilot, app, "y")
                assert "too long for the clipboard" in shown(app)
                assert app.clipboard == ""
                assert len(raw) > COPY_LIMIT


async def test_a_post_without_raw_json_says_so(world: World) -> None:
    with world.open("app") as library:
        importing.import_paths(library, [world.write([world.post()])])
        with psycopg.connect(world.database_url) as connection:
            connection.execute("update public.posts set raw_json = null")
        with app_on(library) as app:
            async with app.run_test(size=(80, 24)) as pilot:
                await loaded(pilot, app)
                await press(pilot, app, "J", "n", "y", "Y", "p", "G", "g")
                assert "No raw JSON is kept of this post" in shown(app)

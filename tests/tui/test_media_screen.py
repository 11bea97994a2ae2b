"""One media on a real library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import psycopg
import pytest
from textual.message import Message

from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.widgets.line_list import LineList
from tests.media_cache.samples import encoded, scene
from tests.support.world import World
from tests.tui.driving import CLOCK, app_on, lines, loaded, main_screen, of_type, press, shown, until

pytestmark = pytest.mark.xdist_group("tui-gallery")

TALL = (200, 70)


async def test_it_tells_all_that_is_known(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=TALL) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "enter", "enter")
        screen = gallery_app.screen
        assert isinstance(screen, MediaScreen)
        assert screen.picture.picture
        text = shown(gallery_app)
        media = screen.current
        assert "captured, archived, analysed" in text
        assert "in archive   read back and hashed" in text
        assert media.md5_sum is not None
        assert media.md5_sum in text
        assert "https://media.example.com/m-001-0" in text
        assert "Four even fields of colour, two above" in text
        for event in ("media imported", "media downloaded", "media archived"):
            assert event in text
        assert lines(gallery_app)[0].startswith(" Image 1 of 1  Grace Hopper  2025-11-20")


async def test_it_goes_from_media_to_media_and_back(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=TALL) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "j", "enter", "enter")
        for key, place in (("l", 2), ("right", 3), ("l", 3), ("h", 2), ("left", 1), ("h", 1)):
            await press(pilot, gallery_app, key)
            assert f"Image {place} of 3" in lines(gallery_app)[0], key
        await pilot.press("escape")
        assert gallery_app.screen is main_screen(gallery_app)
        assert main_screen(gallery_app).pane.media.has_focus


async def test_a_lost_one_says_why_in_words(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=TALL) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "j", "j", "j", "enter", "enter")
        assert "the source says that it is gone (deleted)" in shown(gallery_app)
        assert "127.0.0.1 says that it is gone (HTTP 404)." in shown(gallery_app)
        await press(pilot, gallery_app, "l")
        assert "what came was no media file (not_media)" in shown(gallery_app)


@pytest.fixture
def alike(world: World) -> Iterator[Library]:
    """Give three posts: the newest with a picture, one with the same bytes, one with a smaller copy."""
    image = scene()
    whole, small = encoded(image, "PNG"), encoded(image.resize((350, 300)), "JPEG")
    urls = [
        world.serve("/small.jpg", small, "image/jpeg"),
        world.serve("/again.png", whole, "image/png"),
        world.serve("/first.png", whole, "image/png"),
    ]
    with world.open("app") as library:
        import_paths(library, [world.write([world.post(url) for url in urls])])
        for media in list(iterate_media(library.gateway)):
            capture(library, media.media_id, claim="test")
            preview(library, media.media_id)
        yield library


async def test_it_leads_to_other_posts_with_the_same_or_a_similar_picture(alike: Library) -> None:
    heard: list[Message] = []
    with app_on(alike) as app:
        async with app.run_test(size=TALL, message_hook=heard.append) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "enter", "enter")
            first = app.screen
            assert isinstance(first, MediaScreen)
            assert "Same picture in 1 other post, similar in 1 other post" in shown(app)
            assert [row.is_same for row in first.similar._rows] == [True, False]
            assert "very similar" in shown(app)
            await press(pilot, app, "s", "j", "enter")
            chosen = [
                message for message in of_type(heard, LineList.Chosen) if message.line_list is first.similar
            ]
            assert [message.index for message in chosen] == [1]
            second = app.screen
            assert isinstance(second, MediaScreen)
            assert second is not first
            assert second.current.mime_type == "image/jpeg"
            assert "Similar in 2 other posts" in shown(app)
            await press(pilot, app, "escape")
            assert first.is_current
            assert first.similar.has_focus
            await press(pilot, app, "escape")
            assert first.facts.has_focus
            await press(pilot, app, "escape")
            assert len(app.screen_stack) == 1


async def test_the_time_that_a_link_has_to_live_runs_down(world: World) -> None:
    with world.open("app") as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", b"x"))])])
        with psycopg.connect(world.database_url) as connection:
            end = CLOCK + timedelta(minutes=12, seconds=5)
            connection.execute("update public.post_media set url_expires_at = %s", [end])
        with app_on(library) as app:
            async with app.run_test(size=TALL) as pilot:
                await loaded(pilot, app)
                await press(pilot, app, "enter", "enter")
                assert "dies in 12 min 5 s" in shown(app)
                app.clock = lambda: CLOCK + timedelta(minutes=3)
                await until(pilot, lambda: "dies in 9 min 5 s" in shown(app))
                app.clock = lambda: CLOCK + timedelta(minutes=13)
                await until(pilot, lambda: "died 55 s ago" in shown(app))


async def test_pictures_can_be_switched_off_and_are_drawn_again(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=TALL) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "enter", "enter")
        screen = gallery_app.screen
        assert isinstance(screen, MediaScreen)
        drawn = screen.picture.picture
        assert drawn
        await press(pilot, gallery_app, "I")
        assert asdict(gallery_app.state)["images"] == "off"
        assert not screen.picture.picture
        assert "pictures are switched off" in shown(gallery_app)
        await press(pilot, gallery_app, "I")
        assert asdict(gallery_app.state)["images"] == "auto"
        again = screen.picture.picture
        assert again is not None
        assert again.lines == drawn.lines

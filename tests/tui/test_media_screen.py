"""One media on a real library."""

from __future__ import annotations

import pytest

from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.media import MediaScreen
from tests.tui.driving import lines, loaded, main_screen, press, shown

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
        assert "archived, read back and hashed" in text
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
        assert main_screen(gallery_app).media.has_focus


async def test_a_lost_one_says_why_in_words(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=TALL) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "j", "j", "j", "j", "enter", "enter")
        assert "the source says that it is gone (deleted)" in shown(gallery_app)
        assert "127.0.0.1 says that it is gone (HTTP 404)." in shown(gallery_app)
        await press(pilot, gallery_app, "l")
        assert "what came was no media file (not_media)" in shown(gallery_app)

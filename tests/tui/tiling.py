"""Opening the gallery in tests, and what its tiles show."""

from __future__ import annotations

from PIL.Image import Image
from textual.pilot import Pilot

from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.gallery import GalleryScreen
from social_tui.tui.widgets.thumbnail_grid import ThumbnailGrid
from tests.support.world import World
from tests.tui.driving import loaded, press
from tests.tui.gallery import picture

NARROW, MEDIUM, WIDE = (80, 24), (120, 40), (200, 60)


def import_pictures(
    world: World, library: Library, count: int, name: str = "m", *, captured: bool = True
) -> None:
    """Import one post with so many pictures."""
    urls = [world.serve(f"/{name}-{number}.png", picture(number), "image/png") for number in range(count)]
    import_paths(library, [world.write([world.post(*urls)])])
    for media in list(iterate_media(library.gateway)) if captured else ():
        if media.download_status == "pending":
            capture(library, media.media_id, claim="test")


async def open_gallery(pilot: Pilot[None], app: SocialTuiApp) -> GalleryScreen:
    """Go from the posts to the gallery."""
    await loaded(pilot, app)
    await press(pilot, app, "2")
    screen = app.screen
    assert isinstance(screen, GalleryScreen)
    return screen


def states_of(grid: ThumbnailGrid) -> list[Image | str]:
    """Return the pictures in sight, or the words in their places."""
    rows = map(grid.pages.row, grid.in_sight)
    return [grid.state_of(row) for row in rows if row is not None]


def is_picture(state: Image | str) -> bool:
    """Tell a picture from words."""
    return not isinstance(state, str)

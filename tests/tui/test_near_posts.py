"""The posts beside the selected one are read ahead, and are never shown as they were before."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from social_tui.library.importing import import_paths
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.models import PostDetail
from social_tui.store import media as media_store
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from tests.support.world import World
from tests.tui.driving import app_on, loaded, press, settled, shown, until
from tests.tui.tiling import WIDE, import_pictures


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


@pytest.fixture
def app(library: Library) -> Iterator[SocialTuiApp]:
    with app_on(library) as made:
        yield made


async def test_the_next_post_needs_no_reading_any_more(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_paths(library, [world.write([world.post() for _ in range(5)])])
    reads: list[str] = []
    read = LibraryModel.post

    def watched(model: LibraryModel, post_id: str) -> PostDetail:
        reads.append(post_id)
        return read(model, post_id)

    monkeypatch.setattr(LibraryModel, "post", watched)
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        post_ids = [row.post_id for _, row in screen.posts.pages.loaded()]
        assert reads == post_ids[:2]
        await press(pilot, app, "j")
        assert "Post number 4" in shown(app)
        assert reads == post_ids[:3]
        await press(pilot, app, "k", "k")
        assert reads == post_ids[:3]


async def test_one_that_changed_since_it_was_read_is_read_again(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_paths(library, [world.write([world.post(text="First"), world.post(text="Second")])])
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        below = screen.posts.beside[0]
        with psycopg.connect(world.database_url) as connection:
            connection.execute(
                "update public.posts set text_content = 'Another text' where post_id = %s", [below.post_id]
            )
        screen.rows_changed(frozenset([below.post_id]))
        await settled(pilot, app)
        await press(pilot, app, "j")
        assert screen.pane.is_showing(below.post_id)
        assert "Another text" in screen.pane.text._body.visual.plain  # type: ignore[attr-defined]


async def test_only_what_is_shown_counts_as_looked_at(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 1, "a")
    import_pictures(world, library, 1, "b")
    with world.open("app") as before:
        for media in list(iterate_media(before.gateway)):
            preview(before, media.media_id)
    sources = [media.media_id for media in iterate_media(library.gateway)]

    def looks() -> dict[str, int]:
        events = {media_id: media_store.list_events(library.gateway, media_id) for media_id in sources}
        return {
            media_id: sum(event.event == "media_accessed" for event in of_media)
            for media_id, of_media in events.items()
        }

    earlier = looks()
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        await until(pilot, lambda: screen.pane.preview.picture)
        [first] = screen.pane.media.media
        await until(pilot, lambda: looks()[first.media_id] == earlier[first.media_id] + 1)
        [other] = set(sources) - {first.media_id}
        assert looks()[other] == earlier[other]
        await press(pilot, app, "j")
        assert screen.pane.preview.picture
        await until(pilot, lambda: looks()[other] == earlier[other] + 1)
        await press(pilot, app, "k", "j", "k")
        assert looks() == {media_id: count + 1 for media_id, count in earlier.items()}


async def test_a_look_is_no_reason_to_read_rows_again(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    import_pictures(world, library, 1)
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        model = await app.model()
        place = model.latest_change()
        [media] = list(iterate_media(library.gateway))
        media_store.record_event(library.gateway, media.media_id, "media_accessed", actor="app")
        changes = model.changes(place)
        assert changes.seq != place
        assert not changes.post_ids

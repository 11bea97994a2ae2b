"""Searching in the app: typing, what is found, opening it, and what it says when there is nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from social_tui.errors import DatabaseError
from social_tui.library.embedding import index_meaning
from social_tui.library.searching import By, Search
from social_tui.library.session import Library
from social_tui.search_models import FoundPost
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from social_tui.tui.presentation import posts_words
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.screens.search import SearchScreen
from tests.store.library_rows import import_all, post
from tests.support.embedding_server import EmbeddingServer
from tests.support.world import World
from tests.tui.driving import app_on, loaded, press, settled, shown

pytestmark = pytest.mark.xdist_group("tui-gallery")

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
SIZES += [pytest.param((200, 60), id="200x60")]
Compare = Callable[..., bool]


def screen_of(app: SocialTuiApp) -> SearchScreen:
    """Return the search, which is on top."""
    assert isinstance(app.screen, SearchScreen)
    return app.screen


async def search(pilot: Pilot[None], app: SocialTuiApp, words: str) -> SearchScreen:
    """Open the search and type words."""
    await loaded(pilot, app)
    await press(pilot, app, "4")
    screen = screen_of(app)
    screen.box.value = words
    await settled(pilot, app)
    return screen


async def test_words_are_found_while_they_are_typed_and_opened(gallery_app: SocialTuiApp) -> None:
    app = gallery_app
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, "4")
        assert "Type words" in shown(app)
        await press(pilot, app, *"the")
        screen = screen_of(app)
        assert screen.found.row_count > 1
        assert "the best first" in shown(app)
        await press(pilot, app, "enter", "j")
        assert screen.found.has_focus
        assert screen.found.cursor == 1
        screen.found.move_to(next(n for n, row in enumerate(screen.found.rows) if row.media_total))
        post = screen.post
        assert post is not None
        await press(pilot, app, "enter")
        opened = app.screen
        assert isinstance(opened, MediaScreen)
        assert opened.post.post_id == post.post_id
        await press(pilot, app, "escape")
        assert screen_of(app) is screen, "one comes back to what was found"
        await press(pilot, app, "slash")
        assert screen.box.has_focus
        await press(pilot, app, "escape", "escape")
        assert isinstance(app.screen, MainScreen)


async def test_a_post_without_media_is_opened_among_the_posts(gallery_app: SocialTuiApp) -> None:
    app = gallery_app
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await search(pilot, app, "e* or a* or t*")
        bare = next(number for number, post in enumerate(screen.found.rows) if not post.media_total)
        await press(pilot, app, "enter")
        screen.found.move_to(bare)
        post_id = screen.found.rows[bare].post_id
        await press(pilot, app, "enter")
        assert isinstance(app.screen, MainScreen)
        assert app.view.text == f"id:{post_id}"


async def test_nothing_found_and_a_broken_database_are_told(
    gallery_app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = gallery_app
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await search(pilot, app, "xyzzyplugh")
        assert "No post has this." in shown(app)

        def broken(*_: object) -> None:
            raise DatabaseError("The database does not answer.")

        monkeypatch.setattr(LibraryModel, "search", broken)
        screen.box.value = "other"
        await settled(pilot, app)
        assert "The database does not answer." in shown(app)
        screen.box.value = ""
        await settled(pilot, app)
        assert "Type words" in shown(app)


async def test_more_is_read_when_the_end_comes_into_view(
    gallery_app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_tui.tui.screens.search.PAGE", 5)
    app = gallery_app
    async with app.run_test(size=(80, 12)) as pilot:
        screen = await search(pilot, app, "e* or a* or t*")
        await press(pilot, app, "enter")
        for _ in range(8):
            await press(pilot, app, "G")
        post_ids = [post.post_id for post in screen.found.rows]
        assert len(post_ids) > 10
        assert len(set(post_ids)) == len(post_ids)
        assert screen.found.cursor == len(post_ids) - 1


async def test_words_are_sent_to_a_service_at_enter_alone(world: World) -> None:
    with EmbeddingServer() as server:
        world.use(server.settings())
        with world.open() as library:
            import_all(library.gateway, post("a", text="a boat at sea"), post("b", text="snow on a roof"))
            index_meaning(library)
            server.requests.clear()
            with app_on(library) as app:
                async with app.run_test(size=(120, 40)) as pilot:
                    screen = await search(pilot, app, "boat")
                    await press(pilot, app, "enter", "b", "b")
                    assert "by meaning" in shown(app)
                    assert "/ and enter ask the service" in shown(app)
                    await press(pilot, app, "slash", "s")
                    assert "Enter searches by meaning" in shown(app)
                    assert (server.requests, screen.found.row_count) == ([], 0)
                    await press(pilot, app, "enter")
                    assert [each["input"] for each in server.requests] == [["boats"]]
                    assert screen.found.row_count == 2
                    await press(pilot, app, "enter")
                    assert screen.found.has_focus
                    assert len(server.requests) == 1, "what was found is gone to, not asked for again"


async def test_a_picture_is_looked_for_page_by_page_whatever_way_was_chosen(
    gallery_app: SocialTuiApp, gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_tui.tui.screens.search.PAGE", 1)
    pages: list[tuple[str, bool]] = []
    read = LibraryModel.search

    def heard(model: LibraryModel, wanted: Search, by: By, after: object, limit: int) -> list[FoundPost]:
        pages.append((by, after is not None))
        return read(model, wanted, by, after, limit)

    monkeypatch.setattr(LibraryModel, "search", heard)
    media = next(iterate_media(gallery_library.gateway, status="ready"))
    app = gallery_app
    async with app.run_test(size=(80, 12)) as pilot:
        screen = await search(pilot, app, f"similar:{media.media_id}")
        use = LibraryModel(gallery_library, "here").picture_use(Search("", media.media_id))
        assert use is not None
        assert use.first_author is not None
        words = f"alike: {posts_words(use.posts)} of {use.authors} author"
        assert words in shown(app)
        assert use.first_author in shown(app)
        await press(pilot, app, "enter", "b")
        assert screen.found.row_count
        assert ("hybrid", True) in pages


@pytest.mark.parametrize("size", SIZES)
def test_what_is_found(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """Posts with a word, the second under the cursor."""

    async def run(pilot: Pilot[None]) -> None:
        await search(pilot, gallery_app, "the")
        await press(pilot, gallery_app, "enter", "j")

    assert snap_compare(gallery_app, terminal_size=size, run_before=run)


def test_nothing_typed(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """The search before anything is typed."""

    async def run(pilot: Pilot[None]) -> None:
        await search(pilot, gallery_app, "")

    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=run)

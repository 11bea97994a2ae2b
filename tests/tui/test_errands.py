"""What nobody waits for any more is ended in the database too."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.tui.app import SocialTuiApp
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, settled, until

SIZE = (120, 40)
_WAITING = """
select coalesce(array_agg(query_start order by query_start), '{}') from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%%' || %s || '%%'
"""


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library of three posts."""
    with world.open("app") as library:
        importing.import_paths(
            library, [world.write([world.post(text=text) for text in ("old", "older", "oldest")])]
        )
        yield library


@pytest.fixture
def watching(world: World) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Open a connection that sees what the server does."""
    with psycopg.connect(world.database_url, autocommit=True) as connection:
        yield connection


def _waiting(watching: psycopg.Connection[tuple[object, ...]], function: str) -> list[object]:
    """Return since when each call of a function has waited for a lock."""
    row = watching.execute(_WAITING, [function]).fetchone()
    assert row is not None
    assert isinstance(row[0], list)
    return row[0]


async def test_another_letter_ends_the_reading_for_the_one_before(
    library: Library, world: World, watching: psycopg.Connection[tuple[object, ...]]
) -> None:
    with app_on(library) as app:
        async with app.run_test(size=SIZE) as pilot:
            screen = await loaded(pilot, app)
            with psycopg.connect(world.database_url) as holder:
                holder.execute("lock table public.posts in access exclusive mode")
                await pilot.press("slash", *"old")
                await until(pilot, lambda: len(_waiting(watching, "list_posts")) == 1)
                [first] = _waiting(watching, "list_posts")
                await pilot.press("e")
                await until(pilot, lambda: first not in (now := _waiting(watching, "list_posts")) and now)
                assert len(_waiting(watching, "list_posts")) == 1
            await settled(pilot, app)
            assert screen.posts.pages.total == 2
            assert "2 posts" in lines(app)[0]
            assert app.notice is None


async def test_the_sidebar_counts_for_the_last_filter_only(
    library: Library, world: World, watching: psycopg.Connection[tuple[object, ...]]
) -> None:
    with app_on(library) as app:
        async with app.run_test(size=SIZE) as pilot:
            await loaded(pilot, app)
            await pilot.press("b")
            await settled(pilot, app)
            with psycopg.connect(world.database_url) as holder:
                # Lists do not need it; the facet of tags does.
                holder.execute("lock table public.tags, public.post_tags in access exclusive mode")
                await pilot.press("slash", *"old")
                await until(pilot, lambda: _waiting(watching, "facet_posts"))
                await pilot.press("e")
                await until(pilot, lambda: not _waiting(watching, "facet_posts"))
                await until(pilot, lambda: "2 posts" in lines(app)[0])
            await settled(pilot, app)
            assert app.notice is None


async def test_quitting_waits_for_nothing_that_is_read(
    library: Library, world: World, watching: psycopg.Connection[tuple[object, ...]]
) -> None:
    app: SocialTuiApp
    with psycopg.connect(world.database_url) as holder, app_on(library) as app:
        async with app.run_test(size=SIZE) as pilot:
            await loaded(pilot, app)
            holder.execute("lock table public.posts in access exclusive mode")
            await pilot.press("slash", *"old")
            await until(pilot, lambda: _waiting(watching, "list_posts"))
        # The lock is still held: only a reading that was ended lets the threads end.
        app.join_threads()
        assert _waiting(watching, "list_posts") == []
        assert library.closing.is_set(), "links to archived bytes are not waited for either"

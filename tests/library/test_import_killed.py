"""An import that is killed and run again leaves the library that an import in peace leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from social_tui.library.importing import import_paths
from social_tui.store.statistics import read_statistics
from tests.support.waiting import until
from tests.support.world import FIRST_URN, World

POSTS = 1100

#: Dies before or after the batch with a number is stored.
_IMPORT = """
import itertools, os, signal, sys
from social_tui.config import load_settings
from social_tui.library.importing import import_paths
from social_tui.library.session import open_library
from social_tui.store import imports

moment, number, *paths = sys.argv[1:]
count = itertools.count()
really = imports.import_posts
def dying_at(here):
    if here == moment:
        os.kill(os.getpid(), signal.SIGKILL)
def import_posts(*args, **options):
    is_last = next(count) == int(number)
    dying_at("before" if is_last else "")
    stored = really(*args, **options)
    dying_at("after" if is_last else "")
    return stored
imports.import_posts = import_posts
with open_library(load_settings(), actor="cli") as library:
    import_paths(library, paths)
"""

_TABLES = {
    "posts": "select to_jsonb(p) from public.posts p",
    "post_media": """
        select to_jsonb(m) || jsonb_build_object('of', p.urn)
        from public.post_media m left join public.posts p using (post_id)
    """,
    "data_downloads": """
        select to_jsonb(d) || jsonb_build_object('of', p.urn)
        from public.data_downloads d left join public.posts p using (post_id)
    """,
    "post_links": """
        select jsonb_build_object('of', p.urn, 'relation', l.relation, 'to', q.urn)
        from public.post_links l join public.posts p using (post_id)
        join public.posts q on q.post_id = l.linked_post_id
    """,
}
#: Times that the exports tell; all others say when something was done.
_TIMES = {"posted_at_timestamp", "url_expires_at", "link_dies_at"}


def content(world: World) -> dict[str, list[str]]:
    """Return what every row of an import says, without ids that are drawn and hours of doing."""

    def said(row: dict[str, Any]) -> str:
        return repr(
            sorted(
                (name, value)
                for name, value in row.items()
                if name in _TIMES or not name.endswith(("_id", "_at"))
            )
        )

    with psycopg.connect(world.database_url) as connection:
        return {
            name: sorted(said(row) for (row,) in connection.execute(query.encode()).fetchall())
            for name, query in _TABLES.items()
        }


def exports(world: World) -> list[str]:
    """Write two files: posts of which some carry others, and a later export of some of them."""
    first = [world.post(f"https://media.example/{number}.jpg?e=4102444800&t=x") for number in range(POSTS)]
    for number, post in enumerate(first[::7]):
        urn = str(FIRST_URN - 1 - number % 40)
        post["reshared_post"] = {**world.post(f"https://media.example/of-{urn}.jpg", urn=urn)}
    later = [{**post, "stats": {"total_reactions": 99, "comments": 2, "reposts": 0}} for post in first[::3]]
    return [world.write([*first, {"no": "post"}], "first.json"), world.write(later, "later.json")]


def killed(world: World, moment: str, number: int, paths: list[str]) -> subprocess.Popen[bytes]:
    """Start an import that is going to die."""
    return subprocess.Popen(
        [sys.executable, "-c", _IMPORT, moment, str(number), *paths],
        env={**os.environ, **world.environment()},
    )


@contextmanager
def media_held(world: World) -> Iterator[psycopg.Connection]:
    """Keep every import from writing media, so that it stands between a post and its media."""
    with psycopg.connect(world.database_url) as holder:
        holder.execute("lock table public.post_media in share row exclusive mode")
        yield holder


def is_waiting(world: World) -> bool:
    query = """
        select 1 from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database() and pid <> pg_backend_pid()
    """
    with psycopg.connect(world.database_url) as connection:
        return connection.execute(query).fetchone() is not None


def check_against_an_import_in_peace(world: World, paths: list[str]) -> None:
    """Import again, twice, and compare with what the same files give in an empty library."""
    with world.open() as library:
        again = import_paths(library, paths)
        assert again.posts.read == POSTS + len(range(0, POSTS, 3)) + 1
        found, figures = content(world), read_statistics(library.gateway)
        assert import_paths(library, paths).posts.unchanged == again.posts.read - 1
        assert content(world) == found
    with psycopg.connect(world.database_url) as connection:
        connection.execute("delete from public.posts")
        connection.execute("delete from public.post_media")
    with world.open() as library:
        import_paths(library, paths)
        in_peace = content(world)
        assert {name: len(rows) for name, rows in found.items()} == {
            name: len(rows) for name, rows in in_peace.items()
        }
        assert found == in_peace
        assert read_statistics(library.gateway) == figures


@pytest.mark.parametrize(("moment", "number"), [("after", 0), ("before", 2)])
def test_killed_beside_a_batch(world: World, moment: str, number: int) -> None:
    paths = exports(world)
    assert killed(world, moment, number, paths).wait(120) == -signal.SIGKILL
    check_against_an_import_in_peace(world, paths)


def test_killed_in_the_middle_of_a_transaction(world: World) -> None:
    paths = exports(world)
    child = killed(world, "never", 0, paths)
    with media_held(world) as holder:
        until(lambda: is_waiting(world), "the import never came to the media")
        child.kill()
        assert child.wait(30) == -signal.SIGKILL
        holder.rollback()
    check_against_an_import_in_peace(world, paths)

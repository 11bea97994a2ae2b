"""`social-tui library`: copied there and back by the command, also when it is killed on the way."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.cli.conftest import CommandLine
from tests.conftest import fresh_database
from tests.store.library_rows import rows
from tests.support.waiting import until
from tests.support.world import World

POSTS = 1_200


@pytest.fixture
def other_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give the URL of an empty library in a database of its own."""
    with fresh_database(server_url, template_database) as url:
        yield url


def test_a_push_that_is_killed_goes_on_and_a_pull_brings_it_back(
    cli: CommandLine, world: World, other_url: str
) -> None:
    items = [world.post(f"https://media.example.com/{number}.jpg") for number in range(POSTS)]
    assert cli("import", world.write(items)).returncode == 0
    cli.environment["SOCIAL_TUI_OTHER_DATABASE_URL"] = other_url
    with psycopg.connect(other_url) as gate:
        gate.execute("lock table public.post_media in access exclusive mode")
        running = cli.start("library", "push")
        until(lambda: rows(other_url, "select count(*) from public.posts") == [(POSTS,)], "the posts")
        running.kill()
        running.communicate()
        gate.rollback()
    until(
        lambda: (
            rows(
                other_url,
                "select count(*) from pg_stat_activity where application_name = 'social-tui moving'",
            )
            == [(0,)]
        ),
        "the end of its connection",
    )
    tables = {each["table"]: each for each in cli.json("library", "push")}
    assert (tables["posts"]["rows"], tables["posts"]["sent"]) == (POSTS, 0)
    assert tables["post_media"] == {
        "table": "post_media",
        "rows": POSTS,
        "sent": POSTS,
        "kept": 0,
        "missing": 0,
    }
    assert sum(each["missing"] for each in tables.values()) == 0
    counted = "select sum(media_total), count(distinct search) > 0 from public.posts"
    assert rows(other_url, counted) == rows(world.database_url, counted)

    rows(
        other_url,
        "update public.posts set is_marked = true, updated_at = now()"
        " where post_id = (select min(post_id) from public.posts)",
    )
    again = cli("library", "push")
    assert again.returncode == 0
    assert "1 rows stay as they are in the target" in again.stderr
    tables = {each["table"]: each for each in cli.json("library", "pull")}
    assert tables["posts"]["sent"] == 1
    assert cli("posts", "count", "is:marked").stdout == "1\n"


def test_a_database_that_cannot_be_had_is_said_without_its_password(cli: CommandLine) -> None:
    unset = cli("library", "push")
    assert unset.returncode == 2
    assert "SOCIAL_TUI_OTHER_DATABASE_URL" in unset.stderr
    cli.environment["SOCIAL_TUI_OTHER_DATABASE_URL"] = "postgresql://ada:hush-hush@127.0.0.1:1/none"
    away = cli("library", "pull")
    assert away.returncode == 4
    assert "hush-hush" not in away.stdout + away.stderr
    shown = cli("config", "show")
    assert "hush-hush" not in shown.stdout

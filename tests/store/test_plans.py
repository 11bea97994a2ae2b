"""That what is asked all the time is read through indexes, with some thousand posts as with a million.

PostgreSQL counts in each transaction which tables were read from end to end, also by what functions ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg.types.json import Jsonb

from benchmarks import big_library
from benchmarks.bench_search import SEARCHES
from social_tui.filters import parse
from social_tui.models import SORTS
from social_tui.store.gateway import Gateway
from social_tui.store.media import list_media
from tests.conftest import fresh_database
from tests.store.library_rows import captured, import_one, post, reference

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
FILTERS = (
    "", "turbine", '"time year"', "zeppelin", "-time election", "author:author-3", "platform:mastodon",
    "type:poll", "has:video", "status:failed", "status:pending", "status:downloading",
    "-status:pending,ready", "outcome:expired", "tag:seldom", "is:marked", "is:unread",
    "after:2025-06-01", "before:2023-06-01", "reactions:>1k", "sha256:9f86d081",
    "tag:election is:unread harbour",
)  # fmt: skip
_SCANS = """
select relname, seq_scan from pg_stat_xact_user_tables
where relname in ('posts', 'post_media', 'media_blobs', 'procrastinate_jobs', 'search_words')
"""


@pytest.fixture(scope="module")
def stocked(server_url: str, template_database: str) -> Iterator[Connection]:
    """Connect to a library of some thousand posts, twice as many media, and jobs for most of these."""
    with fresh_database(server_url, template_database) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            big_library.fill(connection, 5000)
            for kind in ("download", "archive"):
                connection.execute("select public.request_jobs(%s, p_filter => '{}')", [kind])
            connection.execute("analyze jobs.procrastinate_jobs")
        with psycopg.connect(url) as connection:
            yield connection


def read_whole(connection: Connection, sql: str, *values: object, least: int = 0) -> list[str]:
    """Run a statement that gives rows, undo it, and name the large tables that it read from end to end."""
    before: dict[str, int] = dict(connection.execute(_SCANS).fetchall())
    given = connection.execute(sql.encode(), values).rowcount
    after: dict[str, int] = dict(connection.execute(_SCANS).fetchall())
    connection.rollback()
    assert given >= least, f"{sql} gives {given} rows"
    return [name for name in before if after[name] > before[name]]


def as_json(text: str) -> Jsonb:
    """Read a filter as the functions take it."""
    return Jsonb(parse(text, now=NOW).filter.to_json())


def test_a_table_that_is_read_whole_is_named(stocked: Connection) -> None:
    assert read_whole(stocked, "select max(length(raw_json)) from public.posts") == ["posts"]
    stocked.execute("drop index public.idx_posts_search")
    assert read_whole(stocked, "select public.list_posts(%s)", as_json("zeppelin")) == ["posts"]
    stocked.execute("drop index private.idx_search_words")
    assert read_whole(stocked, "select public.list_posts(%s)", as_json("zeppelin")) == ["search_words"]


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_of_posts_is_read_through_indexes(stocked: Connection, sort: str) -> None:
    sql = "select public.list_posts(%s, %s, p_backward => %s)"
    for text in FILTERS:
        for backward in (False, True):
            assert (text, backward, read_whole(stocked, sql, as_json(text), sort, backward)) == (
                text, backward, [],
            )  # fmt: skip


def test_a_search_is_read_through_indexes(stocked: Connection) -> None:
    for searches, _ in SEARCHES.values():
        for words in searches:
            assert (words, read_whole(stocked, "select public.search_posts(%s)", words)) == (words, [])
    for text in FILTERS:
        found = read_whole(stocked, "select public.search_posts('turbine', %s)", as_json(text))
        assert (text, found) == (text, [])


def test_jobs_are_taken_through_indexes(stocked: Connection) -> None:
    worker = "(select w.id from jobs.procrastinate_register_worker_v1() w(id))"
    for taking in (
        f"public.exchange_downloads({worker}, p_at_once => 50, p_newest => 10) where event = 'taken'",
        f"public.exchange_archives({worker}, p_at_once => 50) where event = 'taken'",
        f"jobs.procrastinate_fetch_job_v2(array['verify', 'archive'], {worker}) where id > 0",
        f"jobs.procrastinate_fetch_job_v2(null, {worker}) where id > 0",
    ):
        assert (taking, read_whole(stocked, f"select 1 from {taking}", least=1)) == (taking, [])


def capture(connection: Connection, media_ids: list[str]) -> int:
    """Have media captured, and count the rows of media_blobs that were read for them."""
    files = [
        {**captured(each).model_dump(mode="json"), "media_id": each, "claim": "claim"} for each in media_ids
    ]
    connection.execute("select public.claim_downloads(%s, 'claim')", [media_ids])
    connection.execute("select private.finish_media(%s, 'worker')", [Jsonb(files)])
    [(count,)] = connection.execute(
        "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'media_blobs'"
    )
    connection.commit()
    return int(count)


def test_what_was_planned_while_nothing_was_held_reads_few_rows_later(
    gateway: Gateway, database_url: str
) -> None:
    _, rows = import_one(gateway, post("1", [reference(str(n), position=n) for n in range(40)]))
    media_ids = [row.media_id for row in rows]
    with psycopg.connect(database_url) as connection:
        capture(connection, media_ids[:20])
        connection.execute(
            "insert into public.media_blobs (sha256, md5_sum, byte_size, mime_type)"
            " select encode(sha256(n::text::bytea), 'hex'), md5(n::text), 1, 'image/png'"
            " from generate_series(1, 3000) n"
        )
        connection.commit()
        assert capture(connection, media_ids[20:]) < 20 * 20
    assert {row.download_status for row in list_media(gateway)} == {"ready"}

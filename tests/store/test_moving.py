"""Copying a library into another database: all of it, again, elsewhere, and nothing of what is others'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from social_tui.errors import ConfigurationError, DatabaseError, NotFoundError, SchemaError
from social_tui.store.moving import _COUNT_MISSING, CopiedTable, two_databases
from tests.conftest import fresh_database
from tests.store.callers import HERE, Library, database_url, library
from tests.store.library_rows import rows

__all__ = ["database_url", "library"]

# What belongs to the other database: its people, what can be undone there.
LEFT = {"workspaces", "workspace_members", "post_changes"}
DEFAULT = UUID(HERE)


@pytest.fixture
def target_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give the URL of an empty library in a database of its own."""
    with fresh_database(server_url, template_database) as url:
        yield url


def copy(source: str, target: str, workspace: UUID = DEFAULT) -> dict[str, CopiedTable]:
    with two_databases(source, target) as mover:
        return {table.table: table for table in mover.copy(DEFAULT, workspace)}


def content(url: str, table: str, leaving: str) -> list[tuple[object, ...]]:
    """Give all rows of a table as texts without some columns, in a fixed order."""
    return rows(url, f"select (to_jsonb(t) - %s::text[])::text from public.{table} t order by 1", leaving)


def test_all_of_a_library_arrives_once(database_url: str, library: Library, target_url: str) -> None:
    rows(database_url, "update public.ai_analyses set state = 'parsed', raw_answer = '{\"a\": 1}'")
    workspace = uuid4()
    rows(target_url, "insert into public.workspaces values (%s, 'team')", str(workspace))
    copied = copy(database_url, target_url, workspace)
    tables = {
        name for (name,) in rows(database_url, "select tablename from pg_tables where schemaname = 'public'")
    }
    assert set(copied) == tables - LEFT
    assert {name for name, table in copied.items() if not table.rows or table.missing} == set()
    assert all(table.sent == table.rows for table in copied.values())

    for table in copied:
        own = "{workspace_id,id,txid,job_id,batch_id,search}"
        assert content(target_url, table, own) == content(database_url, table, own), table
    assert rows(target_url, "select distinct workspace_id from public.post_media") == [(workspace,)]
    assert rows(target_url, "select archive_url, proof from public.media_blobs") == [
        ("s3://private-bucket/key", "archived")
    ]
    assert rows(target_url, "select count(*) from jobs.procrastinate_jobs") == [(0,)]

    again = copy(database_url, target_url, workspace)
    assert {table.sent for table in again.values()} == {0}
    assert {table.missing for table in again.values()} == {0}
    assert library


def test_what_changed_is_sent_and_what_is_newer_or_only_there_stays(
    database_url: str, library: Library, target_url: str
) -> None:
    copy(database_url, target_url)
    rows(target_url, "insert into public.tags (tag_id, name) values ('tag-there', 'theirs')")
    rows(database_url, "update public.saved_views set filter = 'is:marked', updated_at = now()")
    changes = (
        "posts set is_marked = true, updated_at = now()",
        "data_downloads set raw_json = '{}'",
        # Even where the source's row is the newer one.
        "post_media set download_status = 'ready', outcome = 'ok', local_file_path = 'there',"
        " sha256 = (select min(sha256) from public.media_blobs), ai_analysis_status = 'completed'",
    )
    for change in changes:
        rows(target_url, f"update public.{change}")
    rows(
        database_url,
        "update public.post_media set download_status = 'pending', local_file_path = null,"
        " ai_analysis_status = 'not_started', updated_at = now() + interval '1 hour'",
    )
    rows(target_url, "update public.media_blobs set proof = 'read_back', archive_url = 's3://theirs/key'")
    again = copy(database_url, target_url)
    assert {name for name, table in again.items() if table.sent} == {"saved_views"}
    assert {name for name, table in again.items() if table.missing} == set()
    assert {name for name, table in again.items() if table.kept} == {"posts", "data_downloads", "post_media"}
    assert all(again[name].kept == again[name].rows for name in ("posts", "data_downloads", "post_media"))
    assert rows(target_url, "select is_marked from public.posts") == [(True,)]
    assert rows(target_url, "select distinct download_status, ai_analysis_status from public.post_media") == [
        ("ready", "completed")
    ]
    assert rows(target_url, "select distinct filter from public.saved_views") == [("is:marked",)]
    assert rows(target_url, "select archive_url from public.media_blobs") == [("s3://theirs/key",)]
    assert rows(target_url, "select count(*) from public.tags where tag_id = 'tag-there'") == [(1,)]
    rows(target_url, "update public.media_blobs set proof = 'cached', archive_url = null, pinned_at = now()")
    assert copy(database_url, target_url)["media_blobs"].sent
    assert rows(target_url, "select archive_url, pinned_at is not null from public.media_blobs") == [
        ("s3://private-bucket/key", True)
    ]
    assert library


def test_a_row_of_another_workspace_is_not_taken_over(
    database_url: str, library: Library, target_url: str
) -> None:
    rows(
        target_url,
        "with w as (insert into public.workspaces (name) values ('theirs') returning workspace_id)"
        " insert into public.tags (tag_id, name, workspace_id) select 'tag-1', 'theirs', workspace_id from w",
    )
    copied = copy(database_url, target_url)
    assert (copied["tags"].sent, copied["tags"].missing) == (0, 1)
    assert {name for name, table in copied.items() if table.missing} == {"tags"}
    assert rows(target_url, "select name from public.tags") == [("theirs",)]
    assert library


def test_events_of_no_media_are_looked_up_by_their_moment(target_url: str) -> None:
    with psycopg.connect(target_url) as connection:
        connection.execute("set enable_seqscan = off")
        plan = connection.execute(
            f"explain (format json) {_COUNT_MISSING}".encode(), {"rows": "[]", "target": DEFAULT}
        ).fetchall()
    assert '"idx_media_events_others"' in json.dumps(plan)


def test_one_thing_under_two_ids_is_said(database_url: str, library: Library, target_url: str) -> None:
    rows(
        target_url,
        "insert into public.posts (post_id, urn, platform) values ('p-other', '1', 'linkedin')",
    )
    with pytest.raises(DatabaseError, match="in posts under another id"):
        copy(database_url, target_url)
    assert library


def test_where_nothing_can_be_copied_nothing_is(
    database_url: str, library: Library, target_url: str, empty_database_url: str
) -> None:
    with pytest.raises(NotFoundError, match="There is no workspace"):
        copy(database_url, target_url, uuid4())
    with (
        pytest.raises(ConfigurationError, match="6543"),
        two_databases(database_url, "postgresql://x@x:6543/x"),
    ):
        pass
    with pytest.raises(SchemaError):
        copy(database_url, empty_database_url)
    rows(target_url, "alter table public.tags add column later text")
    with pytest.raises(SchemaError, match="tags is not alike"):
        copy(database_url, target_url)
    assert rows(target_url, "select count(*) from public.posts") == [(0,)]
    assert library

"""Who sees and changes rows without the functions: strangers, neighbours, members, the service."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.store.callers import (
    CALLERS,
    ELSEWHERE,
    HERE,
    MEMBERS,
    USERS,
    WRITERS,
    become,
    database_url,
    library,
    outcome,
)
from tests.store.library_rows import rows

__all__ = ["database_url", "library"]

TABLES = (
    *("workspaces", "workspace_members", "posts", "post_media", "media_blobs", "ai_analyses", "media_events"),
    *("profiles", "tags", "profile_tags", "post_tags", "action_queue", "download_runs", "data_downloads"),
    *("saved_views", "post_changes", "post_links"),
)


@pytest.mark.usefixtures("library")
def test_the_matrix_knows_every_table(database_url: str) -> None:
    found = rows(
        database_url,
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')",
    )
    assert {name for name, _ in found} == set(TABLES)
    assert all(secured for _, secured in found)
    for table in TABLES:
        [(count,)] = rows(database_url, f"select count(*) from public.{table}")
        assert count > 0, f"an empty {table} proves nothing"


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("caller", CALLERS)
def test_rows_are_seen_by_members_and_the_service(database_url: str, caller: str, table: str) -> None:
    key = "workspace_id" if table.startswith("workspace") else "created_at"
    if table == "media_events":
        key = "id"
    seen = outcome(database_url, caller, f"select {key} from public.{table}")
    [(total,)] = rows(database_url, f"select count(*) from public.{table}")
    if caller == "anon":
        assert seen == "42501"
    elif caller == "service":
        assert seen == total
    elif table.startswith("workspace"):
        own = {"nobody": 0, "neighbour": 1}.get(caller, len(MEMBERS) if table == "workspace_members" else 1)
        assert seen == own
    else:
        assert seen == (total if caller in MEMBERS else 0)


WRITES = {
    "posts": ("update public.posts set is_marked = true", "delete from public.posts"),
    "post_media": ("update public.post_media set alt_text = 'x'", "delete from public.post_media"),
    "profiles": ("update public.profiles set notes = 'x'", "delete from public.profiles"),
    "tags": ("update public.tags set color = 'red'", "delete from public.tags"),
    "profile_tags": ("delete from public.profile_tags",),
    "post_tags": ("update public.post_tags set confidence = 1", "delete from public.post_tags"),
    "action_queue": ("update public.action_queue set user_notes = 'x'", "delete from public.action_queue"),
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("statement", [line for lines in WRITES.values() for line in lines])
@pytest.mark.parametrize("caller", CALLERS)
def test_what_people_write_is_changed_by_owners_and_editors(
    database_url: str, caller: str, statement: str
) -> None:
    concerned = outcome(database_url, caller, statement)
    if caller == "anon":
        assert concerned == "42501"
    else:
        assert concerned == (1 if caller in (*WRITERS, "service") else 0)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "statement",
    [
        "update public.posts set raw_json = '{}'",
        "insert into public.posts (post_id, urn) values ('p-x', 'x')",
        "update public.post_media set sha256 = null",
        "update public.post_media set download_status = 'ready'",
        "update public.post_media set ai_analysis_status = 'completed'",
        "update public.post_media set workspace_id = '00000000-0000-0000-0000-000000000002'",
        "insert into public.post_media (media_id, post_id, media_type) values ('med-x', null, 'image')",
        "update public.media_blobs set proof = 'read_back'",
        "delete from public.media_blobs",
        "update public.ai_analyses set cost_microdollars = 0",
        "insert into public.media_events (event, actor, workspace_id) values ('x', 'x', gen_random_uuid())",
        "update public.media_events set actor = 'x'",
        "delete from public.media_events",
        "truncate public.media_events",
        "update public.download_runs set status = 'x'",
        "delete from public.data_downloads",
        "delete from public.post_links",
        "select private.link_posts('{}', '{}', '{}')",
        "update public.posts set media_failed = 0",
        "delete from public.saved_views",
        "update public.post_changes set undone_at = null",
        "select private.filter_sql('{}')",
        "select archive_url from public.post_media",
        "select * from public.post_media",
        "select claim from public.post_media",
        "select archive_url from public.media_blobs",
        "select * from private.media_view",
        "select private.page_size(1)",
        "select * from private.jobs_of(null)",
        "select * from private.job_lanes",
        "update private.job_progress set received_bytes = 0",
        "select * from jobs.procrastinate_jobs",
        "select * from private.store_posts(null, '[]', null, null)",
    ],
)
@pytest.mark.parametrize("caller", ["anon", "owner"])
def test_what_the_system_finds_out_is_written_by_functions_only(
    database_url: str, caller: str, statement: str
) -> None:
    assert outcome(database_url, caller, statement) == "42501"


@pytest.mark.usefixtures("library")
def test_rows_cannot_be_put_into_another_workspace(database_url: str) -> None:
    insert = "insert into public.tags (tag_id, name, workspace_id) values ('tag-2', 'new', %s)"
    assert outcome(database_url, "editor", insert, HERE) == 1
    assert outcome(database_url, "editor", insert, ELSEWHERE) == "42501"
    assert outcome(database_url, "viewer", insert, HERE) == "42501"
    assert outcome(database_url, "neighbour", insert, ELSEWHERE) == 1
    move = "update public.tags set workspace_id = %s"
    assert outcome(database_url, "editor", move, ELSEWHERE) == "42501"


@pytest.mark.usefixtures("library")
def test_owners_decide_who_is_a_member(database_url: str) -> None:
    add = "insert into public.workspace_members (workspace_id, user_id, role) values (%s, %s, 'owner')"
    assert outcome(database_url, "owner", add, HERE, USERS["nobody"]) == 1
    for caller in ("editor", "viewer", "neighbour", "nobody"):
        assert outcome(database_url, caller, add, HERE, USERS["nobody"]) == "42501"
    promote = "update public.workspace_members set role = 'owner' where user_id = %s"
    assert outcome(database_url, "viewer", promote, USERS["viewer"]) == 0
    assert outcome(database_url, "owner", promote, USERS["viewer"]) == 1
    assert outcome(database_url, "owner", "update public.workspaces set name = 'x'") == 1
    assert outcome(database_url, "editor", "update public.workspaces set name = 'x'") == 0


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("policy", ["member_read", "editor_write"])
def test_without_its_policy_a_table_shows_nothing(database_url: str, policy: str) -> None:
    """The policies are what lets members in, and each does its part."""
    with psycopg.connect(database_url) as connection:
        connection.execute(sql.SQL("drop policy {} on public.tags").format(sql.Identifier(policy)))
        become(connection, "viewer")
        seen = len(connection.execute("select tag_id from public.tags").fetchall())
        become(connection, "editor")
        changed = connection.execute("update public.tags set color = 'red'").rowcount
        connection.rollback()
    assert (seen, changed) == ((0, 1) if policy == "member_read" else (1, 0))

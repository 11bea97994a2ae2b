"""Who sees and changes what: strangers, neighbours, viewers, editors, owners, the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from social_tui.store import analyses, jobs, media
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.conftest import url_of
from tests.store.library_rows import download, import_one, post, reference, rows

HERE = "00000000-0000-0000-0000-000000000001"
ELSEWHERE = "00000000-0000-0000-0000-000000000002"
USERS = {role: str(uuid4()) for role in ("owner", "editor", "viewer", "neighbour", "nobody")}
# Who stands for which role of the database.
CALLERS = ("anon", *USERS, "service")
MEMBERS = ("owner", "editor", "viewer")
WRITERS = ("owner", "editor")
TABLES = (
    *("workspaces", "workspace_members", "posts", "post_media", "media_blobs", "ai_analyses", "media_events"),
    *("profiles", "tags", "profile_tags", "post_tags", "action_queue", "download_runs", "data_downloads"),
)

Library = dict[str, str]


def become(connection: psycopg.Connection[Any], caller: str) -> None:
    """Set role and claims for the rest of the transaction, as PostgREST does."""
    role = {"anon": "anon", "service": "service_role"}.get(caller, "authenticated")
    claims = {"role": role, **({"sub": USERS[caller]} if caller in USERS else {})}
    connection.execute(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
        [role, json.dumps(claims)],
    )


@contextmanager
def acting_as(url: str, caller: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a transaction for a caller, and take it back at the end."""
    with psycopg.connect(url) as connection:
        become(connection, caller)
        yield connection
        connection.rollback()


def outcome(url: str, caller: str, statement: str, *values: object) -> int | str:
    """Run a statement as somebody; gives how many rows it concerned, or the SQLSTATE of the refusal."""
    with acting_as(url, caller) as connection:
        try:
            cursor = connection.execute(statement.encode(), values or None)
        except psycopg.Error as error:
            return error.sqlstate or "?"
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


@pytest.fixture(scope="module")
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give one database for all these tests: whatever they do is taken back."""
    rows(server_url, f"create database rls template {template_database}")
    yield url_of(server_url, "rls")
    rows(server_url, "drop database rls with (force)")


@pytest.fixture(scope="module")
def library(database_url: str) -> Library:
    """Fill one workspace with a row in every table, and make people members of it and of another."""
    gateway = PsycopgGateway(database_url)
    rows(database_url, "insert into public.workspaces values (%s, 'elsewhere')", ELSEWHERE)
    for name, workspace, role in (
        *((name, HERE, name) for name in MEMBERS),
        ("neighbour", ELSEWHERE, "owner"),
    ):
        rows(
            database_url,
            "insert into public.workspace_members values (%s, %s, %s)",
            *(workspace, USERS[name], role),
        )
    post_id, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    media.record_archived(
        gateway, file.sha256, archive_url="s3://private-bucket/key", proof="archived", actor="worker"
    )
    turn = analyses.reserve(
        gateway,
        row.media_id,
        provider="p",
        model="m",
        prompt_version="1",
        schema_version="1",
        detail="low",
        actor="worker",
    )
    jobs.request_jobs(gateway, "verify")
    rows(
        database_url,
        "insert into public.profiles (profile_id, username, name) values ('prf-1', 'ada', 'Ada');"
        "insert into public.tags (tag_id, name) values ('tag-1', 'steam');"
        "insert into public.profile_tags values ('pft-1', 'prf-1', 'tag-1')",
    )
    rows(database_url, "insert into public.post_tags values ('ptg-1', %s, 'tag-1')", post_id)
    rows(
        database_url,
        "insert into public.action_queue (action_id, post_id, action_type) values ('act-1', %s, 'like')",
        post_id,
    )
    gateway.close()
    return {
        "post_id": post_id,
        "media_id": row.media_id,
        "sha256": file.sha256,
        "analysis_id": turn.analysis_id,
    }


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
        "select archive_url from public.post_media",
        "select * from public.post_media",
        "select claim from public.post_media",
        "select archive_url from public.media_blobs",
        "select * from private.media_view",
        "select private.page_size(1)",
        "select * from private.jobs_of(null)",
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


# Each function of the app with arguments, by who may call it.
READERS: dict[str, str] = {
    "get_media": "p_media_id => %(media_id)s",
    "list_media": "p_post_id => %(post_id)s",
    "list_blobs": "",
    "blob_for_media": "p_media_id => %(media_id)s",
    "record_event": "p_media_id => %(media_id)s, p_event => 'media_accessed', p_actor => 'app'",
    "list_events": "p_media_id => %(media_id)s",
    "raw_posts": "",
    "list_posts": "p_query => 'engines'",
    "get_post": "p_post_id => %(post_id)s",
    "list_jobs": "",
    "count_jobs": "",
    "changes_after": "",
    "latest_change": "",
}
COUNTERS: dict[str, str] = {"open_jobs": "p_kind => 'verify'", "read_statistics": ""}
EDITORS: dict[str, str] = {
    "import_media": "p_post_id => %(post_id)s, p_media => '[]'",
    "mark_post": "p_post_id => %(post_id)s",
    "read_post": "p_post_id => %(post_id)s",
    "request_jobs": "p_kind => 'verify', p_media_ids => array[%(media_id)s]",
    "retry_jobs": "",
    "cancel_jobs": "",
    "start_run": "p_script_name => 'x', p_platform => 'linkedin', p_files => '[]'",
    "import_posts": "p_run_id => null, p_posts => '[]', p_dry_run => true",
    "finish_run": "p_run_id => (select run_id from public.download_runs limit 1), p_status => 'x',"
    " p_report => '{}'",
}
SERVICE: dict[str, str] = {
    "claim_download": "p_media_id => %(media_id)s, p_claim => 'c'",
    "finish_download": "p_media_id => %(media_id)s, p_claim => 'c', p_file => '{}'",
    "fail_download": "p_media_id => %(media_id)s, p_claim => 'c', p_outcome => 'network', p_error => 'x'",
    "release_download": "p_media_id => %(media_id)s, p_claim => 'c'",
    "record_verification": "p_sha256 => %(sha256)s, p_result => 'ok'",
    "record_archived": "p_sha256 => %(sha256)s, p_archive_url => 'local:x', p_proof => 'archived'",
    "reserve_analysis": "p_media_id => %(media_id)s, p_provider => 'p', p_model => 'm',"
    " p_prompt_version => '1', p_schema_version => '1', p_detail => 'low'",
    "mark_analysis_sent": "p_analysis_id => %(analysis_id)s",
    "store_analysis_answer": "p_analysis_id => %(analysis_id)s, p_raw_answer => '{}'",
    "fail_analysis": "p_analysis_id => %(analysis_id)s, p_error => 'x'",
    "complete_analysis": "p_analysis_id => %(analysis_id)s, p_parsed => '{}'",
}


@pytest.fixture(scope="module")
def call(database_url: str, library: Library) -> Callable[[str, str, str], list[Any] | str]:
    """Give a way to call a function as somebody: its rows, or the SQLSTATE of the refusal."""

    def run(caller: str, function: str, arguments: str) -> list[Any] | str:
        with acting_as(database_url, caller) as connection:
            statement = f"select to_jsonb(t) from public.{function}({arguments}) t"
            try:
                return connection.execute(statement.encode(), library).fetchall()
            except psycopg.Error as error:
                return error.sqlstate or "?"

    return run


def test_the_matrix_knows_every_function(database_url: str) -> None:
    found = rows(
        database_url, "select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1"
    )
    assert {name for (name,) in found} == {*READERS, *COUNTERS, *EDITORS, *SERVICE}


@pytest.mark.parametrize("function", [*READERS, *COUNTERS])
@pytest.mark.parametrize("caller", CALLERS)
def test_reading_functions_give_members_their_own(
    call: Callable[[str, str, str], list[Any] | str], caller: str, function: str
) -> None:
    answer = call(caller, function, {**READERS, **COUNTERS}[function])
    if caller in ("anon", "nobody"):
        assert answer == "42501"
    elif caller != "neighbour":
        assert isinstance(answer, list)
        assert len(answer) > 0
    elif function == "record_event":
        assert answer == "P0002"
    elif function in COUNTERS:
        assert isinstance(answer, list)
        assert {value for value in answer[0][0].values() if isinstance(value, int)} == {0}
    else:
        assert answer == []


@pytest.mark.parametrize("function", EDITORS)
@pytest.mark.parametrize("caller", CALLERS)
def test_changing_functions_are_for_owners_and_editors_of_the_workspace(
    call: Callable[[str, str, str], list[Any] | str], caller: str, function: str
) -> None:
    answer = call(caller, function, EDITORS[function])
    if caller in ("anon", "viewer", "nobody"):
        assert answer == "42501"
    elif caller != "neighbour":
        assert isinstance(answer, list)
    elif function in ("import_media", "mark_post", "read_post", "finish_run"):
        assert answer == "P0002", "what is in another workspace is not there"
    elif function == "request_jobs":
        assert answer == [({"requested": 0, "already_queued": 0, "not_eligible": 1},)]
    elif function in ("retry_jobs", "cancel_jobs"):
        assert answer == [({"changed": 0, "requested": None},)]


@pytest.mark.parametrize("function", SERVICE)
@pytest.mark.parametrize("caller", CALLERS)
def test_findings_are_recorded_by_workers_only(
    call: Callable[[str, str, str], list[Any] | str], caller: str, function: str
) -> None:
    answer = call(caller, function, SERVICE[function])
    if caller == "service":
        assert answer != "42501"
    else:
        assert answer == "42501"


def test_clients_see_that_there_is_an_archive_but_not_where(
    call: Callable[[str, str, str], list[Any] | str],
) -> None:
    for function, arguments in (("get_media", READERS["get_media"]), ("list_blobs", "")):
        for caller, shown in (("viewer", "s3:"), ("owner", "s3:"), ("service", "s3://private-bucket/key")):
            answer = call(caller, function, arguments)
            assert isinstance(answer, list)
            assert (answer[0][0]["archive_url"], answer[0][0]["proof"]) == (shown, "archived")
    answer = call("viewer", "get_post", READERS["get_post"])
    assert "private-bucket" not in json.dumps(answer)


def test_an_import_goes_into_the_workspace_of_its_importer(database_url: str, library: Library) -> None:
    item = {
        "platform": "linkedin",
        "urn": "77",
        "raw_json": "{}",
        "media": [
            {
                "role": "main",
                "position": 0,
                "media_type": "image",
                "url": "https://x.example/",
                "source_identity": "x",
            }
        ],
    }
    taken = {**item, "urn": "1"}
    with acting_as(database_url, "neighbour") as connection:
        [(run_id,)] = connection.execute(
            "select run_id from public.start_run('x', 'linkedin', '[]')"
        ).fetchall()
        answer = connection.execute(
            "select result, reason from public.import_posts(%s, %s::jsonb) order by position",
            [run_id, json.dumps([item, taken])],
        ).fetchall()
        assert answer == [("new", None), ("rejected", "The post is in a workspace that you may not change.")]
        connection.execute("reset role")
        for table in ("posts", "post_media", "data_downloads", "download_runs", "media_events"):
            found = connection.execute(
                sql.SQL("select count(*) from {} where workspace_id = %s").format(
                    sql.Identifier("public", table)
                ),
                [ELSEWHERE],
            ).fetchall()
            assert found[0][0] > 0, table
        assert connection.execute(
            "select distinct user_id::text from public.media_events where workspace_id = %s", [ELSEWHERE]
        ).fetchall() == [(USERS["neighbour"],)]
        assert connection.execute(
            "select owner_user_id::text from public.posts where urn = '77'"
        ).fetchall() == [(USERS["neighbour"],)]
    assert library


def test_a_worker_may_log_in_as_a_member_of_the_service(database_url: str, library: Library) -> None:
    name = f"worker_{uuid4().hex[:8]}"
    rows(database_url, f"create role {name} login; grant service_role to {name}")
    url = database_url.replace("postgres@", f"{name}@")
    try:
        claimed = rows(url, "select media_id from public.get_media(%s)", library["media_id"])
        assert claimed == [(library["media_id"],)]
        assert rows(url, "select count(*) from jobs.procrastinate_jobs") == [(1,)]
    finally:
        rows(database_url, f"drop role {name}")


def test_a_login_without_rights_is_not_taken_for_the_service(database_url: str, library: Library) -> None:
    name = f"stranger_{uuid4().hex[:8]}"
    rows(database_url, f"create role {name} login; grant authenticated to {name}")
    url = database_url.replace("postgres@", f"{name}@")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not a member"):
            rows(url, "select media_id from public.get_media(%s)", library["media_id"])
    finally:
        rows(database_url, f"drop role {name}")


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

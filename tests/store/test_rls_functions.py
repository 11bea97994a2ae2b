"""Who may call which function, and what each gets: strangers, neighbours, members, workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.store.callers import (
    CALLERS,
    ELSEWHERE,
    MEMBERS,
    USERS,
    Library,
    acting_as,
    become,
    database_url,
    library,
)
from tests.store.library_rows import rows

__all__ = ["database_url", "library"]

# Each function of the app with arguments, by who may call it.
READERS: dict[str, str] = {
    "get_media": "p_media_id => %(media_id)s",
    "list_media": "p_post_id => %(post_id)s",
    "list_blobs": "",
    "blob_for_media": "p_media_id => %(media_id)s",
    "record_event": "p_media_id => %(media_id)s, p_event => 'media_accessed', p_actor => 'app'",
    "list_events": "p_media_id => %(media_id)s",
    "raw_posts": "",
    "list_posts": """p_filter => '{"words": "engines"}'""",
    "export_posts": """p_filter => '{"words": "engi"}'""",
    "post_anchors": "p_every => 1",
    "facet_posts": "p_facet => 'platform'",
    "suggest_values": "p_field => 'author', p_prefix => 'a'",
    "list_gallery": "",
    "gallery_anchors": "p_every => 1",
    "similar_media": "p_media_id => %(media_id)s",
    "record_phash": "p_sha256 => %(sha256)s, p_phash => 5",
    "list_views": "",
    "get_post": "p_post_id => %(post_id)s",
    "list_jobs": "",
    "count_jobs": "",
    "count_failures": "",
    "list_queue": "p_part => 'waiting'",
    "changes_after": "",
    "latest_change": "",
}
COUNTERS: dict[str, str] = {
    "open_jobs": "p_kind => 'verify'",
    "read_queues": "",
    "read_statistics": "",
    "count_posts": "",
}
EDITORS: dict[str, str] = {
    "import_media": "p_post_id => %(post_id)s, p_media => '[]'",
    "request_jobs": "p_kind => 'verify', p_media_ids => array[%(media_id)s]",
    "retry_jobs": "",
    "cancel_jobs": "",
    "save_view": "p_name => 'failures', p_filter => 'status:failed'",
    "delete_view": "p_view_id => 'view-1'",
    "change_posts": "p_change => 'mark', p_post_ids => array[%(post_id)s]",
    "jobs_on": "p_statuses => array['todo'], p_post_ids => array[%(post_id)s]",
    "undo_change": "p_change_id => 'change-1'",
    "pin_media": "p_media_ids => array[%(media_id)s]",
    "start_run": "p_script_name => 'x', p_platform => 'linkedin', p_files => '[]'",
    "find_held": "p_posts => '[]'",
    "import_posts": "p_run_id => null, p_posts => '[]', p_dry_run => true",
    "finish_run": "p_run_id => (select run_id from public.download_runs limit 1), p_status => 'x',"
    " p_report => '{}'",
}
# What concerns the queue as a whole: all members see it, and who may not change every workspace leaves it.
STEERING: dict[str, str] = {
    "list_lanes": "",
    "pause_jobs": "p_kind => 'verify'",
    "set_job_concurrency": "p_kind => 'verify', p_concurrency => 3",
}
SERVICE: dict[str, str] = {
    "claim_downloads": "p_media_ids => array[%(media_id)s], p_claim => 'c'",
    "exchange_downloads": "p_worker_id => 0",
    "media_without_bytes": "p_media_ids => array[%(media_id)s]",
    "take_in_media": "p_files => '[]'",
    "miss_media": "p_missed => '[]'",
    "finish_download": "p_media_id => %(media_id)s, p_claim => 'c', p_file => '{}'",
    "fail_download": "p_media_id => %(media_id)s, p_claim => 'c', p_outcome => 'network', p_error => 'x'",
    "release_download": "p_media_id => %(media_id)s, p_claim => 'c'",
    "put_back_job": "p_job_id => 0",
    "tell_progress": "p_progress => '[]'",
    "record_verification": "p_sha256 => %(sha256)s, p_result => 'ok'",
    "record_archived": "p_sha256 => %(sha256)s, p_archive_url => 'local:x', p_proof => 'archived'",
    "evictable_blobs": "p_md5_sums => array['0']",
    "evict_blob": "p_sha256 => %(sha256)s",
    "recall_blob": "p_sha256 => %(sha256)s, p_local_file_path => 'media/images/x.jpg', p_source => 'archive'",
    "cache_summary": "",
    "colliding_md5_sums": "",
    "record_intact": "p_sha256 => array[%(sha256)s]",
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
    assert {name for (name,) in found} == {*READERS, *COUNTERS, *EDITORS, *STEERING, *SERVICE}


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
        # The library's one picture has no like, and none failed.
        assert (len(answer) == 0) == (function in ("similar_media", "count_failures"))
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
    elif function in ("import_media", "finish_run", "delete_view", "undo_change"):
        assert answer == "P0002", "what is in another workspace is not there"
    elif function == "request_jobs":
        assert answer == [({"requested": 0, "already_queued": 0, "not_eligible": 1},)]
    elif function == "change_posts":
        assert isinstance(answer, list)
        assert [(row["changed"], row["has_more"]) for (row,) in answer] == [(0, False)]
    elif function == "jobs_on":
        assert answer == [([],)]
    elif function in ("retry_jobs", "cancel_jobs"):
        assert answer == [({"changed": 0, "requested": None},)]


@pytest.mark.parametrize("function", STEERING)
@pytest.mark.parametrize("caller", CALLERS)
def test_the_queue_of_several_workspaces_is_steered_by_the_service(
    call: Callable[[str, str, str], list[Any] | str], caller: str, function: str
) -> None:
    answer = call(caller, function, STEERING[function])
    if caller in ("anon", "nobody") or (function != "list_lanes" and caller != "service"):
        assert answer == "42501"
    else:
        assert isinstance(answer, list)
        assert len(answer) == (4 if function == "list_lanes" else 1)


@pytest.mark.parametrize("caller", MEMBERS)
def test_a_queue_of_one_workspace_is_steered_by_its_owners_and_editors(
    database_url: str, library: Library, caller: str
) -> None:
    assert library
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from public.workspace_members where workspace_id = %s", [ELSEWHERE])
        become(connection, caller)
        if caller == "viewer":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select * from public.pause_jobs('verify')")
        else:
            [(kind, paused_at, _)] = connection.execute(
                "select * from public.pause_jobs('verify')"
            ).fetchall()
            assert kind == "verify"
            assert paused_at is not None
        connection.rollback()


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

"""An older library upgrades in place: every value is still there, and the new version works on it."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.filters import Filter
from social_tui.models import MediaRow
from social_tui.store import analyses, imports, jobs, media, posts
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.gateway import Gateway
from social_tui.store.migrations import migrate, read_migrations, status
from social_tui.store.psycopg_gateway import PsycopgGateway
from social_tui.store.statistics import read_statistics
from tests.store.library_rows import captured, download, import_all, post, reference, rows
from tests.store.server_versions import any_database_url, any_server_url
from tests.store.test_post_counts import assert_true

__all__ = ["any_database_url", "any_server_url"]

TABLES = {
    "posts": "post_id",
    "download_runs": "run_id",
    "data_downloads": "download_id",
    "profiles": "profile_id",
    "tags": "tag_id",
    "profile_tags": "profile_tag_id",
    "post_tags": "post_tag_id",
    "action_queue": "action_id",
    "post_media": "media_id",
}
OLD_RAW = json.dumps({"urn": "old", "text": "as the old tool kept it"})
OLD_ANALYSIS = "A chart, in plain words rather than JSON."

OLD_ROWS = f"""
insert into public.posts (post_id, urn, full_urn, posted_at_timestamp, author_username, text_content,
  post_type, url, raw_json, is_read, is_marked)
values
  ('p-0000aaaa', '7300000000000000001', 'urn:li:activity:7300000000000000001', 1764000000000, 'ada',
    'Carousel', 'regular', 'https://social.example/1', '{OLD_RAW}', true, true),
  ('p-0000bbbb', '7300000000000000002', null, null, null, null, null, null, null, null, null);
update public.posts set created_at = null, updated_at = null where post_id = 'p-0000bbbb';
insert into public.download_runs (run_id, started_at, status, system_info, posts_fetched)
  values ('run-0000aaaa', '2025-11-01', 'completed', 'a machine', 7);
insert into public.data_downloads (download_id, post_id, run_id, downloaded_at, total_reactions, raw_json)
values
  ('dl-0000aaaa', 'p-0000aaaa', 'run-0000aaaa', '2025-11-01', 5, '{{"old": 1}}'),
  ('dl-0000bbbb', 'p-0000aaaa', 'run-0000aaaa', '2025-11-02', 6, null),
  ('dl-0000cccc', 'p-0000aaaa', null, '2025-11-03', 6, '{{"old": 1}}');
insert into public.profiles (profile_id, username, name) values ('prf-0000aaaa', 'ada', 'Ada');
insert into public.tags (tag_id, name) values ('tag-0000aaaa', 'steam');
insert into public.profile_tags values ('pft-0000aaaa', 'prf-0000aaaa', 'tag-0000aaaa');
insert into public.post_tags values ('ptg-0000aaaa', 'p-0000aaaa', 'tag-0000aaaa', 0.75);
insert into public.action_queue (action_id, post_id, action_type)
  values ('act-0000aaaa', 'p-0000aaaa', 'like');
insert into public.post_media (media_id, post_id, media_type, media_url, local_file_path, file_size,
  mime_type, width, height, ai_analysis_status, ai_analysis, ai_analyzed_at, created_at)
values
  ('med-0000cccc', 'p-0000aaaa', 'image', 'https://media.example/c?e=1&t=x', 'cache/c.jpg', 10, 'image/jpeg',
    1, 2, 'pending', null, null, '2025-11-03'),
  ('med-0000aaaa', 'p-0000aaaa', 'image', 'https://media.example/a?e=1&t=x', 'cache/a.jpg', 11, 'image/jpeg',
    3, 4, 'completed', '{OLD_ANALYSIS}', '2025-11-05', '2025-11-01'),
  ('med-0000bbbb', 'p-0000aaaa', 'image', 'https://media.example/b?e=1&t=x', null, null, null,
    null, null, 'analyzing', null, null, '2025-11-02'),
  ('med-0000dddd', 'p-0000bbbb', 'carousel', 'https://media.example/d', null, null, 'video/mp4',
    null, null, 'failed', null, null, null),
  ('med-0000eeee', null, 'image', 'https://media.example/e', null, null, null,
    null, null, 'pending', null, null, null);
"""
LATER_ROWS = """
update public.post_media set md5_sum = 'd41d8cd98f00b204e9800998ecf8427e',
  archive_url = 's3://old-bucket/media/2025/11/med-0000aaaa.jpg',
  ai_analysis_log = '[{"event": "ai_analysis_completed", "status": "success"}]'
where media_id = 'med-0000aaaa';
update public.post_media set ai_analysis_log = '{"event": "single"}' where media_id = 'med-0000bbbb';
"""
UNCHECKED_ROWS = """
alter table public.post_media drop constraint post_media_ai_analysis_status_check;
update public.post_media set ai_analysis_status = 'analyzing' where media_id = 'med-0000bbbb';
update public.post_media set ai_analysis_status = 'queued?' where media_id = 'med-0000cccc';
update public.post_media set ai_analysis_status = null where media_id = 'med-0000dddd';
"""
VIEW = """
create view public.v_main_post_view as
  select p.post_id, p.raw_json::jsonb ->> 'text' as text, p.is_read from public.posts p
"""


def make_old_library(url: str, *, is_checked: bool = True) -> None:
    """Build what the older tool's database is: two migrations, recorded by the Supabase CLI, and rows."""
    first, second = read_migrations()[:2]
    with psycopg.connect(url) as connection:
        connection.execute(
            "create schema supabase_migrations; create table supabase_migrations.schema_migrations"
            " (version text primary key, statements text[], name text)"
        )
        for migration, then in ((first, OLD_ROWS), (second, LATER_ROWS)):
            connection.execute(migration.sql.encode())
            connection.execute(then.encode())
            connection.execute(
                "insert into supabase_migrations.schema_migrations values (%s, null, %s)",
                [migration.version, migration.name],
            )
        connection.execute(VIEW.encode())
        if not is_checked:
            connection.execute(UNCHECKED_ROWS.encode())


def values(url: str) -> dict[str, dict[str, Any]]:
    """Give every row by its id, as JSON."""
    return {
        row["id"]: row["value"]
        for table, key in TABLES.items()
        for (row,) in rows(
            url, f"select json_build_object('id', {key}, 'value', to_json(t)) from public.{table} t"
        )
    }


def changed(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give, of the values that were there before, those that are not the same now."""
    return {
        identifier: {
            column: after[identifier].get(column)
            for column, value in row.items()
            if after[identifier].get(column, "gone") != value and value is not None
        }
        for identifier, row in before.items()
        if any(
            after[identifier].get(column, "gone") != value and value is not None
            for column, value in row.items()
        )
    }


@pytest.fixture
def upgraded(empty_database_url: str) -> str:
    """Give an older library after its upgrade."""
    make_old_library(empty_database_url)
    migrate(empty_database_url)
    return empty_database_url


@pytest.fixture
def old_gateway(upgraded: str) -> Any:
    """Open a gateway on it."""
    opened = PsycopgGateway(upgraded)
    yield opened
    opened.close()


def media_of(gateway: Gateway, media_id: str) -> MediaRow:
    return media.get_media(gateway, media_id)


def test_every_old_value_is_still_there(any_database_url: str) -> None:
    make_old_library(any_database_url)
    before = values(any_database_url)
    assert [row.state for row in status(any_database_url)][:3] == ["applied", "applied", "pending"]

    migrate(any_database_url)

    after = values(any_database_url)
    assert set(after) == set(before)
    # The second migration, which ran before, had turned the old words for states into the new ones.
    assert changed(before, after) == {"med-0000dddd": {"media_type": "video"}}
    assert after["med-0000dddd"]["metadata"] == {"old_media_type": "carousel"}
    assert {row.state for row in status(any_database_url)} == {"applied"}


def test_old_words_for_states_become_new_ones(empty_database_url: str) -> None:
    make_old_library(empty_database_url, is_checked=False)
    before = values(empty_database_url)
    migrate(empty_database_url)
    after = values(empty_database_url)
    states = {name: row["ai_analysis_status"] for name, row in after.items() if name.startswith("med-")}
    assert states == {
        "med-0000aaaa": "completed",
        "med-0000bbbb": "not_started",
        "med-0000cccc": "not_started",
        "med-0000dddd": "not_started",
        "med-0000eeee": "not_started",
    }
    assert before["med-0000cccc"]["ai_analysis_status"] == "queued?"
    assert after["med-0000cccc"]["metadata"] == {"old_ai_analysis_status": "queued?"}
    assert after["med-0000aaaa"]["ai_analysis"] == OLD_ANALYSIS


def test_an_old_library_takes_the_same_id_of_another_network(empty_database_url: str) -> None:
    make_old_library(empty_database_url)
    rows(empty_database_url, "update public.posts set platform = null where post_id = 'p-0000bbbb'")
    migrate(empty_database_url)
    with closing(PsycopgGateway(empty_database_url)) as gateway:
        urn = "7300000000000000002"
        stored = import_all(gateway, post(urn, platform="mastodon"), post(urn))
    assert [row.result for row in stored] == ["new", "updated"]
    assert stored[1].post_id == "p-0000bbbb"


def test_old_media_get_places_and_an_honest_state(old_gateway: Gateway, upgraded: str) -> None:
    listed = media.list_media(old_gateway, post_id="p-0000aaaa")
    assert [(row.media_id, row.role, row.position) for row in listed] == [
        ("med-0000aaaa", "main", 0),
        ("med-0000bbbb", "main", 1),
        ("med-0000cccc", "main", 2),
    ]
    first = listed[0]
    assert (first.download_status, first.proof, first.sha256) == ("pending", None, None)
    assert first.archive_url == "s3://old-bucket/media/2025/11/med-0000aaaa.jpg"
    assert (first.local_file_path, first.md5_sum) == ("cache/a.jpg", "d41d8cd98f00b204e9800998ecf8427e")
    assert first.ai_analysis_log == [{"event": "ai_analysis_completed", "status": "success"}]
    assert listed[1].ai_analysis_log == [{"event": "single"}]
    assert rows(upgraded, "select source_type from public.post_media where post_id is null") == [("upload",)]
    figures = read_statistics(old_gateway)
    assert (figures.posts, figures.media, figures.blobs) == (2, 5, 0)


def test_views_over_old_tables_go_on_working(upgraded: str) -> None:
    assert rows(upgraded, "select text, is_read from public.v_main_post_view order by post_id") == [
        ("as the old tool kept it", True),
        (None, None),
    ]


def test_old_posts_are_listed_and_found(old_gateway: Gateway) -> None:
    assert [row.post_id for row in posts.list_posts(old_gateway)] == ["p-0000aaaa", "p-0000bbbb"]
    assert [row.post_id for row in posts.list_posts(old_gateway, filter=Filter(words="carousel ada"))] == [
        "p-0000aaaa"
    ]
    bare = posts.get_post(old_gateway, "p-0000bbbb")
    assert (bare.platform, bare.text_content, bare.is_read, bare.raw_json) == ("linkedin", "", False, None)
    assert bare.media[0].media_id == "med-0000dddd"


def test_importing_an_old_post_again_completes_it_and_keeps_its_rows(
    old_gateway: Gateway, upgraded: str
) -> None:
    item = post(
        "7300000000000000001",
        [
            reference("x"),
            reference("a", position=1),
            reference("b", position=2),
            reference("c", position=3),
            reference("t", role="thumbnail"),
        ],
        text="Carousel, edited",
    )
    stored = import_all(old_gateway, item)[0]

    assert (stored.post_id, stored.result) == ("p-0000aaaa", "updated")
    assert [row.result for row in stored.media] == ["new", "held", "held", "held", "new"]
    listed = media.list_media(old_gateway, post_id="p-0000aaaa")
    assert [row.media_id for row in listed[1:4]] == ["med-0000aaaa", "med-0000bbbb", "med-0000cccc"]
    assert listed[1].media_url == "https://media.example/a?sig=one"
    assert listed[1].ai_analysis == OLD_ANALYSIS
    kept = rows(
        upgraded,
        "select raw_json from public.data_downloads"
        " where post_id = 'p-0000aaaa' and content_hash = private.content_hash(%s)",
        OLD_RAW,
    )
    assert kept == [(OLD_RAW,)], "what the old tool had kept is not lost with the new text"
    assert import_all(old_gateway, item)[0].result == "unchanged"
    detail = posts.get_post(old_gateway, "p-0000aaaa")
    assert (detail.is_read, detail.is_marked, detail.reactions) == (True, True, 3)


def test_the_backfill_reads_old_posts(old_gateway: Gateway) -> None:
    assert [(row.post_id, row.raw_json) for row in imports.raw_posts(old_gateway)] == [
        ("p-0000aaaa", OLD_RAW)
    ]


def test_a_whole_old_file_keeps_what_was_said_about_it(old_gateway: Gateway) -> None:
    """Bytes with the MD5 that the row has are the ones that were archived and analysed."""
    file = captured("", md5_sum="d41d8cd98f00b204e9800998ecf8427e")
    media.claim_download(old_gateway, "med-0000aaaa", "c")
    assert media.finish_download(old_gateway, "med-0000aaaa", "c", file, actor="worker") == "ok"
    row = media_of(old_gateway, "med-0000aaaa")
    assert (row.ai_analysis_status, row.ai_analysis, row.proof) == ("completed", OLD_ANALYSIS, "cached")
    assert row.archive_url == "s3://old-bucket/media/2025/11/med-0000aaaa.jpg"
    assert jobs.request_jobs(old_gateway, "archive").requested == 1, "the old upload was never checked"


def test_other_bytes_under_an_old_link_do_not_inherit_what_was_said(old_gateway: Gateway) -> None:
    download(old_gateway, "med-0000aaaa", "something else")
    row = media_of(old_gateway, "med-0000aaaa")
    assert (row.ai_analysis_status, row.ai_analysis, row.archive_url) == ("not_started", None, None)
    [event] = [e for e in media.list_events(old_gateway, "med-0000aaaa") if e.event == "media_changed"]
    assert event.details["previous_ai_analysis"] == OLD_ANALYSIS
    assert event.details["previous_archive_url"] == "s3://old-bucket/media/2025/11/med-0000aaaa.jpg"


def test_old_media_are_downloaded_and_analysed_like_new_ones(old_gateway: Gateway) -> None:
    assert jobs.request_jobs(old_gateway, "download").requested == 5
    download(old_gateway, "med-0000bbbb", "b")
    assert jobs.request_jobs(old_gateway, "analyze").requested == 1
    turn = analyses.reserve(
        old_gateway,
        "med-0000bbbb",
        provider="p",
        model="m",
        prompt_version="1",
        schema_version="1",
        detail="low",
        actor="worker",
    )
    assert turn.granted
    log = media_of(old_gateway, "med-0000bbbb").ai_analysis_log or []
    assert [entry["event"] for entry in log] == ["single", "media_downloaded", "ai_analysis_started"]


def test_downloads_that_run_during_an_upgrade_count_as_pending(
    empty_database_url: str, tmp_path: Path
) -> None:
    shutil.copytree(supabase_directory(), tmp_path / "supabase")
    for migration in read_migrations():
        if migration.version >= "20261122090000":
            (tmp_path / "supabase/migrations" / f"{migration.version}_{migration.name}.sql").unlink()
    migrate(empty_database_url, directory=tmp_path / "supabase")
    with closing(PsycopgGateway(empty_database_url)) as gateway:
        both = [reference("a"), reference("b", position=1)]
        # As it was called then: the raw JSON was a part of the post.
        run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])
        older = [
            imports._post_argument(item) | {"raw_json": item.post.raw_json}
            for item in (post("1", both), post("2", [reference("c")]))
        ]
        gateway.call("import_posts", p_run_id=run_id, p_posts=older)
        for row in media.list_media(gateway, limit=2):
            media.claim_download(gateway, row.media_id, "claim")
        migrate(empty_database_url)
        assert_true(empty_database_url)

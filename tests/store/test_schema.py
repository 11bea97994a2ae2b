"""The schema files say what the migrations build, and the data model is what it is documented to be."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import psycopg
import pytest

from social_tui.filters import Filter, parse
from social_tui.models import (
    SORTS,
    AnalysisStatus,
    DownloadStatus,
    Facet,
    JobKind,
    MediaRole,
    MediaRow,
    MediaType,
    Outcome,
    PostRelation,
    Proof,
    Selection,
)
from social_tui.store import (
    analyses,
    auditing,
    bulk,
    changes,
    facets,
    gallery,
    held_items,
    imports,
    jobs,
    media,
    posts,
    queues,
    views,
)
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.gateway import Gateway
from social_tui.store.migrations import migrate
from social_tui.store.psycopg_gateway import PsycopgGateway
from social_tui.store.statistics import read_statistics
from tests.store.catalogue import read_catalogue
from tests.store.library_rows import download, import_one, post, reference, rows
from tests.store.server_versions import any_database_url, any_server_url
from tests.support.kept_database import fingerprint

__all__ = ["any_database_url", "any_server_url"]

EVERY_FIELD = (
    "author:ada platform:linkedin type:regular has:image,link status:ready outcome:ok expires:>1d"
    " -expires:<2d after:2020-01-01 before:2099-01-01 imported:>1d reactions:>=1 comments:<9"
    " reposts:1..2 views:5 tag:x"
    " is:marked,archived sha256:abcd md5:abcd id:1 text:a%b engine -word"
)
ZERO = "00000000-0000-0000-0000-000000000001"


def build_declared(url: str, directory: Path) -> None:
    """Build a database from the schema files, as if they were its migrations."""
    shutil.copytree(supabase_directory() / "jobs", directory / "jobs")
    (directory / "migrations").mkdir()
    for number, path in enumerate(sorted((supabase_directory() / "schemas").glob("*.sql"))):
        shutil.copy(path, directory / "migrations" / f"{20260101000000 + number}_{path.name}")
    migrate(url, directory=directory)


def test_the_migrations_build_what_is_declared(
    empty_database_url: str, database_url: str, tmp_path: Path
) -> None:
    build_declared(empty_database_url, tmp_path)
    declared, built = read_catalogue(empty_database_url), read_catalogue(database_url)
    assert len(declared) > 400
    assert sorted(declared) == sorted(built)
    assert {name: text for name, text in declared.items() if built[name] != text} == {}


@pytest.mark.parametrize(
    "change",
    [
        "alter table public.posts add column extra text",
        "alter table public.posts alter column is_read set default true",
        "alter table public.post_media drop constraint post_media_role_check",
        "drop index public.idx_posts_search",
        "drop policy member_read on public.posts",
        "grant select on public.posts to anon",
        "grant select (archive_url) on public.post_media to authenticated",
        "grant execute on function public.claim_downloads to authenticated",
        "alter function public.get_media security invoker",
        "comment on column public.post_media.md5_sum is 'else'",
        "alter table public.media_events disable trigger media_events_append_only",
        "alter table public.tags disable row level security",
        "create or replace function private.page_size(p_limit integer) returns integer language sql"
        " immutable set search_path = '' as 'select 9'",
    ],
)
def test_the_comparisons_see_every_kind_of_difference(database_url: str, change: str) -> None:
    before, print_before = read_catalogue(database_url), fingerprint(database_url)
    rows(database_url, change)
    assert read_catalogue(database_url) != before
    assert fingerprint(database_url) != print_before


def test_the_first_tables_are_as_documented(database_url: str) -> None:
    columns = dict(
        rows(
            database_url,
            "select c.relname, array_agg(a.attname::text order by a.attnum) from pg_attribute a"
            " join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace"
            " and c.relkind = 'r' and a.attnum > 0 group by c.relname",
        )
    )
    assert set(columns) == {
        *("posts", "post_media", "profiles", "tags", "profile_tags", "post_tags", "action_queue"),
        *("download_runs", "data_downloads", "media_blobs", "ai_analyses", "media_events"),
        *("workspaces", "workspace_members", "saved_views", "post_changes", "post_links"),
    }
    assert columns["posts"][:15] == [
        *("post_id", "urn", "full_urn", "platform", "posted_at_timestamp", "author_username"),
        *("text_content", "post_type", "url", "raw_json", "first_seen_at", "is_read", "is_marked"),
        *("created_at", "updated_at"),
    ]
    assert columns["post_media"][:17] == [
        *("media_id", "post_id", "media_type", "media_url", "local_file_path", "file_size", "mime_type"),
        *("width", "height", "ai_analysis_status", "ai_analysis", "ai_analyzed_at", "created_at"),
        *("updated_at", "md5_sum", "archive_url", "ai_analysis_log"),
    ]
    comments = rows(
        database_url,
        "select col_description('public.post_media'::regclass, attnum) from pg_attribute"
        " where attrelid = 'public.post_media'::regclass"
        " and attname in ('md5_sum', 'archive_url', 'ai_analysis_log') order by attnum",
    )
    assert comments == [
        ("MD5 checksum of the media file for integrity verification",),
        ("S3 URL for archived copy of media",),
        ("Detailed log of AI analysis attempts and results",),
    ]
    indexes = dict(
        rows(database_url, "select indexname, indexdef from pg_indexes where tablename = 'post_media'")
    )
    assert indexes["idx_media_md5_sum"].endswith("(md5_sum)")
    assert indexes["idx_media_archive_url"].endswith("(archive_url) WHERE (archive_url IS NOT NULL)")


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("ai_analysis_status", "pending", "post_media_ai_analysis_status_check"),
        ("media_type", "hologram", "post_media_media_type_check"),
        ("role", "extra", "post_media_role_check"),
        ("download_status", "ready", "post_media_ready_check"),
        ("outcome", "lost", "post_media_outcome_check"),
        ("source_type", "elsewhere", "post_media_source_type_check"),
        ("post_id", None, "post_media_post_check"),
        ("sha256", "0" * 64, "post_media_sha256_fkey"),
        ("original_media_id", "med-00000000", "post_media_original_media_id_fkey"),
    ],
)
def test_a_row_cannot_say_what_makes_no_sense(
    gateway: Gateway, database_url: str, column: str, value: str | None, constraint: str
) -> None:
    import_one(gateway, post("1", [reference("a")]))
    with pytest.raises(psycopg.errors.IntegrityError) as raised:
        rows(database_url, f"update public.post_media set {column} = %s", value)
    assert raised.value.diag.constraint_name == constraint


def test_an_upload_needs_no_post(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into public.post_media (media_id, media_type, source_type)"
        " values ('med-1', 'image', 'upload')",
    )
    assert media.get_media(gateway, "med-1").post_id is None


def test_every_function_of_the_app_is_named_by_the_schema_and_closed_to_strangers(database_url: str) -> None:
    functions = rows(
        database_url,
        "select proname, prosecdef, proconfig, has_function_privilege('anon', oid, 'execute'),"
        " proacl::text from pg_proc where pronamespace = 'public'::regnamespace order by 1",
    )
    called = set()
    for path in Path(queues.__file__).parent.glob("*.py"):
        called |= set(re.findall(r'gateway\.call\(\s*"(\w+)"', path.read_text("utf-8")))
    called |= {"read_statistics"}
    assert {name for name, *_ in functions} == called
    for name, is_definer, settings, anon_may, privileges in functions:
        assert is_definer, name
        assert 'search_path=""' in settings, name
        assert not anon_may, name
        assert "service_role=X" in privileges, name


def test_ids_are_long_and_random_after_their_moment(database_url: str) -> None:
    [(count, distinct, shortest, longest)] = rows(
        database_url,
        "select count(*), count(distinct i), min(length(i)), max(length(i))"
        " from (select private.generate_aws_id('med') as i from generate_series(1, 20000)) s",
    )
    assert (count, distinct, shortest, longest) == (20000, 20000, 21, 21)
    digits = rows(
        database_url,
        "select n, count(distinct substr(private.generate_aws_id('med'), 4 + n, 1))"
        " from generate_series(6, 17) n cross join generate_series(1, 500) group by n order by n",
    )
    assert {different for _, different in digits} == {16}, "no digit of these is fixed"
    [(seconds, beginnings)] = rows(
        database_url,
        "with made as materialized (select clock_timestamp() as at, private.generate_aws_id('med') as i"
        " from generate_series(1, 500))"
        " select date_part('epoch', max(at) - min(at))::integer, count(distinct left(i, 9)) from made",
    )
    assert beginnings <= seconds + 2, "what is made together stands together"


def test_the_whole_life_of_a_media_on_every_version(any_database_url: str) -> None:
    """Every function runs on every supported PostgreSQL: their bodies are checked only when they run."""
    migrate(any_database_url)
    gateway = PsycopgGateway(any_database_url)
    old = post("1", [reference("a"), reference("b", position=1)])
    new = post("1", [reference("b", signature="x"), reference("c", position=1)], reactions=8)
    post_id, [a, b] = import_one(gateway, old)
    held_items.note_items(
        gateway, [held_items.GroupNote(b"key", (None, held_items.ItemNote((post_id,), "what it says not")))]
    )
    assert held_items.find_held(gateway, [b"key"]) == [None]
    import_one(gateway, new)
    assert jobs.request_jobs(gateway, "download").requested == 3
    file = download(gateway, b.media_id, "bytes")
    fail_and_release(gateway, a)
    kinds: tuple[JobKind, ...] = ("verify", "archive", "analyze")
    for kind in kinds:
        assert jobs.request_jobs(gateway, kind).requested == 1
    analyse(gateway, b.media_id)
    media.record_archived(gateway, file.sha256, archive_url="s3://b/k", proof="archived", actor="worker")
    media.record_verification(gateway, file.sha256, result="ok", actor="cli")
    media.record_event(gateway, b.media_id, "media_accessed", actor="app", details={"source": "cache"})
    assert jobs.cancel_jobs(gateway, None) > 0
    assert jobs.retry_jobs(gateway, [row.job_id for row in jobs.list_jobs(gateway)]) > 0
    assert jobs.open_jobs(gateway, "archive") == 1
    assert jobs.count_jobs(gateway)
    one = Selection(post_ids=frozenset({post_id}))
    assert bulk.change_posts(gateway, "mark", one).changed == 1
    assert bulk.change_posts(gateway, "read", one).changed == 1
    read_posts(gateway, post_id, b.media_id, file.sha256)
    tag_and_undo(gateway)
    suggest_and_keep(gateway)
    assert len(changes.changes_after(gateway, None)) > 10
    assert [row.reactions for row in posts.get_post(gateway, post_id).snapshots] == [3, 8]
    assert read_statistics(gateway).media_by_status == {"ready": 1, "pending": 2}
    seal_and_check(gateway)
    gateway.close()


def fail_and_release(gateway: Gateway, row: MediaRow) -> None:
    media.claim_download(gateway, row.media_id, "one")
    assert media.release_download(gateway, row.media_id, "one")
    media.claim_download(gateway, row.media_id, "two")
    assert media.fail_download(gateway, row.media_id, "two", outcome="network", error="reset", actor="worker")


def analyse(gateway: Gateway, media_id: str) -> None:
    turn = analyses.reserve(
        gateway,
        media_id,
        provider="p",
        model="m",
        prompt_version="1",
        schema_version="1",
        detail="low",
        actor="worker",
    )
    analyses.mark_sent(gateway, turn.analysis_id)
    analyses.store_answer(
        gateway, turn.analysis_id, raw_answer="{}", input_tokens=1, output_tokens=1, cost_microdollars=1
    )
    assert analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker") == 1
    assert analyses.fail(gateway, turn.analysis_id, error="late", actor="worker") == 0


def read_posts(gateway: Gateway, post_id: str, media_id: str, sha256: str) -> None:
    """Read the one post there is, which has one archived and analysed media, in every way and order."""
    listed = posts.list_posts(gateway, filter=Filter(words="engines"))
    assert [(row.post_id, row.media_archived, row.media_analyzed) for row in listed] == [(post_id, 1, 1)]
    assert posts.get_post(gateway, post_id).media[0].media_id == media_id
    assert [row.sha256 for row in media.iterate_blobs(gateway)] == [sha256]
    assert len(imports.raw_posts(gateway)) == 1
    for sort in SORTS:
        assert [row.post_id for row in posts.list_posts(gateway, sort=sort, backward=True)] == [post_id]
        assert [row.position for row in posts.post_anchors(gateway, sort=sort, every=1)] == [1]
        assert len(gallery.list_gallery(gateway, sort=sort)) == 3


def tag_and_undo(gateway: Gateway) -> None:
    everything = Selection(filter=parse(EVERY_FIELD, now=datetime.now(UTC)).filter)
    assert (posts.count_posts(gateway), bulk.change_posts(gateway, "tag", everything, tag="x").changed) == (
        1,
        0,
    )
    done = bulk.change_posts(gateway, "tag", Selection(filter=Filter()), tag="x")
    assert (done.changed, facets.read_facet(gateway, Filter(), "tag")[0].count) == (1, 1)
    assert bulk.undo_change(gateway, done.change_id) == 1


def suggest_and_keep(gateway: Gateway) -> None:
    """Count the values of every facet, suggest some, and save and delete a view."""
    for facet in get_args(Facet):
        facets.read_facet(gateway, Filter(), facet)
    assert [row.value for row in facets.suggest_values(gateway, "author", "a")] == ["ada"]
    views.delete_view(gateway, views.save_view(gateway, "a view", EVERY_FIELD).view_id)
    assert views.list_views(gateway) == []


def seal_and_check(gateway: Gateway) -> None:
    assert auditing.seal_events(gateway) is not None
    assert auditing.read_head(gateway) is not None
    assert [seal.fault for seal in auditing.check_seals(gateway)] == [None]
    assert auditing.count_events(gateway).waiting == 0


def test_the_words_of_the_model_are_the_words_of_the_checks(database_url: str) -> None:
    """A word that Python knows and the database refuses, or the other way round, is a fault waiting."""
    checks = dict(
        rows(
            database_url,
            "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'c'"
            " and connamespace = 'public'::regnamespace",
        )
    )
    for name, words in (
        ("post_media_download_status_check", DownloadStatus),
        ("post_media_media_type_check", MediaType),
        ("post_media_role_check", MediaRole),
        ("post_media_outcome_check", Outcome),
        ("post_media_ai_analysis_status_check", AnalysisStatus),
        ("media_blobs_proof_check", Proof),
        ("post_links_relation_check", PostRelation),
    ):
        assert set(re.findall(r"'(\w+)'::text", checks[name])) == set(get_args(words)), name
    assert rows(database_url, "select workspace_id::text from public.workspaces") == [(ZERO,)]

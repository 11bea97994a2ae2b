"""Bringing databases to the schema: new, old, half done and too new ones, on every supported server."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError, SchemaError
from social_tui.store import jobs_schema
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.migrations import Applied, MigrationStatus, migrate, pending, read_migrations, status
from social_tui.store.server_account import is_root, preferred_account
from social_tui.store.server_process import Cluster
from social_tui.store.sql_statements import split_statements
from tests.conftest import open_directory
from tests.store.catalogue import read_catalogue
from tests.support.kept_database import url_of

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_PROGRAMS = Path("/usr/lib/postgresql/15/bin")


def fetch(url: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module", params=["18", "16", "15"])
def any_server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a server of each PostgreSQL version that is supported: two of the wheel, one of the system."""
    version = str(request.param)
    if version == "18":
        yield request.getfixturevalue("server_url")
        return
    directory = open_directory()
    if version == "16":
        with EmbeddedServer(directory / "database", version="16").acquire() as lease:
            yield lease.url
    else:
        if not SYSTEM_PROGRAMS.is_dir():
            if os.environ.get("REQUIRE_PEERS") == "1":
                pytest.fail(f"{SYSTEM_PROGRAMS} is missing")
            pytest.skip(f"no PostgreSQL in {SYSTEM_PROGRAMS}")
        account = preferred_account() if is_root() else None
        cluster = Cluster(directory / "data", SYSTEM_PROGRAMS, account, "15")
        cluster.initialise()
        cluster.start()
        yield f"postgresql://postgres@/postgres?host={directory / 'data'}&port=5432"
        cluster.stop()
    shutil.rmtree(directory)


@pytest.fixture
def any_database_url(any_server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an empty database on each of them."""
    name = f"m_{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    fetch(any_server_url, f"create database {name}")
    yield url_of(any_server_url, name)
    fetch(any_server_url, f"drop database {name} with (force)")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a folder like `supabase/` with the real queue files and two small migrations."""
    shutil.copytree(supabase_directory() / "jobs", tmp_path / "jobs")
    (tmp_path / "migrations").mkdir()
    write(tmp_path, "20250101000000_first", "create table first (id int);\ninsert into first values (1);")
    write(tmp_path, "20250102000000_second", "create table second (id int);")
    return tmp_path


def write(directory: Path, name: str, sql: str) -> None:
    (directory / "migrations" / f"{name}.sql").write_text(sql)


def test_a_new_database_gets_everything_once(any_database_url: str) -> None:
    files = read_migrations()
    assert files
    assert migrate(any_database_url) == [Applied(file.version, file.name) for file in files]
    assert migrate(any_database_url) == []
    assert pending(any_database_url) == []
    assert {row.state for row in status(any_database_url)} == {"applied"}
    recorded = fetch(
        any_database_url,
        "select version, name, cardinality(statements) from supabase_migrations.schema_migrations"
        " order by version",
    )
    assert [row[:2] for row in recorded] == [(file.version, file.name) for file in files]
    assert all(row[2] > 0 for row in recorded)


def test_the_queue_is_hardened(any_database_url: str) -> None:
    migrate(any_database_url)
    unsafe = fetch(
        any_database_url,
        "select oid::regprocedure::text from pg_proc where pronamespace = 'jobs'::regnamespace"
        " and proconfig is distinct from array['search_path=jobs, pg_catalog']",
    )
    assert unsafe == []
    [(definition,)] = fetch(
        any_database_url, "select pg_get_indexdef('jobs.procrastinate_jobs_queueing_lock_idx_v1'::regclass)"
    )
    assert "UNIQUE" in definition
    assert "todo" in definition
    assert "doing" in definition
    recorded = "select sha256 from supabase_migrations.social_tui_checksums where name = 'procrastinate'"
    assert fetch(any_database_url, recorded) == [(jobs_schema.SCHEMA_SHA256,)]
    for role in ("anon", "authenticated"):
        assert fetch(any_database_url, "select has_schema_privilege(%s, 'jobs', 'usage')", role) == [(False,)]
        reachable = fetch(
            any_database_url,
            "select proname from pg_proc where pronamespace = 'jobs'::regnamespace"
            " and has_function_privilege(%s, oid, 'execute')",
            role,
        )
        assert reachable == []


ENQUEUE = """
select jobs.procrastinate_defer_jobs_v1(array[
  row('download', 'social_tui.download', 0, null, 'download:m', '{}', null)
]::jobs.procrastinate_job_to_defer_v1[])
"""


def test_the_queue_works_from_a_session_without_search_path(any_database_url: str) -> None:
    migrate(any_database_url)
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        connection.execute(ENQUEUE)
        connection.execute("insert into jobs.procrastinate_workers default values")
        fetched = connection.execute("select status from jobs.procrastinate_fetch_job_v2(null, 1)").fetchone()
        assert fetched == ("doing",)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(ENQUEUE)
        connection.execute("select jobs.procrastinate_retry_job_v2(1, now(), null, null, null)")
        assert connection.execute("select status, attempts from jobs.procrastinate_jobs").fetchall() == [
            ("todo", 1)
        ]


def test_the_queue_wakes_listeners_once_a_statement_and_only_for_rows(database_url: str) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as listener,
        psycopg.connect(database_url, autocommit=True) as worker,
    ):
        listener.execute("listen social_tui")
        # A worker's poll that finds nothing is an update of no row.
        worker.execute("select jobs.procrastinate_fetch_job_v2(null, null)")
        worker.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name) select 'download', 'x'"
            " from generate_series(1, 500)"
        )
        worker.execute("update jobs.procrastinate_jobs set priority = 1")
        worker.execute("delete from jobs.procrastinate_jobs")
        worker.execute("notify social_tui, 'end'")
        heard = [(n.channel, n.payload) for n in listener.notifies(timeout=30, stop_after=4)]
    assert heard == [("social_tui", "jobs")] * 3 + [("social_tui", "end")]


def test_claims_reach_the_functions_of_schema_auth(any_database_url: str) -> None:
    migrate(any_database_url)
    user = "6f2b7c1e-0000-4000-8000-000000000001"
    with psycopg.connect(any_database_url) as connection:
        assert connection.execute("select auth.uid(), auth.role(), auth.jwt()").fetchone() == (
            None,
            None,
            None,
        )
        claims = json.dumps({"sub": user, "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        found = connection.execute("select auth.uid()::text, auth.role(), auth.jwt() ->> 'sub'").fetchone()
        assert found == (user, "authenticated", user)
        connection.execute("select set_config('request.jwt.claim.role', 'anon', true)")
        assert connection.execute("select auth.role()").fetchone() == ("anon",)


def test_what_supabase_has_already_is_left_alone(empty_database_url: str, directory: Path) -> None:
    fetch(
        empty_database_url,
        "create schema auth; create function auth.uid() returns uuid language sql as"
        " $$ select '00000000-0000-4000-8000-00000000000a'::uuid $$",
    )
    migrate(empty_database_url, directory=directory)
    assert str(fetch(empty_database_url, "select auth.uid()")[0][0]).endswith("a")
    assert fetch(empty_database_url, "select auth.role()") == [(None,)]


@pytest.mark.parametrize(
    "columns",
    [
        "version text not null primary key",
        "version text not null primary key, statements text[], name text",
        "version text not null primary key, statements text[], name text, created_by text,"
        " idempotency_key text unique, rollback text[]",
    ],
    ids=["first", "usual", "extended"],
)
def test_the_supabase_clis_table_is_shared(columns: str, empty_database_url: str, directory: Path) -> None:
    fetch(
        empty_database_url,
        f"create schema supabase_migrations; create table supabase_migrations.schema_migrations ({columns});"
        " insert into supabase_migrations.schema_migrations (version) values ('20250101000000')",
    )
    assert migrate(empty_database_url, directory=directory) == [Applied("20250102000000", "second")]
    assert [row.state for row in status(empty_database_url, directory=directory)] == ["applied", "applied"]
    assert fetch(empty_database_url, "select to_regclass('first')") == [(None,)]
    [row] = fetch(
        empty_database_url,
        "select version, statements, name from supabase_migrations.schema_migrations where name = 'second'",
    )
    assert row == ("20250102000000", ["create table second (id int)"], "second")


def test_an_existing_users_database_is_upgraded_in_place(empty_database_url: str) -> None:
    first_two = read_migrations()[:2]
    assert [file.version for file in first_two] == ["20251130223349", "20251201203830"]
    for file in first_two:
        fetch(empty_database_url, file.sql)
    fetch(
        empty_database_url,
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations"
        " (version text primary key, statements text[], name text);"
        " insert into supabase_migrations.schema_migrations values ('20251130223349'), ('20251201203830');"
        " insert into posts (post_id, urn) values ('p-0a1b2c3d', 'urn:li:activity:1')",
    )
    assert [row.version for row in migrate(empty_database_url)] == [
        file.version for file in read_migrations()[2:]
    ]
    assert fetch(empty_database_url, "select post_id, urn from posts") == [
        ("p-0a1b2c3d", "urn:li:activity:1")
    ]


def test_a_failing_file_leaves_nothing_of_itself(empty_database_url: str, directory: Path) -> None:
    write(directory, "20250103000000_third", "create table third (id int);\n\nselect nonsense;\n")
    with pytest.raises(DatabaseError) as failed:
        migrate(empty_database_url, directory=directory)
    assert "20250103000000_third.sql failed near line 3" in failed.value.message
    assert failed.value.sqlstate == "42703"
    assert fetch(empty_database_url, "select to_regclass('third')") == [(None,)]
    assert fetch(empty_database_url, "select id from first") == [(1,)]
    assert pending(empty_database_url, directory=directory) == [
        MigrationStatus("20250103000000", "third", "pending")
    ]

    write(directory, "20250103000000_third", "create table third (id int);")
    assert migrate(empty_database_url, directory=directory) == [Applied("20250103000000", "third")]


@pytest.mark.parametrize(
    "sql",
    [
        "alter table kept alter text type int using text::int",
        "alter table kept alter text type jsonb using text::jsonb",
        "create unique index on kept (text); insert into kept select text from kept",
        "do $$ begin perform text::int from kept; end $$",
    ],
)
def test_a_failing_file_does_not_quote_rows(sql: str, empty_database_url: str, directory: Path) -> None:
    write(directory, "20250103000000_third", f"create table kept as select 'a canary'::text as text;\n{sql};")
    with pytest.raises(DatabaseError, match=r"20250103000000_third\.sql failed") as failed:
        migrate(empty_database_url, directory=directory)
    assert "canary" not in str(failed.value)


def test_a_migration_is_utf8_whatever_the_environment_says(
    empty_database_url: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(directory, "20250103000000_third", "create table third as select 'ñ 🎉'::text as text;")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    migrate(empty_database_url, directory=directory)
    monkeypatch.undo()
    assert fetch(empty_database_url, "select text from third") == [("ñ 🎉",)]


def test_a_newer_database_is_refused(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    (directory / "migrations" / "20250102000000_second.sql").unlink()
    write(directory, "20250101500000_between", "create table between_them ()")
    with pytest.raises(SchemaError, match="20250102000000"):
        migrate(empty_database_url, directory=directory)
    assert [(row.version, row.state) for row in status(empty_database_url, directory=directory)] == [
        ("20250101000000", "applied"),
        ("20250101500000", "pending"),
        ("20250102000000", "unknown"),
    ]
    assert fetch(empty_database_url, "select to_regclass('between_them')") == [(None,)]


def test_an_edited_file_is_reported(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    write(directory, "20250102000000_second", "create table second (id bigint);")
    assert [row.state for row in status(empty_database_url, directory=directory)] == ["applied", "edited"]
    assert migrate(empty_database_url, directory=directory) == []


def test_changed_hardening_is_applied_again(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    fetch(empty_database_url, "insert into jobs.procrastinate_jobs (queue_name, task_name) values ('q', 't')")
    (directory / "jobs" / "20_more.sql").write_text("create table if not exists jobs.more ();")
    assert migrate(empty_database_url, directory=directory) == []
    assert fetch(empty_database_url, "select to_regclass('jobs.more') is not null") == [(True,)]
    assert fetch(empty_database_url, "select count(*) from jobs.procrastinate_jobs") == [(1,)]


def test_several_at_once_apply_each_file_once(empty_database_url: str, directory: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: migrate(empty_database_url, directory=directory), range(4)))
    assert sorted(applied.version for result in results for applied in result) == [
        "20250101000000",
        "20250102000000",
    ]
    assert fetch(empty_database_url, "select count(*) from first") == [(1,)]


@pytest.mark.parametrize("name", ["2025_short", "20250101000000", "20250102000000_twice"])
def test_a_misnamed_file_is_named(name: str, directory: Path) -> None:
    write(directory, name, "select 1")
    with pytest.raises(SchemaError, match=name):
        read_migrations(directory)


def test_a_user_without_rights_is_told_whom_to_ask(server_url: str, empty_database_url: str) -> None:
    fetch(server_url, "create role plain login")
    try:
        with pytest.raises(DatabaseError, match="may not prepare this database") as refused:
            migrate(empty_database_url.replace("postgres@", "plain@"))
        assert "social-tui db migrate" in refused.value.hint
        assert refused.value.sqlstate == "42501"
    finally:
        fetch(server_url, "drop role plain")


def test_an_unreachable_database_is_a_clear_error(library_home: Path) -> None:
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        migrate(f"postgresql://postgres@/postgres?host={library_home}")


def test_a_malformed_connection_string_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refused:
        migrate("postgresql://user:hunter2@[host/x")
    assert "hunter2" not in str(refused.value)


def test_the_installed_procrastinate_is_the_one_this_was_written_for() -> None:
    assert jobs_schema.schema_sql().startswith("-- Procrastinate Schema")


def test_the_supabase_cli_alone_builds_the_same(empty_database_url: str, database_url: str) -> None:
    """Apply the files as the CLI does, on what a project of Supabase has, and nothing else."""
    files = read_migrations()
    bootstrap = (CHECKOUT / "social_tui/store/bootstrap.sql").read_text("utf-8")
    fetch(empty_database_url, bootstrap)
    fetch(
        empty_database_url,
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations"
        " (version text primary key, statements text[], name text)",
    )
    for file in files:
        with psycopg.connect(empty_database_url) as connection:
            for statement in split_statements(file.sql):
                connection.execute(statement.encode())
            connection.execute(
                "insert into supabase_migrations.schema_migrations values (%s, '{}', %s)",
                [file.version, file.name],
            )
    assert read_catalogue(empty_database_url) == read_catalogue(database_url)
    assert migrate(empty_database_url) == []
    assert read_catalogue(empty_database_url) == read_catalogue(database_url)
    recorded = "select sha256 from supabase_migrations.social_tui_checksums where name = 'procrastinate'"
    assert fetch(empty_database_url, recorded) == [(jobs_schema.SCHEMA_SHA256,)]


def test_the_queue_of_the_cli_is_the_one_of_the_program() -> None:
    [file] = [each.sql for each in read_migrations() if each.name == "queue"]
    own = file.partition("execute $queue$\n")[2].partition("\n$queue$;")[0]
    assert own == jobs_schema.schema_sql().strip("\n")
    [hardening] = (supabase_directory() / "jobs").glob("*.sql")
    assert file.endswith(hardening.read_text("utf-8"))


def test_another_procrastinate_is_refused(
    empty_database_url: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_schema, "SCHEMA_SHA256", "0" * 64)
    with pytest.raises(SchemaError, match="brings a queue schema"):
        migrate(empty_database_url, directory=directory)
    assert fetch(empty_database_url, "select to_regnamespace('jobs')") == [(None,)]


def test_the_wheel_carries_the_sql(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = (
        "from social_tui.store.bootstrap import Foundation, supabase_directory;"
        "from social_tui.store.migrations import read_migrations;"
        "print(supabase_directory(), Foundation(supabase_directory()).checksum, len(read_migrations()))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    from social_tui.store.bootstrap import Foundation

    expected = Foundation(supabase_directory()).checksum
    assert shown == [str(tmp_path / "installed/social_tui/supabase"), expected, str(len(read_migrations()))]

"""The schema of the queue: procrastinate's own, hardened, and applied again when that is changed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from social_tui.errors import SchemaError
from social_tui.store import jobs_schema
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.migrations import migrate, read_migrations
from tests.store.library_rows import rows
from tests.store.migration_files import directory
from tests.store.server_versions import any_database_url, any_server_url

__all__ = ["any_database_url", "any_server_url", "directory"]

ENQUEUE = """
select jobs.procrastinate_defer_jobs_v1(array[
  row('download', 'social_tui.download', 0, null, 'download:m', '{}', null)
]::jobs.procrastinate_job_to_defer_v1[])
"""


def test_the_queue_is_hardened(any_database_url: str) -> None:
    migrate(any_database_url)
    unsafe = rows(
        any_database_url,
        "select oid::regprocedure::text from pg_proc where pronamespace = 'jobs'::regnamespace"
        " and proconfig is distinct from array['search_path=jobs, pg_catalog']",
    )
    assert unsafe == []
    [(definition,)] = rows(
        any_database_url, "select pg_get_indexdef('jobs.procrastinate_jobs_queueing_lock_idx_v1'::regclass)"
    )
    assert "UNIQUE" in definition
    assert "todo" in definition
    assert "doing" in definition
    recorded = "select sha256 from supabase_migrations.social_tui_checksums where name = 'procrastinate'"
    assert rows(any_database_url, recorded) == [(jobs_schema.SCHEMA_SHA256,)]
    for role in ("anon", "authenticated"):
        assert rows(any_database_url, "select has_schema_privilege(%s, 'jobs', 'usage')", role) == [(False,)]
        reachable = rows(
            any_database_url,
            "select proname from pg_proc where pronamespace = 'jobs'::regnamespace"
            " and has_function_privilege(%s, oid, 'execute')",
            role,
        )
        assert reachable == []


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


def test_changed_hardening_is_applied_again(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    rows(empty_database_url, "insert into jobs.procrastinate_jobs (queue_name, task_name) values ('q', 't')")
    (directory / "jobs" / "20_more.sql").write_text("create table if not exists jobs.more ();")
    assert migrate(empty_database_url, directory=directory) == []
    assert rows(empty_database_url, "select to_regclass('jobs.more') is not null") == [(True,)]
    assert rows(empty_database_url, "select count(*) from jobs.procrastinate_jobs") == [(1,)]


def test_the_installed_procrastinate_is_the_one_this_was_written_for() -> None:
    assert jobs_schema.schema_sql().startswith("-- Procrastinate Schema")


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
    assert rows(empty_database_url, "select to_regnamespace('jobs')") == [(None,)]

"""What becomes of jobs is written down as procrastinate writes it, though by triggers of our own."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import psycopg

from social_tui.store import jobs_schema

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
ADD = """
insert into procrastinate_jobs (queue_name, task_name, status, scheduled_at)
select 'download', o.status || ' to ' || n.status, o.status, case when o.status = 'todo' then now() end
from unnest(enum_range(null::procrastinate_job_status)) o(status)
cross join unnest(enum_range(null::procrastinate_job_status)) n(status)
"""
CHANGES = (
    "update procrastinate_jobs set priority = 1",
    "update procrastinate_jobs set status = 'failed' where id < 0",
    "update procrastinate_jobs set status = split_part(task_name, ' ', 3)::procrastinate_job_status",
    "update procrastinate_jobs set abort_requested = true where status = 'doing'",
    "with ended as (update procrastinate_jobs set status = 'aborted' where status = 'doing' returning id)"
    " update procrastinate_jobs set status = 'doing', scheduled_at = now() where status = 'todo'",
    "select procrastinate_retry_job_v2(id, now(), null, null, null) from procrastinate_jobs"
    " where status in ('doing', 'failed')",
    "select procrastinate_cancel_job_v1(id, false, false) from procrastinate_jobs where status = 'todo'",
    "insert into procrastinate_jobs (id, queue_name, task_name) values (1, 'download', 'again'),"
    " (1000, 'download', 'new') on conflict (id) do update set status = 'todo', abort_requested = false",
)
EVENTS = "select job_id, type::text, at from procrastinate_events order by job_id, id"


def events_after_changes(connection: Connection, schema: str) -> list[tuple[Any, ...]]:
    """Change jobs in every way, and give what was written down of each job, in its order."""
    connection.execute(f"set local search_path = {schema}, pg_catalog".encode())
    for change in (ADD, *CHANGES):
        connection.execute(change.encode())
    return connection.execute(EVENTS).fetchall()


def test_the_same_is_written_down_as_by_procrastinates_own_triggers(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create schema own")
        connection.execute("set local search_path = own, pg_catalog")
        connection.execute(jobs_schema.schema_sql().encode())
        expected = events_after_changes(connection, "own")
        assert events_after_changes(connection, "jobs") == expected
        connection.execute("set local search_path = own, pg_catalog")
        kinds = connection.execute("select unnest(enum_range(null::procrastinate_job_event_type))::text")
        assert {kind for _, kind, _ in expected} == {kind for (kind,) in kinds}
        connection.rollback()


def test_many_jobs_of_a_queue_wake_its_workers_once(database_url: str) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as listener,
        psycopg.connect(database_url, autocommit=True) as other,
    ):
        for channel in ("procrastinate_queue_v1#download", "procrastinate_any_queue_v1"):
            listener.execute(f'listen "{channel}"'.encode())
        other.execute("set search_path = jobs, pg_catalog")
        other.execute(ADD)
        other.execute(
            "insert into procrastinate_jobs (queue_name, task_name, status)"
            " select 'download', 'ended', 'failed' from generate_series(1, 5)"
        )
        [(newest,)] = other.execute("select max(id) from procrastinate_jobs where status = 'todo'")
        notes = list(listener.notifies(timeout=10, stop_after=2))
        assert list(listener.notifies(timeout=0)) == []
    message = {"type": "job_inserted", "job_id": newest}
    assert {note.channel: json.loads(note.payload) for note in notes} == {
        "procrastinate_queue_v1#download": message,
        "procrastinate_any_queue_v1": message,
    }

"""Jobs as people see them: what became of each, and what trying again and calling off do."""

from __future__ import annotations

import json

import psycopg

from social_tui.models import JobCount
from social_tui.store import jobs, media
from social_tui.store.gateway import Gateway
from tests.store.library_rows import download, fail_download, import_one, post, reference, rows


def finish(database_url: str, job_id: int, status: str) -> None:
    """Let a job run and end as a worker would."""
    rows(database_url, "update jobs.procrastinate_jobs set status = 'doing' where id = %s", job_id)
    rows(
        database_url,
        f"select jobs.procrastinate_finish_job_v1(%s, '{status}'::jobs.procrastinate_job_status, false)",
        job_id,
    )


def test_the_list_shows_each_job_with_what_became_of_it(gateway: Gateway, database_url: str) -> None:
    post_id, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    jobs.request_jobs(gateway, "download", media_ids=[a.media_id])
    jobs.request_jobs(gateway, "download", media_ids=[b.media_id])
    second, first = jobs.list_jobs(gateway)
    assert (second.media_id, second.post_id, second.kind, second.status) == (
        b.media_id,
        post_id,
        "download",
        "todo",
    )
    assert second.created_at is not None
    assert (second.started_at, second.ended_at) == (None, None)
    fail_download(gateway, a)
    finish(database_url, first.job_id, "failed")

    [failed] = jobs.list_jobs(gateway, status="failed")
    assert (failed.job_id, failed.outcome, failed.error, failed.attempts) == (
        first.job_id,
        "network",
        "reset",
        1,
    )
    assert failed.created_at is not None
    assert failed.started_at is not None
    assert failed.ended_at is not None
    assert failed.created_at <= failed.started_at <= failed.ended_at
    assert [row.job_id for row in jobs.list_jobs(gateway, before=second.job_id)] == [first.job_id]
    assert jobs.list_jobs(gateway, kind="verify") == []
    assert jobs.count_jobs(gateway) == [
        JobCount(kind="download", status="failed", count=1),
        JobCount(kind="download", status="todo", count=1),
    ]
    assert jobs.open_jobs(gateway, "download") == 1


def test_the_reason_of_other_failures_comes_from_the_audit_log(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    download(gateway, row.media_id, "a")
    media.record_event(gateway, row.media_id, "archive_failed", actor="worker", details={"error": "before"})
    jobs.request_jobs(gateway, "archive")
    [job] = jobs.list_jobs(gateway)
    rows(database_url, "update jobs.procrastinate_jobs set status = 'doing'")
    media.record_event(
        gateway,
        row.media_id,
        "archive_failed",
        actor="worker",
        details={"error": "403 Forbidden", "job_id": job.job_id},
    )
    finish(database_url, job.job_id, "failed")
    [failed] = jobs.list_jobs(gateway)
    assert (failed.outcome, failed.error) == (None, "403 Forbidden")
    assert media.list_events(gateway, row.media_id)[-1].job_id == job.job_id


def test_jobs_of_other_programs_and_of_maintenance_are_not_shown(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into jobs.procrastinate_jobs (queue_name, task_name) values"
        " ('maintenance', 'social_tui.rescue'), ('download', 'somebody.elses')",
    )
    assert jobs.list_jobs(gateway) == []
    assert jobs.count_jobs(gateway) == []
    assert jobs.open_jobs(gateway, "download") == 0
    assert jobs.cancel_jobs(gateway, None) == 0


def test_failed_jobs_are_tried_again_with_all_their_tries(gateway: Gateway, database_url: str) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    jobs.request_jobs(gateway, "download")
    for job in jobs.list_jobs(gateway):
        finish(database_url, job.job_id, "failed")
    fail_download(gateway, a)
    assert jobs.retry_jobs(gateway, None, "archive") == 0
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute('listen "procrastinate_queue_v1#download"')
        assert jobs.retry_jobs(gateway, None) == 2
        [note] = listener.notifies(timeout=10, stop_after=1)
        assert json.loads(note.payload) == {"type": "job_inserted", "job_id": 0}
        assert list(listener.notifies(timeout=0)) == [], "one is enough, of however many"
    assert {(job.status, job.attempts) for job in jobs.list_jobs(gateway)} == {("todo", 0)}
    assert media.get_media(gateway, a.media_id).download_status == "pending"
    assert media.list_events(gateway, b.media_id)[-1].event == "job_retried"


def test_of_several_ended_jobs_about_one_thing_one_is_tried_again(
    gateway: Gateway, database_url: str
) -> None:
    import_one(gateway, post("1", [reference("a")]))
    for _ in range(3):
        jobs.request_jobs(gateway, "download")
        finish(database_url, jobs.list_jobs(gateway)[0].job_id, "failed")
    newest, *older = (job.job_id for job in jobs.list_jobs(gateway))
    assert jobs.retry_jobs(gateway, None) == 1
    assert [job.job_id for job in jobs.list_jobs(gateway, status="todo")] == [newest]
    assert jobs.retry_jobs(gateway, older) == 0, "the thing is queued already"


def test_waiting_jobs_are_cancelled_and_running_ones_asked_to_stop(
    gateway: Gateway, database_url: str
) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    jobs.request_jobs(gateway, "download")
    running, waiting = jobs.list_jobs(gateway)
    rows(database_url, "update jobs.procrastinate_jobs set status = 'doing' where id = %s", running.job_id)
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen procrastinate_any_queue_v1")
        assert jobs.cancel_jobs(gateway, None, "download") == 2
        [note] = listener.notifies(timeout=10, stop_after=1)
    assert json.loads(note.payload) == {"type": "abort_job_requested", "job_id": running.job_id}
    after = {job.job_id: job for job in jobs.list_jobs(gateway)}
    assert (after[running.job_id].status, after[running.job_id].abort_requested) == ("doing", True)
    assert after[waiting.job_id].status == "cancelled"
    assert jobs.cancel_jobs(gateway, [running.job_id, waiting.job_id]) == 0
    assert jobs.retry_jobs(gateway, [waiting.job_id]) == 1
    assert {event.event for row in (a, b) for event in media.list_events(gateway, row.media_id)} >= {
        "job_cancelled",
        "job_abort_requested",
        "job_retried",
    }


def test_changes_of_the_queue_and_of_media_wake_who_waits(gateway: Gateway) -> None:
    import_one(gateway, post("1", [reference("a")]))
    assert gateway.wait_for_change(10), "the first call only begins to listen"
    jobs.request_jobs(gateway, "download")
    assert gateway.wait_for_change(10)

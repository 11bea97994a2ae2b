"""The queue kind by kind: its depth and rate, its parts in pages, its steering, the progress of what runs."""

from __future__ import annotations

import json
from typing import get_args

import psycopg
import pytest

from social_tui.errors import DatabaseError
from social_tui.models import JOB_KINDS, JobKind, MediaRow
from social_tui.store import changes, jobs, media, queues
from social_tui.store.gateway import Gateway
from social_tui.store.queues import Progress, QueuedJob, QueuePart, QueueRow
from tests.store.library_rows import download, import_one, post, reference, rows


def queue_of(gateway: Gateway, kind: JobKind = "download") -> QueueRow:
    return {row.kind: row for row in queues.read_queues(gateway)}[kind]


def queued(gateway: Gateway, count: int) -> list[MediaRow]:
    """Import a post with so many media, and queue their downloads."""
    _, listed = import_one(gateway, post("1", [reference(f"m{n}", position=n) for n in range(count)]))
    assert jobs.request_jobs(gateway, "download").requested == count
    return listed


def start(url: str, job_id: int) -> int:
    """Let a job run at a worker of its own, whose id is given back."""
    [(worker_id,)] = rows(url, "insert into jobs.procrastinate_workers default values returning id")
    rows(
        url,
        "update jobs.procrastinate_jobs set status = 'doing', worker_id = %s where id = %s",
        worker_id,
        job_id,
    )
    return int(worker_id)


def end(url: str, job_id: int, status: str) -> None:
    rows(url, f"select jobs.procrastinate_finish_job_v1(%s, '{status}', false)", job_id)


def put_off(url: str, job_id: int, minutes: int) -> None:
    rows(
        url,
        "update jobs.procrastinate_jobs set scheduled_at = now() + %s * interval '1 minute', attempts = 1"
        " where id = %s",
        minutes,
        job_id,
    )


def ids(gateway: Gateway, part: QueuePart) -> list[int]:
    return [job.job_id for job in queues.list_queue(gateway, part)]


def test_every_kind_tells_its_depth_and_its_rate(gateway: Gateway, database_url: str) -> None:
    queued(gateway, 8)
    numbers = ids(gateway, "waiting")
    start(database_url, numbers[0])
    for number in numbers[1:3]:
        put_off(database_url, number, 5)
    for number, status in zip(numbers[3:6], ("failed", "succeeded", "succeeded"), strict=True):
        start(database_url, number)
        end(database_url, number, status)
    row = queue_of(gateway)
    assert (row.waiting, row.later, row.running, row.failed) == (2, 2, 1, 1)
    assert row.ended_per_minute == pytest.approx(3 / 5)
    assert [each.kind for each in queues.read_queues(gateway)] == list(JOB_KINDS)
    rows(database_url, "update jobs.procrastinate_events set at = at - interval '6 minutes'")
    assert queue_of(gateway).ended_per_minute == 0
    assert queue_of(gateway, "archive").waiting == 0


def test_a_kind_is_paused_and_goes_on(gateway: Gateway, database_url: str) -> None:
    first = changes.latest_change(gateway)
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute('listen "procrastinate_queue_v1#archive"')
        listener.execute("listen social_tui")
        paused = queues.pause_jobs(gateway, "archive", True, actor="cli")
        again = queues.pause_jobs(gateway, "archive", True)
        notes = list(listener.notifies(timeout=10, stop_after=2))
        assert {note.channel for note in notes} == {"procrastinate_queue_v1#archive", "social_tui"}
        assert list(listener.notifies(timeout=0)) == [], "what changes nothing wakes nobody"
    assert paused.paused_at is not None
    assert again.paused_at == paused.paused_at
    assert [row.kind for row in queues.list_lanes(gateway) if row.paused_at] == ["archive"]
    assert queue_of(gateway, "archive").paused_at == paused.paused_at
    assert queues.pause_jobs(gateway, "archive", False).paused_at is None
    told = [change.event for change in changes.changes_after(gateway, first)]
    assert told == ["jobs_paused", "jobs_resumed"]


def test_the_number_at_once_is_set_bounded_and_left_to_the_settings(gateway: Gateway) -> None:
    assert queue_of(gateway).concurrency is None
    assert queues.set_job_concurrency(gateway, "download", 64).concurrency == 64
    assert queue_of(gateway).concurrency == 64
    for wrong in (0, 65, -1):
        with pytest.raises(DatabaseError, match="Between 1 and 64"):
            queues.set_job_concurrency(gateway, "download", wrong)
    assert queue_of(gateway).concurrency == 64
    assert queues.set_job_concurrency(gateway, "download", None).concurrency is None


def test_what_is_no_kind_cannot_be_steered(gateway: Gateway) -> None:
    with pytest.raises(DatabaseError, match="no kind of job"):
        queues.pause_jobs(gateway, "paint", True)  # type: ignore[arg-type]
    with pytest.raises(DatabaseError, match="no kind of job"):
        queues.set_job_concurrency(gateway, "paint", 3)  # type: ignore[arg-type]
    with pytest.raises(DatabaseError, match="no part of the queue"):
        queues.list_queue(gateway, "gone")  # type: ignore[arg-type]


def test_the_parts_of_the_queue_are_in_their_orders(gateway: Gateway, database_url: str) -> None:
    listed = queued(gateway, 6)
    first, second, third, fourth, fifth, sixth = ids(gateway, "waiting")
    rows(database_url, "update jobs.procrastinate_jobs set priority = 9 where id = %s", sixth)
    assert ids(gateway, "waiting")[0] == sixth
    put_off(database_url, first, 20)
    put_off(database_url, second, 10)
    assert ids(gateway, "later") == [second, first]
    for number in (third, fourth):
        start(database_url, number)
        end(database_url, number, "failed")
    start(database_url, fifth)
    assert ids(gateway, "failed") == [fourth, third]
    assert ids(gateway, "running") == [fifth]
    [job] = queues.list_queue(gateway, "running")
    assert job.media_id in {row.media_id for row in listed}
    assert (job.media_type, job.author_name, job.author_username) == ("image", "Ada", "ada")
    assert job.media_url is not None
    assert job.started_at is not None


@pytest.mark.parametrize("part", get_args(QueuePart))
def test_a_part_can_be_read_in_pages_from_both_ends(
    gateway: Gateway, database_url: str, part: QueuePart
) -> None:
    queued(gateway, 7)
    state = {
        "running": "status = 'doing'",
        # Two alike in what sorts them, and in an order that is not that of their ids.
        "waiting": "priority = -(id %% 3)",
        "later": "scheduled_at = now() + interval '1 hour' * (1 + (7 * id) %% 3)",
        "failed": "status = 'failed'",
    }[part]
    rows(database_url, f"update jobs.procrastinate_jobs set {state} where id <> %s", -1)
    whole = queues.list_queue(gateway, part)
    assert len(whole) == 7

    paged: list[QueuedJob] = []
    while page := queues.list_queue(gateway, part, after=paged[-1].key if paged else None, limit=3):
        paged += page
    assert [job.job_id for job in paged] == [job.job_id for job in whole]
    ends = queues.list_queue(gateway, part, backward=True, offset=1, limit=2)
    assert [job.job_id for job in ends] == [job.job_id for job in whole[4:6]]
    skipped = queues.list_queue(gateway, part, after=whole[1].key, offset=2, limit=2)
    assert [job.job_id for job in skipped] == [job.job_id for job in whole[4:6]]


def test_a_failure_tells_its_own_reason_whatever_became_of_the_media(
    gateway: Gateway, database_url: str
) -> None:
    [row] = queued(gateway, 1)
    [number] = ids(gateway, "waiting")
    start(database_url, number)
    media.claim_download(gateway, row.media_id, "c")
    media.fail_download(gateway, row.media_id, "c", outcome="network", error="It broke.", actor="worker")
    end(database_url, number, "failed")
    download(gateway, row.media_id, "a")
    [failed] = queues.list_queue(gateway, "failed")
    assert (failed.outcome, failed.error) == ("network", "It broke.")


def test_what_is_tried_again_later_says_why(gateway: Gateway, database_url: str) -> None:
    [row] = queued(gateway, 1)
    download(gateway, row.media_id, "a")
    jobs.cancel_jobs(gateway, None)
    jobs.request_jobs(gateway, "archive")
    [number] = ids(gateway, "waiting")
    start(database_url, number)
    details = {"error": "503 Slow down", "job_id": number}
    media.record_event(gateway, row.media_id, "archive_failed", actor="worker", details=details)
    rows(
        database_url,
        "select jobs.procrastinate_retry_job_v2(%s, now() + interval '1 hour', 0, 'archive', null)",
        number,
    )
    [job] = queues.list_queue(gateway, "later")
    assert (job.kind, job.attempts, job.error) == ("archive", 1, "503 Slow down")
    assert jobs.retry_jobs(gateway, [number]) == 1, "it is tried now"
    [job] = queues.list_queue(gateway, "waiting")
    assert (job.attempts, job.scheduled_at, job.error) == (0, None, None)


def test_progress_is_kept_while_a_job_runs_and_wakes_nobody(gateway: Gateway, database_url: str) -> None:
    queued(gateway, 3)
    a, b, c = ids(gateway, "waiting")
    worker = start(database_url, a)
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen social_tui")
        queues.tell_progress(
            gateway,
            {a: Progress(worker, 10, 100), b: Progress(worker, 1, None), c: Progress(worker, 1, None)},
        )
        queues.tell_progress(gateway, {a: Progress(worker, 20, None)})
        assert list(listener.notifies(timeout=0)) == []
    [job] = queues.list_queue(gateway, "running")
    assert (job.received_bytes, job.expected_bytes) == (20, None)
    assert rows(database_url, "select job_id from private.job_progress") == [(a,)], "the others do not run"
    queues.tell_progress(gateway, {a: Progress(start(database_url, b), 5, 6)})
    [first, _] = queues.list_queue(gateway, "running")
    assert first.received_bytes == 20, "what another worker says of it does not count"
    end(database_url, a, "failed")
    queues.tell_progress(gateway, {})
    assert rows(database_url, "select count(*) from private.job_progress") == [(0,)]


def test_one_call_wakes_the_workers_however_many_jobs_are_tried_again(
    gateway: Gateway, database_url: str
) -> None:
    queued(gateway, 5)
    rows(database_url, "update jobs.procrastinate_jobs set status = 'failed'")
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen procrastinate_any_queue_v1")
        assert jobs.retry_jobs(gateway, None) == 5
        [note] = listener.notifies(timeout=10, stop_after=1)
        assert json.loads(note.payload)["type"] == "job_inserted"

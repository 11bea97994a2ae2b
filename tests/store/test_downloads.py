"""Downloads many at a time: each media and each job is told the truth of by itself."""

from __future__ import annotations

import pytest

from social_tui.errors import DatabaseError
from social_tui.models import MediaRow
from social_tui.store import jobs, media, queues
from social_tui.store.batches import Exchange, Room
from social_tui.store.downloads import (
    EndedDownload,
    TakenDownload,
    claim_downloads,
    exchange_downloads,
)
from social_tui.store.gateway import Gateway
from tests.store.library_rows import captured, download, events_of, import_one, post, reference, rows


def queued(gateway: Gateway, *names: str) -> list[MediaRow]:
    """Import a post with these media, and queue their downloads."""
    listed = import_one(
        gateway, post(names[0], [reference(name, position=n) for n, name in enumerate(names)])
    )[1]
    assert jobs.request_jobs(gateway, "download").requested == len(names)
    return listed


@pytest.fixture
def worker(database_url: str) -> int:
    [(worker_id,)] = rows(database_url, "insert into jobs.procrastinate_workers default values returning id")
    return int(worker_id)


def take(gateway: Gateway, worker: int, count: int = 9, newest: int = 0) -> list[TakenDownload]:
    return exchange_downloads(gateway, worker, [], Room(count, is_fixed=True), newest=newest).taken


def settle(gateway: Gateway, worker: int, *ended: EndedDownload) -> Exchange[TakenDownload]:
    return exchange_downloads(gateway, worker, ended, Room(0, is_fixed=True))


def jobs_by_media(gateway: Gateway) -> dict[str | None, tuple[str, int]]:
    return {job.media_id: (job.status, job.attempts) for job in jobs.list_jobs(gateway)}


def test_each_of_a_batch_ends_in_its_own_way(gateway: Gateway, worker: int) -> None:
    names = ("good", "gone", "busy", "stopped", "called off", "broken")
    listed = queued(gateway, *names)
    taken = {job.media_id: job for job in take(gateway, worker)}
    assert set(taken) == {row.media_id for row in listed}
    assert {row.media_id for row in claim_downloads(gateway, list(taken), "c")} == set(taken)  # type: ignore[arg-type]
    jobs.cancel_jobs(gateway, [taken[listed[4].media_id].job_id])
    assert settle(gateway, worker).called_off == [taken[listed[4].media_id].job_id]

    def end(n: int, ended: str, **details: object) -> EndedDownload:
        job = taken[listed[n].media_id]
        return EndedDownload(job.job_id, job.media_id, ended, "c", **details)  # type: ignore[arg-type]

    settled = settle(
        gateway,
        worker,
        end(0, "succeeded", file=captured("good")),
        end(1, "failed", outcome="deleted", error="HTTP 404"),
        end(2, "again", outcome="rate_limited", error="HTTP 429", wait_seconds=3600.0),
        end(3, "put_back", error="The disk is full."),
        end(4, "aborted"),
        end(5, "failed", error="unexpected ValueError"),
    ).settled
    assert settled == {job.job_id: "ok" if row is listed[0] else "settled" for row, job in zip(
        listed, (taken[row.media_id] for row in listed), strict=True)}  # fmt: skip
    assert [jobs_by_media(gateway)[row.media_id] for row in listed] == [
        ("succeeded", 1), ("failed", 1), ("todo", 1), ("todo", 0), ("aborted", 1), ("failed", 1),
    ]  # fmt: skip
    found = [media.get_media(gateway, row.media_id) for row in listed]
    assert [(row.download_status, row.outcome, row.attempts) for row in found] == [
        ("ready", "ok", 1), ("failed", "deleted", 1), ("failed", "rate_limited", 1),
        ("pending", None, 0), ("pending", None, 0), ("pending", None, 0),
    ]  # fmt: skip
    assert [events_of(gateway, row.media_id)[3:] for row in listed] == [
        ["media_downloaded"], ["download_failed"], ["download_failed"], ["download_released", "job_put_back"],
        ["job_abort_requested", "download_released"], ["download_released", "download_failed"],
    ]  # fmt: skip
    errors = {job.media_id: job.error for job in jobs.list_jobs(gateway)}
    assert [errors[row.media_id] for row in listed[3:]] == [
        "The disk is full.",
        None,
        "unexpected ValueError",
    ]
    assert [job.media_id for job in queues.list_queue(gateway, "later")] == [listed[2].media_id]
    assert [job.media_id for job in take(gateway, worker)] == [listed[3].media_id]


def test_a_batch_with_the_same_bytes_twice_and_a_media_of_the_same_source(
    gateway: Gateway, worker: int
) -> None:
    one, two = queued(gateway, "a", "b")
    [three] = import_one(gateway, post("other", [reference("a")]))[1]
    taken = take(gateway, worker)
    claim_downloads(gateway, [one.media_id, two.media_id], "c")
    ended = [
        EndedDownload(job.job_id, job.media_id, "succeeded", "c", file=captured("same")) for job in taken
    ]
    assert set(settle(gateway, worker, *ended).settled.values()) == {"ok"}
    assert {media.get_media(gateway, row.media_id).download_status for row in (one, two, three)} == {"ready"}
    assert len(media.list_blobs(gateway)) == 1


def test_other_bytes_with_the_same_md5_are_told_of_each(gateway: Gateway, worker: int) -> None:
    queued(gateway, "a", "b")
    taken = take(gateway, worker)
    claim_downloads(gateway, [job.media_id or "" for job in taken], "c")
    ended = [
        EndedDownload(job.job_id, job.media_id, "succeeded", "c", file=captured(str(n), md5_sum="0" * 32))
        for n, job in enumerate(taken)
    ]
    assert set(settle(gateway, worker, *ended).settled.values()) == {"incident"}
    assert len(media.list_blobs(gateway)) == 2


def test_a_late_worker_changes_neither_job_nor_media(
    gateway: Gateway, database_url: str, worker: int
) -> None:
    [row] = queued(gateway, "a")
    [job] = take(gateway, worker)
    claim_downloads(gateway, [row.media_id], "old")
    [(other,)] = rows(database_url, "insert into jobs.procrastinate_workers default values returning id")
    rows(database_url, "update jobs.procrastinate_jobs set worker_id = %s", other)
    claim_downloads(gateway, [row.media_id], "new")
    late = EndedDownload(job.job_id, row.media_id, "succeeded", "old", file=captured("late"))
    assert settle(gateway, worker, late).settled == {job.job_id: "taken_over"}
    assert media.get_media(gateway, row.media_id).download_status == "downloading"
    assert jobs_by_media(gateway) == {row.media_id: ("doing", 0)}


def test_what_is_had_already_is_not_claimed(gateway: Gateway) -> None:
    one, two = queued(gateway, "a", "b")
    [three] = import_one(gateway, post("other", [reference("a", signature="two")]))[1]
    download(gateway, one.media_id, "x")
    ids = [one.media_id, two.media_id, three.media_id, "med-00000000"]
    assert [row.media_id for row in claim_downloads(gateway, ids, "c")] == [two.media_id]
    assert media.get_media(gateway, three.media_id).download_status == "ready"


def test_no_more_are_taken_than_may_run(gateway: Gateway, worker: int) -> None:
    queued(gateway, *"abcdef")
    queues.set_job_concurrency(gateway, "download", 3)
    assert len(exchange_downloads(gateway, worker, [], Room(1)).taken) == 3
    assert exchange_downloads(gateway, worker, [], Room(1, running=3)).taken == []
    assert len(exchange_downloads(gateway, worker, [], Room(5, is_fixed=True, running=4)).taken) == 1
    queues.pause_jobs(gateway, "download", True)
    assert exchange_downloads(gateway, worker, [], Room(5, is_fixed=True)).taken == []


def test_some_are_taken_from_the_newest_request_whatever_is_urgent(
    gateway: Gateway, database_url: str, worker: int
) -> None:
    backlog = {row.media_id for row in queued(gateway, *"abcdef")}
    rows(database_url, "update jobs.procrastinate_jobs set args = args || '{\"asked\": 5}'")
    listed = import_one(
        gateway, post("new", [reference(name, position=n, expires=None) for n, name in enumerate("xyz")])
    )[1]
    jobs.request_jobs(gateway, "download")
    taken = [job.media_id for job in take(gateway, worker, count=4, newest=1)]
    assert len([name for name in taken if name in backlog]) == 3
    assert len(taken) == 4
    # None waits because there is nothing new.
    jobs.cancel_jobs(gateway, [job.job_id for job in jobs.list_jobs(gateway, status="todo")
                               if job.media_id in {row.media_id for row in listed}])  # fmt: skip
    assert len(take(gateway, worker, count=4, newest=2)) == 3


def test_a_job_that_cannot_be_read_is_told_of(gateway: Gateway, database_url: str, worker: int) -> None:
    rows(
        database_url,
        "insert into jobs.procrastinate_jobs (queue_name, task_name, args) values"
        " ('download', 'social_tui.download', '{}'), ('download', 'other', '{\"media_id\": \"m\"}')",
    )
    taken = take(gateway, worker)
    assert [(job.media_id, job.media_url) for job in taken] == [(None, None), (None, None)]
    ended = [EndedDownload(job.job_id, None, "failed", error="The job cannot be read.") for job in taken]
    assert set(settle(gateway, worker, *ended).settled.values()) == {"settled"}
    assert rows(database_url, "select distinct status::text from jobs.procrastinate_jobs") == [("failed",)]


def test_a_worker_that_was_forgotten_hears_so_and_takes_nothing(gateway: Gateway) -> None:
    queued(gateway, "a")
    exchange = exchange_downloads(gateway, 4711, [], Room(5))
    assert (exchange.is_forgotten, exchange.taken) == (True, [])


def test_a_failure_cannot_have_ended_ok(gateway: Gateway, worker: int) -> None:
    [row] = queued(gateway, "a")
    [job] = take(gateway, worker)
    claim_downloads(gateway, [row.media_id], "c")
    with pytest.raises(DatabaseError):
        settle(gateway, worker, EndedDownload(job.job_id, row.media_id, "failed", "c", outcome="ok"))
    assert jobs_by_media(gateway) == {row.media_id: ("doing", 0)}

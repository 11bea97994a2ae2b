"""Asking for jobs: what needs one is queued, and once, in which order, and what is refused."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import psycopg
import pytest

from social_tui.errors import DatabaseError
from social_tui.exports import MediaToStore
from social_tui.models import JobKind, MediaType, Requested, Selection
from social_tui.store import analyses, jobs, media, queues
from social_tui.store.gateway import Gateway
from tests.store.library_rows import (
    captured,
    download,
    fail_download,
    import_one,
    nameless,
    otherwise,
    post,
    reference,
    rows,
)

DAY = 24 * 60


def requested(count: int, already: int = 0, refused: int = 0) -> Requested:
    return Requested(requested=count, already_queued=already, not_eligible=refused)


def test_everything_that_needs_it_is_queued_once_and_in_order_of_death(
    gateway: Gateway, database_url: str
) -> None:
    days = {"late": 20, "soon": 2, "never": None}
    references = [
        reference(
            name,
            position=n,
            expires=datetime(2096, 12, day, tzinfo=UTC) if day else None,
        )
        for n, (name, day) in enumerate(days.items())
    ]
    post_id, listed = import_one(gateway, post("1", [*references, nameless("x", position=3)]))
    of_post = Selection(post_ids=frozenset({post_id}))
    assert jobs.request_jobs(gateway, "download") == requested(3)
    assert jobs.request_jobs(gateway, "download") == requested(0, already=3)
    assert jobs.request_jobs(gateway, "download", posts=of_post) == requested(0, already=3, refused=1)

    queued = rows(
        database_url,
        "select queue_name, task_name, args, queueing_lock, lock, priority, status::text"
        " from jobs.procrastinate_jobs order by priority desc, id",
    )
    late, soon, never = (row.media_id for row in listed[:3])
    assert [row[2]["media_id"] for row in queued] == [soon, late, never]
    assert queued[0][:2] == ("download", "social_tui.download")
    assert queued[0][3:5] == (f"download:{soon}", None)
    minutes = int(datetime(2096, 12, 2, tzinfo=UTC).timestamp()) // 60
    assert [row[5] for row in queued] == [-minutes, -minutes - 18 * DAY, -2_000_000_000]
    event = media.list_events(gateway, soon)[-1]
    assert event.event == "download_requested"
    assert event.job_id in {row.job_id for row in jobs.list_jobs(gateway)}


def test_links_that_are_dead_already_come_last(gateway: Gateway) -> None:
    dead, fresh = datetime(2020, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC)
    _, listed = import_one(
        gateway,
        post(
            "1",
            [
                reference(name, position=n, expires=expires)
                for n, (name, expires) in enumerate({"dead": dead, "never": None, "fresh": fresh}.items())
            ],
        ),
    )
    jobs.request_jobs(gateway, "download")
    order = [job.media_id for job in queues.list_queue(gateway, "waiting")]
    assert order == [listed[2].media_id, listed[1].media_id, listed[0].media_id]


def test_of_links_that_live_as_long_the_oldest_media_comes_first(gateway: Gateway, database_url: str) -> None:
    listed = [import_one(gateway, post(str(n), [reference(f"m{n}", expires=None)]))[1][0] for n in range(6)]
    for days, row in enumerate(reversed(listed)):
        rows(
            database_url,
            "update public.post_media set created_at = now() - %s * interval '1 day' where media_id = %s",
            days,
            row.media_id,
        )
    jobs.request_jobs(gateway, "download")
    order = [job.media_id for job in queues.list_queue(gateway, "waiting")]
    assert order == [row.media_id for row in listed]


def test_only_some_types_and_hosts_are_queued_when_asked_so(gateway: Gateway) -> None:
    def at(url: str, position: int, media_type: MediaType = "image") -> MediaToStore:
        return otherwise(reference(str(position), position=position, media_type=media_type), url=url)

    links = (
        "https://cdn.example/a",
        "https://eu.CDN.example:8443/b?x=//other.example",
        "https://notcdn.example/",
    )
    _, listed = import_one(
        gateway,
        post("1", [*(at(url, n) for n, url in enumerate(links)), at("https://cdn.example/v", 3, "video")]),
    )
    assert jobs.request_jobs(gateway, "download", host="other.example") == requested(0)
    assert jobs.request_jobs(gateway, "download", host="c_n.example") == requested(0)
    assert jobs.request_jobs(gateway, "download", host="eu.cdn.example") == requested(1)
    assert jobs.request_jobs(gateway, "download", host="CDN.example", media_type="image") == requested(1, 1)
    assert {job.media_id for job in jobs.list_jobs(gateway)} == {row.media_id for row in listed[:2]}
    assert jobs.request_jobs(gateway, "download", media_type="video") == requested(1)


def test_failed_downloads_are_queued_when_asked_for(gateway: Gateway) -> None:
    post_id, [row, other] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    fail_download(gateway, row)
    download(gateway, other.media_id, "b")
    of_post = Selection(post_ids=frozenset({post_id}))
    assert jobs.request_jobs(gateway, "download") == requested(0)
    assert jobs.request_jobs(gateway, "download", posts=of_post) == requested(0, refused=2)
    assert jobs.request_jobs(gateway, "download", retry_failed=True) == requested(1)
    retried = media.get_media(gateway, row.media_id)
    assert (retried.download_status, retried.outcome, retried.attempts) == ("pending", None, 0)


def test_named_media_are_taken_even_if_they_failed(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    fail_download(gateway, row)
    ids = [row.media_id, row.media_id, "med-00000000"]
    assert jobs.request_jobs(gateway, "download", media_ids=ids, actor="cli") == requested(1, refused=1)
    assert media.list_events(gateway, row.media_id)[-1].actor == "cli"


def test_bytes_that_another_media_has_need_no_job(gateway: Gateway) -> None:
    _, [first] = import_one(gateway, post("1", [reference("logo")]))
    download(gateway, first.media_id, "logo")
    _, [second] = import_one(gateway, post("2", [reference("logo", signature="x")]))
    assert jobs.request_jobs(gateway, "download") == requested(0)
    assert media.get_media(gateway, second.media_id).download_status == "ready"


def test_verifying_and_archiving_concern_the_bytes(gateway: Gateway, database_url: str) -> None:
    _, listed = import_one(gateway, post("1", [reference(name, position=n) for n, name in enumerate("abc")]))
    for row in listed[:2]:
        file = download(gateway, row.media_id, "same")
    kinds: tuple[JobKind, ...] = ("verify", "archive")
    for kind in kinds:
        assert jobs.request_jobs(gateway, kind, media_ids=[row.media_id for row in listed]) == requested(
            1, already=1, refused=1
        )
        assert rows(
            database_url,
            "select queueing_lock, lock from jobs.procrastinate_jobs where queue_name = %s",
            kind,
        ) == [(f"{kind}:{file.sha256}", f"{kind}:{file.sha256}")]
    media.record_archived(gateway, file.sha256, archive_url="local:x", proof="archived", actor="worker")
    jobs.cancel_jobs(gateway, None)
    assert jobs.request_jobs(gateway, "archive") == requested(0)


def test_lost_bytes_that_the_archive_has_are_fetched_from_there(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    media.record_archived(gateway, file.sha256, archive_url="local:x", proof="archived", actor="worker")
    rows(database_url, "update public.post_media set media_url = null")
    media.record_verification(gateway, file.sha256, result="missing", actor="cli")
    assert jobs.request_jobs(gateway, "download") == requested(1)


def test_analysing_takes_pictures_films_and_documents(gateway: Gateway) -> None:
    _, [image, audio] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    download(gateway, image.media_id, "a")
    media.claim_download(gateway, audio.media_id, "c")
    media.finish_download(gateway, audio.media_id, "c", captured("b", media_type="audio"), actor="worker")
    assert jobs.request_jobs(gateway, "analyze") == requested(1)
    assert [row.media_id for row in jobs.list_jobs(gateway)] == [image.media_id]


def test_a_request_that_may_have_been_paid_is_sent_again_only_by_name(
    gateway: Gateway, database_url: str
) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    download(gateway, row.media_id, "a")
    reservation = analyses.reserve(
        gateway,
        row.media_id,
        provider="openai",
        model="m",
        prompt_version="1",
        schema_version="1",
        detail="low",
        actor="worker",
    )
    analyses.mark_sent(gateway, reservation.analysis_id)
    assert jobs.request_jobs(gateway, "analyze") == requested(0)
    assert jobs.request_jobs(gateway, "analyze", media_ids=[row.media_id]) == requested(1)
    assert media.get_media(gateway, row.media_id).ai_analysis_status == "failed"
    assert rows(database_url, "select state from public.ai_analyses") == [("failed",)]
    rows(database_url, "update public.ai_analyses set state = 'sent'")
    assert jobs.request_jobs(gateway, "analyze", media_ids=[row.media_id]) == requested(0, already=1)
    assert rows(database_url, "select state from public.ai_analyses") == [("sent",)], "its job still runs"


def test_two_requests_at_once_queue_each_thing_once(gateway: Gateway, database_url: str) -> None:
    _, listed = import_one(gateway, post("1", [reference(str(n), position=n) for n in range(200)]))
    barrier = threading.Barrier(4)
    results: list[Requested] = []

    def work() -> None:
        barrier.wait()
        results.append(jobs.request_jobs(gateway, "download"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.requested for result in results) == 200
    assert sum(result.already_queued for result in results) == 600
    assert jobs.open_jobs(gateway, "download") == len(listed)
    assert rows(database_url, "select count(*) from public.media_events where event = 'download_requested'")[
        0
    ] == (200,)


def test_queueing_is_undone_with_its_transaction(database_url: str, gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    fail_download(gateway, row)
    with psycopg.connect(database_url) as connection:
        connection.execute("select * from public.request_jobs('download', p_retry_failed => true)")
        connection.rollback()
    assert jobs.count_jobs(gateway) == []
    assert media.get_media(gateway, row.media_id).download_status == "failed"


def test_a_running_job_is_not_queued_a_second_time(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    jobs.request_jobs(gateway, "download")
    rows(database_url, "update jobs.procrastinate_jobs set status = 'doing'")
    media.claim_download(gateway, row.media_id, "c")
    assert jobs.request_jobs(gateway, "download") == requested(0, already=1)


def test_a_download_whose_worker_and_job_are_gone_is_queued_again(
    gateway: Gateway, database_url: str
) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    media.claim_download(gateway, row.media_id, "dead")
    assert jobs.request_jobs(gateway, "download") == requested(1)
    assert rows(database_url, "select count(*) from jobs.procrastinate_jobs") == [(1,)]


def test_an_unknown_kind_is_refused(gateway: Gateway) -> None:
    with pytest.raises(DatabaseError, match="no kind of job"):
        jobs.request_jobs(gateway, "paint")  # type: ignore[arg-type]

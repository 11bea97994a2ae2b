"""The worker: tries again what may succeed, tells why it failed, stops when asked, and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from social_tui.errors import AnalysisError, CancelledError
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.models import JobRow
from social_tui.reports import WorkReport
from social_tui.store import jobs as job_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import Behaviour, in_turn, respond, serve, when
from tests.support.openai_server import OpenAIServer
from tests.support.waiting import until
from tests.support.world import World, request, rows

PICTURE = jpeg(seed=1)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        yield opened


def queue(world: World, library: Library, **behaviours: bytes | Behaviour) -> None:
    """Import a post with one media for each name, and queue their downloads."""
    urls = [world.serve(f"/{name}.jpg", behaviour) for name, behaviour in behaviours.items()]
    import_paths(library, [world.write([world.post(*urls)])])
    assert request(library, "download") == len(behaviours)


def jobs(library: Library) -> list[JobRow]:
    return job_store.list_jobs(library.gateway)


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_retries_by_outcome(world: World, library: Library) -> None:
    queue(
        world,
        library,
        broken=respond(503),
        slow=respond(429, [("Retry-After", "0")]),
        gone=respond(404),
        refused=respond(403),
        recovers=in_turn(respond(500), respond(429), serve(PICTURE)),
        good=jpeg(seed=2),
    )
    report = run_to_end(library, "download")
    assert world.server.hits == {
        "/broken.jpg": 4,
        "/slow.jpg": 4,
        "/gone.jpg": 1,
        "/refused.jpg": 1,
        "/recovers.jpg": 3,
        "/good.jpg": 1,
    }
    assert {name: row.outcome for name, row in rows(library).items()} == {
        "broken.jpg": "network",
        "slow.jpg": "rate_limited",
        "gone.jpg": "deleted",
        "refused.jpg": "auth",
        "recovers.jpg": "ok",
        "good.jpg": "ok",
    }
    assert (report.requested, report.succeeded, report.failed, report.left) == (6, 2, 4, 0)
    assert report.outcomes == {"network": 1, "rate_limited": 1, "deleted": 1, "auth": 1}
    assert report.reason is None
    assert all(job.error for job in jobs(library) if job.status == "failed")
    assert world.checker().problems() == []


def test_failed_ones_are_tried_again_when_asked(world: World, library: Library) -> None:
    queue(world, library, gone=in_turn(respond(404), serve(PICTURE)))
    run_to_end(library, "download")
    assert request(library, "download") == 0
    assert request(library, "download", retry_failed=True) == 1
    report = run_to_end(library, "download")
    assert (report.requested, report.succeeded) == (1, 1)
    assert world.checker().problems() == []


def test_a_refusing_disk_stops_the_work_and_keeps_all_of_it_queued(world: World, library: Library) -> None:
    queue(world, library, a=PICTURE, b=jpeg(seed=2))
    library.cache.root.mkdir(exist_ok=True)
    in_the_way = library.cache.root / "media"
    in_the_way.write_text("a file where a folder should be")
    report = run_to_end(library, "download")
    assert (report.succeeded, report.failed, report.left, report.outcomes) == (0, 0, 2, {})
    assert report.reason
    assert "cannot be used" in report.reason
    assert {(job.status, job.attempts) for job in jobs(library)} == {("todo", 0)}
    assert any(job.error and "cannot be used" in job.error for job in jobs(library))
    assert {row.download_status for row in rows(library).values()} == {"pending"}
    in_the_way.unlink()
    assert run_to_end(library, "download").succeeded == 2
    assert world.checker().problems() == []


def test_an_abort_ends_the_job_and_keeps_the_media_pending(world: World, library: Library) -> None:
    held = threading.Event()
    queue(world, library, a=when(held, respond(404)), b=PICTURE)
    (job_id,) = [job.job_id for job in jobs(library) if job.media_id == rows(library)["a.jpg"].media_id]
    stop = threading.Event()
    thread = in_background(lambda: run_worker(library, kinds=("download",), stop=stop))
    until(lambda: world.server.hits["/a.jpg"] == 1)
    assert job_store.cancel_jobs(library.gateway, [job_id]) == 1
    until(lambda: job_store.open_jobs(library.gateway, "download") == 0)
    stop.set()
    thread.join()
    status = {job.media_id: job.status for job in jobs(library)}
    assert status[rows(library)["a.jpg"].media_id] == "aborted"
    assert rows(library)["a.jpg"].download_status == "pending"
    assert rows(library)["b.jpg"].download_status == "ready"
    assert world.checker().problems() == []


def test_what_was_called_off_is_counted_apart(world: World, library: Library) -> None:
    held = threading.Event()
    queue(world, library, a=when(held, respond(404)), b=PICTURE, c=jpeg(seed=2), gone=respond(404))
    waiting = {row.media_id: name for name, row in rows(library).items()}
    number = {waiting[job.media_id or ""]: job.job_id for job in jobs(library)}
    reports: list[WorkReport] = []

    def work() -> None:
        reports.append(run_to_end(library, "download", concurrency=4))

    assert job_store.cancel_jobs(library.gateway, [number["c.jpg"]]) == 1
    thread = in_background(work)
    until(lambda: world.server.hits["/a.jpg"] == 1)
    assert job_store.cancel_jobs(library.gateway, [number["a.jpg"]]) == 1
    thread.join()
    (report,) = reports
    assert (report.requested, report.succeeded, report.failed, report.cancelled) == (3, 1, 1, 1)
    assert report.outcomes == {"deleted": 1}
    assert report.reason is None
    assert world.checker().problems() == []


def test_stopping_puts_unfinished_work_back(world: World, library: Library) -> None:
    held = threading.Event()
    queue(world, library, a=in_turn(when(held, respond(404)), serve(PICTURE)), b=jpeg(seed=2))
    stop = threading.Event()
    caught: list[BaseException] = []

    def work() -> None:
        try:
            run_to_end(library, "download", stop=stop)
        except CancelledError as error:
            caught.append(error)

    thread = in_background(work)
    until(lambda: world.server.hits["/a.jpg"] == 1 and rows(library)["b.jpg"].download_status == "ready")
    stop.set()
    thread.join()
    assert "download jobs: 1 done, 0 failed, 1 left" in str(caught[0])
    assert [job.status for job in jobs(library)].count("todo") == 1
    assert rows(library)["a.jpg"].download_status == "pending"
    assert world.checker().problems() == []
    assert run_to_end(library, "download").succeeded == 1
    assert world.checker().problems() == []


def test_progress_is_told_to_the_end(world: World, library: Library) -> None:
    queue(world, library, **{f"m{number}": jpeg(seed=number) for number in range(8)}, gone=respond(404))
    heard: list[WorkReport] = []
    report = run_to_end(library, "download", concurrency=2, on_progress=heard.append)
    assert [(each.requested, each.succeeded + each.failed + each.left) for each in heard] == [(9, 9)] * len(
        heard
    )
    assert [each.left for each in heard] == sorted((each.left for each in heard), reverse=True)
    assert (heard[-1].left, heard[-1].succeeded, report.succeeded) == (0, 8, 8)


def test_a_service_that_refuses_everybody_is_asked_once(world: World, library: Library) -> None:
    queue(world, library, **{f"m{number}": jpeg(seed=number) for number in range(5)})
    run_to_end(library, "download")
    with OpenAIServer(mode="insufficient_quota") as ai:
        world.use(ai.settings())
        with world.open("worker") as paying:
            assert request(paying, "analyze") == 5
            with pytest.raises(AnalysisError, match="quota"):
                run_to_end(paying, "analyze", concurrency=1)
            assert len(ai.requests) == 1
            assert [job.status for job in jobs(paying) if job.kind == "analyze"].count("todo") == 4
            ai.mode = "answer"
            assert run_to_end(paying, "analyze").succeeded == 4
    assert [row.ai_analysis_status for row in rows(library).values()].count("completed") == 4


def test_other_lanes_go_on_when_one_is_closed(world: World, library: Library) -> None:
    queue(world, library, a=PICTURE)
    run_to_end(library, "download")
    with OpenAIServer(mode="forbidden") as ai:
        world.use(ai.settings())
        with world.open("worker") as paying:
            request(paying, "analyze")
            stop = threading.Event()
            thread = in_background(lambda: run_worker(paying, stop=stop))
            until(lambda: rows(paying)["a.jpg"].ai_analysis_status == "failed")
            request(paying, "archive")
            until(lambda: rows(paying)["a.jpg"].proof == "read_back")
            stop.set()
            thread.join()
    assert world.checker().problems() == []


def test_a_job_that_cannot_be_read_stops_no_other(world: World, library: Library) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, args, priority) values"
            " ('download', 'social_tui.download', '{\"nonsense\": 1}', 9),"
            " ('download', 'social_tui.download', '{\"media_id\": \"med-00000000\"}', 9),"
            " ('download', 'no.such.task', '{}', 9)"
        )
    queue(world, library, a=PICTURE)
    run_worker(library, kinds=("download",), until_idle=True)
    assert rows(library)["a.jpg"].download_status == "ready"
    with psycopg.connect(world.database_url) as connection:
        ended = connection.execute("select status::text from jobs.procrastinate_jobs order by id").fetchall()
    assert [status for (status,) in ended] == ["failed", "succeeded", "failed", "succeeded"]


def test_links_that_die_soonest_go_first(world: World, library: Library) -> None:
    urls = [world.serve(f"/{name}.jpg", jpeg(seed=ord(name))) for name in "abc"]
    ends = {"a": 4_000_000_000, "b": 1_900_000_000, "c": 3_000_000_000}
    links = [f"{url}?e={end}&t=x" for url, end in zip(urls, ends.values(), strict=True)]
    import_paths(library, [world.write([world.post(*links)])])
    request(library, "download")
    run_to_end(library, "download", concurrency=1)
    assert [exchange.path.partition("?")[0] for exchange in world.server.requests] == [
        "/b.jpg",
        "/c.jpg",
        "/a.jpg",
    ]

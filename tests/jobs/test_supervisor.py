"""Supervision: who watches is heard, and what a frozen or cut-off worker says does not count."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import psycopg
import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from social_tui.errors import DatabaseUnavailableError
from social_tui.jobs import beside, supervisor
from social_tui.jobs.app import make_app
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.lanes import Lanes
from social_tui.jobs.manager import FencedJobManager
from social_tui.jobs.rescue import rescue_stalled
from social_tui.jobs.supervisor import Supervisor
from social_tui.jobs.worker import run_worker
from social_tui.library.fixity import FixityRound
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.reports import WorkReport
from social_tui.store import jobs as job_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond, when
from tests.support.waiting import until
from tests.support.world import World, request, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with one job queued."""
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(world.serve("/a.jpg", jpeg()))])])
        request(opened, "download")
        yield opened


def opened(world: World, library: Library) -> tuple[App, FencedJobManager]:
    """Make an app that runs as many jobs as there are."""
    return make_app(world.database_url, library.gateway, Lanes(library.gateway, {"download": 64}))


def test_a_watcher_that_fails_ends_the_work(library: Library) -> None:
    def break_down(report: WorkReport) -> None:
        raise BrokenPipeError("nobody reads the progress any more")

    with pytest.raises(BrokenPipeError):
        run_to_end(library, "download", on_progress=break_down)


async def test_nobody_counts_for_longer_than_the_work_is_left_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where all that was in hand is settled again and again, as the last of a large queue are."""
    waited: list[tuple[asyncio.Event, float]] = []

    async def remember(event: asyncio.Event, seconds: float) -> None:
        waited.append((event, seconds))

    def count(counting: Supervisor) -> bool:
        threading.Event().wait(0.05)
        return bool(waited)

    monkeypatch.setattr(supervisor, "wait_for", remember)
    supervised = Supervisor(library, {"download": 1}, threading.Event(), count)
    await supervised._watch_work(count)
    (still, least), (until_rest, rest) = waited
    assert (still, until_rest) == (supervised._finished, supervised._at_rest)
    assert 0.01 < least < rest


def test_whoever_is_in_a_crew_does_jobs_alone(library: Library) -> None:
    alone, in_crew = (
        Supervisor(library, {"download": 1, "analyze": 1}, threading.Event(), in_crew=is_in_crew)
        for is_in_crew in (False, True)
    )
    assert alone._drawing is not None
    assert alone._beside
    assert in_crew._drawing is None
    assert in_crew._beside == []


def test_what_fails_beside_the_jobs_ends_no_worker(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(beside, "meaning_state", fail)
    monkeypatch.setattr(beside, "look_at_batch", fail)
    monkeypatch.setattr(FixityRound, "run", fail)
    stop = threading.Event()
    with world.open("worker") as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", jpeg()))])])
        thread = threading.Thread(target=run_worker, args=(library,), kwargs={"stop": stop})
        thread.start()
        try:
            failed = ("meanings_failed", "batches_failed", "fixity_failed")
            until(lambda: all(event in caplog.text for event in failed))
            request(library, "download")
            until(lambda: rows(library)["a.jpg"].download_status == "ready")
            assert thread.is_alive()
        finally:
            stop.set()
            thread.join()


def test_a_batch_gives_up_when_the_database_stays_away(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE_SECONDS", 0.0)
    held = threading.Event()
    world.serve("/a.jpg", when(held, respond(404)))
    library.gateway.close()
    with pytest.raises(DatabaseUnavailableError):
        run_worker(library, until_idle=True)


async def test_only_the_owner_settles_a_job(world: World, library: Library) -> None:
    app, manager = opened(world, library)
    async with app.open_async():
        frozen, other = await manager.register_worker(), await manager.register_worker()
        job = await manager.fetch_job(["download"], frozen)
        assert job is not None
        with psycopg.connect(world.database_url) as connection:
            connection.execute("update jobs.procrastinate_jobs set worker_id = %s", [other])
        await manager.finish_job(job, Status.SUCCEEDED, delete_job=False)
        await manager.retry_job(job)
        assert [row.status for row in job_store.list_jobs(library.gateway)] == ["doing"]
        await manager.finish_job(job.evolve(worker_id=other), Status.SUCCEEDED, delete_job=False)
        assert [row.status for row in job_store.list_jobs(library.gateway)] == ["succeeded"]


@pytest.mark.kills_workers
async def test_a_job_whose_worker_was_forgotten_may_still_end(world: World, library: Library) -> None:
    app, manager = opened(world, library)
    async with app.open_async():
        worker = await manager.register_worker()
        job = await manager.fetch_job(["download"], worker)
        assert job is not None
        await manager.unregister_worker(worker)
        await manager.finish_job(job, Status.SUCCEEDED, delete_job=False)
    assert [row.status for row in job_store.list_jobs(library.gateway)] == ["succeeded"]


@pytest.mark.kills_workers
async def test_only_the_jobs_of_dead_workers_are_rescued(world: World, library: Library) -> None:
    app, manager = opened(world, library)
    async with app.open_async():
        worker = await manager.register_worker()
        job = await manager.fetch_job(["download"], worker)
        assert isinstance(job, Job)
        assert await rescue_stalled(manager, library) == 0
        with psycopg.connect(world.database_url) as connection:
            connection.execute(
                "update jobs.procrastinate_workers set last_heartbeat = now() - interval '2 seconds'"
            )
        assert await rescue_stalled(manager, library) == 1
        assert [(row.status, row.attempts) for row in job_store.list_jobs(library.gateway)] == [("todo", 1)]
        assert await rescue_stalled(manager, library) == 0


@pytest.mark.kills_workers
async def test_a_lost_heartbeat_is_noticed(world: World, library: Library) -> None:
    app, manager = opened(world, library)
    async with app.open_async():
        worker = await manager.register_worker()
        await manager.update_heartbeat(worker)
        assert not manager.lost.is_set()
        with psycopg.connect(world.database_url) as connection:
            connection.execute("drop function jobs.procrastinate_update_heartbeat_v1")
        with pytest.raises(ConnectorException):
            await manager.update_heartbeat(worker)
        assert manager.lost.is_set()


def test_the_worker_hears_of_new_jobs_at_once_and_stops_at_once(world: World, library: Library) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: run_worker(library, stop=stop))
    thread.start()
    until(lambda: rows(library)["a.jpg"].download_status == "ready")
    import_paths(library, [world.write([world.post(world.serve("/b.jpg", jpeg(seed=2)))])])
    request(library, "download")
    until(lambda: rows(library)["b.jpg"].download_status == "ready")
    stop.set()
    thread.join()
    with psycopg.connect(world.database_url) as connection:
        assert connection.execute("select count(*) from jobs.procrastinate_workers").fetchone() == (0,)

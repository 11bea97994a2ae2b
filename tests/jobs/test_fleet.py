"""Workers on many machines: who is alive, what they do, and how they end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest

from benchmarks.bench_fleet import drain, stock
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.process import WorkerProcess
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store.fleet import WorkerRow, list_workers
from social_tui.store.queues import set_job_concurrency
from tests.media_cache.samples import jpeg
from tests.store.callers import become
from tests.support.fault_server import serve, when
from tests.support.waiting import until
from tests.support.world import World, request, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open() as opened:
        yield opened


@pytest.fixture
def worker(world: World) -> Iterator[WorkerProcess]:
    """Give a worker of downloads with a name and a long patience; it is gone at the end."""
    settings = world.settings.model_copy(update={"worker_name": "north", "worker_drain_seconds": 600.0})
    process = WorkerProcess(settings, "download")
    process.start()
    yield process
    if process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.stop()


def north(library: Library) -> WorkerRow | None:
    """Find the worker in the list."""
    return next((row for row in list_workers(library.gateway) if row.name == "north"), None)


def state(library: Library) -> str | None:
    row = north(library)
    return row.state(library.settings.worker_stalled_seconds) if row is not None else None


def at_work(world: World, library: Library, worker: WorkerProcess) -> tuple[threading.Event, int]:
    """Have the worker download something that comes when told, and give its process id."""
    until(lambda: state(library) == "idle", "the worker in the list")
    held = threading.Event()
    import_paths(library, [world.write([world.post(world.serve("/a.jpg", when(held, serve(jpeg(seed=1)))))])])
    request(library, "download")
    until(lambda: world.server.hits["/a.jpg"] == 1 and state(library) == "working", "the worker at work")
    assert worker.pid is not None
    return held, worker.pid


def test_a_worker_is_listed_with_what_it_does_and_drains_when_it_is_told_to_end(
    world: World, library: Library, worker: WorkerProcess
) -> None:
    held, pid = at_work(world, library, worker)
    row, media_id = north(library), rows(library)["a.jpg"].media_id
    assert row is not None
    assert (row.queues, row.running, [each.media_id for each in row.doing]) == (("download",), 1, [media_id])
    assert row.process_id.startswith("worker-")
    assert os.uname().nodename not in row.model_dump_json()
    os.kill(pid, signal.SIGTERM)
    until(lambda: state(library) == "draining", "the worker draining")
    import_paths(library, [world.write([world.post(world.serve("/b.jpg", jpeg(seed=2)))])])
    request(library, "download")
    held.set()
    until(lambda: not worker.is_running, "the end of the worker")
    assert worker.returncode == 0
    assert north(library) is None
    assert [job.status for job in job_store.list_jobs(library.gateway)] == ["todo", "succeeded"]
    assert world.server.hits["/b.jpg"] == 0


@pytest.mark.kills_workers
def test_a_second_signal_ends_it_at_once_and_another_does_its_job(
    world: World, library: Library, worker: WorkerProcess
) -> None:
    held, pid = at_work(world, library, worker)
    os.kill(pid, signal.SIGTERM)
    until(lambda: state(library) == "draining", "the worker draining")
    os.kill(pid, signal.SIGTERM)
    until(lambda: not worker.is_running, "the end of the worker")
    assert worker.returncode == -signal.SIGTERM
    assert [job.status for job in job_store.list_jobs(library.gateway)] == ["doing"]
    until(lambda: state(library) in ("silent", None), "its silence being noticed")
    held.set()
    assert run_to_end(library, "download").succeeded == 1
    assert north(library) is None


def test_a_member_sees_of_the_work_their_own_alone(world: World, library: Library) -> None:
    import_paths(library, [world.write([world.post(world.serve("/a.jpg", jpeg(seed=1)))])])
    request(library, "download")
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "with w as (insert into jobs.procrastinate_workers default values returning id),"
            " j as (update jobs.procrastinate_jobs set status = 'doing', worker_id = w.id from w)"
            " insert into private.workers (worker_id, process_id, name, queues)"
            " select id, 'worker-1', 'north', '{download}' from w"
        )
        connection.execute("insert into public.workspaces values (gen_random_uuid(), 'elsewhere')")
        seen = {}
        for caller, workspace in (("viewer", "default"), ("neighbour", "elsewhere")):
            become(connection, caller)
            connection.execute("reset role")
            connection.execute(
                "insert into public.workspace_members (workspace_id, user_id, role)"
                " select workspace_id, auth.uid(), 'viewer' from public.workspaces where name = %s",
                [workspace],
            )
            become(connection, caller)
            seen[caller] = connection.execute(
                "select name, running, jsonb_array_length(doing) from public.list_workers()"
            ).fetchall()
            connection.execute("reset role")
        connection.rollback()
    assert seen == {"viewer": [("north", 1, 1)], "neighbour": [("north", 0, 0)]}


@pytest.mark.kills_workers
def test_what_a_killed_worker_had_in_hand_is_done_once_by_another(world: World, library: Library) -> None:
    files = 200
    stock(library, files)
    # One at a time, so that there is time to kill one in the midst of its work.
    set_job_concurrency(library.gateway, "archive", 1)
    killed: list[int] = []

    def is_due(left: int) -> bool:
        if killed or left == files:
            return False
        killed.append(left)
        return True

    drained = drain(library, 2, is_due)
    assert drained.kills == 1
    assert (drained.succeeded, drained.effects, drained.distinct_effects) == (files, files, files)
    assert len(list(world.settings.paths.archive.rglob("*.jpg"))) == files
    assert world.checker().problems() == []

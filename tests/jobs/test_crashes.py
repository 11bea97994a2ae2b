"""Workers and imports that are killed, frozen or cut off: everything is done in the end, and once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.jobs.process import WorkerProcess
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import in_turn, respond, serve, when
from tests.support.waiting import until
from tests.support.world import World, request, rows

PICTURE = jpeg(seed=1)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open() as opened:
        yield opened


@pytest.fixture
def worker(world: World) -> Iterator[WorkerProcess]:
    """Give a worker process that is not started; it is gone at the end."""
    process = WorkerProcess(world.settings)
    yield process
    if process.pid is not None:
        os.kill(process.pid, signal.SIGCONT)
    process.stop()


def queue(world: World, library: Library, *urls: str) -> None:
    import_paths(library, [world.write([world.post(*urls)])])
    request(library, "download")


def pid_of(worker: WorkerProcess) -> int:
    assert worker.pid is not None
    return worker.pid


@pytest.mark.kills_workers
def test_kill_9_while_downloading(world: World, library: Library, worker: WorkerProcess) -> None:
    held = threading.Event()
    slow = world.serve("/slow.jpg", in_turn(when(held, respond(404)), serve(PICTURE)))
    queue(world, library, slow, world.serve("/b.jpg", jpeg(seed=2)))
    worker.start()
    until(
        lambda: world.server.hits["/slow.jpg"] == 1 and job_store.open_jobs(library.gateway, "download") == 1
    )
    os.kill(pid_of(worker), signal.SIGKILL)
    worker.stop()
    assert rows(library)["slow.jpg"].download_status == "downloading"
    report = run_to_end(library, "download")
    assert (report.succeeded, report.failed) == (1, 0)
    assert dict(world.server.hits) == {"/slow.jpg": 2, "/b.jpg": 1}
    library.cache.sweep()
    assert world.checker().problems() == []


@pytest.mark.kills_workers
def test_a_frozen_worker_that_wakes_up_changes_nothing(
    world: World, library: Library, worker: WorkerProcess
) -> None:
    held = threading.Event()
    late, fresh = jpeg(seed=1), jpeg(seed=2)
    queue(world, library, world.serve("/a.jpg", in_turn(when(held, serve(late)), serve(fresh))))
    worker.start()
    until(lambda: world.server.hits["/a.jpg"] == 1)
    os.kill(pid_of(worker), signal.SIGSTOP)
    run_to_end(library, "download")
    before = rows(library)["a.jpg"]
    assert before.download_status == "ready"
    held.set()
    os.kill(pid_of(worker), signal.SIGCONT)
    queue(world, library, world.serve("/next.jpg", jpeg(seed=3)))
    until(lambda: rows(library)["next.jpg"].download_status == "ready", "the woken worker working on")
    worker.stop()
    # The woken one may have drawn the picture in its idle time, and looked for marks in it.
    assert rows(library)["a.jpg"].model_copy(update={"marks": before.marks}) == before
    assert library.cache.resolve(before.local_file_path or "").read_bytes() == fresh
    assert [job.attempts for job in job_store.list_jobs(library.gateway)] == [1, 2]
    events = [event.event for event in media_store.list_events(library.gateway, before.media_id)]
    assert events.count("media_downloaded") == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_puts_unfinished_work_back(
    world: World, library: Library, worker: WorkerProcess, how: signal.Signals
) -> None:
    held = threading.Event()
    queue(world, library, world.serve("/a.jpg", in_turn(when(held, respond(404)), serve(PICTURE))))
    worker.start()
    pid = pid_of(worker)
    until(lambda: world.server.hits["/a.jpg"] == 1)
    os.kill(pid, how)
    until(lambda: not worker.is_running, "the end of the worker")
    assert worker.returncode == 0
    assert [job.status for job in job_store.list_jobs(library.gateway)] == ["todo"]
    assert rows(library)["a.jpg"].download_status == "pending"
    assert world.checker().problems() == []
    assert run_to_end(library, "download").succeeded == 1
    assert world.checker().problems() == []


_STARTER = """
import sys, time
from social_tui.config import load_settings
from social_tui.jobs.process import WorkerProcess
worker = WorkerProcess(load_settings())
worker.start()
print(worker.pid, flush=True)
time.sleep(60)
"""


def test_a_worker_dies_with_its_starter(world: World) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER],
        env={**os.environ, **world.environment()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    with psycopg.connect(world.database_url, autocommit=True) as connection:
        workers = "select count(*) from jobs.procrastinate_workers"
        until(lambda: connection.execute(workers).fetchone() == (4,), "the worker at work")
        starter.kill()
        starter.communicate()
        until(lambda: not is_alive(pid), "the end of the worker")
        assert connection.execute(workers).fetchone() == (0,)


def test_a_worker_takes_its_starters_settings_and_no_others(
    world: World, library: Library, worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/elsewhere")
    monkeypatch.setenv("SOCIAL_TUI_ALLOW_PRIVATE", "")
    queue(world, library, world.serve("/a.jpg", PICTURE))
    worker.start()
    until(lambda: rows(library)["a.jpg"].download_status == "ready", "the download")
    assert world.server.hits["/a.jpg"] == 1


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits for its parent to ask does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.kills_workers
def test_a_crashed_worker_is_started_again(worker: WorkerProcess) -> None:
    worker.start()
    first = pid_of(worker)
    worker.start()
    assert worker.pid == first
    os.kill(first, signal.SIGKILL)
    until(lambda: not worker.is_running)
    worker.start()
    assert pid_of(worker) != first


def test_two_workers_never_run_one_job_twice(world: World, library: Library) -> None:
    both = threading.Event()
    urls = [world.serve(f"/{number}.jpg", when(both, serve(jpeg(8, 8, seed=number)))) for number in range(60)]
    with (
        WorkerProcess(world.settings),
        WorkerProcess(world.settings),
        psycopg.connect(world.database_url, autocommit=True) as connection,
    ):
        workers = "select count(*) from jobs.procrastinate_workers"
        until(lambda: connection.execute(workers).fetchone() == (8,), "both workers at work")
        queue(world, library, *urls)
        took = "select count(distinct worker_id) from jobs.procrastinate_jobs where status = 'doing'"
        until(lambda: connection.execute(took).fetchone() == (2,), "jobs of both workers")
        both.set()
        until(lambda: job_store.open_jobs(library.gateway, "download") == 0)
    assert set(world.server.hits.values()) == {1}
    assert {job.attempts for job in job_store.list_jobs(library.gateway)} == {1}
    assert world.checker().problems() == []


@pytest.mark.kills_workers
def test_a_job_that_kills_its_workers_is_given_up(world: World, library: Library) -> None:
    queue(world, library, world.serve("/a.jpg", PICTURE), world.serve("/b.jpg", jpeg(seed=2)))
    poison = rows(library)["a.jpg"].media_id
    media_store.claim_download(library.gateway, poison, "dead")
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "update jobs.procrastinate_jobs set status = 'doing', attempts = 4"
            " where args ->> 'media_id' = %s",
            [poison],
        )
    run_worker(library, kinds=("download",), until_idle=True)
    (job,) = [job for job in job_store.list_jobs(library.gateway) if job.media_id == poison]
    assert (job.status, job.attempts) == ("failed", 5)
    assert job.error == "Its worker died while it ran, after 5 tries."
    assert {name: row.download_status for name, row in rows(library).items()} == {
        "a.jpg": "pending",
        "b.jpg": "ready",
    }
    assert world.checker().problems() == []


@pytest.mark.kills_workers
def test_an_abort_that_nobody_heard_is_kept(world: World, library: Library) -> None:
    queue(world, library, world.serve("/a.jpg", PICTURE))
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update jobs.procrastinate_jobs set status = 'doing', abort_requested = true")
    run_worker(library, kinds=("download",), until_idle=True)
    assert [job.status for job in job_store.list_jobs(library.gateway)] == ["aborted"]
    assert world.server.hits["/a.jpg"] == 0


@pytest.mark.kills_workers
def test_kill_9_of_an_import(world: World, library: Library) -> None:
    # Of some length, because what comes in is read some megabytes ahead.
    text = "word " * 1500
    posts = [world.post(f"https://media.example/{number}.jpg", text=text) for number in range(1200)]
    process = subprocess.Popen(
        [sys.executable, "-m", "social_tui", "import", "-"],
        env={**os.environ, **world.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(posts[:1100])[:-1] + ",")
    process.stdin.flush()
    until(lambda: next(media_store.iterate_media(library.gateway), None), "the first batch")
    process.kill()
    process.communicate()
    assert len(content(world)) in (500, 1000), "whole batches"

    export = world.write(posts)
    import_paths(library, [export])
    assert world.checker().problems() == []
    assert content(world) == [
        (urn, url, 0, "image", "main", "pending", None, 0) for urn, url in sorted(world.expected)
    ]
    before = world.snapshot()
    report = import_paths(library, [export])
    assert (report.posts.unchanged, report.media.held) == (1200, 1200)
    assert world.snapshot() == before


def content(world: World) -> list[tuple[Any, ...]]:
    """Return what an import wrote, without the ids and times that differ each time."""
    with psycopg.connect(world.database_url) as connection:
        return connection.execute(
            "select urn, media_url, position, media_type, role, download_status, outcome, attempts"
            " from public.post_media join public.posts using (post_id) order by 1, 2"
        ).fetchall()

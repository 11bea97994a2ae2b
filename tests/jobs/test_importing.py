"""An import in a process of its own: what it tells, being called off, and being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from social_tui.config import Settings
from social_tui.jobs.importing import ImportProcess
from social_tui.jobs.process import settings_line
from social_tui.reports import ImportReport
from social_tui.store.statistics import read_statistics
from tests.support.waiting import until
from tests.support.world import World

BATCH = 500


@contextmanager
def running(process: ImportProcess, settings: Settings) -> Iterator[threading.Thread]:
    """Run an import in a thread, as the app does, and wait for its end."""
    thread = threading.Thread(target=process.run, args=(settings,))
    thread.start()
    yield thread
    thread.join(30)
    assert not thread.is_alive()


@contextmanager
def held(world: World) -> Iterator[psycopg.Connection]:
    """Keep every import from writing until the connection lets go."""
    with psycopg.connect(world.database_url) as holder:
        holder.execute("lock table public.download_runs in share row exclusive mode")
        yield holder


def waiting_process(world: World) -> int:
    """Wait for an import that is held; return the process id of its connection."""
    found: list[int] = []
    query = """
        select pid from pg_stat_activity
        where wait_event_type = 'Lock' and query ilike '%run%' and pid <> pg_backend_pid()
          and datname = current_database()
    """
    with psycopg.connect(world.database_url, autocommit=True) as connection:

        def is_waiting() -> bool:
            found[:] = [pid for (pid,) in connection.execute(query)]
            return bool(found)

        until(is_waiting, "the import never came to the database")
    return found[0]


def test_how_much_of_the_files_is_read_is_told_too(world: World) -> None:
    file = world.write([world.post(text="x" * 2000) for _ in range(2 * BATCH)])
    shares: list[float | None] = []
    process = ImportProcess([file], lambda _report: shares.append(process.meter.share))
    process.run(world.settings)
    assert shares == sorted(filter(None, shares))
    assert (process.meter.share, process.meter.read) == (1, os.path.getsize(file))  # noqa: PTH202


def test_what_is_lost_is_told_batch_by_batch_and_at_the_end(world: World) -> None:
    heard: list[ImportReport] = []
    process = ImportProcess(
        [world.write([*(world.post() for _ in range(BATCH + 1)), {"no": "post"}]), "/nowhere/x.json"],
        heard.append,
    )
    process.run(world.settings)
    assert process.problem == ""
    assert [report.posts.new for report in heard] == [BATCH, BATCH + 1]
    assert process.report.posts.new == BATCH + 1
    reasons = {item.reason for item in process.report.rejected}
    assert "cannot be opened: no such file or directory" in reasons
    assert len(process.report.rejected) == 2


def test_called_off_it_stops_after_the_batches_that_it_is_at(world: World) -> None:
    process = ImportProcess([world.write([world.post() for _ in range(6 * BATCH)])], lambda report: None)
    with held(world) as holder, running(process, world.settings):
        waiting_process(world)
        process.stop()
        assert process.is_stopping
        holder.rollback()
    stored = process.report.posts.new
    assert process.problem == f"Import stopped after {stored} posts; what was imported stays."
    assert BATCH <= stored <= 4 * BATCH
    with world.open() as library:
        assert read_statistics(library.gateway).posts == stored


def test_called_off_before_it_began_it_imports_few_batches(world: World) -> None:
    process = ImportProcess([world.write([world.post() for _ in range(6 * BATCH)])], lambda report: None)
    process.stop()
    process.run(world.settings)
    assert process.problem.startswith("Import stopped after")
    assert process.report.posts.new <= 4 * BATCH


def test_killed_it_says_that_it_ended_in_an_unforeseen_way(world: World) -> None:
    process = ImportProcess([world.write([world.post()])], lambda report: None)
    with held(world), running(process, world.settings):
        waiting_process(world)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    assert "unforeseen" in process.problem
    assert process.report.posts.new == 0


def test_a_database_that_is_away_is_the_problem(world: World) -> None:
    process = ImportProcess([world.write([world.post()])], lambda report: None)
    process.run(world.settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"}))
    assert "127.0.0.1" in process.problem


def test_it_stops_when_its_starter_dies(world: World) -> None:
    path = world.write([world.post() for _ in range(6 * BATCH)])
    with held(world) as holder:
        child = subprocess.Popen(
            [sys.executable, "-m", "social_tui.jobs.importing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert child.stdin is not None
        child.stdin.write(settings_line(world.settings) + f'["{path}"]\n'.encode())
        child.stdin.flush()
        waiting_process(world)
        child.stdin.close()
        holder.rollback()
        assert child.wait(30) == 1
    with world.open() as library:
        assert BATCH <= read_statistics(library.gateway).posts <= 4 * BATCH


def test_it_ends_in_order_while_its_starter_still_holds_the_pipe(world: World) -> None:
    path = world.write([world.post()])
    with subprocess.Popen(
        [sys.executable, "-m", "social_tui.jobs.importing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(settings_line(world.settings) + f'["{path}"]\n'.encode())
        child.stdin.flush()
        assert child.wait(30) == 0
        assert child.stderr.read() == b""

"""The database goes away under a running worker, and the worker goes on when it is back."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from social_tui.errors import DatabaseUnavailableError
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store.embedded import EmbeddedServer
from tests.media_cache.samples import jpeg
from tests.support.fault_server import FaultServer, serve, when
from tests.support.waiting import until
from tests.support.world import QUICK_RESCUE, World, request, rows


@pytest.fixture
def world(library_home: Path, media_server: FaultServer) -> Iterator[World]:
    """Give a library with a server of its own, which the test may kill."""
    with EmbeddedServer(library_home / "database").acquire() as lease:
        made = World(library_home, lease.url, media_server, per_host=5, **QUICK_RESCUE)
        made.settings = made.settings.model_copy(update={"database_url": None})
        yield made
    shutil.rmtree(library_home / "database")


def crash(world: World, after: ExitStack) -> None:
    """End the server as the kernel does when memory is short: nobody starts it but those who need it."""
    pid = EmbeddedServer(world.settings.paths.database).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def restart(world: World, after: ExitStack) -> None:
    """Stop the server under everybody's feet and start it again, as a person may."""
    server = EmbeddedServer(world.settings.paths.database)
    server.stop()
    after.enter_context(server.acquire())


@pytest.mark.parametrize("go_away", [crash, restart])
def test_work_goes_on_after_the_database_was_away(
    world: World, go_away: Callable[[World, ExitStack], None]
) -> None:
    held = threading.Event()
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(4)]
    urls += [
        world.serve(f"/held{number}.jpg", when(held, serve(jpeg(seed=9 + number)))) for number in range(2)
    ]
    stop = threading.Event()
    with world.open("worker") as library, ExitStack() as after:
        import_paths(library, [world.write([world.post(*urls)])])
        request(library, "download")
        thread = threading.Thread(target=lambda: run_worker(library, stop=stop))
        thread.start()
        try:
            until(lambda: job_store.open_jobs(library.gateway, "download") == 2)
            go_away(world, after)
            held.set()
            until(lambda: open_jobs(library) == 0, "the end of the work")
            assert {row.download_status for row in rows(library).values()} == {"ready"}
            # The worker that was cut off takes new work too.
            request(library, "archive")
            until(lambda: job_store.open_jobs(library.gateway, "archive") == 0)
        finally:
            stop.set()
            thread.join()
        assert world.checker().problems() == []


def open_jobs(library: Library) -> int | None:
    """Count the downloads that are not over; None while the database is away."""
    try:
        return job_store.open_jobs(library.gateway, "download")
    except DatabaseUnavailableError:
        return None

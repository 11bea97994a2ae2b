"""Whoever waits for other workers, or for the moment of another try, is told so."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from social_tui.jobs import batch
from social_tui.jobs.batch import run_to_end
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import in_turn, respond, serve
from tests.support.world import World, request, rows

KILLED_WORKER = """
    with dead as (insert into jobs.procrastinate_workers default values returning id)
    update jobs.procrastinate_jobs set worker_id = dead.id, status = 'doing', abort_requested = %s from dead
"""


@pytest.fixture
def library(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr(batch, "QUIET_SECONDS", 0.0)
    with world.open("worker") as opened:
        yield opened


def queue(world: World, library: Library, *urls: str) -> None:
    import_paths(library, [world.write([world.post(*urls)])])
    request(library, "download")


def be_killed(world: World, *, abort: bool = False) -> None:
    """Let the queued jobs run in a worker that says nothing any more."""
    with psycopg.connect(world.database_url) as connection:
        connection.execute(KILLED_WORKER, [abort])


@pytest.mark.kills_workers
def test_the_jobs_of_a_killed_worker_are_waited_for_aloud(world: World, library: Library) -> None:
    queue(world, library, world.serve("/a.jpg", jpeg()))
    be_killed(world)
    told: list[str] = []
    assert run_to_end(library, "download", on_wait=told.append).succeeded == 1
    assert told == [
        "Waiting for 1 download job of another worker, and if that has died, until it was silent for 1 s."
    ]


def test_another_try_is_waited_for_aloud(world: World, library: Library) -> None:
    busy = in_turn(respond(429, [("Retry-After", "2")]), serve(jpeg()))
    queue(world, library, world.serve("/a.jpg", busy))
    told: list[str] = []
    assert run_to_end(library, "download", on_wait=told.append).succeeded == 1
    (line,) = told
    assert line.startswith("Waiting until ")
    assert line.endswith(" to try 1 download job again.")


def test_work_of_its_own_is_not_waited_for(world: World, library: Library) -> None:
    queue(world, library, *(world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(4)))
    told: list[str] = []
    assert run_to_end(library, "download", concurrency=1, on_wait=told.append).succeeded == 4
    assert told == []


@pytest.mark.kills_workers
def test_a_download_that_was_called_off_in_a_killed_worker_is_pending(world: World, library: Library) -> None:
    queue(world, library, world.serve("/a.jpg", jpeg()))
    media_store.claim_download(library.gateway, rows(library)["a.jpg"].media_id, "dead")
    be_killed(world, abort=True)
    assert run_to_end(library, "download").cancelled == 1
    assert rows(library)["a.jpg"].download_status == "pending"
    assert world.checker().problems() == []

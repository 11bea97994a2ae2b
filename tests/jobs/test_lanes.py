"""Lanes: pauses and numbers at once hold in running workers, in every worker, and nothing is lost by them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.jobs.lanes import Lanes
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import queues
from social_tui.store.queues import QueueRow
from tests.media_cache.samples import jpeg
from tests.support.fault_server import serve, when
from tests.support.waiting import until
from tests.support.world import World, request


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    world.use(world.settings.model_copy(update={"per_host": 64}))
    with world.open("worker") as opened:
        yield opened


@contextmanager
def working(*libraries: Library, concurrency: int | None = None) -> Iterator[None]:
    """Have a worker run downloads on each of these libraries."""
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=run_worker,
            args=(library,),
            kwargs={"kinds": ("download",), "stop": stop, "concurrency": concurrency},
        )
        for library in libraries
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Held:
    """Downloads that the server keeps waiting until told."""

    def __init__(self, world: World, library: Library, count: int) -> None:
        self.world = world
        self.doors = [threading.Event() for _ in range(count)]
        urls = [
            world.serve(f"/{n}.jpg", when(door, serve(jpeg(seed=n)))) for n, door in enumerate(self.doors)
        ]
        import_paths(library, [world.write([world.post(*urls)])])
        assert request(library, "download") == count

    @property
    def begun(self) -> int:
        return sum(self.world.server.hits.values())

    def let_go(self, count: int) -> None:
        for door in [door for door in self.doors if not door.is_set()][:count]:
            door.set()

    def let_all_go(self) -> None:
        self.let_go(len(self.doors))


def queue(library: Library) -> QueueRow:
    return queues.read_queues(library.gateway)[0]


def test_running_workers_follow_the_number_at_once(world: World, library: Library) -> None:
    queues.set_job_concurrency(library.gateway, "download", 2)
    held = Held(world, library, 9)
    with working(library):
        until(lambda: held.begun == 2)
        queues.set_job_concurrency(library.gateway, "download", 5)
        until(lambda: held.begun == 5)
        queues.set_job_concurrency(library.gateway, "download", 1)
        for door in held.doors:
            if world.server.hits[f"/{held.doors.index(door)}.jpg"]:
                door.set()
        until(lambda: held.begun == 6)
        until(lambda: queue(library).running == 1)
        held.let_all_go()
        until(lambda: queue(library).is_at_rest)
    assert world.checker().problems() == []


def test_the_number_outlives_the_worker_and_a_number_given_here_comes_first(
    world: World, library: Library
) -> None:
    queues.set_job_concurrency(library.gateway, "download", 3)
    held = Held(world, library, 8)
    with working(library, concurrency=1):
        until(lambda: held.begun == 1)
        assert queue(library).running == 1
    with working(library):
        until(lambda: queue(library).running == 3)
        held.let_all_go()
        until(lambda: queue(library).is_at_rest)
    assert world.checker().problems() == []


def test_a_pause_holds_in_every_worker_and_what_runs_ends(world: World, library: Library) -> None:
    queues.set_job_concurrency(library.gateway, "download", 2)
    held = Held(world, library, 8)
    with world.open("worker") as other, working(library, other):
        until(lambda: held.begun == 4)
        queues.pause_jobs(library.gateway, "download", True)
        held.let_all_go()
        until(lambda: queue(library).running == 0)
        assert (queue(library).waiting, held.begun) == (4, 4)
        # Both workers look for jobs again when the number changes, and begin none.
        queues.set_job_concurrency(library.gateway, "download", 8)
        assert run_to_end(library, "download").left == 4
        assert held.begun == 4
        queues.pause_jobs(library.gateway, "download", False)
        until(lambda: queue(library).is_at_rest)
    assert held.begun == 8
    assert world.checker().problems() == []


def test_a_batch_that_is_paused_ends_and_says_so(world: World, library: Library) -> None:
    held = Held(world, library, 3)
    queues.pause_jobs(library.gateway, "download", True)
    report = run_to_end(library, "download")
    assert (report.left, report.requested, held.begun) == (3, 3, 0)
    assert report.reason is not None
    assert "jobs are paused" in report.reason
    run_worker(library, kinds=("download",), until_idle=True)
    assert held.begun == 0


async def test_a_lane_that_was_held_back_is_woken_when_one_of_its_jobs_ends(library: Library) -> None:
    lanes = Lanes(library.gateway, {"download": 1})
    woken: list[str] = []

    async def wake() -> None:
        woken.append("download")

    lanes.wake_by("download", wake)
    assert await lanes.may_begin("download")
    lanes.begin("download", 1)
    await lanes.end("verify", 1)
    assert not await lanes.may_begin("download")
    await lanes.end("download", 1)
    assert woken == ["download"]
    assert await lanes.may_begin("download")
    lanes.begin("download", 2)
    await lanes.end("download", 2)
    assert woken == ["download"], "nobody waited for it"

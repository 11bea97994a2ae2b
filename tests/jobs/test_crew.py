"""Large batches are shared by several processes, which together keep to the limits of one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from social_tui.jobs import crew
from social_tui.jobs.backlog import Piece
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.bulk_lane import BulkLane
from social_tui.jobs.crew import Share, most_processes, share_out
from social_tui.jobs.process import WorkerProcess
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import queues as queue_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import Exchange, serve
from tests.support.waiting import until
from tests.support.world import World, request

FILES = 60
AT_ONCE = 8


@pytest.mark.parametrize(
    ("total", "processes", "shares"),
    [
        (Share(16, 16), 2, [Share(8, 8), Share(8, 8)]),
        (Share(9, 9), 2, [Share(4, 4), Share(5, 5)]),
        (Share(16, 16), 1, [Share(16, 16)]),
        (Share(5, 2), 8, [Share(5, 2)]),
        (Share(64, 2), 8, [Share(64, 2)]),
        (Share(7, 64), 8, [Share(7, 64)]),
        (Share(64, 64), 4, [Share(16, 16)] * 4),
        (Share(14, 13), 3, [Share(4, 4), Share(5, 4), Share(5, 5)]),
    ],
)
def test_limits_are_divided_and_never_exceeded(total: Share, processes: int, shares: list[Share]) -> None:
    assert share_out(total, processes) == shares
    assert sum(share.at_once for share in shares) == total.at_once
    assert sum(share.per_host for share in shares) == total.per_host


def test_a_process_has_no_fewer_than_it_is_worth() -> None:
    assert share_out(Share(31, 31), 4, 16) == [Share(31, 31)]
    assert share_out(Share(32, 32), 4, 16) == [Share(16, 16)] * 2


@pytest.mark.parametrize(("concurrency", "processes"), [(None, 1), (8, 1), (31, 1), (32, 2), (64, 4)])
def test_archiving_has_no_more_processes_in_reserve_than_it_may_share_with(
    monkeypatch: pytest.MonkeyPatch, concurrency: int | None, processes: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert most_processes("archive", concurrency) == processes
    assert most_processes("download", concurrency) == crew.MOST_PROCESSES


class Crowd:
    """Answers nobody until more ask at once than one process may, and counts who asks at once.

    Args:
        enough: How many that are.
    """

    def __init__(self, enough: int) -> None:
        self.enough = enough
        self.most = 0
        self.came = threading.Event()
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now >= self.enough:
                self.came.set()
        self.came.wait(60)
        number = int(exchange.path.strip("/").partition(".")[0])
        # Before the answer is whole, as the next may ask in the moment after it.
        with self._lock:
            self._now -= 1
        serve(jpeg(seed=number % 7))(exchange)


@pytest.fixture
def library(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Open a library on a machine of two cores, where sixty jobs are many."""
    monkeypatch.setattr(crew, "FEWEST_JOBS", FILES)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    world.settings = world.settings.model_copy(update={"concurrency": AT_ONCE, "per_host": AT_ONCE})
    with world.open() as opened:
        yield opened


def queue(world: World, library: Library, crowd: Crowd) -> None:
    urls = [world.serve(f"/{number}.jpg", crowd) for number in range(FILES)]
    import_paths(library, [world.write([world.post(*urls)])])
    assert request(library, "download") == FILES


def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that the ids of all processes of crews go to as they begin."""
    pids: list[int] = []
    start = WorkerProcess.start

    def remember(process: WorkerProcess) -> None:
        start(process)
        assert process.pid is not None
        pids.append(process.pid)

    monkeypatch.setattr(WorkerProcess, "start", remember)
    return pids


def who_downloaded(world: World) -> Counter[str]:
    with psycopg.connect(world.database_url) as connection:
        found = connection.execute("select actor from public.media_events where event = 'media_downloaded'")
        return Counter(actor for (actor,) in found.fetchall())


@pytest.mark.parametrize("concurrency", [AT_ONCE, None])
def test_many_downloads_are_shared(world: World, library: Library, concurrency: int | None) -> None:
    crowd = Crowd(AT_ONCE // 2 + 1)
    queue(world, library, crowd)
    report = run_to_end(library, "download", concurrency=concurrency)
    assert (report.succeeded, report.failed, report.left) == (FILES, 0, 0)
    assert AT_ONCE // 2 < crowd.most <= AT_ONCE
    downloaded = who_downloaded(world)
    assert set(downloaded) == {"cli", "worker"}
    assert downloaded.total() == FILES
    assert world.checker().problems() == []


@pytest.mark.skipif(sys.platform != "linux", reason="programs cannot choose their processors")
def test_each_process_keeps_to_processors_of_its_own(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    usable = os.sched_getaffinity(0)
    if len(usable) < 2:
        pytest.skip("there is one processor alone")
    crowd = Crowd(AT_ONCE // 2 + 1)
    queue(world, library, crowd)
    others = started(monkeypatch)
    kept: list[tuple[set[int], set[int]]] = []
    work_off = BulkLane._work_off

    def note(lane: BulkLane[Any, Any, Any], piece: Piece | None) -> None:
        work_off(lane, piece)  # which begins before the other process does, and does not end before
        kept.append((os.sched_getaffinity(0), os.sched_getaffinity(others[0])))

    monkeypatch.setattr(BulkLane, "_work_off", note)
    run_to_end(library, "download", concurrency=AT_ONCE)
    for mine, theirs in kept:
        assert mine | theirs == usable
        assert mine & theirs == set()
    assert kept
    assert os.sched_getaffinity(0) == usable


@pytest.mark.kills_workers
def test_a_process_that_dies_costs_nothing(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(AT_ONCE // 2 + 1)
    queue(world, library, crowd)
    pids = started(monkeypatch)

    def kill() -> None:
        crowd.came.wait(60)
        until(lambda: bool(who_downloaded(world)), "a download")
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    report = run_to_end(library, "download", concurrency=AT_ONCE)
    killer.join()
    assert (report.succeeded, report.failed, report.left) == (FILES, 0, 0)
    assert who_downloaded(world).total() == FILES
    library.cache.sweep()  # as every program does that opens a library; the killed one may have left a file
    assert world.checker().problems() == []


def test_a_number_that_the_queue_was_given_is_kept(world: World, library: Library) -> None:
    queue_store.set_job_concurrency(library.gateway, "download", AT_ONCE)
    crowd = Crowd(1)
    queue(world, library, crowd)
    assert run_to_end(library, "download").succeeded == FILES
    assert set(who_downloaded(world)) == {"cli"}
    assert crowd.most <= AT_ONCE

"""Fifty workers killed while they download: no row ever lies about a file, and each media is had once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.jobs.process import WorkerProcess
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import Behaviour, Exchange, FaultServer, in_turn, resumable
from tests.support.waiting import until
from tests.support.world import QUICK_RESCUE, World, request, rows

SEEDS, ROUNDS = 5, 10
SMALL, LARGE = 6, 2
FIRST_CUT, SECOND_CUT = 90_000, 120_000
# What a killed worker may leave, for the next one to put right.
UNFINISHED = ("nobody works", "was left unfinished", "belongs to no row", "what is known of it")


@pytest.fixture
def world(library_home: Path, database_url: str, media_server: FaultServer) -> World:
    """Give a library whose downloads do not wait for each other at the one host."""
    return World(library_home, database_url, media_server, per_host=5, **QUICK_RESCUE)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_kill_9_in_many_rounds(world: World, seed: int) -> None:
    chance, calm = random.Random(seed), threading.Event()
    contents: dict[str, bytes] = {}
    with world.open() as library:
        for number in range(ROUNDS):
            contents |= queue_more(world, library, 100 * number, calm)
            worker = WorkerProcess(world.settings)
            ripe = moment(world.server, chance, calm)
            worker.start()
            until(ripe, "the moment to kill the worker")
            # The end of a file, its rename and its row come within so much of its first byte.
            time.sleep(chance.uniform(0, 0.1))
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            worker.stop()
            problems = world.checker().problems()
            assert [problem for problem in problems if not problem.endswith(UNFINISHED)] == []
        calm.set()
        run_to_end(library, "download")
        # Those that died with their workers too often to be tried again by themselves.
        request(library, "download", retry_failed=True)
        assert run_to_end(library, "download").failed == 0
        library.cache.sweep()
        assert world.checker().problems() == []
        for name, row in rows(library).items():
            assert library.cache.resolve(row.local_file_path or "").read_bytes() == contents.pop(name)
            events = [event.event for event in media_store.list_events(library.gateway, row.media_id)]
            assert events.count("media_downloaded") == 1
    assert contents == {}


def queue_more(world: World, library: Library, first: int, calm: threading.Event) -> dict[str, bytes]:
    """Queue a post of its own with some small media, and larger ones whose downloads break off."""
    small = {f"{first + each}.jpg": jpeg(40, 30, seed=first + each) for each in range(SMALL)}
    large = {f"large-{first + each}.jpg": jpeg(640, 400, seed=first + each) for each in range(LARGE)}
    urls = [world.serve(f"/{path}", content) for path, content in small.items()]
    urls += [world.serve(f"/{path}", breaking(content, calm)) for path, content in large.items()]
    import_paths(library, [world.write([world.post(*urls)])])
    request(library, "download")
    return small | large


def breaking(content: bytes, calm: threading.Event) -> Behaviour:
    """Break off at first; then send some of the rest and hold who asked for it, unless calm."""
    whole, held = resumable(content), resumable(content, cut=SECOND_CUT, then="stall")

    def go_on(exchange: Exchange) -> None:
        (held if "range" in exchange.headers and not calm.is_set() else whole)(exchange)

    return in_turn(resumable(content, cut=FIRST_CUT, then="close"), go_on)


def moment(server: FaultServer, chance: random.Random, calm: threading.Event) -> Callable[[], bool]:
    """Choose when to kill: at some request from now on, or while a download goes on where it broke off."""
    if chance.random() < 0.4:
        calm.clear()
        before = resumed(server)
        return lambda: resumed(server) > before
    calm.set()
    wanted = server.hits.total() + chance.randrange(1, SMALL + 2 * LARGE + 1)
    return lambda: server.hits.total() >= wanted


def resumed(server: FaultServer) -> int:
    """Count the requests for the rest of a file."""
    return sum("range" in exchange.headers for exchange in list(server.requests))

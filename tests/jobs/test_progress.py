"""Progress: what a slow download has got so far is told while it runs, and nobody is woken for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import queues
from social_tui.store.queues import Progress, QueuedJob
from tests.media_cache.samples import jpeg
from tests.support.fault_server import Behaviour, Exchange
from tests.support.waiting import until
from tests.support.world import World, request

PICTURE = jpeg(seed=1) + b"\0" * 200_000
HALF = len(PICTURE) // 2


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        yield opened


def in_halves(door: threading.Event, *, with_length: bool) -> Behaviour:
    """Serve a picture in two halves, the second when a door opens."""

    def answer(exchange: Exchange) -> None:
        length = [("Content-Length", str(len(PICTURE)))] if with_length else []
        exchange.send_head(200, [("Content-Type", "image/jpeg"), *length])
        exchange.send(PICTURE[:HALF])
        door.wait(30)
        exchange.send(PICTURE[HALF:])

    return answer


def running(library: Library) -> list[QueuedJob]:
    return queues.list_queue(library.gateway, "running")


@pytest.mark.parametrize("with_length", [True, False])
def test_a_slow_download_tells_how_far_it_has_come(world: World, library: Library, with_length: bool) -> None:
    door = threading.Event()
    url = world.serve("/a.jpg", in_halves(door, with_length=with_length))
    import_paths(library, [world.write([world.post(url)])])
    request(library, "download")
    stop = threading.Event()
    thread = threading.Thread(target=lambda: run_worker(library, kinds=("download",), stop=stop))
    thread.start()
    until(lambda: [job.received_bytes for job in running(library)] == [HALF])
    [job] = running(library)
    assert job.expected_bytes == (len(PICTURE) if with_length else None)
    door.set()
    until(lambda: running(library) == [])
    until(lambda: _rows(world) == 0, "what runs no more is forgotten")
    stop.set()
    thread.join()
    assert world.checker().problems() == []


def _rows(world: World) -> int:
    with psycopg.connect(world.database_url) as connection:
        [(count,)] = connection.execute("select count(*) from private.job_progress").fetchall()
    return int(count)


def test_only_what_is_new_is_told() -> None:
    book = ProgressBook()
    assert book.take_news() is None
    write = book.writer(7, 3)
    write(10, 100)
    write(20, 100)
    assert book.take_news() == {7: Progress(3, 20, 100)}
    assert book.take_news() is None
    book.forget(7)
    assert book.take_news() == {}
    book.forget(7)
    assert book.take_news() is None

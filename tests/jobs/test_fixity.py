"""A worker proves copies again while no download waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.jobs import beside
from social_tui.jobs.worker import run_worker
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import media as media_store
from social_tui.store import queues as queue_store
from social_tui.store.gateway import Gateway
from social_tui.store.queues import QueueRow
from tests.media_cache.samples import jpeg
from tests.support.waiting import until
from tests.support.world import World, request, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with one archived picture that nobody has looked at for long."""
    url = world.serve("/0.jpg", jpeg(seed=0))
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(url)])])
        row = rows(opened)["0.jpg"]
        capture(opened, row.media_id, claim="c")
        archive_media(opened, row.media_id)
        with psycopg.connect(world.database_url) as connection:
            connection.execute(
                "update public.media_blobs set verified_at = '2020-01-01', archived_at = '2020-01-01'"
            )
        yield opened


def looks(library: Library) -> list[str]:
    events = media_store.list_events(library.gateway, rows(library)["0.jpg"].media_id)
    return [event.event for event in events if event.event in ("media_verified", "archive_verified")]


def work(library: Library, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=run_worker, args=(library,), kwargs={"stop": stop})
    thread.start()
    return thread


def test_a_worker_proves_what_is_due(world: World, library: Library) -> None:
    stop = threading.Event()
    thread = work(library, stop)
    try:
        until(lambda: len(looks(library)) == 2)
    finally:
        stop.set()
        thread.join()
    assert sorted(looks(library)) == ["archive_verified", "media_verified"]
    assert world.checker().problems() == []


def test_the_queue_is_not_read_for_every_copy(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    read = queue_store.read_queues
    asked: list[Gateway] = []

    def counted(gateway: Gateway) -> list[QueueRow]:
        asked.append(gateway)
        return read(gateway)

    monkeypatch.setattr(queue_store, "read_queues", counted)
    assert beside.fixity(library).take_turn() == 0
    assert len(looks(library)) == 2
    assert len(asked) == 1


def test_downloads_come_first(world: World, library: Library) -> None:
    import_paths(library, [world.write([world.post(world.serve("/new.jpg", jpeg(seed=1)))])])
    media_id = rows(library)["new.jpg"].media_id
    assert request(library, "download", media_id) == 1
    work_beside = beside.fixity(library)
    assert work_beside.take_turn() == beside.FIXITY_PAUSE_SECONDS
    assert looks(library) == []
    stop = threading.Event()
    thread = work(library, stop)
    try:
        until(lambda: rows(library)["new.jpg"].download_status == "ready")
    finally:
        stop.set()
        thread.join()
    work_beside.take_turn()
    assert len(looks(library)) >= 2


def test_without_bytes_a_day_nothing_is_looked_at(world: World, library: Library) -> None:
    world.use(Settings(fixity_daily_bytes=0))
    stop = threading.Event()
    with world.open("worker") as frugal:
        import_paths(frugal, [world.write([world.post(world.serve("/new.jpg", jpeg(seed=1)))])])
        request(frugal, "download", rows(frugal)["new.jpg"].media_id)
        thread = work(frugal, stop)
        try:
            until(lambda: rows(frugal)["new.jpg"].download_status == "ready")
        finally:
            stop.set()
            thread.join()
    assert looks(library) == []

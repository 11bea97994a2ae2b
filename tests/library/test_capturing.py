"""Capture: a row says what became of its media, whatever the server, the disk or another worker does."""

from __future__ import annotations

import hashlib
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import CancelledError, StorageError
from social_tui.library.capturing import abandon, capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.failures import HostPausedError
from social_tui.media_cache.fetcher import FetchError
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond, when
from tests.support.world import World, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        yield opened


def add(world: World, library: Library, url: str) -> str:
    """Import a post with one media and return its id."""
    import_paths(library, [world.write([world.post(url)])])
    return rows(library)[url.partition("//")[2].partition("/")[2]].media_id


def test_bytes_are_held_and_the_row_says_so(world: World, library: Library) -> None:
    picture = jpeg(40, 30)
    media_id = add(world, library, world.serve("/a.jpg", picture))
    heard: list[tuple[int, int | None]] = []
    row = capture(library, media_id, claim="one", on_progress=lambda *progress: heard.append(progress))
    assert row is not None
    assert (row.download_status, row.outcome, row.width, row.height) == ("ready", "ok", 40, 30)
    assert library.cache.resolve(row.local_file_path or "").read_bytes() == picture
    assert heard[-1] == (len(picture), len(picture))
    assert capture(library, media_id, claim="two") is None
    assert world.server.hits["/a.jpg"] == 1
    assert [event.event for event in media_store.list_events(library.gateway, media_id)] == [
        "media_imported",
        "download_started",
        "media_downloaded",
    ]
    assert world.checker().problems() == []


@pytest.mark.parametrize("path", ["media/images/{}.jpg", "./cache/media/images/{}.jpg", "/old/images/{}.jpg"])
def test_a_file_of_an_older_library_is_taken_over_though_its_link_died(
    world: World, library: Library, path: str
) -> None:
    picture = jpeg(40, 30)
    media_id = add(world, library, world.serve("/a.jpg", respond(410)))
    md5_sum = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    remember(world, media_id, md5_sum, path.format(md5_sum))
    folder = library.cache.resolve("media/images")
    folder.mkdir(parents=True)
    (folder / f"{md5_sum}.jpg").write_bytes(picture)
    row = capture(library, media_id, claim="one")
    assert row is not None
    assert (row.download_status, row.sha256) == ("ready", hashlib.sha256(picture).hexdigest())
    assert world.server.hits["/a.jpg"] == 0
    assert world.checker().problems() == []


def test_a_damaged_file_of_an_older_library_is_not(world: World, library: Library) -> None:
    picture = jpeg(40, 30)
    media_id = add(world, library, world.serve("/a.jpg", picture))
    md5_sum = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    remember(world, media_id, md5_sum, f"images/{md5_sum}.jpg")
    folder = library.cache.resolve("media/images")
    folder.mkdir(parents=True)
    (folder / f"{md5_sum}.jpg").write_bytes(picture[:-1])
    row = capture(library, media_id, claim="one")
    assert row is not None
    assert row.download_status == "ready"
    assert world.server.hits["/a.jpg"] == 1
    assert world.checker().problems() == []


def remember(world: World, media_id: str, md5_sum: str, path: str) -> None:
    """Let a row know what an older version wrote about its file."""
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "update public.post_media set md5_sum = %s, local_file_path = %s where media_id = %s",
            [md5_sum, path, media_id],
        )


def test_a_refusal_is_an_outcome(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", respond(410)))
    with pytest.raises(FetchError) as caught:
        capture(library, media_id, claim="one")
    row = media_store.get_media(library.gateway, media_id)
    assert (row.download_status, row.outcome, row.error) == ("failed", "deleted", caught.value.reason)
    assert world.checker().problems() == []


def test_a_private_address_is_never_asked(world: World, library: Library) -> None:
    media_id = add(world, library, "http://127.0.0.1:9/a.jpg")
    with pytest.raises(FetchError):
        capture(library, media_id, claim="one")
    assert media_store.get_media(library.gateway, media_id).outcome == "blocked"


def test_stopped_work_is_no_attempt(world: World, library: Library) -> None:
    released = threading.Event()
    media_id = add(world, library, world.serve("/a.jpg", when(released, respond(404))))
    with pytest.raises(CancelledError):
        capture(library, media_id, claim="one", should_stop=lambda: world.server.hits["/a.jpg"] > 0)
    row = media_store.get_media(library.gateway, media_id)
    assert (row.download_status, row.outcome, row.attempts) == ("pending", None, 0)
    assert world.checker().problems() == []


def test_a_late_worker_overwrites_nothing(world: World, library: Library) -> None:
    released = threading.Event()
    slow, fast = jpeg(seed=1), jpeg(seed=2)
    media_id = add(world, library, world.serve("/a.jpg", when(released, respond(200, body=slow))))
    late: list[object] = []
    thread = threading.Thread(target=lambda: late.append(capture(library, media_id, claim="old")))
    thread.start()
    while not world.server.hits["/a.jpg"]:
        library.gateway.wait_for_change(0.05)
    world.serve("/a.jpg", fast)
    row = capture(library, media_id, claim="new")
    released.set()
    thread.join()
    assert late == [None]
    assert row is not None
    assert row == media_store.get_media(library.gateway, media_id)
    assert library.cache.resolve(row.local_file_path or "").read_bytes() == fast


def test_an_unusable_cache_leaves_the_media_pending(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg()))
    library.cache.root.write_text("a file where the cache should be")
    with pytest.raises(StorageError):
        capture(library, media_id, claim="one")
    row = media_store.get_media(library.gateway, media_id)
    assert (row.download_status, row.attempts) == ("pending", 0)


def test_a_full_disk_leaves_the_media_pending(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg(400, 300)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StorageError):
            capture(library, media_id, claim="one")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert media_store.get_media(library.gateway, media_id).download_status == "pending"
    assert world.checker().problems() == []
    assert capture(library, media_id, claim="two") is not None


def test_a_media_without_a_link_says_so(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg()))
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update public.post_media set media_url = null")
    with pytest.raises(FetchError, match="without a link"):
        capture(library, media_id, claim="one")


def test_what_nobody_finishes_is_pending_again(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg()))
    assert media_store.claim_download(library.gateway, media_id, "dead") is not None
    abandon(library, media_id, claim="rescue")
    assert media_store.get_media(library.gateway, media_id).download_status == "pending"
    world.expected.clear()
    assert world.checker().problems() == []


def test_files_are_for_their_owner_only(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg()))
    before = os.umask(0)
    try:
        row = capture(library, media_id, claim="one")
    finally:
        os.umask(before)
    assert row is not None
    path = Path(library.cache.resolve(row.local_file_path or ""))
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_came_unencrypted_is_marked_so(world: World, library: Library) -> None:
    media_id = add(world, library, world.serve("/a.jpg", jpeg()))
    assert capture(library, media_id, claim="one") is not None
    events = media_store.list_events(library.gateway, media_id)
    (event,) = [event for event in events if event.event == "media_downloaded"]
    assert event.details is not None
    assert event.details["plain_http"] is True


def test_a_media_whose_host_asked_to_wait_is_not_tried_and_stays_pending(
    world: World, library: Library
) -> None:
    busy = add(world, library, world.serve("/busy.jpg", respond(503, [("Retry-After", "60")])))
    other = add(world, library, world.serve("/other.jpg", jpeg()))
    with pytest.raises(FetchError):
        capture(library, busy, claim="one")
    with pytest.raises(HostPausedError):
        capture(library, other, claim="one")
    row = media_store.get_media(library.gateway, other)
    assert (row.download_status, row.outcome, row.attempts) == ("pending", None, 0)
    assert world.server.hits == {"/busy.jpg": 1}
    assert world.checker().problems() == []

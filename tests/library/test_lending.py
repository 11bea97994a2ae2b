"""Reading bytes: from cache, archive or source, each verified, and brought back into the cache once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from social_tui.errors import ArchiveError, NotFoundError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import original
from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond
from tests.support.s3_server import FaultKind, S3Server
from tests.support.world import World, rows

PICTURE = jpeg(90, 90)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        url = world.serve("/a.jpg", PICTURE)
        import_paths(opened, [world.write([world.post(url), world.post(world.serve("/b.jpg", PICTURE))])])
        for name in ("a.jpg", "b.jpg"):
            capture(opened, rows(opened)[name].media_id, claim=name)
        yield opened


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def row_of(library: Library) -> MediaRow:
    return rows(library)["a.jpg"]


def evict(library: Library) -> str:
    """Have the archive alone hold the bytes; returns the media's id."""
    row = row_of(library)
    archive_media(library, row.media_id)
    place = library.cache.root / (row.local_file_path or "")
    assert cache_store.evict_blob(library.gateway, row.sha256 or "", actor="worker")
    place.unlink()
    assert {found.download_status for found in rows(library).values()} == {"pending"}
    return row.media_id


def sources(library: Library, media_id: str) -> list[str]:
    events = media_store.list_events(library.gateway, media_id)
    return [event.details["source"] for event in events if event.event == "media_accessed"]


def read(library: Library, media_id: str) -> bytes:
    with open_bytes(library, media_id, purpose="test") as (_, path):
        return path.read_bytes()


def test_bytes_come_back_from_the_archive_for_all_their_media(world: World, library: Library) -> None:
    media_id = evict(library)
    calls = len(world.server.requests)
    assert read(library, media_id) == PICTURE
    assert read(library, media_id) == PICTURE
    assert sources(library, media_id)[-2:] == ["archive", "cache"]
    assert {row.download_status for row in rows(library).values()} == {"ready"}
    assert len(world.server.requests) == calls
    assert world.checker().problems() == []


def test_what_is_opened_with_another_program_comes_back_too(library: Library) -> None:
    assert original(library, evict(library)).read_bytes() == PICTURE


def test_bytes_come_from_their_source_when_the_archive_lost_them(world: World, library: Library) -> None:
    media_id = evict(library)
    for file in library.paths.archive.rglob("*.jpg"):
        file.write_bytes(b"other bytes")
    assert read(library, media_id) == PICTURE
    assert sources(library, media_id)[-1] == "origin"
    assert row_of(library).download_status == "ready"


@pytest.mark.parametrize("fault", ["slow_down", "forbidden"])
def test_a_bucket_out_of_reach_makes_nobody_ask_the_source(
    world: World, s3: S3Server, fault: FaultKind
) -> None:
    world.use(s3.settings(s3.make_bucket()))
    with world.open("worker") as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", PICTURE))])])
        capture(library, row_of(library).media_id, claim="a")
        media_id = evict(library)
        world.serve("/a.jpg", jpeg(91, 91))
        calls = len(world.server.requests)
        s3.fail(fault, "GET", times=99)
        with pytest.raises(ArchiveError, match=r"too busy|may not be used"):
            read(library, media_id)
        with pytest.raises(ArchiveError, match=r"too busy|may not be used"):
            capture(library, media_id, claim="again")
        assert len(world.server.requests) == calls
        assert row_of(library).download_status == "pending"
        s3.faults.clear()
        assert read(library, media_id) == PICTURE
    assert world.checker(s3).problems() == []


def test_an_archive_that_is_not_mounted_makes_nobody_ask_the_source(world: World, library: Library) -> None:
    media_id = evict(library)
    calls = len(world.server.requests)
    away = library.paths.archive.rename(library.paths.archive.with_name("away"))
    with pytest.raises(ArchiveError, match=r"folder .* is not there"):
        read(library, media_id)
    assert len(world.server.requests) == calls
    away.rename(library.paths.archive)
    assert read(library, media_id) == PICTURE
    assert sources(library, media_id)[-1] == "archive"


@pytest.mark.parametrize("damage", ["unlink", "write"])
def test_bytes_come_from_their_source_when_they_were_never_archived(
    world: World, library: Library, damage: str
) -> None:
    row = row_of(library)
    place = library.cache.root / (row.local_file_path or "")
    if damage == "unlink":
        place.unlink()
    else:
        place.write_bytes(b"damaged")
    assert read(library, row.media_id) == PICTURE
    assert sources(library, row.media_id)[-1] == "origin"
    assert len(list(library.cache.root.glob("quarantine/*"))) == (damage == "write")
    assert row_of(library).download_status == "ready"


def test_a_source_that_is_gone_too_is_said(world: World, library: Library) -> None:
    row = row_of(library)
    (library.cache.root / (row.local_file_path or "")).unlink()
    world.serve("/a.jpg", respond(404))
    with pytest.raises(NotFoundError, match=r"missing in the cache and not archived.*source"):
        read(library, row.media_id)
    assert (row_of(library).download_status, row_of(library).outcome) == ("failed", "deleted")


def test_bytes_that_lie_in_the_cache_after_all_are_found(library: Library) -> None:
    row = row_of(library)
    archive_media(library, row.media_id)
    media_store.record_verification(library.gateway, row.sha256 or "", result="missing", actor="cli")
    assert read(library, row.media_id) == PICTURE
    assert sources(library, row.media_id)[-1] == "cache"
    assert row_of(library).download_status == "ready"


READER = """
import sys
from social_tui.config import load_settings
from social_tui.library.lending import open_bytes
from social_tui.library.session import open_library

with open_library(load_settings(), actor="cli") as library:
    print("ready", flush=True)
    sys.stdin.readline()
    with open_bytes(library, sys.argv[1], purpose="test") as (blob, path):
        print(len(path.read_bytes()), flush=True)
"""


def test_ten_readers_of_two_processes_bring_bytes_back_once(world: World, s3: S3Server) -> None:
    world.use(s3.settings(s3.make_bucket()))
    with world.open("worker") as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", PICTURE))])])
        capture(library, row_of(library).media_id, claim="a")
        media_id = evict(library)
        before = fetches(s3)
        readers = [
            subprocess.Popen(
                [sys.executable, "-c", READER, media_id],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=world.environment(),
                cwd=Path(__file__).parents[2],
            )
            for _ in range(2)
        ]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        with ThreadPoolExecutor(8) as threads:
            futures = [threads.submit(read, library, media_id) for _ in range(8)]
            answers = [reader.communicate("go\n")[0] for reader in readers]
            assert [future.result() for future in futures] == [PICTURE] * 8
        assert answers == [f"{len(PICTURE)}\n"] * 2
        assert fetches(s3) - before == 1
    assert world.checker(s3).problems() == []


def fetches(s3: S3Server) -> int:
    return s3.count("GET")

"""Making room: what the archive has may leave the cache, nothing else, and nothing that is in use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.errors import ReadOnlyError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.evicting import make_room, relieve
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from social_tui.models import MediaRow, Selection
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store
from social_tui.store.bulk import change_posts
from tests.media_cache.samples import jpeg
from tests.support.world import World, request, rows

NAMES = [f"{number}.jpg" for number in range(6)]


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with six pictures of a post each, all archived but the last, looked at in turn."""
    with world.open("worker") as opened:
        posts = [world.post(world.serve(f"/{name}", jpeg(90, 90, seed=n))) for n, name in enumerate(NAMES)]
        import_paths(opened, [world.write(posts)])
        for number, name in enumerate(NAMES):
            row = rows(opened)[name]
            capture(opened, row.media_id, claim=name)
            if number < 5:
                archive_media(opened, row.media_id)
            age(file_of(opened, name), 10_000 - number)
        yield opened


def file_of(library: Library, name: str) -> Path:
    return library.cache.root / (rows(library)[name].local_file_path or "gone")


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def held(library: Library) -> list[str]:
    found = rows(library)
    return [name for name in NAMES if found[name].download_status == "ready"]


def state(row: MediaRow) -> tuple[str, str | None, str | None, str | None]:
    return row.download_status, row.outcome, row.local_file_path, row.proof


def test_what_was_used_least_lately_leaves_first_and_no_more_than_needed(
    world: World, library: Library
) -> None:
    total = library.cache.usage().total_bytes
    report = make_room(library, to_bytes=total - 1)
    assert held(library) == NAMES[1:]
    assert (report.media_files, report.bytes_too_many, report.problems) == (1, 0, [])
    assert library.cache.usage().total_bytes == report.bytes_after == total - report.media_bytes
    row = rows(library)["0.jpg"]
    assert state(row) == ("pending", "ok", None, "read_back")
    assert [event.event for event in media_store.list_events(library.gateway, row.media_id)][-1] == (
        "media_evicted"
    )
    assert world.checker().problems() == []


def test_thumbnails_leave_before_media(library: Library) -> None:
    for name in NAMES[:3]:
        assert preview(library, rows(library)[name].media_id) is not None
        age(file_of(library, name), 9_000)
    report = make_room(library, to_bytes=library.cache.usage().media_bytes)
    assert (report.media_files, library.cache.usage().thumbnail_files) == (0, 0)
    assert held(library) == NAMES


def test_a_cache_within_its_limit_keeps_all(library: Library) -> None:
    assert make_room(library).media_files == 0
    library.cache.limit_bytes = library.cache.usage().total_bytes
    assert make_room(library).media_files == 0
    library.cache.limit_bytes -= 1
    assert make_room(library).media_files == 1, "one of six is more than the tenth that has to go"


def test_what_is_not_archived_pinned_marked_read_or_new_stays(world: World, library: Library) -> None:
    found = rows(library)
    assert cache_store.pin_media(library.gateway, [found["0.jpg"].media_id], is_pinned=True, actor="cli") == [
        found["0.jpg"].media_id
    ]
    change_posts(library.gateway, "mark", Selection(post_ids=frozenset({found["1.jpg"].post_id or ""})))
    os.utime(file_of(library, "2.jpg"))
    with open_bytes(library, found["3.jpg"].media_id, purpose="test") as (_, path):
        age(path, 9_999)
        report = make_room(library, to_bytes=0)
    assert held(library) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "5.jpg"]
    assert (report.media_files, report.bytes_after) == (1, report.bytes_too_many)
    cache_store.pin_media(library.gateway, [found["0.jpg"].media_id], is_pinned=False, actor="cli")
    make_room(library, to_bytes=0)
    assert held(library) == ["1.jpg", "2.jpg", "5.jpg"]
    assert world.checker().problems() == []


def test_what_another_process_reads_stays_until_it_dies(library: Library) -> None:
    file = file_of(library, "0.jpg")
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom pathlib import Path\nfrom social_tui.media_cache.room import leased\n"
            "with leased(Path(sys.argv[1])):\n    print('reading', flush=True)\n    sys.stdin.read()",
            str(file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for path in (library.cache.root / "media").rglob("*.jpg"):
        age(path, 5_000)
    make_room(library, to_bytes=0)
    assert held(library) == ["0.jpg", "5.jpg"]
    reader.kill()
    reader.communicate()
    make_room(library, to_bytes=0)
    assert held(library) == ["5.jpg"]


def test_nothing_leaves_that_the_archive_has_lost(library: Library) -> None:
    blob = media_store.blob_for_media(library.gateway, rows(library)["0.jpg"].media_id)
    assert blob is not None
    copy = library.paths.archive / (blob.archive_url or "").removeprefix("local:")
    copy.write_bytes(b"other bytes")
    report = make_room(library, to_bytes=0)
    assert held(library) == ["0.jpg", "5.jpg"]
    assert len(report.problems) == 1
    assert "does not have" in report.problems[0]


def test_a_trial_removes_nothing(world: World, library: Library) -> None:
    before = world.snapshot()
    report = make_room(library, to_bytes=0, dry_run=True)
    assert (report.media_files, report.dry_run) == (5, True)
    assert world.snapshot() == before


def test_a_library_that_is_only_read_keeps_its_thumbnails_too(world: World, library: Library) -> None:
    assert preview(library, rows(library)["0.jpg"].media_id) is not None
    library.settings = library.settings.model_copy(update={"read_only": True})
    with pytest.raises(ReadOnlyError):
        make_room(library, to_bytes=0)
    assert library.cache.usage().thumbnail_files == 1


def test_what_left_is_neither_downloaded_nor_repaired_unless_named(world: World, library: Library) -> None:
    make_room(library, to_bytes=0)
    calls = len(world.server.requests)
    assert request(library, "download") == 0
    report = verify_cache(library, repair=True)
    assert (report.checked, report.ok, report.missing) == (1, 1, 0)
    assert request(library, "download", rows(library)["0.jpg"].media_id) == 1
    assert len(world.server.requests) == calls


def test_an_interrupted_eviction_is_finished_by_the_next(world: World, library: Library) -> None:
    row = rows(library)["0.jpg"]
    # As if the process had been killed between the row and the file.
    assert cache_store.evict_blob(library.gateway, row.sha256 or "", actor="worker")
    assert world.checker().problems() == [f"{row.local_file_path} belongs to no row"]
    make_room(library, to_bytes=0)
    assert world.checker().problems() == []


def test_archiving_relieves_a_cache_that_is_too_large(library: Library) -> None:
    library.cache.limit_bytes = library.cache.usage().total_bytes - 1
    relieve(library)
    assert held(library) == NAMES, "what was written is looked at, not each time anew"
    library.cache.may_be_overfull = True
    archive_media(library, rows(library)["5.jpg"].media_id)
    assert held(library) == NAMES[1:]


def test_nobody_waits_for_somebody_who_makes_room_already(library: Library) -> None:
    library.cache.limit_bytes = library.cache.usage().total_bytes - 1
    with library.cache.locked("room"):
        relieve(library)
    assert held(library) == NAMES
    library.cache.may_be_overfull = True
    relieve(library)
    assert held(library) == NAMES[1:]

"""Verification: damage is found, put aside, told, and mended from the archive or the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import NotFoundError, UsageError
from social_tui.library import verifying
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache, verify_media
from social_tui.models import MediaRow
from social_tui.reports import VerifyReport
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.disks import read_only
from tests.support.fault_server import respond
from tests.support.world import World, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with five captured pictures."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(5)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        for number, row in enumerate(rows(opened).values()):
            capture(opened, row.media_id, claim=f"{number}")
        yield opened


def file_of(library: Library, row: MediaRow) -> Path:
    return library.cache.root / (row.local_file_path or "")


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def become_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/hostname")


def become_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: list[Callable[[Path], None]] = [flip, truncate, become_link, become_folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_put_aside(world: World, library: Library, damage: Callable[[Path], None]) -> None:
    row = rows(library)["0.jpg"]
    damage(file_of(library, row))
    assert verify_media(library, row.media_id) == "damaged"
    after = media_store.get_media(library.gateway, row.media_id)
    assert (after.download_status, after.local_file_path, after.error) == (
        "pending",
        None,
        "The cached file was damaged.",
    )
    assert len(list((library.cache.root / "quarantine").iterdir())) == 1
    assert world.checker().problems() == []


def test_what_is_whole_is_dated(library: Library) -> None:
    row = rows(library)["0.jpg"]
    assert verify_media(library, row.media_id) == "ok"
    after = media_store.get_media(library.gateway, row.media_id)
    assert after.verified_at is not None
    assert row.verified_at is not None
    assert after.verified_at > row.verified_at
    assert media_store.list_events(library.gateway, row.media_id)[-1].event == "media_verified"


def test_what_was_never_had_cannot_be_verified(world: World, library: Library) -> None:
    import_paths(library, [world.write([world.post(world.serve("/new.jpg", jpeg(seed=9)))])])
    with pytest.raises(NotFoundError):
        verify_media(library, rows(library)["new.jpg"].media_id)


def test_the_whole_cache(world: World, library: Library) -> None:
    found = rows(library)
    flip(file_of(library, found["1.jpg"]))
    file_of(library, found["2.jpg"]).unlink()
    seen: list[int] = []

    def note(report: VerifyReport) -> None:
        seen.append(report.checked)

    report = verify_cache(library, on_progress=note)
    assert report.model_dump() == {"checked": 5, "ok": 3, "missing": 1, "damaged": 1, "repaired": 0}
    assert seen == [1, 2, 3, 4, 5]
    assert verify_cache(library).model_dump() == {
        "checked": 3,
        "ok": 3,
        "missing": 0,
        "damaged": 0,
        "repaired": 0,
    }
    assert world.checker().problems() == []


def test_the_parts_make_the_whole(library: Library) -> None:
    parts = [verify_cache(library, part=(number, 3)).checked for number in (1, 2, 3)]
    assert sum(parts) == 5
    with pytest.raises(UsageError):
        verify_cache(library, part=(4, 3))
    with pytest.raises(UsageError):
        verify_cache(library, part=(0, 3))


def test_repair_asks_the_archive_first_then_the_source(world: World, library: Library) -> None:
    found = rows(library)
    for name in ("0.jpg", "1.jpg"):
        archive_media(library, found[name].media_id)
    flip(file_of(library, found["0.jpg"]))
    file_of(library, found["1.jpg"]).unlink()
    file_of(library, found["2.jpg"]).unlink()
    file_of(library, found["3.jpg"]).unlink()
    world.serve("/3.jpg", respond(404))
    asked = dict(world.server.hits)
    report = verify_cache(library, repair=True)
    assert report.model_dump() == {"checked": 5, "ok": 1, "missing": 3, "damaged": 1, "repaired": 3}
    assert {path: count - asked[path] for path, count in world.server.hits.items()} == {
        "/0.jpg": 0,
        "/1.jpg": 0,
        "/2.jpg": 1,
        "/3.jpg": 1,
        "/4.jpg": 0,
    }
    after = rows(library)
    assert after["3.jpg"].outcome == "deleted"
    assert {name for name, row in after.items() if row.download_status == "ready"} == set(after) - {"3.jpg"}
    assert after["0.jpg"].proof == "read_back"
    assert world.checker().problems() == []


def test_repair_stops_where_the_archive_is_out_of_reach(world: World, library: Library) -> None:
    row = rows(library)["0.jpg"]
    archive_media(library, row.media_id)
    file_of(library, row).unlink()
    asked = dict(world.server.hits)
    archive = world.settings.paths.archive
    away = archive.rename(archive.with_name("away"))
    report = verify_cache(library, repair=True)
    assert (report.missing, report.repaired) == (1, 0)
    assert len(report.problems) == 1
    assert "is not there" in report.problems[0]
    assert dict(world.server.hits) == asked
    away.rename(archive)
    assert verify_cache(library, repair=True).repaired == 1


def test_repair_mends_what_was_found_before(world: World, library: Library) -> None:
    found = rows(library)
    flip(file_of(library, found["0.jpg"]))
    assert verify_cache(library).damaged == 1
    assert sum(verify_cache(library, part=(number, 2), repair=True).repaired for number in (1, 2)) == 1
    assert rows(library)["0.jpg"].download_status == "ready"
    assert verify_cache(library, repair=True).model_dump() == {
        "checked": 5,
        "ok": 5,
        "missing": 0,
        "damaged": 0,
        "repaired": 0,
    }
    assert world.checker().problems() == []


def test_repair_passes_a_damaged_archive_by(world: World, library: Library) -> None:
    row = rows(library)["0.jpg"]
    archive_media(library, row.media_id)
    (copy,) = (file for file in world.settings.paths.archive.rglob("*") if file.is_file())
    original = copy.read_bytes()
    flip(copy)
    flip(file_of(library, row))
    assert verify_cache(library, repair=True).repaired == 1
    assert world.server.hits["/0.jpg"] == 2
    copy.write_bytes(original)
    assert world.checker().problems() == []


def test_a_path_out_of_the_cache_is_not_followed(world: World, library: Library) -> None:
    outside = world.home / "outside.jpg"
    outside.write_bytes(b"mine")
    row = rows(library)["0.jpg"]
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "update public.post_media set local_file_path = '../outside.jpg' where media_id = %s",
            [row.media_id],
        )
    report = verify_cache(library)
    assert (report.checked, report.ok) == (4, 4)
    assert ["leads out of the cache" in problem for problem in report.problems] == [True]
    assert outside.read_bytes() == b"mine"
    assert media_store.get_media(library.gateway, row.media_id).download_status == "ready"


def test_a_cache_that_may_only_be_read_is_verified_and_what_cannot_be_mended_is_named(
    world: World, library: Library
) -> None:
    found = rows(library)
    flip(file_of(library, found["1.jpg"]))
    file_of(library, found["2.jpg"]).unlink()
    with read_only(library.cache.root):
        with world.open() as reading:
            report = verify_cache(reading, repair=True)
        assert (report.checked, report.ok, report.missing, report.damaged, report.repaired) == (5, 3, 1, 1, 0)
        assert [problem.partition(".")[0].split()[0] for problem in report.problems] == ["The", "Not"]
        assert all("Read-only file system" in problem for problem in report.problems)
        assert (found["1.jpg"].local_file_path or "no path") in report.problems[0]
        states = {name: row.download_status for name, row in rows(library).items()}
        assert {name for name, state in states.items() if state == "pending"} == {"1.jpg", "2.jpg"}
    assert verify_cache(library, repair=True).repaired == 2
    assert world.checker().problems() == []


def test_bytes_that_come_back_are_taken_again_without_their_source(world: World, library: Library) -> None:
    folder = library.cache.root / "media"
    away = folder.with_name("unmounted")
    folder.rename(away)
    assert verify_cache(library, assume_lost=True).missing == 5
    away.rename(folder)
    asked = world.server.hits.total()
    assert verify_cache(library, repair=True).repaired == 5
    assert world.server.hits.total() == asked
    assert world.checker().problems() == []


def test_swapped_files_with_the_same_md5_are_told_apart(world: World, library: Library) -> None:
    """What nobody can do by accident: both files have the MD5 that their rows name."""
    row = rows(library)["0.jpg"]
    twin = rows(library)["1.jpg"]
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "update public.media_blobs set md5_sum = %s where sha256 = %s", [row.md5_sum, twin.sha256]
        )
    report = verify_cache(library)
    assert (report.ok, report.damaged) == (5, 0), (
        "they are compared by SHA-256, as the MD5 is not theirs alone"
    )
    file_of(library, twin).write_bytes(file_of(library, row).read_bytes())
    report = verify_cache(library)
    assert (report.ok, report.damaged) == (4, 1)


def test_many_files_are_recorded_together_each_with_its_event(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "_TOLD_AT_ONCE", 2)
    assert verify_cache(library).ok == 5
    for row in rows(library).values():
        events = [event.event for event in media_store.list_events(library.gateway, row.media_id)]
        assert events[-1] == "media_verified"
        assert events.count("media_verified") == 1

"""Restoring: a library whose cache is empty has its files again, each verified, as far as they fit."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.errors import ReadOnlyError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import RestoreReport
from social_tui.library.importing import import_paths
from social_tui.library.recovering import restore_library
from social_tui.library.session import Library
from tests.media_cache.samples import jpeg
from tests.support.s3_server import S3Server
from tests.support.waiting import until
from tests.support.world import World, rows

COUNT = 8


@pytest.fixture(params=["folder", "bucket"])
def s3(request: pytest.FixtureRequest, world: World) -> Iterator[S3Server | None]:
    """Give the server of the archive; None where it is a folder."""
    if request.param == "folder":
        yield None
        return
    with S3Server() as server:
        world.use(server.settings(server.make_bucket()))
        yield server


@pytest.fixture
def library(world: World, s3: S3Server | None) -> Iterator[Library]:
    """Open a library with archived pictures."""
    assert s3 is None or s3.url
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open() as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
            archive_media(opened, row.media_id)
        yield opened


def lose_the_cache(library: Library) -> None:
    shutil.rmtree(library.cache.root / "media")


def files(library: Library) -> set[Path]:
    return {path for path in (library.cache.root / "media").rglob("*") if path.is_file()}


def has_files(library: Library, count: int) -> bool:
    return len(files(library)) >= count


def test_all_comes_back_and_a_second_time_nothing_is_left_to_do(
    world: World, s3: S3Server | None, library: Library
) -> None:
    before, asked = files(library), world.server.hits.total()
    lose_the_cache(library)
    planned = restore_library(library, dry_run=True)
    assert (planned.restored, planned.dry_run, files(library)) == (COUNT, True, set())
    report = restore_library(library)
    assert (report.restored, report.held, report.failed, report.problems) == (COUNT, 0, 0, [])
    assert report.restored_bytes == sum(path.stat().st_size for path in before)
    assert files(library) == before
    assert world.server.hits.total() == asked, "nobody else was asked"
    assert restore_library(library).held == COUNT
    assert world.checker(s3).problems() == []


def test_what_was_evicted_and_what_is_damaged_comes_back_too(
    world: World, s3: S3Server | None, library: Library
) -> None:
    found = rows(library)
    library.gateway.call("evict_blob", p_sha256=found["0.jpg"].sha256, p_actor="cli")
    for name in ("0.jpg", "1.jpg"):
        path = library.cache.root / (found[name].local_file_path or "")
        path.unlink() if name == "0.jpg" else path.write_bytes(b"\xff" * 500)
    report = restore_library(library)
    assert (report.restored, report.held) == (2, COUNT - 2)
    assert rows(library)["0.jpg"].download_status == "ready"
    assert len(list((library.cache.root / "quarantine").iterdir())) == 1
    assert world.checker(s3).problems() == []


def test_the_limit_of_the_cache_holds(world: World, library: Library) -> None:
    sizes = sorted(path.stat().st_size for path in files(library))
    lose_the_cache(library)
    world.use(Settings(cache_bytes=sum(sizes) // 2))
    with world.open() as small:
        report = restore_library(small)
        assert report.restored + report.did_not_fit == COUNT
        assert report.did_not_fit_bytes == sum(sizes) - report.restored_bytes > 0
        assert sum(path.stat().st_size for path in files(small)) == report.restored_bytes
        assert small.cache.usage().total_bytes <= small.cache.limit_bytes


def test_what_the_archive_does_not_have_is_said(world: World, library: Library) -> None:
    url = world.serve("/new.jpg", jpeg(seed=99))
    import_paths(library, [world.write([world.post(url)])])
    capture(library, rows(library)["new.jpg"].media_id, claim="new")
    lose_the_cache(library)
    report = restore_library(library)
    assert (report.restored, report.not_archived) == (COUNT, 1)


def test_a_damaged_copy_does_not_come_back_and_an_archive_away_is_said(
    world: World, s3: S3Server | None, library: Library
) -> None:
    lose_the_cache(library)
    if s3 is not None:
        s3.fail("forbidden", "GET", times=1000)
    else:
        for path in (world.settings.paths.archive / "media").rglob("*.jpg"):
            path.write_bytes(b"\xff" * path.stat().st_size)
    report = restore_library(library)
    assert report.restored == 0
    assert report.failed > 0
    assert report.problems
    assert files(library) == set()


def test_a_library_that_is_only_read_stays_as_it_is(world: World, library: Library) -> None:
    world.use(Settings(read_only=True))
    with world.open() as reading:
        with pytest.raises(ReadOnlyError):
            restore_library(reading)
        assert restore_library(reading, dry_run=True).held == COUNT
    assert len(files(library)) == COUNT


def test_killed_in_the_midst_it_goes_on_where_it_was(
    world: World, s3: S3Server | None, library: Library
) -> None:
    before = files(library)
    lose_the_cache(library)
    for left in range(COUNT - 1, 0, -3):
        with subprocess.Popen(
            [sys.executable, "-m", "social_tui", "archive", "restore", "--all"],
            env={**world.environment(), "PATH": "", "HOME": str(world.home)},
            stderr=subprocess.PIPE,
        ) as process:
            until(partial(has_files, library, COUNT - left))
            process.send_signal(signal.SIGKILL)
        assert files(library) <= before, "no file has its name before it is whole"
    seen: list[int] = []

    def note(report: RestoreReport) -> None:
        seen.append(report.held + report.restored)

    with world.open() as again:
        report = restore_library(again, on_progress=note)
    assert seen == list(range(1, COUNT + 1))
    assert (report.held >= COUNT // 2, report.held + report.restored) == (True, COUNT)
    assert files(library) == before
    assert world.checker(s3).problems() == []

"""An archive folder whose disk takes no files is no fault of the media: its jobs wait until it does again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from social_tui.jobs import supervisor
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_archive.keys import generate_s3_key
from social_tui.store import jobs as job_store
from tests.media_cache.samples import jpeg
from tests.support.disks import fill, mounted, read_only
from tests.support.waiting import until
from tests.support.world import World, request, rows

MEDIA = 6


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with a few captured pictures whose archiving is queued."""
    urls = [world.serve(f"/{number}.jpg", jpeg(400, 300, seed=number)) for number in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        request(opened, "download")
        assert run_to_end(opened, "download").succeeded == MEDIA
        request(opened, "archive")
        opened.paths.archive.mkdir()
        yield opened


def assert_untouched(world: World, library: Library) -> None:
    queued = job_store.list_jobs(library.gateway, kind="archive")
    assert {(job.status, job.attempts) for job in queued} == {("todo", 0)}
    assert any(job.error for job in queued)
    assert {row.proof for row in rows(library).values()} == {"cached"}
    assert world.checker().problems() == []


def test_a_full_archive_stops_the_batch(world: World, library: Library) -> None:
    archive = library.paths.archive
    with mounted(archive, "size=2m"):
        ballast = fill(archive)
        for _ in range(6):  # more often than any job is tried
            report = run_to_end(library, "archive")
            assert (report.succeeded, report.failed, report.left) == (0, 0, MEDIA)
            assert report.reason is not None
            assert report.reason.startswith(f"The archive folder {archive} cannot be written: No space left")
        assert list(archive.rglob("*.*")) == []
        ballast.unlink()
        assert_untouched(world, library)
        assert run_to_end(library, "archive").succeeded == MEDIA
        assert world.checker().problems() == []


def test_an_archive_that_may_only_be_read_stops_the_batch(world: World, library: Library) -> None:
    with read_only(library.paths.archive):
        report = run_to_end(library, "archive")
        assert (report.failed, report.left) == (0, MEDIA)
        assert report.reason is not None
        assert "Read-only file system" in report.reason
    assert_untouched(world, library)


def test_a_worker_that_lives_on_waits_for_the_archive_and_does_the_rest(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    stop, told = threading.Event(), list[str]()
    with mounted(library.paths.archive, "size=2m"):
        ballast = fill(library.paths.archive)
        thread = threading.Thread(target=lambda: run_worker(library, stop=stop, tell=told.append))
        thread.start()
        try:
            until(lambda: told, "the word that archiving waits")
            request(library, "verify")
            until(lambda: job_store.open_jobs(library.gateway, "verify") == 0, "the verifications")
            assert_untouched(world, library)
            ballast.unlink()
            until(lambda: job_store.open_jobs(library.gateway, "archive") == 0, "the archiving")
        finally:
            stop.set()
            thread.join()
        assert len(told) == 1
        assert told[0].startswith("The archive jobs wait. The archive folder")
        assert {row.proof for row in rows(library).values()} == {"read_back"}
        assert world.checker().problems() == []


def test_one_name_that_is_taken_stops_no_other(world: World, library: Library) -> None:
    media_id = rows(library)["0.jpg"].media_id
    key = generate_s3_key(media_id, "jpg")
    (library.paths.archive / key).mkdir(parents=True)
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed, report.left) == (MEDIA - 1, 1, 0)
    assert report.reason is not None
    assert "holds other bytes" in report.reason

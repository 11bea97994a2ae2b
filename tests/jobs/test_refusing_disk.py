"""A disk that takes no files is no fault of the media: nothing is tried, failed or blamed for it."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator

import pytest

from social_tui.errors import UnfinishedError
from social_tui.jobs import supervisor
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.disks import fill, mounted
from tests.support.waiting import until
from tests.support.world import World, request, rows

MEDIA = 12


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with a dozen downloads queued."""
    urls = [world.serve(f"/{number}.jpg", jpeg(400, 300, seed=number)) for number in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        request(opened, "download")
        yield opened


@pytest.fixture
def no_large_files() -> Iterator[threading.Event]:
    """Let this process write no file larger than a few kilobytes until the event is set."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Lifted(threading.Event):
        def set(self) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            super().set()

    lifted = Lifted()
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, hard))
    yield lifted
    lifted.set()


def assert_untouched(world: World, library: Library) -> None:
    found = rows(library).values()
    assert {(row.download_status, row.outcome, row.attempts) for row in found} == {("pending", None, 0)}
    queued = job_store.list_jobs(library.gateway)
    assert {(job.status, job.attempts) for job in queued} == {("todo", 0)}
    assert any(job.error for job in queued)
    assert world.checker().problems() == []


def test_a_full_disk_stops_the_batch(world: World, library: Library) -> None:
    library.cache.root.mkdir(exist_ok=True)
    with mounted(library.cache.root, "size=2m"):
        ballast = fill(library.cache.root)
        for _ in range(6):  # more often than any job is tried
            report = run_to_end(library, "download", concurrency=2)
            assert (report.succeeded, report.failed, report.left) == (0, 0, MEDIA)
            assert report.reason is not None
            assert "No space left on device. Free some space" in report.reason
        ballast.unlink()
        assert_untouched(world, library)
        # Those that were in hand were asked for; the rest was not even begun.
        assert len(world.server.hits) < MEDIA
        assert run_to_end(library, "download").succeeded == MEDIA
        assert world.checker().problems() == []


def test_files_that_may_not_be_large_stop_the_batch(
    world: World, library: Library, no_large_files: threading.Event
) -> None:
    report = run_to_end(library, "download", concurrency=2)
    no_large_files.set()
    assert (report.failed, report.left) == (0, MEDIA)
    assert report.reason is not None
    assert "File too large" in report.reason
    assert_untouched(world, library)
    assert run_to_end(library, "download").succeeded == MEDIA


def test_a_worker_that_lives_on_waits_and_tries_again(
    world: World, library: Library, no_large_files: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    stop, told = threading.Event(), list[str]()
    thread = threading.Thread(target=lambda: run_worker(library, stop=stop, tell=told.append))
    thread.start()
    try:
        until(lambda: told, "the word that the downloads wait")
        until(lambda: job_store.list_jobs(library.gateway, status="doing") == [], "the end of the try")
        assert_untouched(world, library)
        asked = world.server.hits.total()
        no_large_files.set()
        until(lambda: job_store.open_jobs(library.gateway, "download") == 0, "the downloads")
    finally:
        stop.set()
        thread.join()
    assert len(told) == 1
    assert told[0].startswith("The download jobs wait. The cache folder")
    assert world.server.hits.total() == asked + MEDIA
    assert {row.download_status for row in rows(library).values()} == {"ready"}
    assert world.checker().problems() == []


def test_a_worker_that_ends_when_idle_says_what_it_could_not_do(
    world: World, library: Library, no_large_files: threading.Event
) -> None:
    with pytest.raises(UnfinishedError, match=f"still queued are {MEDIA} download jobs.*File too large"):
        run_worker(library, until_idle=True)
    no_large_files.set()
    assert_untouched(world, library)


def test_what_is_in_the_way_is_in_the_history(library: Library, no_large_files: threading.Event) -> None:
    run_to_end(library, "download", concurrency=1)
    no_large_files.set()
    (job,) = [job for job in job_store.list_jobs(library.gateway) if job.error]
    events = media_store.list_events(library.gateway, job.media_id or "")
    (event,) = [event for event in events if event.event == "job_put_back"]
    assert event.details == {"job_id": job.job_id, "error": job.error}


def test_a_full_cache_lets_analysis_wait(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_to_end(library, "download").succeeded == MEDIA
    request(library, "analyze")
    with mounted(library.cache.root / "tmp", "size=64k"):
        fill(library.cache.root / "tmp")
        report = run_to_end(library, "analyze")
        assert (report.succeeded, report.failed, report.left) == (0, 0, MEDIA)
        assert report.reason is not None
        assert "No space left on device" in report.reason
        assert {row.ai_analysis_status for row in rows(library).values()} == {"not_started"}
    assert run_to_end(library, "analyze").succeeded == MEDIA
    assert world.checker().problems() == []

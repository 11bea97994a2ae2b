"""A cache whose disk is not mounted has lost nothing: no file is called missing, nothing is changed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from social_tui.errors import StorageError
from social_tui.jobs import supervisor
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.analysing import analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache, verify_media
from social_tui.store import jobs as job_store
from tests.media_cache.samples import jpeg
from tests.support.waiting import until
from tests.support.world import World, request, rows

MEDIA = 3


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with a few captured pictures."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
        yield opened


def unmount(root: Path) -> None:
    root.rename(root.with_name("unmounted"))
    root.mkdir()


def remove(root: Path) -> None:
    root.rename(root.with_name("unmounted"))


def empty(root: Path) -> None:
    shutil.copytree(root, root.with_name("unmounted"))
    for file in (root / "media").rglob("*.jpg"):
        file.unlink()


def mount(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.with_name("unmounted").rename(root)


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("vanish", [unmount, remove, empty])
def test_nothing_is_verified_or_repaired(
    world: World, library: Library, vanish: Callable[[Path], None], repair: bool
) -> None:
    asked, before = world.server.hits.total(), rows(library)
    vanish(library.cache.root)
    with pytest.raises(StorageError, match="has none of the 3 files that should be there") as caught:
        verify_cache(library, repair=repair, part=(1, 2))
    assert "--assume-lost" in caught.value.hint
    assert rows(library) == before
    mount(library.cache.root)
    assert verify_cache(library).ok == MEDIA
    assert world.server.hits.total() == asked


def test_whoever_knows_that_they_are_lost_can_say_so(world: World, library: Library) -> None:
    remove(library.cache.root)
    report = verify_cache(library, assume_lost=True, repair=True)
    assert (report.missing, report.repaired) == (MEDIA, MEDIA)
    assert verify_cache(library).ok == MEDIA


@pytest.mark.parametrize("vanish", [unmount, remove])
def test_no_media_is_blamed(library: Library, vanish: Callable[[Path], None]) -> None:
    before = rows(library)
    media_id = before["0.jpg"].media_id
    vanish(library.cache.root)
    words = "is not there" if vanish is remove else "is empty"
    for use in (verify_media, archive_media, analyse_media, preview):
        with pytest.raises(StorageError, match=f"The cache folder {library.cache.root} {words}") as caught:
            use(library, media_id)
        assert caught.value.stop_lane
    assert rows(library) == before


def test_what_is_archived_is_read_from_there(library: Library) -> None:
    media_id = rows(library)["0.jpg"].media_id
    archive_media(library, media_id)
    unmount(library.cache.root)
    assert preview(library, media_id) is not None


def test_the_jobs_wait_for_the_cache(world: World, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    request(library, "verify")
    unmount(library.cache.root)
    report = run_to_end(library, "verify")
    assert (report.succeeded, report.failed, report.left) == (0, 0, MEDIA)
    assert report.reason is not None
    assert "is empty. Mount its disk." in report.reason

    told = list[str]()
    stop = in_background(library, told)
    until(lambda: told, "the word that verifying waits")
    mount(library.cache.root)
    until(lambda: job_store.open_jobs(library.gateway, "verify") == 0, "the verifications")
    stop()
    assert len(told) == 1
    assert {job.status for job in job_store.list_jobs(library.gateway)} == {"succeeded"}
    assert {row.download_status for row in rows(library).values()} == {"ready"}
    assert world.checker().problems() == []


def in_background(library: Library, told: list[str]) -> Callable[[], None]:
    """Start a worker and return what ends it."""
    stopped = threading.Event()
    thread = threading.Thread(target=lambda: run_worker(library, stop=stopped, tell=told.append))
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join()

    return stop

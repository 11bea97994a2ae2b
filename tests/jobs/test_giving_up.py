"""Work that ends before its end: the lanes that can go on do, and what is left is told and stays queued."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from social_tui.errors import UnfinishedError
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.detached import leave_to_worker
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import jobs as job_store
from tests.media_cache.samples import jpeg
from tests.support.disks import fill, mounted
from tests.support.world import World, request, rows

MEDIA = 3


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library whose archive is full, with captured pictures to archive, verify and analyse."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        request(opened, "download")
        run_to_end(opened, "download")
        opened.paths.archive.mkdir()
        with mounted(opened.paths.archive, "size=64k"):
            fill(opened.paths.archive)
            request(opened, "archive")
            request(opened, "verify")
            request(opened, "analyze")
            yield opened


def assert_the_rest_is_done(library: Library) -> None:
    jobs = job_store.list_jobs(library.gateway)
    assert {(job.kind, job.status, job.attempts) for job in jobs if job.kind == "archive"} == {
        ("archive", "todo", 0)
    }
    assert {job.status for job in jobs if job.kind != "archive"} == {"succeeded"}
    assert any("No space left" in (job.error or "") for job in jobs)
    assert {row.ai_analysis_status for row in rows(library).values()} == {"completed"}


def test_the_rest_is_done_before_the_work_ends(library: Library) -> None:
    with pytest.raises(UnfinishedError) as caught:
        run_worker(library, until_idle=True)
    assert str(caught.value).startswith(
        f"Not all was done: still queued are {MEDIA} archive jobs. The archive folder {library.paths.archive}"
        " cannot be written: No space left on device. Free"
    )
    assert_the_rest_is_done(library)


def test_every_reason_is_told_once(library: Library) -> None:
    (library.cache.root / "tmp").mkdir(exist_ok=True)
    with mounted(library.cache.root / "tmp", "size=64k"):
        fill(library.cache.root / "tmp")
        with pytest.raises(UnfinishedError) as caught:
            run_worker(library, until_idle=True)
    words = str(caught.value)
    assert f"{MEDIA} analyze jobs" in words
    assert f"{MEDIA} archive jobs" in words
    assert (words.count("The archive folder"), words.count("The cache folder")) == (1, 1)


def test_the_command_says_it_in_one_line(world: World, library: Library) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "social_tui", "worker", "--until-idle"],
        env={**os.environ, **world.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert f"Not all was done: still queued are {MEDIA} archive jobs. The archive folder" in done.stderr
    assert_the_rest_is_done(library)


def test_a_worker_that_the_app_left_writes_it_down(world: World, library: Library) -> None:
    _, status = os.waitpid(leave_to_worker(world.settings), 0)
    assert os.waitstatus_to_exitcode(status) == 1
    assert_the_rest_is_done(library)
    log = (library.paths.log / "media.log").read_text(encoding="utf-8")
    (line,) = [line for line in log.splitlines() if '"worker_gave_up"' in line]
    assert f"still queued are {MEDIA} archive jobs. The archive folder" in line

"""Archiving many into a real and strict store: nothing is lost, sent twice or claimed falsely."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.jobs.process import WorkerProcess
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.models import JobRow
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.bucket_checker import false_claims, read_bucket
from tests.support.s3_proxy import S3Proxy
from tests.support.swift_server import SwiftServer, swift_or_skip
from tests.support.waiting import until
from tests.support.world import World, request, rows

FILES = 6


@pytest.fixture(scope="module")
def swift() -> Iterator[SwiftServer]:
    """Start OpenStack Swift for these tests."""
    with swift_or_skip() as started:
        yield started


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    """Make a bucket."""
    return swift.make_bucket()


@pytest.fixture
def proxy(swift: SwiftServer) -> Iterator[S3Proxy]:
    """Start what stands between the program and the store."""
    with S3Proxy(swift.url) as started:
        yield started


@pytest.fixture
def library(world: World, swift: SwiftServer, bucket: str, proxy: S3Proxy) -> Iterator[Library]:
    """Open a library of captured pictures whose archiving is queued."""
    with filled(world, swift, bucket, proxy.url) as opened:
        yield opened


@contextmanager
def filled(
    world: World, swift: SwiftServer, bucket: str, url: str, count: int = FILES, **changes: object
) -> Iterator[Library]:
    world.use(swift.settings(bucket, aws_s3_endpoint_url=url, **changes))
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(count)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        request(opened, "download")
        assert run_to_end(opened, "download").succeeded == count
        assert request(opened, "archive") == count
        yield opened


def assert_true(library: Library, swift: SwiftServer, bucket: str, archived: int) -> None:
    """Hold what the rows claim against what the store lists and holds."""
    found = [row for row in rows(library).values() if row.proof not in (None, "cached")]
    claims = {row.archive_url or "": row.sha256 or "" for row in found}
    assert len(claims) == archived
    assert false_claims(swift.client(), bucket, claims) == []
    assert all(row.archived_at is not None for row in found)
    left = [row for row in rows(library).values() if row.proof == "cached"]
    assert all(row.archive_url is None and row.archived_at is None for row in left)


def queued(library: Library) -> list[JobRow]:
    return job_store.list_jobs(library.gateway, kind="archive")


def puts(proxy: S3Proxy) -> Counter[str]:
    return Counter(seen.target for seen in proxy.requests if seen.method == "PUT")


def test_each_is_sent_once_and_told_at_once(
    library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed, report.left) == (FILES, 0, 0)
    assert_true(library, swift, bucket, FILES)
    assert len(read_bucket(swift.client(), bucket)) == FILES
    row = rows(library)["0.jpg"]
    events = [event.event for event in media_store.list_events(library.gateway, row.media_id)]
    assert events[-3:] == ["archive_requested", "media_accessed", "media_archived"]


def test_with_nothing_to_do_the_store_is_not_asked(world: World, library: Library, proxy: S3Proxy) -> None:
    run_to_end(library, "archive")
    asked = len(proxy.requests)
    with world.open("worker") as again:
        assert request(again, "archive") == 0
        assert run_to_end(again, "archive").requested == 0
        assert again._archive is None
    assert len(proxy.requests) == asked


@pytest.mark.kills_workers
def test_kill_9_between_the_put_and_the_row(
    world: World, library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    proxy.fail("hold", "PUT", "media/", times=99)
    with WorkerProcess(world.settings) as worker:
        until(proxy.held.is_set, "a file in the store whose reply is on its way")
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
    arrived = len(read_bucket(swift.client(), bucket))
    assert arrived > 0
    assert_true(library, swift, bucket, 0)
    proxy.faults.clear()
    proxy.release()
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed) == (FILES, 0)
    assert len(read_bucket(swift.client(), bucket)) == FILES
    assert_true(library, swift, bucket, FILES)


@pytest.mark.kills_workers
def test_kill_9_at_any_moment(world: World, swift: SwiftServer, bucket: str, proxy: S3Proxy) -> None:
    draw = random.Random(6)
    with filled(world, swift, bucket, proxy.url, 24) as library:
        for _ in range(3):  # a job that five workers died of is given up
            before = sum(puts(proxy).values())
            with WorkerProcess(world.settings) as worker:
                until(lambda before=before: sum(puts(proxy).values()) > before)  # type: ignore[misc]
                time.sleep(draw.random() / 10)  # the moment is what is drawn, nothing waits for it
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)
            held = read_bucket(swift.client(), bucket)
            claimed = {row.archive_url for row in rows(library).values() if row.proof != "cached"}
            assert claimed <= set(held)
        run_to_end(library, "archive")
        assert_true(library, swift, bucket, 24)
        assert len(read_bucket(swift.client(), bucket)) == 24


def test_two_workers_send_nothing_twice(
    world: World, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    with filled(world, swift, bucket, proxy.url, 24) as library:
        job_store.cancel_jobs(library.gateway, None, "archive")
        with (
            WorkerProcess(world.settings),
            WorkerProcess(world.settings),
            psycopg.connect(world.database_url, autocommit=True) as connection,
        ):
            workers = "select count(*) from jobs.procrastinate_workers"
            until(lambda: connection.execute(workers).fetchone() == (8,), "both workers at work")
            proxy.fail("hold", "PUT", "media/", times=99)
            assert request(library, "archive") == 24
            took = (
                "select count(distinct worker_id) from jobs.procrastinate_jobs"
                " where queue_name = 'archive' and status = 'doing'"
            )
            until(lambda: connection.execute(took).fetchone() == (2,), "jobs of both workers")
            proxy.release()
            until(lambda: job_store.open_jobs(library.gateway, "archive") == 0, "the archiving")
        sent = {target: times for target, times in puts(proxy).items() if "media/" in target}
        # Each of both asks once whether the store refuses a name that is taken.
        assert sum(sent.values()) - len(sent) <= 2
        assert {job.attempts for job in queued(library) if job.status == "succeeded"} == {1}
        assert_true(library, swift, bucket, 24)


@pytest.mark.kills_workers
def test_a_frozen_worker_that_wakes_up_claims_nothing(
    world: World, library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    proxy.fail("hold", "PUT", "media/", times=99)
    with WorkerProcess(world.settings) as worker:
        until(proxy.held.is_set, "a file in the store whose reply is on its way")
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            proxy.faults.clear()
            run_to_end(library, "archive")
            before = {row.media_id: (row.archived_at, row.archive_url) for row in rows(library).values()}
            events = [media_store.list_events(library.gateway, media_id) for media_id in before]
            assert_true(library, swift, bucket, FILES)
        finally:
            proxy.release()
            os.kill(worker.pid, signal.SIGCONT)
        late = world.serve("/late.jpg", jpeg(seed=99))
        import_paths(library, [world.write([world.post(late)])])
        request(library, "download")
        until(lambda: rows(library)["late.jpg"].download_status == "ready", "the woken worker at work")
        request(library, "archive")
        until(lambda: rows(library)["late.jpg"].proof != "cached", "the woken worker archiving")
    now = {row.media_id: (row.archived_at, row.archive_url) for row in rows(library).values()}
    assert before.items() <= now.items()
    assert [media_store.list_events(library.gateway, media_id) for media_id in before] == events
    assert_true(library, swift, bucket, FILES + 1)


def test_what_passes_is_tried_again(
    library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    # The client itself tries three times at once.
    proxy.fail("slow_down", "PUT", "media/", times=3 * FILES)
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed, report.left) == (FILES, 0, 0)
    assert max(job.attempts for job in queued(library)) > 1
    assert all(row.error is None for row in rows(library).values())
    assert_true(library, swift, bucket, FILES)


def test_what_does_not_pass_is_told_on_the_row_and_stays_pending(
    library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy
) -> None:
    proxy.fail("slow_down", "PUT", "media/", times=9999)
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed, report.left) == (0, FILES, 0)
    words = f"The bucket {bucket} is too busy just now."
    assert report.reason == words
    assert {(row.proof, row.error) for row in rows(library).values()} == {("cached", words)}
    assert {(job.status, job.attempts, job.error) for job in queued(library)} == {("failed", 4, words)}
    assert_true(library, swift, bucket, 0)
    proxy.faults.clear()
    assert request(library, "archive") == FILES
    assert run_to_end(library, "archive").succeeded == FILES
    assert {row.error for row in rows(library).values()} == {None}
    assert_true(library, swift, bucket, FILES)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("full", "is full. Make room in the store or raise its quota."),
        ("forbidden", "may not be used with these credentials."),
        ("clock_skew", "refused because this machine's clock is wrong. Set the clock."),
    ],
)
def test_what_every_file_would_meet_stops_the_work(
    library: Library, swift: SwiftServer, bucket: str, proxy: S3Proxy, fault: str, words: str
) -> None:
    proxy.fail(fault, "PUT", times=9999)  # type: ignore[arg-type]
    report = run_to_end(library, "archive", concurrency=2)
    assert (report.succeeded, report.failed, report.left) == (0, 0, FILES)
    assert words in (report.reason or "")
    assert {(job.status, job.attempts) for job in queued(library)} == {("todo", 0)}
    told = [row.error for row in rows(library).values() if row.error]
    assert told
    assert all(words in each for each in told)
    assert_true(library, swift, bucket, 0)
    proxy.faults.clear()
    assert run_to_end(library, "archive").succeeded == FILES
    assert_true(library, swift, bucket, FILES)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # The answer to a HEAD has no room for the reason.
        ({"aws_secret_access_key": "wrong"}, "secret key is wrong|may not be used with these credentials"),
        ({"aws_s3_bucket": "there-is-no-such-bucket"}, "does not exist. Create it, or set AWS_S3_BUCKET"),
        ({"aws_s3_endpoint_url": "http://127.0.0.1:9"}, "cannot be reached. Check AWS_S3_ENDPOINT_URL"),
    ],
)
def test_wrong_settings_stop_the_work(
    world: World, library: Library, swift: SwiftServer, bucket: str, changes: dict[str, str], words: str
) -> None:
    right = world.settings
    world.use(swift.settings(bucket, **changes))
    with world.open("worker") as wrong:
        report = run_to_end(wrong, "archive")
    assert (report.succeeded, report.failed, report.left) == (0, 0, FILES)
    assert re.search(words, report.reason or "")
    assert {(job.status, job.attempts) for job in queued(library)} == {("todo", 0)}
    assert_true(library, swift, bucket, 0)
    world.use(right)
    assert run_to_end(library, "archive").succeeded == FILES
    assert_true(library, swift, bucket, FILES)


def test_called_off_archivings_leave_everything_as_it_was(
    library: Library, swift: SwiftServer, bucket: str
) -> None:
    assert job_store.cancel_jobs(library.gateway, None, "archive") == FILES
    report = run_to_end(library, "archive")
    assert (report.succeeded, report.failed, report.left) == (0, 0, 0)
    assert_true(library, swift, bucket, 0)
    assert read_bucket(swift.client(), bucket) == {}

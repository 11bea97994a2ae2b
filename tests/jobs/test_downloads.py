"""The lane of downloads: polite to hosts, fair to what is new, and no bad media stops the others."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from social_tui.errors import DatabaseError
from social_tui.jobs import bulk_lane, downloads
from social_tui.jobs.app import make_app
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.downloads import DownloadLane, Fetched
from social_tui.jobs.lanes import Lanes
from social_tui.jobs.progress import ProgressBook
from social_tui.jobs.worker import run_worker
from social_tui.library.archiving import archive_media
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.fetcher import Fetcher
from social_tui.models import JobRow
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store.batches import Room
from social_tui.store.downloads import EndedDownload, exchange_downloads
from social_tui.store.gateway import Gateway
from tests.media_cache.samples import jpeg
from tests.support.fault_server import in_turn, respond, serve, when
from tests.support.s3_server import S3Server
from tests.support.waiting import until
from tests.support.world import World, request, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        yield opened


def queue(world: World, library: Library, *urls: str) -> None:
    import_paths(library, [world.write([world.post(*urls)])])
    assert request(library, "download") == len(urls)


def test_all_downloads_wait_for_a_host_that_asks_to_and_that_is_no_try(
    world: World, library: Library
) -> None:
    busy = world.serve("/busy.jpg", in_turn(respond(429, [("Retry-After", "1")]), serve(jpeg(seed=1))))
    others = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(2, 8)]
    queue(world, library, f"{busy}?e=3000000000&t=x", *others)
    report = run_to_end(library, "download", concurrency=1)
    assert (report.succeeded, report.failed) == (7, 0)
    # The first was asked first, and after it nobody before the second had passed.
    assert world.server.requests[0].path.startswith("/busy.jpg")
    assert world.server.hits.total() == 8
    attempts = {job.media_id: job.attempts for job in job_store.list_jobs(library.gateway)}
    found = rows(library)
    assert attempts.pop(found["busy.jpg?e=3000000000&t=x"].media_id) == 2
    assert set(attempts.values()) == {1}
    for row in found.values():
        events = [event.event for event in media_store.list_events(library.gateway, row.media_id)]
        assert "download_released" not in events, "what was not asked for has no history"
    assert world.checker().problems() == []


async def test_what_is_put_back_is_not_settled_in_a_hurry(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or thousands of jobs of a host that asked to wait would keep the machine and the database busy."""
    monkeypatch.setattr(bulk_lane, "SETTLE_SECONDS", 60.0)
    _, manager = make_app(world.database_url, library.gateway, Lanes(library.gateway, {"download": 1}))
    lane = DownloadLane(library, manager, 1, is_fixed=True, at_rest=asyncio.Event(), progress=ProgressBook())
    lane._backlog.settle_later([Fetched(1, None, "put_back", wait_seconds=30.0)])
    pause = asyncio.create_task(lane._pause())
    for _ in range(9):
        await asyncio.sleep(0)
    assert not pause.done()
    pause.cancel()
    lane._backlog.settle_later([Fetched(2, None, "succeeded")])
    async with asyncio.timeout(30):
        await lane._pause()


def test_what_an_archive_out_of_reach_has_waits_and_the_others_go_on(world: World) -> None:
    with S3Server() as s3:
        world.use(s3.settings(s3.make_bucket()))
        with world.open("worker") as library:
            queue(world, library, world.serve("/0.jpg", jpeg(seed=0)))
            assert run_to_end(library, "download").succeeded == 1
            row = rows(library)["0.jpg"]
            archive_media(library, row.media_id)
            (library.cache.root / (row.local_file_path or "")).unlink()
            media_store.record_verification(library.gateway, row.sha256 or "", result="missing", actor="cli")
            calls = len(world.server.requests)
            s3.fail("forbidden", "GET", times=99)
            import_paths(library, [world.write([world.post(world.serve("/1.jpg", jpeg(seed=1)))])])
            assert request(library, "download") == 2
            stop = threading.Event()
            thread = threading.Thread(target=run_worker, args=(library,), kwargs={"stop": stop})
            thread.start()
            try:
                until(lambda: rows(library)["1.jpg"].download_status == "ready", "the other download")
                until(lambda: any(job.error for job in waiting(library)), "the word of the archive")
            finally:
                stop.set()
                thread.join()
            (job,) = waiting(library)
            assert (job.media_id, job.attempts) == (row.media_id, 0)
            assert "may not be used with these credentials" in (job.error or "")
            assert rows(library)["0.jpg"].download_status == "pending"
            assert len(world.server.requests) == calls + 1
        s3.faults.clear()
        assert world.checker(s3).problems() == []


def waiting(library: Library) -> list[JobRow]:
    return list(job_store.list_jobs(library.gateway, status="todo", kind="download"))


def test_media_that_the_database_refuses_stop_no_other(world: World, library: Library) -> None:
    urls = [world.serve(f"/{number}.jpg", jpeg(24 + number, 16, seed=number)) for number in range(6)]
    queue(world, library, *urls)
    with psycopg.connect(world.database_url) as connection:
        connection.execute("alter table public.media_blobs add constraint nothing_27 check (width <> 27)")
    report = run_to_end(library, "download", concurrency=6)
    assert (report.succeeded, report.failed, report.left) == (5, 1, 0)
    refused = rows(library)["3.jpg"]
    assert refused.download_status == "pending"
    [job] = job_store.list_jobs(library.gateway, status="failed")
    assert job.media_id == refused.media_id
    assert "nothing_27" in (job.error or "")
    with psycopg.connect(world.database_url) as connection:
        connection.execute("alter table public.media_blobs drop constraint nothing_27")
    assert request(library, "download") == 1
    assert run_to_end(library, "download").succeeded == 1
    assert world.checker().problems() == []


def test_a_fault_of_ours_fails_its_media_alone(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(3)]
    queue(world, library, *urls)
    receive = Fetcher.receive

    def break_down(self: Fetcher, url: str, *arguments: object, **named: object) -> object:
        if url.endswith("/1.jpg"):
            raise ZeroDivisionError
        return receive(self, url, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Fetcher, "receive", break_down)
    report = run_to_end(library, "download")
    assert (report.succeeded, report.failed) == (2, 1)
    assert report.reason == "unexpected ZeroDivisionError"
    assert rows(library)["1.jpg"].download_status == "pending"
    assert world.checker().problems() == []


def test_a_worker_whose_name_was_struck_off_goes_on_under_another(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(world, library, *(world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(12)))
    receive, struck = Fetcher.receive, [0]

    def strike_off(self: Fetcher, url: str, *arguments: object, **named: object) -> object:
        if url.endswith("/5.jpg") and not struck[0]:
            struck[0] = 1
            with psycopg.connect(world.database_url) as connection:
                connection.execute("delete from jobs.procrastinate_workers")
        return receive(self, url, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Fetcher, "receive", strike_off)
    run_worker(library, kinds=("download",), until_idle=True)
    assert struck == [1]
    assert {row.download_status for row in rows(library).values()} == {"ready"}
    assert world.checker().problems() == []


def test_room_is_made_for_what_came_last(world: World, library: Library) -> None:
    queue(world, library, world.serve("/0.jpg", jpeg(seed=0)))
    assert run_to_end(library, "download").succeeded == 1
    row = rows(library)["0.jpg"]
    archive_media(library, row.media_id)
    os.utime(library.cache.root / (row.local_file_path or ""), (1, 1))
    library.cache.limit_bytes = library.cache.usage().total_bytes
    import_paths(library, [world.write([world.post(world.serve("/1.jpg", jpeg(seed=1)))])])
    assert request(library, "download") == 1
    assert run_to_end(library, "download").succeeded == 1
    assert rows(library)["0.jpg"].local_file_path is None


def test_what_came_and_is_settled_by_nobody_leaves_nothing_behind(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = threading.Event()
    picture = jpeg(seed=1)
    queue(
        world,
        library,
        world.serve("/0.jpg", jpeg(seed=0)),
        world.serve("/1.jpg", when(late, serve(picture))),
    )

    def unfinished() -> list[int]:
        return [path.stat().st_size for path in (library.cache.root / "tmp").glob("*.part")]

    def refuse(
        gateway: Gateway, worker_id: int, ended: Sequence[EndedDownload], room: Room, **options: Any
    ) -> Any:
        if not ended:
            return exchange_downloads(gateway, worker_id, ended, room, **options)
        if ended[0].file is None:  # The first, which is refused for the second time.
            late.set()
            until(lambda: len(picture) in unfinished())
        raise DatabaseError("The database says no.", sqlstate="XX000")

    monkeypatch.setattr(downloads, "exchange_downloads", refuse)
    with pytest.raises(DatabaseError):
        run_worker(library, kinds=("download",), until_idle=True)
    assert late.is_set()
    assert unfinished() == []

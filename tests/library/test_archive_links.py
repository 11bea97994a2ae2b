"""Archived bytes for members without credentials: read by a signed link, of which nothing stays."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ArchiveError
from social_tui.jobs.worker import run_worker
from social_tui.library import archive_links
from social_tui.library.bagging import everything, make_bag
from social_tui.library.evicting import cache_report, make_room
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import original, preview
from social_tui.log import configure_logging
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.captured import Received
from social_tui.store import cache as cache_store
from tests.library.team import PICTURE, Team, read, team
from tests.media_cache.samples import jpeg
from tests.support.world import s3_client

__all__ = ["team"]


@pytest.fixture
def at_work(team: Team) -> Iterator[None]:
    """Have the worker run."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_worker, args=(team.worker,), kwargs={"kinds": ("archive",), "stop": stop}
    )
    thread.start()
    yield
    stop.set()
    thread.join()


def downloads(team: Team) -> list[bool]:
    """Tell of each download from the bucket whether it was by a signed link."""
    return ["X-Amz-Signature" in each.query for each in team.s3.requests if each.method == "GET"]


@pytest.mark.usefixtures("at_work")
def test_a_viewer_reads_what_the_bucket_has_and_no_trace_of_the_link_stays(team: Team) -> None:
    viewer = team.member()
    configure_logging(viewer.settings, component="app")
    assert preview(viewer, team.media_id) is not None
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [True], "the second time it comes from the cache"
    assert team.rig.execute("select count(*) from private.link_requests") == [(0,)]
    told = team.rig.execute(
        "select event, media_id, user_id is not null from public.media_events where actor = 'app' order by id"
    )
    assert team.blob.media_id != team.media_id, "others have these bytes as well"
    assert told[:2] == [
        ("archive_link_requested", team.media_id, True),
        ("media_accessed", team.media_id, True),
    ]
    traces = str(team.rig.execute("select details from public.media_events")) + "".join(
        path.read_text("utf-8") for path in viewer.paths.log.parent.rglob("*.log*")
    )
    assert "link" in traces
    assert "X-Amz" not in traces


@pytest.mark.usefixtures("at_work")
def test_what_is_borrowed_lies_apart_is_opened_and_makes_room(team: Team) -> None:
    cache_store.evict_blob(team.worker.gateway, team.blob.sha256, actor="worker")
    viewer = team.member()
    lent = original(viewer, team.media_id)
    assert lent == viewer.cache.root / "borrowed" / f"{team.blob.sha256}.jpg"
    first = lent.stat().st_ino
    with open_bytes(viewer, team.media_id, purpose="test") as (_, path):
        assert (path, path.stat().st_ino) == (lent, first)
        os.utime(lent, (0, 0))
        assert make_room(viewer, to_bytes=0).borrowed_bytes == 0, "somebody reads it"
    report = cache_report(viewer)
    assert (report.borrowed_files, report.media_files, report.blobs) == (1, 0, {})
    assert make_room(viewer, to_bytes=0, dry_run=True).borrowed_bytes == len(PICTURE)
    made = make_room(viewer, to_bytes=0)
    assert (made.borrowed_bytes, made.bytes_after, lent.exists()) == (len(PICTURE), 0, False)
    assert downloads(team) == [True]
    assert read(viewer, team.media_id) == PICTURE
    lent.write_bytes(b"damaged")
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [True, True, True]


@pytest.mark.usefixtures("at_work")
def test_a_small_cache_lets_go_of_what_was_borrowed_before(team: Team) -> None:
    viewer = team.member(cache_bytes=1)
    older = viewer.cache.root / "borrowed" / f"{'0' * 64}.jpg"
    older.parent.mkdir(parents=True)
    older.write_bytes(PICTURE)
    os.utime(older, (0, 0))
    with open_bytes(viewer, team.media_id, purpose="test") as (_, path):
        assert [*older.parent.iterdir()] == [path]


@pytest.mark.usefixtures("at_work")
def test_who_has_credentials_learns_the_place_alone(team: Team) -> None:
    own = {
        name: getattr(team.worker.settings, name) for name in team.s3.settings(team.bucket).model_fields_set
    }
    viewer = team.member(**own)
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [False]
    signed = team.member(**own, archive_access="signed")
    assert read(signed, team.media_id) == PICTURE
    assert downloads(team) == [False, True]


@pytest.mark.usefixtures("at_work")
def test_the_limits_of_strangers_do_not_hold_and_a_dead_link_is_asked_for_once_more(team: Team) -> None:
    team.s3.fail("forbidden", "GET")
    assert read(team.member(max_bytes=1), team.media_id) == PICTURE
    assert downloads(team) == [True, True]
    team.s3.fail("forbidden", "GET", times=3)
    with pytest.raises(ArchiveError, match="auth"):
        read(team.member(), team.media_id)
    assert len(downloads(team)) == 4


@pytest.mark.usefixtures("at_work")
def test_more_than_there_should_be_is_not_fetched(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    team.s3.overwrite(team.bucket, key, PICTURE + b"more")
    with pytest.raises(ArchiveError, match="too_large"):
        read(team.member(), team.media_id)


@pytest.mark.usefixtures("at_work")
def test_what_a_killed_process_leaves_of_a_link_is_swept(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, left = team.member(), Cache(tmp_path / "left", 1 << 30)
    receive = viewer.fetcher.receive

    def seen(*args: Any, **named: Any) -> Received:
        received = receive(*args, **named)
        shutil.copytree(viewer.cache.root / "tmp", left.root / "tmp")
        return received

    monkeypatch.setattr(viewer.fetcher, "receive", seen)
    assert read(viewer, team.media_id) == PICTURE
    assert list((viewer.cache.root / "tmp").iterdir()) == []
    assert left.sweep() > 0
    assert list((left.root / "tmp").iterdir()) == []


@pytest.mark.usefixtures("at_work")
def test_other_bytes_are_thrown_away(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    for other in (jpeg(80, 80), b"no media at all"):
        team.s3.overwrite(team.bucket, key, other)
        viewer = team.member()
        with pytest.raises(ArchiveError) as refused:
            archive_links.fetch_archived(viewer, team.blob, viewer.cache.root.parent / "copy")
        assert team.bucket not in str(refused.value)
        with pytest.raises(Exception, match="archived copy"):
            read(viewer, team.media_id)
        assert [
            path for path in viewer.cache.root.rglob("*") if path.is_file() and path.suffix == ".jpg"
        ] == []


@pytest.mark.usefixtures("at_work")
def test_what_is_in_cold_storage_is_told_as_that(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    place = {"Bucket": team.bucket, "Key": key}
    s3_client(team.s3).copy_object(**place, CopySource=place, StorageClass="DEEP_ARCHIVE")
    viewer = team.member()
    with pytest.raises(ArchiveError, match=r"in cold storage: the keeper of the bucket") as refused:
        archive_links.fetch_archived(viewer, team.blob, viewer.cache.root.parent / "copy")
    assert team.bucket not in str(refused.value)
    assert downloads(team) == []


def test_a_bag_of_a_library_that_is_only_read_tells_what_it_cannot_have(team: Team, tmp_path: Path) -> None:
    viewer = team.member(read_only=True)
    report = make_bag(viewer, everything(viewer), tmp_path / "bag")
    assert (report.media, report.absent) == (2, {"unreachable": 2})

"""A real store behind a proxy that does what networks and busy stores do: nothing untrue is ever claimed."""

from __future__ import annotations

import threading
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ArchiveError
from social_tui.media_archive.base import Stored, Verdict
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.on_swift import assert_true, kill_while_held
from tests.media_archive.samples import MEDIA_ID, Sample
from tests.support.bucket_checker import read_bucket
from tests.support.s3_proxy import FaultKind, S3Proxy
from tests.support.swift_cluster import STRANGER, STRANGER_SECRET
from tests.support.swift_server import SwiftServer


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    return swift.make_bucket()


@pytest.fixture
def archive(swift: SwiftServer, proxy: S3Proxy, bucket: str, sample: Sample) -> S3Archive:
    """An archive through the proxy that has learnt that the store refuses taken names."""
    opened = S3Archive(swift.settings(bucket, aws_s3_endpoint_url=proxy.url))
    opened.store(sample.path, "med-0a1b2c3d", **sample.row)
    return opened


@pytest.mark.parametrize(
    ("fault", "times", "words", "retryable", "stop_lane"),
    [
        ("slow_down", 4, "too busy", True, False),
        ("internal_error", 4, "a fault of its own", True, False),
        ("forbidden", 2, "may not be used with these credentials", False, True),
        ("clock_skew", 2, "clock is wrong", False, True),
        ("full", 2, "is full", False, True),
        ("reset", 4, "closed the connection", True, False),
        ("truncate", 4, "closed the connection", True, False),
        ("corrupt", 2, "got other bytes than were sent", True, False),
    ],
)
def test_a_fault_is_told_by_its_kind_and_nothing_is_claimed(
    swift: SwiftServer,
    proxy: S3Proxy,
    bucket: str,
    archive: S3Archive,
    sample: Sample,
    fault: FaultKind,
    times: int,
    words: str,
    retryable: bool,
    stop_lane: bool,
) -> None:
    proxy.fail(fault, "PUT", MEDIA_ID, times=times)

    with pytest.raises(ArchiveError, match=words) as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert (caught.value.retryable, caught.value.stop_lane) == (retryable, stop_lane)
    told = "".join(traceback.format_exception(caught.value))
    assert "canary" not in told
    assert "Signature" not in told
    assert all(MEDIA_ID not in url for url in read_bucket(swift.client(), bucket))
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert stored.proof == "archived"
    assert_true(swift, bucket, sample, stored)


@pytest.mark.parametrize("fault", ["slow_down", "internal_error", "reset", "truncate"])
def test_a_fault_that_passes_is_not_noticed(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample, fault: FaultKind
) -> None:
    proxy.fail(fault, "PUT", MEDIA_ID)
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert stored.proof == "archived"
    assert_true(swift, bucket, sample, stored)


def test_a_reply_lost_after_the_store_took_the_object_ends_in_adopting_it(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    proxy.fail("drop_reply", "PUT", MEDIA_ID)

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert (stored.proof, stored.was_there) == ("archived", True)
    assert_true(swift, bucket, sample, stored)
    assert len(read_bucket(swift.client(), bucket)) == 2


def test_a_reply_that_is_slow_is_waited_for(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    proxy.fail("hold", "PUT", MEDIA_ID)
    done: list[Stored] = []
    worker = threading.Thread(target=lambda: done.append(archive.store(sample.path, MEDIA_ID, **sample.row)))
    worker.start()
    assert proxy.held.wait(30)
    assert done == []
    proxy.release()
    worker.join(30)
    assert [stored.proof for stored in done] == ["archived"]
    assert_true(swift, bucket, sample, *done)


def test_a_reply_that_never_comes_is_given_up(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    settings = swift.settings(bucket, aws_s3_endpoint_url=proxy.url)
    hasty = S3Archive(settings, read_seconds=0.5)
    proxy.fail("hold", "PUT", MEDIA_ID, times=3)

    with pytest.raises(ArchiveError, match="did not answer in time") as caught:
        hasty.store(sample.path, MEDIA_ID, **sample.row)

    assert caught.value.retryable
    proxy.release()
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert stored.was_there
    assert_true(swift, bucket, sample, stored)


@pytest.mark.parametrize("fault", ["corrupt_reply", "cut_reply"])
def test_bytes_that_break_on_the_way_back_are_no_verdict_on_the_object(
    tmp_path: Path,
    swift: SwiftServer,
    proxy: S3Proxy,
    bucket: str,
    archive: S3Archive,
    sample: Sample,
    fault: FaultKind,
) -> None:
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    proxy.fail(fault, "GET", MEDIA_ID)
    with pytest.raises(ArchiveError):
        archive.fetch(stored.archive_url, tmp_path / "back.jpg", **sample.wanted)
    assert not (tmp_path / "back.jpg").exists()

    proxy.fail(fault, "GET", MEDIA_ID)
    if fault == "cut_reply":
        with pytest.raises(ArchiveError, match="broke off") as caught:
            archive.verify(stored.archive_url, **sample.known, read_back=True)
        assert caught.value.retryable
    else:
        verdict = archive.verify(stored.archive_url, **sample.known, read_back=True)
        assert verdict is Verdict.READ_BACK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"aws_secret_access_key": "canary-of-a-wrong-secret"}, "the secret key is wrong"),
        ({"aws_access_key_id": "canary:nobody"}, "the secret key is wrong"),
        ({"aws_access_key_id": STRANGER, "aws_secret_access_key": STRANGER_SECRET}, "may not be used"),
        ({"aws_s3_bucket": "nobody-made-this"}, "does not exist"),
    ],
)
def test_a_store_that_refuses_all_stops_the_lane_whatever_is_asked(
    tmp_path: Path, swift: SwiftServer, bucket: str, sample: Sample, changes: dict[str, str], words: str
) -> None:
    archive = S3Archive(swift.settings(bucket, **changes))
    address = f"s3://{changes.get('aws_s3_bucket', bucket)}/media/2026/11/{MEDIA_ID}.jpg"
    asked: list[Any] = [
        lambda: archive.store(sample.path, MEDIA_ID, **sample.row),
        lambda: archive.replace(sample.path, address, **sample.row),
        lambda: archive.verify(address, **sample.known),
        lambda: archive.fetch(address, tmp_path / "back.jpg", **sample.wanted),
        lambda: list(archive.list_objects()),
        archive.remove_unfinished,
        archive.check,
    ]
    for ask in asked:
        with pytest.raises(ArchiveError, match=words) as caught:
            ask()
        assert caught.value.stop_lane
        assert not caught.value.retryable
        assert "canary" not in str(caught.value)
    assert read_bucket(swift.client(), bucket) == {}


def test_a_wrong_clock_is_told(
    swift: SwiftServer, bucket: str, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: late.replace(tzinfo=None))
    archive = S3Archive(swift.settings(bucket))
    with pytest.raises(ArchiveError, match="clock is wrong") as caught:
        list(archive.list_objects())
    assert caught.value.stop_lane


def test_what_was_sent_before_a_kill_is_adopted(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    proxy.fail("hold", "PUT", MEDIA_ID)
    kill_while_held(swift, proxy, bucket, sample.path)

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert stored.was_there
    assert_true(swift, bucket, sample, stored)
    assert len(read_bucket(swift.client(), bucket)) == 2

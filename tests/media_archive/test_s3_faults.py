"""A real store behind a proxy that does what networks and busy stores do: nothing untrue is ever claimed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ArchiveError, CancelledError
from social_tui.media_archive.base import Stored, Verdict
from social_tui.media_archive.keys import generate_s3_key
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample, sha256_of
from tests.support.bucket_checker import false_claims, read_bucket
from tests.support.s3_proxy import FaultKind, S3Proxy
from tests.support.swift_cluster import STRANGER, STRANGER_SECRET, WRITER_SECRET
from tests.support.swift_server import SwiftServer

MEBIBYTE = 1 << 20
OTHER_ID = "med-0a1b2c3d"


@pytest.fixture
def proxy(swift: SwiftServer) -> Iterator[S3Proxy]:
    with S3Proxy(swift.url) as started:
        yield started


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    return swift.make_bucket()


@pytest.fixture
def archive(swift: SwiftServer, proxy: S3Proxy, bucket: str, sample: Sample) -> S3Archive:
    """An archive through the proxy that has learnt that the store refuses taken names."""
    opened = S3Archive(swift.settings(bucket, aws_s3_endpoint_url=proxy.url))
    opened.store(sample.path, OTHER_ID, **sample.row)
    return opened


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return make_sample(tmp_path)


def assert_true(swift: SwiftServer, bucket: str, sample: Sample, *stored: Stored) -> None:
    """Ask the store itself whether what is claimed is there."""
    claims = {claimed.archive_url: sha256_of(sample.data) for claimed in stored}
    assert false_claims(swift.client(), bucket, claims) == []


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


KILLED = """
import sys
from pathlib import Path
from social_tui.config import Settings
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample

settings, path = Settings.model_validate_json(sys.argv[1]), Path(sys.argv[2])
archive = S3Archive(settings, single_put_limit=10 << 20, part_size=5 << 20)
archive.store(path, MEDIA_ID, **Sample(path, path.read_bytes()).row)
"""


def kill_while_held(swift: SwiftServer, proxy: S3Proxy, bucket: str, path: Path) -> None:
    """Archive a file in another process and kill that one while the reply to its last request is held."""
    settings = swift.settings(bucket, aws_s3_endpoint_url=proxy.url)
    told = settings.model_dump(mode="json", exclude_unset=True)
    told["aws_secret_access_key"] = WRITER_SECRET
    command = [sys.executable, "-c", KILLED, json.dumps(told), str(path)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    assert proxy.held.wait(60)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    proxy.release()


def test_what_was_sent_before_a_kill_is_adopted(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    proxy.fail("hold", "PUT", MEDIA_ID)
    kill_while_held(swift, proxy, bucket, sample.path)

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert stored.was_there
    assert_true(swift, bucket, sample, stored)
    assert len(read_bucket(swift.client(), bucket)) == 2


def large(tmp_path: Path) -> Sample:
    return make_sample(tmp_path, bytes(range(256)) * (11 * MEBIBYTE // 256))


def by_parts(swift: SwiftServer, proxy: S3Proxy, bucket: str) -> S3Archive:
    settings = swift.settings(bucket, aws_s3_endpoint_url=proxy.url)
    return S3Archive(settings, single_put_limit=10 * MEBIBYTE, part_size=5 * MEBIBYTE)


def open_uploads(swift: SwiftServer, bucket: str) -> list[str]:
    """Name what the store itself says to be unfinished."""
    listed = swift.client().list_multipart_uploads(Bucket=bucket)
    return [found["Key"] for found in listed.get("Uploads", [])]


def test_parts_of_a_killed_upload_are_removed_once_they_are_old(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    swift.client().create_multipart_upload(Bucket=bucket, Key="not-ours/film.mp4")
    proxy.fail("hold", "PUT", "partNumber=2")
    kill_while_held(swift, proxy, bucket, sample.path)
    assert any(MEDIA_ID in key for key in open_uploads(swift, bucket))
    archive = by_parts(swift, proxy, bucket)

    assert archive.remove_unfinished() == 0  # it may still be at work
    # Swift tells times in whole seconds, rounded up.
    assert archive.remove_unfinished(timedelta(seconds=-1)) == 1

    assert open_uploads(swift, bucket) == ["not-ours/film.mp4"]
    assert read_bucket(swift.client(), bucket) == {}
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert_true(swift, bucket, sample, stored)


@pytest.mark.parametrize(
    ("fault", "method", "part", "times"),
    [
        ("corrupt", "PUT", "partNumber=2", 1),
        ("slow_down", "PUT", "partNumber=3", 3),
        ("truncate", "PUT", "partNumber=1", 3),
        ("forbidden", "POST", "uploadId", 1),
    ],
)
def test_an_upload_in_parts_is_whole_or_nothing(
    tmp_path: Path,
    swift: SwiftServer,
    proxy: S3Proxy,
    bucket: str,
    fault: FaultKind,
    method: str,
    part: str,
    times: int,
) -> None:
    sample, archive = large(tmp_path), by_parts(swift, proxy, bucket)
    proxy.fail(fault, method, part, times=times)

    with pytest.raises(ArchiveError):
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert read_bucket(swift.client(), bucket) == {}
    assert open_uploads(swift, bucket) == []
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert stored.proof == "archived"
    assert_true(swift, bucket, sample, stored)


def test_a_lost_reply_to_the_last_word_of_an_upload_in_parts_loses_nothing(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    proxy.fail("drop_reply", "POST", "uploadId")
    stored = by_parts(swift, proxy, bucket).store(sample.path, MEDIA_ID, **sample.row)
    assert_true(swift, bucket, sample, stored)
    assert open_uploads(swift, bucket) == []


def test_a_damaged_large_file_never_becomes_an_object(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    row = sample.row
    sample.path.write_bytes(sample.data[:-1] + b"?")

    with pytest.raises(ArchiveError, match="damaged"):
        by_parts(swift, proxy, bucket).store(sample.path, MEDIA_ID, **row)

    assert read_bucket(swift.client(), bucket) == {}
    assert open_uploads(swift, bucket) == []


def test_a_large_file_can_be_stopped_between_parts(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    with pytest.raises(CancelledError):
        by_parts(swift, proxy, bucket).store(sample.path, MEDIA_ID, **sample.row, should_stop=lambda: True)
    assert read_bucket(swift.client(), bucket) == {}
    assert open_uploads(swift, bucket) == []
    assert not any("partNumber=2" in seen.target for seen in proxy.requests)


def test_a_large_object_of_others_is_left_alone(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample, archive = large(tmp_path), by_parts(swift, proxy, bucket)
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    key = url.removeprefix(f"s3://{bucket}/")
    other = sample.data[:-1] + b"?"
    swift.client().put_object(Bucket=bucket, Key=key, Body=other)

    with pytest.raises(ArchiveError, match="other bytes under"):
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert read_bucket(swift.client(), bucket) == {url: other}
    assert not archive.replace(sample.path, url, **sample.row).was_there
    assert read_bucket(swift.client(), bucket) == {url: sample.data}


def test_a_bucket_with_versions_keeps_what_was_replaced(
    swift: SwiftServer, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    client = swift.client()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    key = url.removeprefix(f"s3://{bucket}/")
    client.put_object(Bucket=bucket, Key=key, Body=b"damaged")

    archive.replace(sample.path, url, **sample.row)

    versions = client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    sizes = [found["Size"] for found in versions]
    assert sizes == [len(sample.data), len(b"damaged"), len(sample.data)]
    assert_true(swift, bucket, sample, Stored(url, "archived"))


@pytest.mark.parametrize(
    "asked",
    [{"s3_storage_class": "GLACIER"}, {"s3_encryption": "AES256"}],
)
def test_what_a_store_cannot_do_is_said_before_all_others_fail_too(
    swift: SwiftServer, bucket: str, sample: Sample, asked: dict[str, str]
) -> None:
    with pytest.raises(ArchiveError, match="the settings ask of it") as caught:
        S3Archive(swift.settings(bucket, **asked)).store(sample.path, MEDIA_ID, **sample.row)
    assert caught.value.stop_lane
    assert "s3_storage_class" in caught.value.hint


@pytest.mark.parametrize(
    "asked",
    [{"s3_lock_mode": "GOVERNANCE", "s3_lock_days": 30}, {"s3_legal_hold": True}],
)
@pytest.mark.parametrize("limit", [1, MEBIBYTE])
def test_a_lock_that_a_store_ignores_is_noticed(
    swift: SwiftServer, bucket: str, sample: Sample, asked: dict[str, Any], limit: int
) -> None:
    archive = S3Archive(swift.settings(bucket, **asked), single_put_limit=limit)
    url = f"s3://{bucket}/{generate_s3_key(MEDIA_ID, 'jpg')}"
    for _ in range(2):  # the second time it is there already
        with pytest.raises(ArchiveError, match="did not lock it") as caught:
            archive.store(sample.path, MEDIA_ID, **sample.row)
        assert caught.value.stop_lane
        assert read_bucket(swift.client(), bucket) == {url: sample.data}
    swift.client().delete_object(Bucket=bucket, Key=url.removeprefix(f"s3://{bucket}/"))
    with pytest.raises(ArchiveError, match="did not lock it"):
        archive.replace(sample.path, url, **sample.row)


def test_a_small_file_goes_out_at_once_under_its_signed_hash(
    proxy: S3Proxy, archive: S3Archive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)
    (put,) = [seen for seen in proxy.requests if seen.method == "PUT" and MEDIA_ID in seen.target]
    assert "expect" not in put.headers
    assert put.headers["x-amz-content-sha256"] == sha256_of(sample.data)


def test_parts_are_signed_by_their_md5(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    by_parts(swift, proxy, bucket).store(sample.path, MEDIA_ID, **sample.row)
    parts = [seen.headers for seen in proxy.requests if "partNumber" in seen.target]
    assert len(parts) == 3
    assert {part["x-amz-content-sha256"] for part in parts} == {"UNSIGNED-PAYLOAD"}
    assert all("content-md5" in part["authorization"] for part in parts)

"""Large files sent to a real store in parts, with faults on the way: whole, or nothing of them is left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from social_tui.errors import ArchiveError, CancelledError
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.on_swift import assert_true, kill_while_held, open_uploads
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample
from tests.support.bucket_checker import read_bucket
from tests.support.s3_proxy import FaultKind, S3Proxy
from tests.support.swift_server import SwiftServer

MEBIBYTE = 1 << 20


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    return swift.make_bucket()


def large(tmp_path: Path) -> Sample:
    return make_sample(tmp_path, bytes(range(256)) * (11 * MEBIBYTE // 256))


def by_parts(swift: SwiftServer, proxy: S3Proxy, bucket: str) -> S3Archive:
    settings = swift.settings(bucket, aws_s3_endpoint_url=proxy.url)
    return S3Archive(settings, single_put_limit=10 * MEBIBYTE, part_size=5 * MEBIBYTE)


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


def test_parts_are_signed_by_their_md5(
    tmp_path: Path, swift: SwiftServer, proxy: S3Proxy, bucket: str
) -> None:
    sample = large(tmp_path)
    by_parts(swift, proxy, bucket).store(sample.path, MEDIA_ID, **sample.row)
    parts = [seen.headers for seen in proxy.requests if "partNumber" in seen.target]
    assert len(parts) == 3
    assert {part["x-amz-content-sha256"] for part in parts} == {"UNSIGNED-PAYLOAD"}
    assert all("content-md5" in part["authorization"] for part in parts)

"""Large files sent in parts: whole, proven and locked, or not there; also in stores unlike S3, as Ceph 16."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ArchiveError
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample
from tests.support.s3_server import FaultKind, S3Server

MEBIBYTE = 1 << 20


@pytest.fixture
def bucket(server: S3Server) -> str:
    return server.make_bucket()


@pytest.fixture
def large(tmp_path: Path) -> Sample:
    return make_sample(tmp_path, b"x" * (6 * MEBIBYTE))


def by_parts(server: S3Server, bucket: str, **changes: Any) -> S3Archive:
    settings = server.settings(bucket, **changes)
    return S3Archive(settings, single_put_limit=MEBIBYTE, part_size=5 * MEBIBYTE)


@pytest.mark.parametrize("checksums", ["when_supported", "when_required"])
def test_a_large_object_goes_in_parts_under_one_checksum(
    tmp_path: Path, server: S3Server, bucket: str, checksums: str
) -> None:
    sample = make_sample(tmp_path, bytes(range(256)) * (11 * MEBIBYTE // 256))

    stored = by_parts(server, bucket, s3_checksums=checksums).store(sample.path, MEDIA_ID, **sample.row)

    assert list(server.objects(bucket).values()) == [sample.data]
    assert stored.proof == "archived"
    assert server.count("PUT") == 3
    completed = [request for request in server.requests if request.method == "POST"][-1].headers
    assert completed["if-none-match"] == "*"
    if checksums == "when_supported":
        assert completed["x-amz-checksum-type"] == "FULL_OBJECT"
        sent = base64.b64decode(completed["x-amz-checksum-crc32"])
        assert int.from_bytes(sent, "big") == zlib.crc32(sample.data)
    else:
        assert not any("checksum" in name for name in completed)


@pytest.mark.parametrize("fault", ["corrupt", "forbidden"])
def test_a_broken_upload_in_parts_is_aborted(
    server: S3Server, bucket: str, large: Sample, fault: FaultKind
) -> None:
    server.fail(fault, "PUT", part="partNumber=2")

    with pytest.raises(ArchiveError):
        by_parts(server, bucket).store(large.path, MEDIA_ID, **large.row)

    assert server.objects(bucket) == {}
    assert server.open_uploads(bucket) == 0


def test_a_lost_reply_to_a_finished_upload_in_parts_ends_in_adopting(
    server: S3Server, bucket: str, large: Sample
) -> None:
    server.fail("drop_reply", "POST", part="uploadId")

    assert by_parts(server, bucket).store(large.path, MEDIA_ID, **large.row).proof == "archived"
    assert list(server.objects(bucket).values()) == [large.data]


def test_a_reply_without_an_etag_is_followed_by_a_look_and_not_by_reading_it_all(
    server: S3Server, bucket: str, large: Sample
) -> None:
    server.names_etag_of_parts = False

    stored = by_parts(server, bucket).store(large.path, MEDIA_ID, **large.row)

    assert stored.proof == "archived"
    assert list(server.objects(bucket).values()) == [large.data]
    assert server.count("GET") == 0


@pytest.mark.parametrize(
    ("asked", "locks"),
    [
        ({"s3_lock_mode": "GOVERNANCE", "s3_lock_days": 30}, ("GOVERNANCE", None)),
        ({"s3_legal_hold": True}, (None, "ON")),
    ],
)
def test_what_parts_made_is_locked_where_only_whole_objects_were(
    tmp_path: Path, server: S3Server, large: Sample, asked: dict[str, Any], locks: tuple[str | None, ...]
) -> None:
    bucket = server.make_bucket(with_locks=True)
    archive = by_parts(server, bucket, **asked)
    small = make_sample(tmp_path)

    archive.store(small.path, MEDIA_ID, **small.row)
    archive.store(large.path, "med-0a1b2c3d", **large.row)

    assert [server.locks(bucket, key) for key in server.objects(bucket)] == [locks, locks]

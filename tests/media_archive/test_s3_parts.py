"""Stores that put parts together unlike S3, as Ceph 16 does: what is archived is proven and locked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample
from tests.support.s3_server import S3Server

MEBIBYTE = 1 << 20


@pytest.fixture
def large(tmp_path: Path) -> Sample:
    return make_sample(tmp_path, b"x" * (6 * MEBIBYTE))


def by_parts(server: S3Server, bucket: str, **changes: Any) -> S3Archive:
    settings = server.settings(bucket, **changes)
    return S3Archive(settings, single_put_limit=MEBIBYTE, part_size=5 * MEBIBYTE)


def test_a_reply_without_an_etag_is_followed_by_a_look_and_not_by_reading_it_all(
    server: S3Server, large: Sample
) -> None:
    server.names_etag_of_parts = False
    bucket = server.make_bucket()

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

"""Versions, storage classes, encryption and locks of a real store that has only some of these."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.errors import ArchiveError
from social_tui.media_archive.base import Stored
from social_tui.media_archive.keys import generate_s3_key
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.on_swift import assert_true
from tests.media_archive.samples import MEDIA_ID, Sample
from tests.support.bucket_checker import read_bucket
from tests.support.s3_proxy import S3Proxy
from tests.support.swift_server import SwiftServer

MEBIBYTE = 1 << 20


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    return swift.make_bucket()


@pytest.fixture
def archive(swift: SwiftServer, proxy: S3Proxy, bucket: str, sample: Sample) -> S3Archive:
    """An archive through the proxy that has learnt that the store refuses taken names."""
    opened = S3Archive(swift.settings(bucket, aws_s3_endpoint_url=proxy.url))
    opened.store(sample.path, "med-0a1b2c3d", **sample.row)
    return opened


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

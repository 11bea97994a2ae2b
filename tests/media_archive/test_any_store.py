"""The archive against any S3 store, for whoever names one; it makes buckets of its own there.

    TEST_S3_ENDPOINT_URL=https://… TEST_S3_KEY_ID=… TEST_S3_SECRET=… [TEST_S3_REGION=…] \\
        pytest tests/media_archive/test_any_store.py

The key must be allowed to make and remove buckets. What a store does not have (versions, object lock) is
skipped with its own word for it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from social_tui.config import Settings
from social_tui.errors import ArchiveError
from social_tui.media_archive.base import Verdict
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample, sha256_of
from tests.support.bucket_checker import false_claims, read_bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENDPOINT = os.environ.get("TEST_S3_ENDPOINT_URL", "")
REGION = os.environ.get("TEST_S3_REGION", "us-east-1")
KEY_ID, SECRET = os.environ.get("TEST_S3_KEY_ID", ""), os.environ.get("TEST_S3_SECRET", "")
MEBIBYTE = 1 << 20

pytestmark = pytest.mark.skipif(not ENDPOINT, reason="TEST_S3_ENDPOINT_URL names no store")


@pytest.fixture(scope="module")
def client() -> S3Client:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config

    made: S3Client = boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(s3={"addressing_style": "path"}, response_checksum_validation="when_required"),
    )
    return made


@pytest.fixture
def bucket(client: S3Client) -> Iterator[str]:
    name = f"social-tui-test-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name)
    yield name
    empty(client, name)


@pytest.fixture
def locked_bucket(client: S3Client) -> Iterator[str]:
    name = f"social-tui-test-{secrets.token_hex(6)}"
    attempt(client.create_bucket, Bucket=name, ObjectLockEnabledForBucket=True)
    yield name
    empty(client, name)


def settings(bucket: str, **changes: Any) -> Settings:
    return Settings(
        **{
            "aws_s3_bucket": bucket,
            "aws_s3_region": REGION,
            "aws_s3_endpoint_url": ENDPOINT,
            "aws_access_key_id": KEY_ID,
            "aws_secret_access_key": SECRET,
            **changes,
        }
    )


def attempt(call: Any, **arguments: Any) -> None:
    """Ask for what not every store has."""
    from botocore.exceptions import ClientError

    try:
        call(**arguments)
    except ClientError as error:
        pytest.skip(f"this store does not do it: {error.response['Error']['Code']}")


def empty(client: S3Client, bucket: str) -> None:
    """Remove a bucket with all versions, also those under governance or a hold."""
    from botocore.exceptions import ClientError

    with contextlib.suppress(ClientError):  # stores without versions
        while versions := all_versions(client, bucket):
            for which in versions:
                if is_held(client, which):  # stores that know no holds take this for another object
                    client.put_object_legal_hold(**which, LegalHold={"Status": "OFF"})
                client.delete_object(**which, BypassGovernanceRetention=True)
    for listed in client.list_objects_v2(Bucket=bucket).get("Contents", []):
        client.delete_object(Bucket=bucket, Key=listed["Key"])
    client.delete_bucket(Bucket=bucket)


def is_held(client: S3Client, which: Any) -> bool:
    from botocore.exceptions import ClientError

    with contextlib.suppress(ClientError):  # a mark of deletion
        return client.head_object(**which).get("ObjectLockLegalHoldStatus") == "ON"
    return False


def all_versions(client: S3Client, bucket: str) -> list[Any]:
    listed = client.list_object_versions(Bucket=bucket)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]} for each in found]


def test_a_file_goes_there_is_proven_and_comes_back(
    tmp_path: Path, client: S3Client, bucket: str, sample: Sample
) -> None:
    archive = S3Archive(settings(bucket))
    archive.check()

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    url = stored.archive_url
    assert false_claims(client, bucket, {url: sha256_of(sample.data)}) == []
    assert archive.store(sample.path, MEDIA_ID, **sample.row).was_there
    assert archive.verify(url, **sample.known)
    assert archive.verify(url, **sample.known, read_back=True) is Verdict.READ_BACK
    assert [(found.archive_url, found.byte_size) for found in archive.list_objects()] == [
        (url, len(sample.data))
    ]
    archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)
    assert (tmp_path / "back.jpg").read_bytes() == sample.data


def test_what_others_put_there_is_left_alone_and_damage_is_mended(
    client: S3Client, bucket: str, sample: Sample
) -> None:
    archive = S3Archive(settings(bucket))
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    client.put_object(Bucket=bucket, Key=url.removeprefix(f"s3://{bucket}/"), Body=b"other")

    with pytest.raises(ArchiveError, match="other bytes under"):
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert archive.verify(url, **sample.known) is Verdict.DIFFERS
    archive.replace(sample.path, url, **sample.row)

    assert read_bucket(client, bucket) == {url: sample.data}


def test_a_large_file_goes_in_parts(tmp_path: Path, client: S3Client, bucket: str) -> None:
    sample = make_sample(tmp_path, secrets.token_bytes(11 * MEBIBYTE))
    archive = S3Archive(settings(bucket), single_put_limit=MEBIBYTE, part_size=5 * MEBIBYTE)

    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url

    assert false_claims(client, bucket, {url: sha256_of(sample.data)}) == []
    assert archive.remove_unfinished(timedelta(0)) == 0


def test_small_files_keep_their_names_while_a_large_one_goes(
    tmp_path: Path, client: S3Client, bucket: str, sample: Sample
) -> None:
    large = make_sample(tmp_path, secrets.token_bytes(21 * MEBIBYTE))
    archive = S3Archive(settings(bucket), single_put_limit=MEBIBYTE, part_size=5 * MEBIBYTE)
    media_ids = [f"med-0a1b2c{number:02d}" for number in range(32)]

    with ThreadPoolExecutor(8) as threads:
        sent = threads.submit(archive.store, large.path, MEDIA_ID, **large.row)
        stored = list(threads.map(lambda each: archive.store(sample.path, each, **sample.row), media_ids))

    claims = {each.archive_url: sha256_of(sample.data) for each in stored}
    claims[sent.result().archive_url] = sha256_of(large.data)
    assert false_claims(client, bucket, claims) == []


def test_a_link_gives_the_bytes_to_whoever_has_it(bucket: str, sample: Sample) -> None:
    archive = S3Archive(settings(bucket))
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url

    with urllib.request.urlopen(archive.sign(url, seconds=60)) as answer:  # noqa: S310
        assert answer.read() == sample.data


def test_versions_keep_what_was_replaced(client: S3Client, bucket: str, sample: Sample) -> None:
    attempt(client.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    archive = S3Archive(settings(bucket))
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    client.put_object(Bucket=bucket, Key=url.removeprefix(f"s3://{bucket}/"), Body=b"damaged")

    archive.replace(sample.path, url, **sample.row)

    sizes = [found["Size"] for found in client.list_object_versions(Bucket=bucket)["Versions"]]
    assert sizes[:2] == [len(sample.data), len(b"damaged")]
    assert archive.verify(url, **sample.known, read_back=True)


@pytest.mark.parametrize(
    "lock",
    [{"s3_lock_mode": "GOVERNANCE", "s3_lock_days": 1}, {"s3_legal_hold": True}],
)
@pytest.mark.parametrize("in_parts", [False, True])
def test_locked_objects_cannot_be_removed(
    tmp_path: Path, client: S3Client, locked_bucket: str, lock: dict[str, Any], in_parts: bool
) -> None:
    from botocore.exceptions import ClientError

    sample = make_sample(tmp_path, secrets.token_bytes(6 * MEBIBYTE))
    limit = MEBIBYTE if in_parts else 10 * MEBIBYTE
    archive = S3Archive(settings(locked_bucket, **lock), single_put_limit=limit, part_size=5 * MEBIBYTE)

    try:
        url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    except ArchiveError as error:
        pytest.skip(f"this store does not do it: {error.message}")

    key = url.removeprefix(f"s3://{locked_bucket}/")
    head = client.head_object(Bucket=locked_bucket, Key=key)
    if "s3_legal_hold" in lock:
        assert head["ObjectLockLegalHoldStatus"] == "ON"
    else:
        left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
        assert timedelta(hours=23) < left <= timedelta(days=1)
    with pytest.raises(ClientError) as refused:
        client.delete_object(Bucket=locked_bucket, Key=key, VersionId=head["VersionId"])
    assert refused.value.response["Error"]["Code"] in ("AccessDenied", "InvalidRequest", "ObjectLocked")
    assert archive.verify(url, **sample.known, read_back=True)

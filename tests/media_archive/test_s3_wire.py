"""Small requests past the client of boto3: the same to the store, whatever happens on the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ParamValidationError

from social_tui.errors import ArchiveError
from social_tui.media_archive.base import Verdict
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, sha256_of
from tests.support.bucket_checker import false_claims, read_bucket
from tests.support.s3_proxy import S3Proxy, Seen
from tests.support.swift_cluster import WRITER, WRITER_SECRET
from tests.support.swift_server import SwiftServer

OTHER_IDS = [f"med-0a1b2c3{digit}" for digit in "def"]


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    return swift.make_bucket()


@pytest.fixture
def archive(swift: SwiftServer, proxy: S3Proxy, bucket: str, sample: Sample) -> S3Archive:
    """An archive through the proxy that has sent one object."""
    opened = S3Archive(swift.settings(bucket, aws_s3_endpoint_url=proxy.url))
    opened.store(sample.path, OTHER_IDS[0], **sample.row)
    return opened


def is_from_the_client(seen: Seen) -> bool:
    return "amz-sdk-invocation-id" in seen.headers


def told(seen: Seen) -> dict[str, str]:
    """What a request tells of the object, however and whenever it was sent."""
    unlike = ("amz-sdk-", "authorization", "x-amz-date", "x-amz-sdk-", "x-amz-meta-media-id", "user-agent")
    return {name: value for name, value in seen.headers.items() if not name.startswith(unlike)}


def test_the_client_sends_what_is_first_and_the_wire_the_same_after_it(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert archive.verify(stored.archive_url, **sample.known)
    assert archive.verify(stored.archive_url, **sample.known, read_back=True) is Verdict.READ_BACK

    first, *_ = [seen for seen in proxy.requests if seen.method == "PUT"]
    later, head, get = [seen for seen in proxy.requests if MEDIA_ID in seen.target]
    assert is_from_the_client(first)
    assert not is_from_the_client(later)
    assert (head.method, is_from_the_client(head)) == ("HEAD", False)
    assert (get.method, is_from_the_client(get)) == ("GET", False)
    assert told(later) == told(first)
    assert false_claims(swift.client(), bucket, {stored.archive_url: sha256_of(sample.data)}) == []


def test_a_small_file_goes_out_at_once_under_its_signed_hash(
    proxy: S3Proxy, archive: S3Archive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)
    (put,) = [seen for seen in proxy.requests if seen.method == "PUT" and MEDIA_ID in seen.target]
    assert "expect" not in put.headers
    assert put.headers["x-amz-content-sha256"] == sha256_of(sample.data)


@pytest.mark.parametrize("name", ["media", "med"])
def test_a_bucket_whose_name_begins_the_keys_holds_them_whole(
    swift: SwiftServer, name: str, sample: Sample
) -> None:
    swift.client().create_bucket(Bucket=name)
    archive = S3Archive(swift.settings(name))

    urls = [archive.store(sample.path, media_id, **sample.row).archive_url for media_id in OTHER_IDS]

    assert read_bucket(swift.client(), name) == dict.fromkeys(urls, sample.data)
    assert all(f"s3://{name}/media/20" in url for url in urls)
    another = S3Archive(swift.settings(name))
    assert all(another.verify(url, **sample.known) for url in urls)


def test_an_upload_that_begins_leads_no_other_object_astray(
    swift: SwiftServer, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    archive._client.create_multipart_upload(Bucket=bucket, Key="media/2026/01/med-0a1b2c39.mp4")

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert false_claims(swift.client(), bucket, {stored.archive_url: sha256_of(sample.data)}) == []


def test_the_client_is_asked_when_the_bucket_seems_to_be_in_another_region(
    swift: SwiftServer, proxy: S3Proxy, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    proxy.fail("elsewhere", "PUT", MEDIA_ID)

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    puts = [is_from_the_client(seen) for seen in proxy.requests if MEDIA_ID in seen.target]
    assert puts == [False, True]
    assert false_claims(swift.client(), bucket, {stored.archive_url: sha256_of(sample.data)}) == []


def test_the_client_says_what_is_wrong_with_a_request_that_cannot_be_signed(
    bucket: str, archive: S3Archive
) -> None:
    with pytest.raises(ParamValidationError):
        archive._wire.put_object(sha256_of(b""), Bucket=bucket, Key="a", Body=b"", Metadata={"a": "\udc80"})


def test_credentials_that_are_renewed_are_taken_each_time(
    tmp_path: Path,
    swift: SwiftServer,
    proxy: S3Proxy,
    bucket: str,
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issued = tmp_path / "issued.json"
    issue(issued, WRITER_SECRET)
    config = tmp_path / "config"
    config.write_text(f"[profile issued]\ncredential_process = cat {issued}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    unset = {"aws_access_key_id": None, "aws_secret_access_key": None, "aws_profile": "issued"}
    archive = S3Archive(swift.settings(bucket, aws_s3_endpoint_url=proxy.url, **unset))
    for media_id in OTHER_IDS:
        archive.store(sample.path, media_id, **sample.row)

    issue(issued, "another-secret")
    with pytest.raises(ArchiveError, match="the secret key is wrong"):
        archive.store(sample.path, MEDIA_ID, **sample.row)
    issue(issued, WRITER_SECRET)
    archive.store(sample.path, MEDIA_ID, **sample.row)

    asked = [is_from_the_client(seen) for seen in proxy.requests if MEDIA_ID in seen.target]
    assert asked == [False, True, False]


def issue(file: Path, secret: str) -> None:
    """Write credentials down as a program would issue them that lets none live for long."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    told = {"Version": 1, "AccessKeyId": WRITER, "SecretAccessKey": secret, "Expiration": end.isoformat()}
    file.write_text(json.dumps(told))

"""Stores that refuse or cannot be asked: what is wrong is said, whether later may help, and no secret."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.errors import ArchiveError, ConfigurationError
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample
from tests.support.s3_server import FaultKind, S3Server


@pytest.fixture
def bucket(server: S3Server) -> str:
    return server.make_bucket()


@pytest.fixture
def archive(server: S3Server, bucket: str) -> S3Archive:
    return S3Archive(server.settings(bucket))


def test_a_busy_store_is_asked_again_and_then_left_for_later(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.fail("slow_down", "PUT", times=2)
    assert archive.store(sample.path, MEDIA_ID, **sample.row).proof == "archived"

    server.fail("slow_down", "PUT", times=4)
    with pytest.raises(ArchiveError, match="too busy") as caught:
        archive.store(sample.path, "med-0a1b2c3d", **sample.row)
    assert caught.value.retryable
    assert len(server.objects(bucket)) == 1


def test_a_refusal_is_not_retried(server: S3Server, archive: S3Archive, sample: Sample) -> None:
    server.fail("forbidden", "PUT")
    with pytest.raises(ArchiveError, match="may not be used") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert not caught.value.retryable
    assert server.count("PUT") == 1


def test_a_wrong_clock_says_so(server: S3Server, archive: S3Archive, sample: Sample) -> None:
    server.fail("clock_skew", "PUT", times=5)
    with pytest.raises(ArchiveError, match="clock"):
        archive.store(sample.path, MEDIA_ID, **sample.row)


def test_a_missing_bucket_is_not_an_empty_one(server: S3Server, sample: Sample) -> None:
    archive = S3Archive(server.settings("nobody-made-this"))
    with pytest.raises(ArchiveError, match="does not exist"):
        archive.check()
    with pytest.raises(ArchiveError, match="does not exist"):
        archive.store(sample.path, MEDIA_ID, **sample.row)
    with pytest.raises(ArchiveError, match="does not exist"):
        archive.verify("s3://nobody-made-this/media/2026/11/med-0a1b2c3d.jpg", **sample.known)


def test_check_is_quiet_when_all_is_well(server: S3Server, archive: S3Archive) -> None:
    archive.check()
    assert [request.method for request in server.requests] == ["GET"]


def test_a_wrong_key_says_so_without_the_key(server: S3Server, bucket: str, sample: Sample) -> None:
    archive = S3Archive(server.settings(bucket, aws_access_key_id="AKIACANARYCANARY"))
    with pytest.raises(ArchiveError, match="does not know the access key") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert "CANARY" not in str(caught.value)
    assert not caught.value.retryable


def test_a_wrong_endpoint_may_work_later(tmp_path: Path, sample: Sample) -> None:
    with S3Server() as gone:
        settings = gone.settings("some-bucket")
    archive = S3Archive(settings)
    with pytest.raises(ArchiveError, match="cannot be reached") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert caught.value.retryable


def test_a_region_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="'no region' is no region") as caught:
        S3Archive(Settings(aws_s3_bucket="b", aws_s3_region="no region"))
    assert "AWS_S3_REGION" in caught.value.hint
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://a..b")
    with pytest.raises(ConfigurationError, match="not an address") as caught:
        S3Archive(Settings(aws_s3_bucket="b", aws_s3_region="eu-central-1"))
    assert "AWS_ENDPOINT_URL" in caught.value.hint


def test_no_credentials_say_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: S3Server, bucket: str, sample: Sample
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings = server.settings(bucket, aws_access_key_id=None, aws_secret_access_key=None)

    with pytest.raises(ArchiveError, match="without credentials") as caught:
        S3Archive(settings).store(sample.path, MEDIA_ID, **sample.row)

    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    assert not caught.value.retryable


def test_half_a_credential_says_so(server: S3Server, bucket: str) -> None:
    with pytest.raises(ConfigurationError, match="Only one of"):
        S3Archive(server.settings(bucket, aws_secret_access_key=None))


def test_another_bucket_is_never_asked(server: S3Server, archive: S3Archive, sample: Sample) -> None:
    with pytest.raises(ArchiveError, match="in the bucket someone-elses"):
        archive.verify("s3://someone-elses/media/2026/11/med-0a1b2c3d.jpg", **sample.known)
    assert server.requests == []


def test_without_a_bucket_there_is_no_s3_archive(server: S3Server) -> None:
    with pytest.raises(ConfigurationError, match="No bucket"):
        S3Archive(server.settings(""))


@pytest.mark.parametrize("fault", ["forbidden", "slow_down", "internal_error", "corrupt", "clock_skew"])
def test_no_fault_tells_a_secret(
    server: S3Server, archive: S3Archive, sample: Sample, fault: FaultKind
) -> None:
    # The server's own message repeats the secret key.
    server.fail(fault, "PUT", times=5)
    with pytest.raises(ArchiveError) as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert "canary" not in str(caught.value)
    assert "AKIA" not in str(caught.value)
    assert "canary" not in "".join(traceback.format_exception(caught.value))

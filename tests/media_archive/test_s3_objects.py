"""Single objects on a strict S3 server: sent once, proven, adopted, compared and fetched."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from social_tui.errors import ArchiveError, StorageError
from social_tui.media_archive.base import Verdict
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, md5_of, sha256_of
from tests.support.s3_server import FaultKind, S3Server


@pytest.fixture
def bucket(server: S3Server) -> str:
    return server.make_bucket()


@pytest.fixture
def archive(server: S3Server, bucket: str) -> S3Archive:
    return S3Archive(server.settings(bucket))


def test_an_object_is_sent_once_and_describes_itself(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    stored = archive.store(
        sample.path, MEDIA_ID, **sample.row, metadata={"source-host": "m\u00e9dia.example\r\nx: y"}
    )

    ((key, value),) = server.objects(bucket).items()
    assert stored.archive_url == f"s3://{bucket}/{key}"
    assert stored.proof == "archived"
    assert value == sample.data
    described = server.metadata(bucket, key)
    assert described["x-amz-meta-md5"] == md5_of(sample.data)
    assert described["x-amz-meta-sha256"] == sha256_of(sample.data)
    assert described["x-amz-meta-media-id"] == MEDIA_ID
    assert described["x-amz-meta-source-host"] == "m%C3%A9dia.example%0D%0Ax: y"
    assert described["content-type"] == "image/jpeg"
    assert archive.verify(stored.archive_url, **sample.known)


def test_an_object_costs_one_request_once_the_store_has_refused_a_taken_name(
    server: S3Server, archive: S3Archive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)
    before = len(server.requests)

    assert archive.store(sample.path, "med-0a1b2c3d", **sample.row).proof == "archived"

    assert [request.method for request in server.requests[before:]] == ["PUT"]


def test_a_store_that_overwrites_is_looked_into_before_each_object(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.honours_conditions = False
    archive.store(sample.path, MEDIA_ID, **sample.row)
    before = len(server.requests)

    archive.store(sample.path, "med-0a1b2c3d", **sample.row)

    assert [request.method for request in server.requests[before:]] == ["HEAD", "PUT"]
    assert list(server.objects(bucket).values()) == [sample.data, sample.data]


def test_a_put_carries_both_digests_and_never_overwrites(
    server: S3Server, archive: S3Archive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)

    put = next(request for request in server.requests if request.method == "PUT")
    assert base64.b64decode(put.headers["x-amz-checksum-sha256"]).hex() == sha256_of(sample.data)
    assert base64.b64decode(put.headers["content-md5"]).hex() == md5_of(sample.data)
    assert put.headers["if-none-match"] == "*"
    assert "x-amz-acl" not in put.headers
    assert "x-amz-trailer" not in put.headers


def test_bytes_that_change_on_the_way_are_refused_and_retried_later(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.fail("corrupt", "PUT")

    with pytest.raises(ArchiveError, match="other bytes than were sent") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert caught.value.retryable
    assert server.objects(bucket) == {}
    assert archive.store(sample.path, MEDIA_ID, **sample.row).proof == "archived"


@pytest.mark.parametrize("trust", [None, False])
def test_a_server_that_keeps_wrong_bytes_is_found_out(
    server: S3Server, bucket: str, sample: Sample, trust: bool | None
) -> None:
    archive = S3Archive(server.settings(bucket), trust_checksums=trust)
    server.fail("corrupt_silently", "PUT")

    with pytest.raises(ArchiveError, match="removed") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert caught.value.retryable
    assert server.objects(bucket) == {}
    assert archive.store(sample.path, MEDIA_ID, **sample.row).proof == "archived"


def test_wrong_bytes_that_cannot_be_removed_say_so(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.fail("corrupt_silently", "PUT")
    server.fail("forbidden", "DELETE")

    with pytest.raises(ArchiveError, match="does not let them be removed") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert not caught.value.retryable


def test_a_checksum_that_is_only_repeated_proves_nothing(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    # The store keeps wrong bytes and returns the right checksum, as several compatible stores do.
    server.plain_etags = False
    server.fail("corrupt_silently", "PUT")
    with pytest.raises(ArchiveError, match="removed"):
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert server.objects(bucket) == {}


def test_an_etag_that_is_no_md5_leads_to_reading_back(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.plain_etags = False
    assert archive.store(sample.path, MEDIA_ID, **sample.row).proof == "read_back"
    assert server.objects(bucket)


def test_a_trusted_checksum_saves_reading_back(server: S3Server, bucket: str, sample: Sample) -> None:
    server.plain_etags = False
    archive = S3Archive(server.settings(bucket), trust_checksums=True)

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert stored.proof == "archived"
    assert archive.verify(stored.archive_url, **sample.known) is Verdict.ARCHIVED
    assert server.count("GET") == 0
    heads = [request for request in server.requests if request.method == "HEAD"]
    assert all(request.headers["x-amz-checksum-mode"] == "ENABLED" for request in heads)


def test_a_lost_reply_ends_in_adopting_the_object(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.fail("drop_reply", "PUT")

    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert stored.was_there
    assert stored.proof == "archived"
    assert list(server.objects(bucket).values()) == [sample.data]
    assert server.count("PUT") == 2


@pytest.mark.parametrize("plain_etags", [True, False])
def test_an_object_that_is_there_already_is_adopted(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample, plain_etags: bool
) -> None:
    server.plain_etags = plain_etags
    first = archive.store(sample.path, MEDIA_ID, **sample.row)
    again = archive.store(sample.path, MEDIA_ID, **sample.row)

    assert again.archive_url == first.archive_url
    assert again.was_there
    assert not first.was_there
    assert again.proof == ("archived" if server.plain_etags else "read_back")
    assert server.count("GET") == (0 if plain_etags else 2)


@pytest.mark.parametrize("honours", [True, False])
def test_a_different_object_is_refused_and_left_alone(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample, honours: bool
) -> None:
    server.honours_conditions = honours
    archive.store(sample.path, MEDIA_ID, **sample.row)
    (key,) = server.objects(bucket)
    other = sample.data[:-1] + b"?"
    server.overwrite(bucket, key, other)

    with pytest.raises(ArchiveError, match="other bytes under") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert not caught.value.retryable
    assert server.objects(bucket) == {key: other}


@pytest.mark.parametrize("change", ["same size", "shorter", "gone"])
def test_a_changed_object_does_not_verify(
    tmp_path: Path, server: S3Server, bucket: str, archive: S3Archive, sample: Sample, change: str
) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    (key,) = server.objects(bucket)
    if change == "gone":
        server.remove(bucket, key)
    else:
        server.overwrite(bucket, key, b"?" * (len(sample.data) if change == "same size" else 3))

    assert not archive.verify(url, **sample.known)
    with pytest.raises(ArchiveError):
        archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)
    assert not (tmp_path / "back.jpg").exists()


def test_an_object_comes_back_whole(tmp_path: Path, archive: S3Archive, sample: Sample) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url

    archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)

    assert (tmp_path / "back.jpg").read_bytes() == sample.data
    assert (tmp_path / "back.jpg").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StorageError):
        archive.fetch(url, tmp_path / "no folder" / "back.jpg", **sample.wanted)


@pytest.mark.parametrize("fault", ["corrupt_reply", "cut_reply"])
def test_a_broken_download_leaves_nothing(
    tmp_path: Path, server: S3Server, archive: S3Archive, sample: Sample, fault: FaultKind
) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    server.fail(fault, "GET", times=5)

    with pytest.raises(ArchiveError):
        archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)

    assert [path.name for path in tmp_path.iterdir()] == [sample.path.name]


def test_a_damaged_original_is_never_sent(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    row = sample.row
    sample.path.write_bytes(b"?" + sample.data[1:])

    with pytest.raises(ArchiveError, match="damaged") as caught:
        archive.store(sample.path, MEDIA_ID, **row)

    assert not caught.value.retryable
    assert server.count("PUT") == 0


def test_an_original_with_another_md5_than_its_row_says_is_never_sent(
    server: S3Server, archive: S3Archive, sample: Sample
) -> None:
    with pytest.raises(ArchiveError, match="damaged"):
        archive.store(sample.path, MEDIA_ID, **(sample.row | {"md5_sum": md5_of(b"other")}))

    assert server.count("PUT") == 0

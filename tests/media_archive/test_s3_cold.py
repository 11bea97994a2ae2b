"""Objects that the store has and does not give before somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.errors import ArchiveColdError
from social_tui.media_archive.base import Verdict
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample
from tests.support.s3_server import S3Server
from tests.support.world import s3_client


@pytest.fixture
def bucket(server: S3Server) -> str:
    return server.make_bucket()


@pytest.fixture
def archive(server: S3Server, bucket: str) -> S3Archive:
    return S3Archive(server.settings(bucket, s3_storage_class="DEEP_ARCHIVE"))


@pytest.fixture
def slow_thaw() -> Iterator[None]:
    """Let what is asked for be on its way for a while."""
    from moto.moto_api import state_manager

    state_manager.set_transition("s3::keyrestore", {"progression": "manual", "times": 5})
    yield
    state_manager.unset_transition("s3::keyrestore")


def test_a_cold_object_is_there_and_says_how_to_have_it(
    tmp_path: Path, server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    assert stored.proof == "archived"
    (key,) = server.objects(bucket)

    with pytest.raises(ArchiveColdError, match=r"in cold storage .DEEP_ARCHIVE.*must be asked for") as caught:
        archive.fetch(stored.archive_url, tmp_path / "back.jpg", **sample.wanted)
    assert f"restore-object --bucket {bucket} --key {key} --restore-request Days=7" in caught.value.hint
    assert (caught.value.is_out_of_reach, caught.value.stop_lane) == (True, False)
    assert archive.verify(stored.archive_url, **sample.known) is Verdict.ARCHIVED
    with pytest.raises(ArchiveColdError):
        archive.verify(stored.archive_url, **sample.known, read_back=True)
    with pytest.raises(ArchiveColdError):
        archive.replace(sample.path, stored.archive_url, **sample.row)
    assert server.objects(bucket) == {key: sample.data}

    s3_client(server).restore_object(Bucket=bucket, Key=key, RestoreRequest={"Days": 1})
    archive.fetch(stored.archive_url, tmp_path / "back.jpg", **sample.wanted)
    assert (tmp_path / "back.jpg").read_bytes() == sample.data


@pytest.mark.usefixtures("slow_thaw")
def test_a_cold_object_that_was_asked_for_says_so(
    tmp_path: Path, server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)
    (key,) = server.objects(bucket)
    s3_client(server).restore_object(Bucket=bucket, Key=key, RestoreRequest={"Days": 1})

    with pytest.raises(ArchiveColdError, match="asked for and is not ready") as caught:
        archive.fetch(stored.archive_url, tmp_path / "back.jpg", **sample.wanted)

    assert "restore-object" not in caught.value.hint


def test_a_cold_object_that_the_store_does_not_prove_is_not_claimed(
    server: S3Server, bucket: str, archive: S3Archive, sample: Sample
) -> None:
    server.plain_etags = False
    with pytest.raises(ArchiveColdError):
        archive.store(sample.path, MEDIA_ID, **sample.row)
    assert list(server.objects(bucket).values()) == [sample.data]

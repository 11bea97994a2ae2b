"""What every archive does alike: the folder, and a bucket of a real store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from social_tui.errors import ArchiveError
from social_tui.media_archive.base import Archive, Verdict
from social_tui.media_archive.local import LocalArchive
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample, make_sample
from tests.support.bucket_checker import read_bucket
from tests.support.swift_server import SwiftServer


@dataclass(frozen=True)
class Shelf:
    """An archive, and hands that reach into it behind its back."""

    open: Callable[[], Archive]
    objects: Callable[[], dict[str, bytes]]
    put: Callable[[str, bytes], object]
    remove: Callable[[str], object]


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return _folder(tmp_path / "archive")
    swift: SwiftServer = request.getfixturevalue("swift")
    return _bucket(swift)


def _folder(root: Path) -> Shelf:
    def place(url: str) -> Path:
        return root / url.removeprefix("local:")

    def objects() -> dict[str, bytes]:
        media = (path for path in (root / "media").rglob("*") if path.is_file())
        return {f"local:{path.relative_to(root)}": path.read_bytes() for path in media}

    return Shelf(
        open=lambda: LocalArchive(root),
        objects=objects,
        put=lambda url, body: place(url).write_bytes(body),
        remove=lambda url: place(url).unlink(),
    )


def _bucket(swift: SwiftServer) -> Shelf:
    client, bucket = swift.client(), swift.make_bucket()

    def key(url: str) -> str:
        return url.removeprefix(f"s3://{bucket}/")

    return Shelf(
        open=lambda: S3Archive(swift.settings(bucket)),
        objects=lambda: read_bucket(client, bucket),
        put=lambda url, body: client.put_object(Bucket=bucket, Key=key(url), Body=body),
        remove=lambda url: client.delete_object(Bucket=bucket, Key=key(url)),
    )


@pytest.fixture
def archive(shelf: Shelf) -> Archive:
    return shelf.open()


@pytest.fixture
def url(archive: Archive, sample: Sample) -> str:
    return archive.store(sample.path, MEDIA_ID, **sample.row).archive_url


def changed(sample: Sample) -> bytes:
    return bytes([sample.data[0] ^ 1]) + sample.data[1:]


def test_what_is_stored_is_there_and_proven(shelf: Shelf, archive: Archive, sample: Sample, url: str) -> None:
    assert shelf.objects() == {url: sample.data}
    assert archive.verify(url, **sample.known)
    assert archive.verify(url, **sample.known, read_back=True) is Verdict.READ_BACK
    assert archive.store(sample.path, MEDIA_ID, **sample.row).was_there


@pytest.mark.parametrize("read_back", [False, True])
@pytest.mark.parametrize("damage", ["changed", "shorter", "longer", "gone"])
def test_damage_is_told_from_loss(
    shelf: Shelf, archive: Archive, sample: Sample, url: str, damage: str, read_back: bool
) -> None:
    if damage == "gone":
        shelf.remove(url)
    else:
        bodies = {"changed": changed(sample), "shorter": sample.data[:-1], "longer": sample.data + b"?"}
        shelf.put(url, bodies[damage])

    verdict = archive.verify(url, **sample.known, read_back=read_back)

    assert verdict is (Verdict.MISSING if damage == "gone" else Verdict.DIFFERS)
    assert not verdict


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_right_bytes_take_the_place_of_wrong_ones(
    shelf: Shelf, archive: Archive, sample: Sample, url: str, damage: str
) -> None:
    shelf.remove(url) if damage == "gone" else shelf.put(url, changed(sample))

    stored = archive.replace(sample.path, url, **sample.row)

    assert stored.archive_url == url
    assert not stored.was_there
    assert shelf.objects() == {url: sample.data}


def test_an_object_that_is_whole_is_not_written_again(archive: Archive, sample: Sample, url: str) -> None:
    (before,) = archive.list_objects()

    stored = archive.replace(sample.path, url, **sample.row)

    assert (stored.archive_url, stored.proof, stored.was_there) == (url, "read_back", True)
    assert list(archive.list_objects()) == [before]


def test_wrong_bytes_never_take_the_place_of_others(
    shelf: Shelf, archive: Archive, sample: Sample, url: str
) -> None:
    row = sample.row
    sample.path.write_bytes(changed(sample))
    shelf.put(url, b"damaged")

    with pytest.raises(ArchiveError, match="damaged"):
        archive.replace(sample.path, url, **row)

    assert shelf.objects() == {url: b"damaged"}


def test_what_is_there_is_listed_in_the_order_of_its_names(
    shelf: Shelf, archive: Archive, sample: Sample, url: str
) -> None:
    month = url.rpartition("/")[0]
    others = [f"{month}/{name}" for name in ("med-0a1b2c3d.jpg", "stranger", "Z.jpg", "é.jpg")]
    for other in others:
        shelf.put(other, b"other")

    listed = list(archive.list_objects())

    assert [found.archive_url for found in listed] == sorted([url, *others], key=str.encode)
    assert {found.archive_url: found.byte_size for found in listed}[url] == len(sample.data)
    assert all(abs(datetime.now(UTC) - found.modified_at) < timedelta(minutes=5) for found in listed)


def test_two_workers_with_one_file_leave_one_whole_copy(shelf: Shelf, sample: Sample) -> None:
    workers = [shelf.open() for _ in range(4)]
    start = threading.Barrier(len(workers))

    def work(archive: Archive) -> str:
        start.wait(30)
        return archive.store(sample.path, MEDIA_ID, **sample.row).archive_url

    with ThreadPoolExecutor(len(workers)) as pool:
        urls = set(pool.map(work, workers))

    (url,) = urls
    assert shelf.objects() == {url: sample.data}


def test_many_threads_share_an_archive(tmp_path: Path, shelf: Shelf, archive: Archive) -> None:
    samples = {f"med-{number:08x}": make_sample(tmp_path, b"%d" % number * 999) for number in range(40)}

    with ThreadPoolExecutor(16) as pool:
        stored = list(
            pool.map(lambda each: archive.store(each[1].path, each[0], **each[1].row), samples.items())
        )

    expected = zip((found.archive_url for found in stored), samples.values(), strict=True)
    assert shelf.objects() == {url: sample.data for url, sample in expected}


@pytest.fixture
def _nothing_unfinished(archive: Archive) -> Iterator[None]:
    yield
    assert archive.remove_unfinished(timedelta(0)) == 0


@pytest.mark.usefixtures("_nothing_unfinished")
def test_a_copy_comes_back_or_nothing_does(
    tmp_path: Path, shelf: Shelf, archive: Archive, sample: Sample, url: str
) -> None:
    archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)
    assert (tmp_path / "back.jpg").read_bytes() == sample.data

    shelf.put(url, changed(sample))
    with pytest.raises(ArchiveError, match="other bytes"):
        archive.fetch(url, tmp_path / "again.jpg", **sample.wanted)
    shelf.remove(url)
    with pytest.raises(ArchiveError, match="not there"):
        archive.fetch(url, tmp_path / "again.jpg", **sample.wanted)
    assert not (tmp_path / "again.jpg").exists()

"""What disks refuse is said in one line, and leaves nothing half-written."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.errors import StorageError
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.disk import WRITE_BACK_BYTES
from tests.media_cache.test_cache import put, unfinished
from tests.support.disks import mounted, read_only

NOBODY = 65_534


def assert_refused(cache: Cache, words: str, data: bytes = b"p" * 2_000_000) -> None:
    with pytest.raises(StorageError, match=words) as refused:
        put(cache, data)
    assert str(cache.root) in refused.value.message
    assert refused.value.hint
    assert refused.value.stop_lane
    assert not list(cache.root.glob("media/*/*"))
    assert cache.root.is_file() or unfinished(cache) == []


def test_a_file_larger_than_the_process_may_write(cache: Cache) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        assert_refused(cache, "File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert put(cache, b"small").exists()


def test_a_full_disk(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=1m"):
        cache = Cache(tmp_path / "cache", 10**9)
        assert_refused(cache, "No space left")
        assert put(cache, b"small").exists()


def test_a_read_only_disk(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=1m"):
        cache = Cache(tmp_path / "cache", 10**9)
        cache.root.mkdir()
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        assert_refused(cache, "Read-only")


def test_a_file_where_the_folder_should_be(cache: Cache) -> None:
    cache.root.write_text("not a folder")
    assert_refused(cache, "cannot be used")


@contextlib.contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Give up the superuser's right to write everywhere for a while."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_folder_that_may_not_be_written() -> None:
    parent = Path(tempfile.mkdtemp())
    try:
        parent.chmod(0o555)
        with as_ordinary_user():
            assert_refused(Cache(parent / "cache", 10**9), "Permission denied")
        parent.chmod(0o755)
        (parent / "cache").mkdir(mode=0o555)
        with as_ordinary_user():
            assert_refused(Cache(parent / "cache", 10**9), "Permission denied")
    finally:
        shutil.rmtree(parent)


def test_a_held_file_that_nobody_can_read_makes_way() -> None:
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o777)
    try:
        with as_ordinary_user():
            cache = Cache(parent / "cache", 10**9)
            path = put(cache, b"picture")
            path.chmod(0)
            assert put(cache, b"picture").read_bytes() == b"picture"
            assert cache.usage().quarantined_files == 1
    finally:
        shutil.rmtree(parent)


def test_what_is_written_stays_when_no_room_can_be_made(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1000)
    with cache.temporary() as temporary:
        temporary.write(b"t" * 900)
        cache.publish(temporary, cache.thumbnail_path("a" * 64))
    with read_only(cache.root / "thumbnails"):
        path = put(cache, b"m" * 800)
    assert path.read_bytes() == b"m" * 800


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no way to ask the disk to begin")
def test_the_disk_begins_with_a_large_file_while_more_of_it_comes(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int, int]] = []
    advise = os.posix_fadvise

    def spy(descriptor: int, start: int, length: int, advice: int) -> None:
        asked.append((os.fstat(descriptor).st_size, start, length))
        advise(descriptor, start, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", spy)
    piece = os.urandom(WRITE_BACK_BYTES // 4)
    with cache.temporary() as temporary:
        for _ in range(9):
            temporary.write(piece)
        assert asked == [
            (WRITE_BACK_BYTES, 0, WRITE_BACK_BYTES),
            (2 * WRITE_BACK_BYTES, WRITE_BACK_BYTES, WRITE_BACK_BYTES),
        ]
        temporary.sync()
        assert temporary.path.read_bytes() == 9 * piece


def test_a_disk_that_takes_no_advice_takes_files_all_the_same(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    with cache.temporary() as temporary:
        temporary.write(bytes(WRITE_BACK_BYTES))
        assert temporary.path.stat().st_size == WRITE_BACK_BYTES

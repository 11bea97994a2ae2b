"""Thumbnails are made once and found again."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from social_tui.media_cache.cache import Cache
from social_tui.media_cache.decoder import UndecodableError
from social_tui.media_cache.thumbnails import thumbnail_for
from tests.media_cache import samples
from tests.support.disks import read_only


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(samples.encoded(samples.scene().resize((900, 300)), "JPEG"))
    return path


def test_a_thumbnail_is_made_once(cache: Cache, photo: Path) -> None:
    digest = sha256(photo.read_bytes()).hexdigest()
    path, phash = thumbnail_for(cache, digest, photo, "image/jpeg")
    assert phash is not None
    assert path == cache.root / "thumbnails" / digest[:2] / f"{digest}.jpg"
    assert path.stat().st_mode & 0o777 == 0o600
    with Image.open(path) as image:
        assert (image.format, image.size) == ("JPEG", (640, 213))
    os.utime(path, (1, 1))
    photo.unlink()
    assert thumbnail_for(cache, digest, photo, "image/jpeg") == (path, None)
    assert path.stat().st_mtime > 1, "what was looked at last makes room last"
    assert cache.usage().thumbnail_files == 1


def test_a_thumbnail_that_made_room_is_made_again(cache: Cache, photo: Path) -> None:
    path = thumbnail_for(cache, "a" * 64, photo, "image/jpeg").path
    Cache(cache.root, 1).make_room()
    assert not path.exists()
    assert thumbnail_for(cache, "a" * 64, photo, "image/jpeg").path.is_file()


def test_no_thumbnail_is_kept_of_what_cannot_be_decoded(cache: Cache, photo: Path) -> None:
    photo.write_bytes(samples.HTML)
    with pytest.raises(UndecodableError):
        thumbnail_for(cache, "b" * 64, photo, "image/jpeg")
    assert sum(cache.usage()) == 0


def test_many_threads_may_ask_for_the_same(cache: Cache, photo: Path) -> None:
    with ThreadPoolExecutor(6) as threads:
        made = threads.map(lambda _: thumbnail_for(cache, "c" * 64, photo, "image/jpeg"), range(12))
        paths = {thumbnail.path for thumbnail in made}
    assert len(paths) == cache.usage().thumbnail_files == 1
    assert not list(cache.root.glob("tmp/*"))


def test_a_thumbnail_is_shown_from_a_cache_that_may_only_be_read(cache: Cache, photo: Path) -> None:
    path = thumbnail_for(cache, "d" * 64, photo, "image/jpeg").path
    photo.unlink()
    with read_only(cache.root):
        assert thumbnail_for(cache, "d" * 64, photo, "image/jpeg").path == path

"""Many files get their places by one call: durable, in an order that survives a power cut, or not at all."""

from __future__ import annotations

import sys

import pytest

from social_tui.errors import StorageError
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.captured import Received, complete
from social_tui.media_cache.sniffing import sniff
from tests.media_cache.disk_steps import spy_on_disk
from tests.media_cache.samples import jpeg
from tests.media_cache.test_cache import digests_of, unfinished
from tests.support.disks import read_only


def received(cache: Cache, data: bytes) -> Received:
    sniffed = sniff(data)
    assert sniffed is not None
    with cache.temporary() as temporary:
        temporary.write(data)
        return Received(temporary.hand_over(), sniffed, digests_of(data), transferred={"elapsed_ms": 7})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the name of an open file")
def test_files_have_no_name_before_all_their_bytes_are_on_the_disk(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = spy_on_disk(monkeypatch)
    pictures = [jpeg(10 + side, 8) for side in range(3)]
    files = complete([received(cache, picture) for picture in pictures], cache)
    assert steps == [*["begin"] * 3, *["fsync .part"] * 3, *["rename"] * 3, "fsync folder"]
    assert [cache.resolve(file.local_file_path).read_bytes() for file in files] == pictures
    assert [(file.width, file.height, file.elapsed_ms) for file in files] == [
        (10, 8, 7),
        (11, 8, 7),
        (12, 8, 7),
    ]
    assert unfinished(cache) == []


def test_the_same_bytes_twice_at_once_are_one_file(cache: Cache) -> None:
    first, second = complete([received(cache, jpeg(20, 20)), received(cache, jpeg(20, 20))], cache)
    assert first.local_file_path == second.local_file_path
    assert cache.usage()[:2] == (1, len(jpeg(20, 20)))
    assert unfinished(cache) == []


def test_a_disk_that_refuses_leaves_nothing_behind(cache: Cache) -> None:
    came = [received(cache, jpeg(30 + side, 8)) for side in range(3)]
    (cache.root / "media" / "images").mkdir(parents=True)
    with read_only(cache.root / "media" / "images"), pytest.raises(StorageError):
        complete(came, cache)
    assert unfinished(cache) == []
    assert list((cache.root / "media" / "images").iterdir()) == []
    for each in came:
        each.discard()


def test_what_nobody_completes_can_be_let_go(cache: Cache) -> None:
    came = received(cache, jpeg(20, 20))
    assert len(unfinished(cache)) == 1
    came.discard()
    assert unfinished(cache) == []

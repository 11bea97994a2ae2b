"""Files under final names are whole and right, whatever happens while they are written."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.errors import SocialTuiError, StorageError, UsageError
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.hashing import Digests, hash_file
from tests.media_cache.disk_steps import spy_on_disk


def digests_of(data: bytes) -> Digests:
    digests = Digests()
    digests.update(data)
    return digests


def put(cache: Cache, data: bytes, extension: str = "jpg") -> Path:
    with cache.temporary() as temporary:
        temporary.write(data)
        return cache.commit(temporary, "image", extension, digests_of(data))


def unfinished(cache: Cache) -> list[Path]:
    return list(cache.root.glob("tmp/*"))


def wang_pair() -> tuple[bytes, bytes]:
    """The two blocks of Wang and Yu (2004) whose MD5 is the same."""
    first = bytearray.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
        "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
        "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
    )
    second = bytearray(first)
    for at in (19, 45, 59, 83, 109, 123):
        second[at] ^= 0x80
    return bytes(first), bytes(second)


def test_a_file_is_named_by_its_content_and_private(cache: Cache) -> None:
    path = put(cache, b"picture")
    assert path == cache.root / "media/images" / f"{digests_of(b'picture').md5_sum}.jpg"
    assert path == cache.resolve(cache.relative(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert unfinished(cache) == []
    assert cache.usage()[:2] == (1, 7)


def test_the_order_survives_a_power_cut(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = spy_on_disk(monkeypatch)
    put(cache, b"picture")
    assert steps == ["fsync .part", "rename", "fsync folder"]


def test_the_same_bytes_are_adopted(cache: Cache) -> None:
    first = put(cache, b"picture")
    inode = first.stat().st_ino
    assert put(cache, b"picture") == first
    assert first.stat().st_ino == inode
    assert cache.usage().media_files == 1
    assert unfinished(cache) == []


def test_two_contents_with_one_md5_are_kept_apart(cache: Cache) -> None:
    one, other = wang_pair()
    assert digests_of(one).md5_sum == digests_of(other).md5_sum
    first, second = put(cache, one), put(cache, other)
    assert second.name == f"{digests_of(one).md5_sum}-{digests_of(other).sha256[:16]}.jpg"
    assert (first.read_bytes(), second.read_bytes()) == (one, other)
    assert (put(cache, one), put(cache, other)) == (first, second)
    assert cache.usage()[:2] == (2, 256)
    second.write_bytes(b"damaged")
    assert put(cache, other) == second
    assert second.read_bytes() == other
    assert cache.usage().quarantined_files == 1


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells who waits for a lock")
def test_commits_of_one_md5_wait_for_each_other(cache: Cache) -> None:
    one, other = wang_pair()
    first = put(cache, one)
    first.unlink()
    lock = cache.root / "locks" / f"{first.stem[:2]}.lock"
    waiter = f":{lock.stat().st_ino} "
    with ThreadPoolExecutor(1) as threads, lock.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = threads.submit(put, cache, other)
        while not second.done():
            lines = Path("/proc/locks").read_text().splitlines()
            if any("->" in line and waiter in line for line in lines):
                break
        first.write_bytes(one)
        fcntl.flock(held, fcntl.LOCK_UN)
        assert second.result() != first
    assert first.read_bytes() == one


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "folder", "link", "dangling", "fifo"])
def test_what_is_damaged_goes_into_quarantine_and_is_replaced(
    cache: Cache, damage: str, tmp_path: Path
) -> None:
    path = put(cache, b"picture")
    path.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"picture")
    match damage:
        case "flipped":
            path.write_bytes(b"pictura")
        case "cut":
            path.write_bytes(b"pict")
        case "empty":
            path.touch()
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(elsewhere)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "fifo":
            os.mkfifo(path)
    assert put(cache, b"picture") == path
    assert path.is_file()
    assert not path.is_symlink()
    assert path.read_bytes() == b"picture"
    assert elsewhere.read_bytes() == b"picture"
    assert len(list((cache.root / "quarantine").iterdir())) == 1


def test_quarantine_keeps_everything(cache: Cache) -> None:
    for data in (b"one", b"two"):
        path = put(cache, b"picture")
        path.write_bytes(data)
        aside = cache.quarantine(path)
        assert aside.read_bytes() == data
        assert not path.exists()
    assert cache.usage().quarantined_files == 2


@pytest.mark.parametrize(
    ("media_type", "md5_sum", "extension"),
    [
        ("images", "0" * 32, "jpg"),
        ("../image", "0" * 32, "jpg"),
        ("image", "0" * 31, "jpg"),
        ("image", "../" + "0" * 29, "jpg"),
        ("image", "0" * 32 + "\n", "jpg"),
        ("image", "0" * 32, "../x"),
        ("image", "0" * 32, ""),
        ("image", "0" * 32, "jpg/x"),
        ("image", "0" * 32, "a" * 99),
    ],
)
def test_no_argument_names_another_file(cache: Cache, media_type: str, md5_sum: str, extension: str) -> None:
    with pytest.raises(UsageError):
        cache.path_for(media_type, md5_sum, extension)


def test_extensions_and_sums_may_be_written_otherwise(cache: Cache) -> None:
    assert cache.path_for("video", "AB" * 16, ".MP4") == cache.root / f"media/videos/{'ab' * 16}.mp4"


@pytest.mark.parametrize(
    "relative",
    [
        "../secret",
        "media/../../secret",
        "/etc/passwd",
        "",
        "media//x",
        "./x",
        "media/\0x",
        "x/",
        "media/..",
        "\ud800",
    ],
)
def test_a_path_from_the_database_does_not_lead_out(cache: Cache, relative: str) -> None:
    with pytest.raises(StorageError):
        cache.resolve(relative)


def test_a_path_from_the_database_follows_no_link(cache: Cache, tmp_path: Path) -> None:
    put(cache, b"picture")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.jpg").write_bytes(b"secret")
    (cache.root / "media" / "linked").symlink_to(tmp_path / "outside")
    (cache.root / "media" / "a.jpg").symlink_to(tmp_path / "outside" / "a.jpg")
    for relative in ("media/linked/a.jpg", "media/a.jpg"):
        with pytest.raises(StorageError, match="symbolic link"):
            cache.resolve(relative)
    assert cache.resolve("media/images/none.jpg") == cache.root / "media/images/none.jpg"


@given(st.text())
def test_any_path_stays_inside_or_is_refused(relative: str) -> None:
    cache = Cache(Path("/nonexistent/cache"), 1)
    try:
        path = cache.resolve(relative)
    except SocialTuiError:
        return
    assert Path(os.path.normpath(path)).is_relative_to(cache.root)


def test_a_write_that_fails_leaves_nothing(cache: Cache) -> None:
    def fail() -> None:
        with cache.temporary() as temporary:
            temporary.write(b"picture")
            assert len(unfinished(cache)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert unfinished(cache) == []


WRITER = """
import sys
from pathlib import Path
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.hashing import Digests

cache = Cache(Path(sys.argv[1]), 10**9)
for number in range(10**6):
    digests = Digests()
    with cache.temporary() as temporary:
        for part in range(8):
            chunk = bytes([number % 251, part]) * 5000
            digests.update(chunk)
            temporary.write(chunk)
            if number == part == 0:
                print("writing", flush=True)
        cache.commit(temporary, "image", "jpg", digests)
"""


def start_writer(cache: Cache, program: str = WRITER) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(cache.root)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    return writer


def end(writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL


def test_a_killed_writer_leaves_no_partial_file_under_a_final_name(cache: Cache) -> None:
    moments = random.Random(7)
    for _ in range(6):
        writer = start_writer(cache)
        goal = cache.usage().media_files + moments.randrange(1, 20)
        while cache.usage().media_files < min(goal, 240):
            assert writer.poll() is None
        end(writer)
        for path in cache.root.glob("media/images/*"):
            assert hash_file(path).md5_sum == path.stem
        left = len(unfinished(cache))
        assert cache.sweep() == left
        assert unfinished(cache) == []


def test_the_sweep_spares_what_a_living_process_writes(cache: Cache) -> None:
    dead = start_writer(cache)
    os.kill(dead.pid, signal.SIGSTOP)
    with cache.temporary() as own:
        before = set(unfinished(cache))
        assert cache.sweep() == 0
        assert set(unfinished(cache)) == before
        end(dead)
        assert cache.sweep() == len(before) - 1
        assert unfinished(cache) == [own.path]
    assert cache.sweep() == 0


RESTORER = """
import sys
import time
from pathlib import Path
from social_tui.media_archive.files import durable_file
from social_tui.media_cache.cache import Cache

with Cache(Path(sys.argv[1]), 10**9).temporary() as reserved:
    for name in (".archived.part", ".other.part"):
        with durable_file(reserved.path.with_suffix(name)) as file:
            file.write(b"from the archive")
            file.flush()
            if name == ".other.part":
                print("writing", flush=True)
                time.sleep(60)
"""


def test_the_sweep_knows_what_is_being_restored_from_the_archive(cache: Cache) -> None:
    restorer = start_writer(cache, RESTORER)
    held = set((cache.root / "tmp").iterdir())
    assert len(held) == 3
    assert cache.sweep() == 0
    assert set((cache.root / "tmp").iterdir()) == held
    end(restorer)
    assert cache.sweep() == 3
    assert list((cache.root / "tmp").iterdir()) == []


def test_what_the_disk_does_not_let_go_is_left(cache: Cache) -> None:
    stuck = cache.root / "tmp" / f"{'0' * 32}.part"
    stuck.mkdir(parents=True)
    assert cache.sweep() == 0
    assert stuck.is_dir()


def test_the_sweep_of_a_cache_that_is_not_there_makes_none(cache: Cache) -> None:
    assert cache.sweep() == 0
    assert not cache.root.exists()
    assert sum(cache.usage()) == 0


def test_many_threads_may_commit_the_same(cache: Cache) -> None:
    contents = [bytes([number % 3]) * 1000 for number in range(60)]
    with ThreadPoolExecutor(8) as threads:
        paths = set(threads.map(lambda data: put(cache, data), contents))
    assert len(paths) == cache.usage().media_files == 3
    assert unfinished(cache) == []


def test_thumbnails_make_room_the_oldest_first(cache: Cache) -> None:
    media = put(cache, b"m" * 600)
    for number in range(4):
        path = cache.thumbnail_path(f"{number}" * 64)
        with cache.temporary() as temporary:
            temporary.write(b"t" * 100)
            cache.publish(temporary, path)
        os.utime(path, (number, number))
    small = Cache(cache.root, 950)  # the low mark is at 855
    assert small.make_room() == 0
    assert [cache.thumbnail_path(f"{number}" * 64).exists() for number in range(4)] == [
        False,
        False,
        True,
        True,
    ]
    assert Cache(cache.root, 800).make_room() == 0, "below the limit nothing has to go"
    assert cache.usage().thumbnail_files == 2
    assert Cache(cache.root, 500).make_room() == 150
    assert media.exists()
    assert cache.usage().thumbnail_files == 0


def test_what_is_borrowed_makes_room_before_thumbnails_unless_it_was_just_looked_at(cache: Cache) -> None:
    thumbnail = cache.thumbnail_path("a" * 64)
    for path in (thumbnail, *(cache.root / "borrowed" / f"{digit * 64}.jpg" for digit in "bcd")):
        with cache.temporary() as temporary:
            temporary.write(b"t" * 100)
            cache.publish(temporary, path)
        if path.name[0] in "abc":
            os.utime(path, (ord(path.name[0]), ord(path.name[0])))
    left = []
    for limit in (350, 250, 1):  # the low marks are at 315, 225 and 0
        assert Cache(cache.root, limit).make_room() == (100 if limit == 1 else 0)
        left.append("".join(sorted(path.name[0] for path in cache.root.rglob("*.jpg"))))
    assert left == ["acd", "ad", "d"]


def test_a_cache_over_its_limit_makes_room_as_it_is_written_to(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1000)
    thumbnail = cache.thumbnail_path("a" * 64)
    with cache.temporary() as temporary:
        temporary.write(b"t" * 100)
        cache.publish(temporary, thumbnail)
    put(cache, b"m" * 800)
    assert thumbnail.exists()
    put(cache, b"n" * 200)
    assert not thumbnail.exists()
    assert cache.usage()[:2] == (2, 1000)

"""Packed exports: gzip, xz, zstd and zip give what the plain files give, and bombs give a reason."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, archives, iter_posts

PLAIN = (Path(__file__).parent / "fixtures" / "profile_posts.json").read_bytes()


#: A frame of zstd that says nothing about the data, as parallel packers write it.
SKIPPED = b"\x50\x2a\x4d\x18\x04\x00\x00\x00size"


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def read(path: Path, data: bytes) -> list[ParsedPost | Rejection | PassedOver]:
    path.write_bytes(data)
    return list(iter_posts(path, "export"))


def reasons(path: Path, data: bytes) -> list[tuple[str, int, str]]:
    found = [each for each in read(path, data) if isinstance(each, Rejection)]
    return [(each.file, each.position, each.reason) for each in found]


def expected() -> list[ParsedPost | Rejection | PassedOver]:
    return list(iter_posts(io.BytesIO(PLAIN), "export"))


@pytest.mark.parametrize(
    "data",
    [
        lzma.compress(PLAIN),
        lzma.compress(PLAIN[:100]) + b"\0" * 8 + lzma.compress(PLAIN[100:]) + b"\0" * 4,
        zstd.compress(PLAIN),
        SKIPPED + zstd.compress(PLAIN[:100]) + SKIPPED + zstd.compress(PLAIN[100:]) + SKIPPED,
        zipped({"posts.json": PLAIN}),
        zipped({"posts.json.gz": gzip.compress(PLAIN), "notes.txt": b"no export"}),
        zipped({"posts.json.xz": lzma.compress(PLAIN), ".hidden.json": b"{", "__MACOSX/a.json": b"{"}),
    ],
    ids=["xz", "xz in two", "zstd", "zstd in two", "zip", "zip of gzip", "zip of xz"],
)
def test_packed_is_as_good_as_plain(data: bytes, tmp_path: Path) -> None:
    found = read(tmp_path / "no-suffix", data)
    assert len(found) > 1
    assert found == expected()


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (lzma.compress(PLAIN)[:-40], "(the compressed file is cut off)"),
        (lzma.compress(PLAIN)[:30] + b"\xff" * 200, "(the compressed file is damaged)"),
        (lzma.compress(PLAIN) + b"more", "(the compressed file is cut off)"),
        (zstd.compress(PLAIN)[:-40], "(the compressed file is cut off)"),
        (zstd.compress(PLAIN)[:7] + b"\xff" * 200, "(the compressed file is damaged)"),
        (zstd.compress(PLAIN) + b"more", "(the compressed file is damaged)"),
    ],
    ids=["xz cut off", "xz damaged", "xz and more", "zstd cut off", "zstd damaged", "zstd and more"],
)
def test_files_that_cannot_be_read_to_their_end(data: bytes, end: str, tmp_path: Path) -> None:
    found = reasons(tmp_path / "f", data)
    assert len(found) == 1
    assert found[0][2].startswith("the data cannot be read beyond byte ")
    assert found[0][2].endswith(end)


def test_xz_that_asks_for_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_MEMORY", 2**20)
    (found,) = reasons(tmp_path / "f", lzma.compress(PLAIN, preset=6))
    assert found[2] == "the data cannot be read beyond byte 0 (the compressed file is damaged)"


@pytest.mark.parametrize(("window_log", "is_read"), [(28, True), (29, False), (31, False)])
def test_zstd_that_asks_for_too_much_memory_is_refused(
    tmp_path: Path, window_log: int, is_read: bool
) -> None:
    # In pieces, as the size of a whole text would be taken for its window.
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window_log})
    data = packer.compress(PLAIN) + packer.flush()
    if is_read:
        assert read(tmp_path / "f", data) == expected()
        return
    assert reasons(tmp_path / "f", data) == [
        (
            "export",
            1,
            "the data cannot be read beyond byte 0 (it takes more than 256 MiB to unpack; "
            "have zstd do it: zstd -dc --long=31 FILE | social-tui import -)",
        )
    ]


def test_members_are_read_in_the_order_of_their_names_and_count_each_for_itself(tmp_path: Path) -> None:
    data = zipped({"b.json": b"[1,2]", "a.json": b"[3]", "../../etc/c.json": b"[4]"})
    assert [each[:2] for each in reasons(tmp_path / "f", data)] == [
        ("export/../../etc/c.json", 1),
        ("export/a.json", 1),
        ("export/b.json", 1),
        ("export/b.json", 2),
    ]
    assert [path.name for path in tmp_path.rglob("*")] == ["f"]


def test_zip_files_without_exports_are_said(tmp_path: Path) -> None:
    assert reasons(tmp_path / "f", zipped({})) == [("export", 0, "is a zip file without JSON files")]


def test_a_zip_file_is_not_read_from_a_stream() -> None:
    class Pipe(io.BytesIO):
        pass

    (rejection,) = iter_posts(Pipe(zipped({"a.json": PLAIN})), "-")
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "is a zip file, which is read from a file only and not from a stream"


def test_bombs_are_refused_and_their_neighbours_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_HARMLESS_BYTES", 2**20)
    bomb = b"[" + b" " * 2**22 + b"]"
    assert len(bomb) / len(zlib.compress(bomb)) > archives.MAX_RATIO
    found = read(tmp_path / "f", zipped({"a.json": bomb, "b.json": PLAIN}))
    assert found[0] == Rejection(
        file="export/a.json", position=0, reason="unpacks to more than 300 times its size"
    )
    assert found[1:] == expected()


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstd.compress])
def test_streams_that_unpack_without_end_are_read_no_further(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_HARMLESS_BYTES", 2**20)
    whole = b" " * 2**19 + PLAIN
    assert read(tmp_path / "f", pack(whole)) == expected()
    found = read(tmp_path / "f", pack(PLAIN.rstrip().removesuffix(b"]") + b"," + b" " * 2**24 + b"{}]"))
    assert found[:-1] == expected()
    assert isinstance(found[-1], Rejection)
    assert found[-1].reason.startswith("the data cannot be read beyond byte ")
    assert found[-1].reason.endswith(" (it unpacks to more than 300 times its size)")


def test_members_that_lie_over_each_other_are_refused(tmp_path: Path) -> None:
    data = zipped({f"{number}.json": PLAIN for number in range(9)})
    start = data.index(b"PK\x01\x02")
    entry_length = (data.index(b"PK\x05\x06") - start) // 9
    entry = data[start : start + entry_length]
    bomb = data[: data.index(b"PK\x03\x04", 10)] + entry * 9
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[12:20] = (entry_length * 9).to_bytes(4, "little") + (len(bomb) - entry_length * 9).to_bytes(
        4, "little"
    )
    ((_, position, reason),) = reasons(tmp_path / "f", bomb + bytes(end))
    assert position == 0
    assert reason == "is a zip file that was made to do harm: its members lie over each other"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04 and nothing more", "is a damaged zip file"),
        (zipped({"a.json": PLAIN})[:-30], "is a damaged zip file"),
    ],
    ids=["only a beginning", "cut off"],
)
def test_damaged_zip_files_are_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    assert reasons(tmp_path / "f", data) == [("export", 0, reason)]


def test_a_damaged_member_gives_what_stands_before_the_damage(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.json": PLAIN, "b.json": PLAIN}))
    middle = data.index(b"PK\x03\x04", 10) - 20
    data[middle : middle + 4] = bytes(4)
    found = read(tmp_path / "f", bytes(data))
    rejected = [each for each in found if isinstance(each, Rejection)]
    assert [each.file for each in rejected] == ["export/a.json"]
    assert found[-len(expected()) :] == expected()


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.json": PLAIN}))
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    assert reasons(tmp_path / "f", bytes(data)) == [("export/a.json", 0, "is encrypted")]


def test_parts_of_an_archive_without_posts_are_passed_over(tmp_path: Path) -> None:
    likes = b'window.YTD.like.part0 = [ {"like": {"tweetId": "1"}} ]'
    reason = "is a part of an X archive that holds no posts, or another script"
    assert read(tmp_path / "f", likes) == [PassedOver(reason)]
    script = zipped({"assets/viewer.js": b"(function() {})()", "data/like.js": likes})
    assert read(tmp_path / "f", script) == [PassedOver(reason)] * 2


def test_answers_of_an_api_in_a_list_are_taken_apart() -> None:
    posts = json.loads(PLAIN)
    data = json.dumps([{"data": {"posts": [post]}} for post in posts] + [{"data": {"posts": [1]}}])
    found = list(iter_posts(io.BytesIO(data.encode()), "export"))
    assert [isinstance(each, ParsedPost) for each in found] == [True] * len(posts) + [False]
    assert isinstance(found[-1], Rejection)
    assert found[-1].position == len(posts) + 1

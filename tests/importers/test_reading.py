"""From files to posts: every item gives one object, and reasons say nothing of the content."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from backports import zstd

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import iter_posts, protocol
from social_tui.importers.protocol import Outcome, PassedOver, Refused
from social_tui.importers.reading import Reader
from social_tui.importers.registry import Formats

FIXTURES = Path(__file__).parent / "fixtures"


def rejections(source: Path | str | BinaryIO, name: str = "f.json") -> list[tuple[int, str]]:
    return [(each.position, each.reason) for each in iter_posts(source, name) if isinstance(each, Rejection)]


def test_gzip_is_told_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    plain = FIXTURES / "profile_posts.json"
    packed = tmp_path / "posts.json"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(iter_posts(packed, "a")) == list(iter_posts(plain, "a"))


def test_an_open_stream_is_read_and_stays_open() -> None:
    plain = FIXTURES / "profile_posts.json"
    for data in (plain.read_bytes(), gzip.compress(plain.read_bytes())):
        stream = io.BytesIO(data)
        assert list(iter_posts(stream, "a")) == list(iter_posts(plain, "a"))
        assert not stream.closed


def test_standard_input_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (FIXTURES / "single_post.json").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))
    (post,) = iter_posts("-", "-")
    assert isinstance(post, ParsedPost)


def test_unknown_items_and_posts_without_an_id_are_rejected_in_their_place() -> None:
    post = json.loads((FIXTURES / "single_post.json").read_text(encoding="utf-8"))
    data = json.dumps([post, {"secret": "canary"}, {**post, "urn": None}, post]).encode()
    found = list(iter_posts(io.BytesIO(data), "f.json"))
    assert [isinstance(each, ParsedPost) for each in found] == [True, False, False, True]
    assert found[1:3] == [
        Rejection(file="f.json", position=2, reason="unknown shape: no known format has items like this"),
        Rejection(file="f.json", position=3, reason="has no activity id"),
    ]


class Unprepared:
    """A format that reckons with lists of numbers alone."""

    PLATFORM = "none"
    STREAMS = ()

    @staticmethod
    def sniff(value: Any) -> bool:
        return len(value) > 0

    @staticmethod
    def parse(value: Any, raw: str, *, avatars: bool) -> Iterator[Outcome]:
        yield PassedOver(f"is {sum(value) // value[0]}")


@pytest.mark.parametrize(
    ("value", "fault"),
    [(None, "TypeError"), ([0], "ZeroDivisionError"), (["x"], "TypeError"), ({"a": 1}, "TypeError")],
)
def test_a_fault_of_an_importer_costs_only_its_item(value: Any, fault: str) -> None:
    reader = Reader(Formats((Unprepared(),)), avatars=False)
    found = [each for item in ([1], value, [2]) for each in reader.parse(item, json.dumps(item))]
    assert found == [
        PassedOver("is 1"),
        Refused(f"could not be read because of a fault in the importer ({fault}); the log says where"),
        PassedOver("is 1"),
    ]


def test_a_fault_of_an_importer_costs_only_its_post_among_several_of_one_item() -> None:
    def take(value: int) -> PassedOver:
        return PassedOver(f"is {6 // value}")

    assert [
        each.reason[:10] for each in protocol.each([1, 0, 2], take) if not isinstance(each, ParsedPost)
    ] == [
        "is 6",
        "could not ",
        "is 3",
    ]


def test_reasons_hold_nothing_of_the_content() -> None:
    canary = "canary@example.org"
    broken = (
        f'[{{"{canary}": "{canary}"}}, {{"{canary}": {canary}}}, {{"{canary}":1,"{canary}":2}}, {{"{canary}'
    )
    reasons = [reason for _, reason in rejections(io.BytesIO(broken.encode()))]
    assert len(reasons) == 4
    assert not any("canary" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("data", "position", "reason"),
    [
        (b"", 0, "is empty"),
        (b"\x1f\x8bnonsense", 1, "cannot be read beyond byte 0 (the compressed file is damaged)"),
        (
            gzip.compress(b"[1]", mtime=0)[:-12],
            1,
            "cannot be read beyond byte 0 (the compressed file is cut off)",
        ),
        (
            gzip.compress(b"[1,2", mtime=0)[:-4],
            2,
            "cannot be read beyond byte 4 (the compressed file is cut off)",
        ),
        (
            gzip.compress(b"[1]", mtime=0) + b"more",
            2,
            "cannot be read beyond byte 3 (the compressed file is damaged)",
        ),
    ],
)
def test_files_that_cannot_be_read_to_their_end(
    data: bytes, position: int, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "f.json"
    file.write_bytes(data)
    last = rejections(file)[-1]
    assert (last[0], last[1].removeprefix("the data ")) == (position, reason)


def test_a_member_of_a_zip_file_that_is_damaged_from_the_start_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "f.zip"
    post = (FIXTURES / "single_post.json").read_bytes()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", post)
        archive.writestr("b.json", post)
    data = bytearray(file.read_bytes())
    data[data.index(b"a.json") + len(b"a.json")] = 0xFF  # a kind of block that there is not
    file.write_bytes(data)
    damaged, read = iter_posts(file, "f.zip")
    assert damaged == Rejection(file="f.zip/a.json", position=0, reason="cannot be unpacked")
    assert isinstance(read, ParsedPost)


def test_a_stream_that_breaks_in_a_way_of_its_own_is_rejected() -> None:
    stream = cast("BinaryIO", gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"[1]")[:-9])))
    assert rejections(stream) == [(0, "cannot be read on")]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    assert rejections(pipe) == [(0, "is a named pipe; only regular files are read")]
    assert rejections("/dev/zero") == [(0, "is a device; only regular files are read")]
    assert rejections(tmp_path) == [(0, "is a folder; only regular files are read")]
    assert rejections(tmp_path / "none.json") == [(0, "cannot be opened: no such file or directory")]
    assert rejections("a\0b") == [(0, "cannot be opened: the name is not valid")]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and does not read")
def test_a_file_that_opens_and_cannot_be_read_is_rejected() -> None:
    # Nothing is mapped at address 0.
    assert rejections("/proc/self/mem") == [(0, "cannot be read: input/output error")]


def test_a_closed_standard_input_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python sets it after `<&-`
    assert rejections("-") == [(0, "is closed")]


def test_a_stream_that_does_not_wait_is_not_taken_for_one_that_ended() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb"):
        (rejection,) = iter_posts(stream, "-")
    assert isinstance(rejection, Rejection)
    assert (rejection.position, rejection.reason) == (0, "cannot be read: resource temporarily unavailable")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    file = tmp_path / "locked.json"
    file.write_text("[]")
    file.chmod(0)
    assert rejections(file) == [(0, "cannot be opened: permission denied")]


def test_a_name_that_is_no_utf8_can_be_reported(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.json")
    file.write_bytes(b"")
    (rejection,) = iter_posts(file, str(file))
    assert isinstance(rejection, Rejection)
    assert rejection.file.endswith("\ufffd.json")
    rejection.model_dump_json()


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstd.compress)]
)
def test_lines_are_told_by_the_name_where_the_first_is_broken(
    ending: str, pack: Callable[[bytes], bytes]
) -> None:
    line = json.dumps(json.loads((FIXTURES / "single_post.json").read_text(encoding="utf-8")))
    data = pack(f'{{"cut":\n{line}\n{line}\n'.encode())
    found = list(iter_posts(io.BytesIO(data), f"posts.jsonl.{ending}"))
    assert [isinstance(each, ParsedPost) for each in found] == [False, True, True]

"""Sources that are no ordinary file, that change while they are read, or that may not be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, iter_posts
from social_tui.importers.text_window import CHUNK_BYTES
from tests.importers.examples import MASTODON

#: The account without rights that every Unix has.
NOBODY = 65534

_READ = """
import io, json, os, sys
from social_tui.importers import iter_posts
from social_tui.importers.sources import find_files
list(iter_posts(io.BytesIO(b""), "empty.json"))  # Python may lie where the account may not read
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
files, rejections = find_files(sys.argv[2:])
found = [*rejections, *(each for file in files for each in iter_posts(file, file))]
print(json.dumps([(each.file, each.position, each.reason) for each in found]))
"""


def status(number: int, **changes: object) -> dict[str, object]:
    return {**MASTODON, "id": str(number), **changes}


@pytest.mark.parametrize("names", [["xl/workbook.xml"], ["content.xml", "META-INF/manifest.xml"], []])
def test_workbooks_are_refused_with_what_to_do(tmp_path: Path, names: list[str]) -> None:
    file = tmp_path / "posts.xlsx"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    if names:
        with zipfile.ZipFile(file, "w") as workbook:
            for name in [*names, "settings.json"]:
                workbook.writestr(name, "{}")
    reason = "is a workbook, which is not read; save its sheet as CSV in UTF-8"
    assert list(iter_posts(file, "f")) == [Rejection(file="f", position=0, reason=reason)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can drop rights")
def test_folders_and_files_without_permission_are_named_beside_those_that_are_read(
    library_home: Path,
) -> None:
    # Not pytest's own folder, through which no other account may pass.
    folder = library_home / "exports"
    locked = folder / "locked"
    locked.mkdir(parents=True)
    (locked / "a.json").write_text("[]")
    file = folder / "file.json"
    file.write_text("[]")
    (folder / "open.json").write_text("")
    file.chmod(0)
    locked.chmod(0)
    command = [sys.executable, "-c", _READ, str(NOBODY), str(folder), str(locked / "a.json")]
    told = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert json.loads(told.stdout) == [
        [str(locked), 0, "cannot be read: permission denied"],
        [str(locked / "a.json"), 0, "cannot be opened: permission denied"],
        [str(file), 0, "cannot be opened: permission denied"],
        [str(folder / "open.json"), 0, "is empty"],
    ]


class Written:
    """A file into which another writes while it is read, until it is whole; or which another cuts."""

    def __init__(self, file: Path, steps: Iterator[object]) -> None:
        self._file = file.open("rb")
        self._steps = steps

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        next(self._steps, None)
        return data


def outline(found: Iterator[ParsedPost | Rejection | PassedOver]) -> list[int | str]:
    return [int(each.urn) if isinstance(each, ParsedPost) else each.reason for each in found]


@pytest.mark.parametrize("by_line", [False, True])
def test_a_file_that_grows_while_it_is_read_gives_whole_posts_alone(tmp_path: Path, by_line: bool) -> None:
    text = [json.dumps(status(number, content="x" * 3000)) for number in range(1, 400)]
    whole = "\n".join(text) if by_line else "[" + ",".join(text) + "]"
    data = whole.encode()
    file = tmp_path / ("f.ndjson" if by_line else "f.json")
    sizes = range(CHUNK_BYTES + 1234, len(data), 200_000)
    file.write_bytes(data[: sizes[0]])

    def grow() -> Iterator[object]:
        for size in sizes:
            yield file.write_bytes(data[:size])

    found = outline(iter_posts(cast("BinaryIO", Written(file, grow())), file.name))
    posts = [each for each in found if isinstance(each, int)]
    assert posts == list(range(1, len(posts) + 1))
    assert len(posts) > CHUNK_BYTES // 5000
    (reason,) = found[len(posts) :]
    assert f"breaks off at byte {sizes[-1]}" in str(reason)


def test_a_file_that_is_cut_while_it_is_read_gives_the_posts_before_the_cut(tmp_path: Path) -> None:
    data = json.dumps([status(number, content="x" * 3000) for number in range(1, 400)]).encode()
    file = tmp_path / "f.json"
    file.write_bytes(data)

    def cut() -> Iterator[object]:
        with file.open("r+b") as other:
            yield other.truncate(CHUNK_BYTES)

    *posts, reason = outline(iter_posts(cast("BinaryIO", Written(file, cut())), "f.json"))
    assert posts == list(range(1, len(posts) + 1))
    assert len(posts) > CHUNK_BYTES // 5000
    assert str(reason).startswith("the file breaks off at byte ")


@pytest.mark.parametrize("field", ["content", "spoiler_text", "url", "uri", "created_at", "language", "id"])
def test_a_field_of_a_megabyte_costs_at_most_its_post(tmp_path: Path, field: str) -> None:
    file = tmp_path / "f.json"
    posts = [status(1), status(2, **{field: "x" * 2**20}), status(3)]
    file.write_text(json.dumps(posts))
    first, middle, last = outline(iter_posts(file, "f.json"))
    assert (first, last) == (1, 3)
    assert middle == ("has no id" if field == "id" else 2)


def test_a_file_that_grows_is_read_as_it_was_when_it_was_opened(tmp_path: Path) -> None:
    file = tmp_path / "growing.jsonl"
    line = (
        json.dumps({"id": "1", "media_type": "IMAGE", "media_url": "https://ig.test/1.jpg"}).encode() + b"\n"
    )
    file.write_bytes(line * 20_000)
    found = iter_posts(file, "growing.jsonl")
    next(found)
    with file.open("ab") as more:
        more.write(line * 10)
    *rest, last = found
    assert len(rest) == 20_000 - 1
    assert isinstance(last, Rejection)
    assert (last.position, last.reason) == (0, "grew while it was read; what was added is not read")

"""Checking bags: whatever was done to one is found, and nothing in it is followed or believed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import bagit  # type: ignore[import-untyped]
import pytest

from social_tui.errors import NotFoundError
from social_tui.library.bag_checking import BagCheck, check_bag
from tests.conftest import fresh_database
from tests.library.bags import lines, made_bag

Step = Callable[[Path], object]


@pytest.fixture(scope="module")
def original(
    server_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Make one bag for all these tests; each gets a copy."""
    folder = tmp_path_factory.mktemp("original")
    with fresh_database(server_url, template_database) as url, made_bag(url, folder) as bag:
        yield bag


@pytest.fixture
def bag(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bag"))


def media_of(bag: Path) -> list[Path]:
    return sorted((bag / "data/media").iterdir())


def relist(bag: Path, *, with_size: bool = True) -> None:
    """Do what somebody does who covers up a change: list all files anew, in every list."""
    for algorithm in ("sha256", "sha512"):
        manifest = [
            f"{hashlib.new(algorithm, path.read_bytes()).hexdigest()}  {path.relative_to(bag)}\n"
            for path in sorted((bag / "data").rglob("*"))
            if path.is_file()
        ]
        (bag / f"manifest-{algorithm}.txt").write_text("".join(manifest))
    if with_size:
        files = [path for path in (bag / "data").rglob("*") if path.is_file()]
        oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in files)}.{len(files)}\n"
        info = (bag / "bag-info.txt").read_text().splitlines(keepends=True)
        kept = [line for line in info if not line.startswith("Payload-Oxum")]
        (bag / "bag-info.txt").write_text("".join([*kept, oxum]))
    for algorithm in ("sha256", "sha512"):
        tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt")
        (bag / f"tagmanifest-{algorithm}.txt").write_text(
            "".join(
                f"{hashlib.new(algorithm, (bag / name).read_bytes()).hexdigest()} {name}\n" for name in tags
            )
        )


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(bag: Path) -> None:
    first, second = media_of(bag)
    first.rename(bag / "x")
    second.rename(first)
    (bag / "x").rename(second)


def replace_by_link(path: Path) -> None:
    elsewhere = path.parents[3] / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def both(first: Step, second: Step) -> Step:
    def steps(bag: Path) -> None:
        first(bag)
        second(bag)

    return steps


TAMPERING: dict[str, tuple[Step, set[str]]] = {
    "flip a bit of a picture": (lambda bag: flip(media_of(bag)[0]), {"mismatch"}),
    "flip a bit of the posts": (lambda bag: flip(bag / "data/posts.jsonl"), {"mismatch"}),
    "flip a bit of the page": (lambda bag: flip(bag / "data/index.html"), {"mismatch"}),
    "flip a bit of the info": (lambda bag: edit(bag / "bag-info.txt", "not stated", "NASA"), {"mismatch"}),
    "cut a file": (lambda bag: os.truncate(media_of(bag)[0], 100), {"mismatch", "oxum"}),
    "remove a file": (lambda bag: media_of(bag)[0].unlink(), {"missing", "oxum"}),
    "remove the posts": (lambda bag: (bag / "data/posts.jsonl").unlink(), {"missing", "oxum"}),
    "remove a manifest": (lambda bag: (bag / "manifest-sha512.txt").unlink(), {"missing", "unexpected"}),
    "remove a tag manifest": (
        lambda bag: (bag / "tagmanifest-sha256.txt").unlink(),
        {"missing", "unexpected"},
    ),
    "remove the info": (lambda bag: (bag / "bag-info.txt").unlink(), {"missing"}),
    "add a file": (lambda bag: (bag / "data/media/new.jpg").write_bytes(b"x"), {"unexpected", "oxum"}),
    "add an empty file": (lambda bag: (bag / "data/new").touch(), {"unexpected", "oxum"}),
    "add a tag file": (lambda bag: (bag / "notes.txt").touch(), {"unexpected"}),
    "add a tag file below": (
        both(lambda bag: (bag / "more").mkdir(), lambda bag: (bag / "more/notes.txt").touch()),
        {"unexpected"},
    ),
    "rename a file": (
        lambda bag: media_of(bag)[0].rename(bag / "data/media/other.jpg"),
        {"missing", "unexpected"},
    ),
    "swap two files": (swap, {"mismatch"}),
    "a link to the same bytes": (lambda bag: replace_by_link(media_of(bag)[0]), {"link", "missing", "oxum"}),
    "a link in the place of bagit.txt": (
        lambda bag: replace_by_link_at_root(bag),
        {"link", "missing", "malformed"},
    ),
    "a pipe": (lambda bag: replace_by_pipe(media_of(bag)[0]), {"link", "missing", "oxum"}),
    "a folder that is a link": (lambda bag: (bag / "data/more").symlink_to("/"), {"link"}),
    "fetch.txt": (
        lambda bag: (bag / "fetch.txt").write_text("http://127.0.0.1/x 1 data/x\n"),
        {"fetch", "unexpected"},
    ),
    "another version": (lambda bag: edit(bag / "bagit.txt", "1.0", "9.9"), {"malformed", "mismatch"}),
    "a path out of the bag": (
        lambda bag: append(bag / "manifest-sha256.txt", f"{'0' * 64}  data/../../etc/passwd\n"),
        {"unsafe", "mismatch"},
    ),
    "an absolute path": (
        lambda bag: append(bag / "tagmanifest-sha256.txt", f"{'0' * 64} /etc/passwd\n"),
        {"unsafe"},
    ),
    "a payload file among the tags": (
        lambda bag: append(bag / "tagmanifest-sha256.txt", f"{'0' * 64} data/posts.jsonl\n"),
        {"unsafe"},
    ),
    "a file twice in a manifest": (
        lambda bag: append(bag / "tagmanifest-sha256.txt", f"{'0' * 64} bagit.txt\n"),
        {"malformed"},
    ),
    "a line that is none": (
        lambda bag: append(bag / "manifest-sha256.txt", "?\n"),
        {"malformed", "mismatch"},
    ),
    "no text at all": (
        lambda bag: (bag / "manifest-sha256.txt").write_bytes(b"\xff" * 100_000),
        {"malformed", "mismatch", "unexpected"},
    ),
    "a picture, and cover it up": (both(lambda bag: flip(media_of(bag)[0]), relist), {"mismatch"}),
    "a new picture, and cover it up": (
        both(lambda bag: (bag / "data/media/new.jpg").write_bytes(b"x"), relist),
        {"unexpected"},
    ),
    "no picture, and cover it up": (both(lambda bag: media_of(bag)[0].unlink(), relist), {"missing"}),
    "no events, and cover it up": (
        both(lambda bag: (bag / "data/events.jsonl").unlink(), relist),
        {"missing"},
    ),
    "media that are no JSON, and cover it up": (
        both(lambda bag: append(bag / "data/media.jsonl", "[" * 100_000 + "\n5\n"), relist),
        {"malformed"},
    ),
    "a hash in the media, and cover it up": (
        both(lambda bag: edit(bag / "data/media.jsonl", media_of(bag)[0].stem, "0" * 64), relist),
        {"mismatch"},
    ),
    "another size": (
        both(
            lambda bag: edit(bag / "bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1"),
            partial(relist, with_size=False),
        ),
        {"oxum"},
    ),
}


def replace_by_link_at_root(bag: Path) -> None:
    (bag / "bagit.txt").rename(bag.parent / "bagit.txt")
    (bag / "bagit.txt").symlink_to(bag.parent / "bagit.txt")


def kinds(found: BagCheck) -> set[str]:
    return {each.kind for each in found.findings}


@pytest.mark.parametrize("line", ["?\n", f"{'0' * 64}  data/../x\n"])
@pytest.mark.parametrize("name", ["manifest-sha256.txt", "data/media.jsonl"])
def test_a_file_of_wrong_lines_is_not_read_to_its_end(bag: Path, name: str, line: str) -> None:
    append(bag / name, line * 5000)
    told = [each for each in check_bag(bag).findings if each.path == name and each.kind != "mismatch"]
    assert len(told) == 1001
    assert "not read on" in told[-1].detail


def test_a_copy_of_a_bag_is_whole(bag: Path) -> None:
    told: list[tuple[int, int]] = []
    found = check_bag(bag, tell=lambda done, total: told.append((done, total)))
    assert (found.findings, found.timestamp) == ([], "none")
    assert found.files == 8
    assert found.bytes == sum(path.stat().st_size for path in bag.rglob("data/**/*") if path.is_file())
    assert told[-1][0] >= found.bytes
    bagit.Bag(str(bag)).validate()


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(bag: Path, what: str) -> None:
    tamper, expected = TAMPERING[what]
    tamper(bag)
    assert kinds(check_bag(bag)) == expected


def test_a_finding_names_the_file(bag: Path) -> None:
    path = media_of(bag)[0]
    flip(path)
    [first, second] = check_bag(bag).findings
    assert (first.kind, first.path) == ("mismatch", str(path.relative_to(bag)))
    assert "manifest-sha256.txt, manifest-sha512.txt" in first.detail
    assert "media.jsonl" in second.detail


def test_a_change_that_is_covered_up_everywhere_needs_a_time_stamp_to_be_found(bag: Path) -> None:
    edit(bag / "data/posts.jsonl", "Ada L.", "Eve L.")
    relist(bag)
    assert check_bag(bag).is_whole
    assert kinds(check_bag(bag, needs_timestamp=True)) == {"timestamp"}


def test_a_deep_bag_does_not_end_the_check(bag: Path) -> None:
    place = os.open(bag / "data", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    findings = check_bag(bag).findings
    # Python's own way to remove folders ends there.
    subprocess.run(["rm", "-rf", bag / "data/d"], check=True)
    assert findings == []


def test_what_is_no_bag_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NotFoundError, match="is no bag"):
            check_bag(path)


def test_names_in_any_encoding_are_told(bag: Path) -> None:
    name = os.fsencode(bag) + b"/data/\xff\x1b[2J"
    with open(name, "wb"):  # noqa: PTH123 - a name that no text can have
        pass
    assert kinds(check_bag(bag)) == {"unexpected", "oxum"}


def test_the_lists_agree(bag: Path) -> None:
    named = {row["file"] for row in lines(bag, "media") if row["file"] is not None}
    assert named == {str(path.relative_to(bag)) for path in media_of(bag)}
    assert json.loads((bag / "data/events.jsonl").read_text().splitlines()[0])["id"] > 0

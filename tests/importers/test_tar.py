"""Tar files, plain and packed: their exports, and the media beside these."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import iter_files
from social_tui.importers.beside_files import NotTakenError, open_beside
from social_tui.importers.tar import Tar, is_tar
from tests.importers.taking import outcomes, posts, reasons

NOTE: dict[str, Any] = {
    "id": "https://m.test/users/ada/statuses/109000000000000007",
    "type": "Note",
    "attributedTo": "https://m.test/users/ada",
    "content": "<p>Hello</p>",
    "attachment": [{"type": "Document", "mediaType": "image/png", "url": "/media_attachments/files/1.png"}],
}
OUTBOX = json.dumps({"type": "OrderedCollection", "orderedItems": [NOTE]}).encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


def tarred(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return written.getvalue()


ARCHIVE = tarred(
    {"./media_attachments/files/1.png": b"its bytes", "./outbox.json": OUTBOX, "./likes.txt": b"no"}
)


@pytest.mark.parametrize("packer", PACKERS)
def test_the_archive_of_mastodon_as_it_was_downloaded(tmp_path: Path, packer: str) -> None:
    file = tmp_path / "archive.tar.gz"
    file.write_bytes(PACKERS[packer](ARCHIVE))
    ((_, _, taken),) = iter_files([str(file)])
    assert isinstance(taken, ParsedPost)
    assert taken.text_content == "Hello"
    with open_beside(str(file)) as beside:
        assert b"".join(beside.chunks(taken.media[0].local_path or "", 100)) == b"its bytes"
        with pytest.raises(NotTakenError, match="not there"):
            list(beside.chunks("media_attachments/files/2.png", 100))
        with pytest.raises(NotTakenError, match="escapes"):
            list(beside.chunks("../1.png", 100))


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_longer_than_a_header(form: int) -> None:
    name = f"{'folder/' * 18}{'n' * 60}.json"
    found = list(Tar(io.BytesIO(tarred({name: OUTBOX, "b.json": b"{}"}, form))))
    assert [(each.name, each.size) for each in found] == [(name, len(OUTBOX)), ("b.json", 2)]


def test_exports_packed_in_a_tar_file_are_unpacked() -> None:
    archive = tarred({"a.json.gz": gzip.compress(OUTBOX), "b.json": OUTBOX})
    assert len(posts(archive)) == 2


def test_links_in_a_tar_file_are_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "archive.tar"
    with tarfile.open(file, "w") as archive:
        info = tarfile.TarInfo("media_attachments/files/1.png")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(info)
    with open_beside(str(file)) as beside, pytest.raises(NotTakenError, match="a link"):
        list(beside.chunks("media_attachments/files/1.png", 100))


def test_of_a_damaged_tar_file_the_exports_before_the_damage_are_read() -> None:
    archive = bytearray(tarred({"a.json": OUTBOX, "b.json": OUTBOX}))
    second = archive.index(b"b.json")
    archive[second + 1] ^= 1
    found = outcomes(bytes(archive))
    assert [isinstance(each, ParsedPost) for each in found] == [True, False]
    assert reasons(bytes(archive)) == ["is a damaged tar file"]
    cut = ARCHIVE[: ARCHIVE.index(OUTBOX) + 20]
    assert not any(isinstance(each, ParsedPost) for each in outcomes(cut))
    assert reasons(cut)


def noise(size: int) -> bytes:
    """Return bytes that cannot be packed."""
    return random.Random(1).randbytes(size)


@pytest.mark.parametrize("packer", [name for name in PACKERS if name != "plain"])
def test_of_a_packed_tar_file_that_is_cut_off_the_exports_before_the_cut_are_read(packer: str) -> None:
    packed = PACKERS[packer](tarred({"a.json": OUTBOX, "b.bin": noise(2_000_000), "c.json": OUTBOX}))
    found = outcomes(packed[: len(packed) // 2])
    assert [each if isinstance(each, ParsedPost) else each.reason for each in found] == [
        *posts(OUTBOX),
        "is a damaged tar file",
    ]


def test_of_a_packed_tar_file_that_is_cut_off_the_media_before_the_cut_are_read(tmp_path: Path) -> None:
    file = tmp_path / "archive.tar.gz"
    packed = gzip.compress(tarred({"1.png": b"its bytes", "2.png": noise(2_000_000), "3.png": b"its bytes"}))
    file.write_bytes(packed[: len(packed) // 2])
    with open_beside(str(file)) as beside:
        assert b"".join(beside.chunks("1.png", 100)) == b"its bytes"
        with pytest.raises(NotTakenError, match="damaged"):
            list(beside.chunks("2.png", 3_000_000))
        with pytest.raises(NotTakenError, match="not there"):
            list(beside.chunks("3.png", 100))


def test_an_export_that_cannot_be_unpacked_from_its_first_byte_is_told() -> None:
    archive = tarred({"a.json": OUTBOX, "b.json": OUTBOX})
    first, second = archive.index(OUTBOX), archive.rindex(OUTBOX)
    assert first < second
    written = io.BytesIO()
    with gzip.GzipFile(fileobj=written, mode="wb") as packer:
        packer.write(archive[:second])
        packer.flush()
        cut = written.tell()
    found = outcomes(written.getvalue()[:cut])
    assert [(each.file, each.reason) if isinstance(each, Rejection) else each for each in found] == [
        *posts(OUTBOX),
        ("f/b.json", "cannot be unpacked"),
        ("f", "is a damaged tar file"),
    ]


def test_exports_that_are_links_or_no_files_are_told(tmp_path: Path) -> None:
    file = tmp_path / "archive.tar"
    with tarfile.open(file, "w") as archive:
        for name, kind in (
            ("a.json", tarfile.SYMTYPE),
            ("b.json", tarfile.LNKTYPE),
            ("c.json", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "d.json"
            archive.addfile(info)
        info = tarfile.TarInfo("d.json")
        info.size = len(OUTBOX)
        archive.addfile(info, io.BytesIO(OUTBOX))
    found = outcomes(file.read_bytes())
    assert [(each.file, each.reason) if isinstance(each, Rejection) else each for each in found] == [
        ("f/a.json", "is a link"),
        ("f/b.json", "is a link"),
        ("f/c.json", "is no plain file"),
        *posts(OUTBOX),
    ]


def test_more_members_than_any_export_has_are_not_counted_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("social_tui.importers.tar.MAX_MEMBERS", 2)
    members = {f"{'n' * 200}{number}.json": OUTBOX for number in range(3)}
    assert len(posts(tarred(dict(list(members.items())[:2])))) == 2
    assert reasons(tarred(members)) == ["is a tar file that was made to do harm: it has too many members"]


@pytest.mark.parametrize("size", ["\u00b2", "9" * 5_000, "-1", "1_0"], ids=lambda size: size[:9])
def test_a_size_that_is_none_is_not_believed(size: str) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.json")
        info.size, info.pax_headers = len(OUTBOX), {"size": size}
        archive.addfile(info, io.BytesIO(OUTBOX))
    assert size.encode() in written.getvalue()
    assert len(posts(written.getvalue())) == 1


@pytest.mark.parametrize("cut", [0, 100, 512, 700])
def test_a_cut_header_is_no_endless_search(cut: int) -> None:
    archive = tarred({"a.json": b"x" * 2000})[:cut]
    assert is_tar(archive) == (cut >= 512)
    with pytest.raises(ImportRefusedError, match="damaged"):
        list(Tar(io.BytesIO(archive)))


def test_a_tar_file_without_exports_is_refused_by_name() -> None:
    assert reasons(tarred({"a.txt": b"no"})) == ["is a tar file without JSON files"]


def test_bzip2_is_unpacked_up_to_its_damage() -> None:
    packed = bz2.compress(json.dumps([NOTE]).encode())
    assert posts(packed)[0].text_content == "Hello"
    assert reasons(packed[:-10])

"""Files beside an export: only regular ones in its folder are read, whatever paths and folders are like."""

from __future__ import annotations

import os
import socket
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from social_tui.importers.beside_files import Beside, NotTakenError, open_beside

LIMIT = 1_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an export with a file, beside which there are secrets outside of its folder."""
    export = tmp_path / "export"
    (export / "photos" / "deep").mkdir(parents=True)
    (export / "result.json").write_text("[]")
    (export / "photos" / "1.jpg").write_bytes(b"picture")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "export-secrets").mkdir()
    (tmp_path / "export-secrets" / "1.jpg").write_bytes(b"secret")
    return export


def read(file: Path, path: str, max_bytes: int = LIMIT) -> bytes:
    with open_beside(str(file)) as beside:
        return b"".join(beside.chunks(path, max_bytes))


def refusal(file: Path, path: str, max_bytes: int = LIMIT) -> tuple[str, str]:
    with pytest.raises(NotTakenError) as caught:
        read(file, path, max_bytes)
    assert caught.value.message.encode()
    assert "\0" not in caught.value.message
    return caught.value.outcome, caught.value.why


@pytest.mark.parametrize("path", ["photos/1.jpg", "./photos//1.jpg", "photos/./1.jpg"])
def test_a_file_in_the_folder_is_read(folder: Path, path: str) -> None:
    assert read(folder / "result.json", path) == b"picture"


def test_a_file_may_be_as_large_as_the_limit(folder: Path) -> None:
    assert read(folder / "result.json", "photos/1.jpg", 7) == b"picture"
    assert refusal(folder / "result.json", "photos/1.jpg", 6) == ("too_large", "too large")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("../secret.jpg", ("blocked", "escapes the folder")),
        ("photos/../../secret.jpg", ("blocked", "escapes the folder")),
        ("photos/../photos/1.jpg", ("blocked", "escapes the folder")),
        ("..", ("blocked", "escapes the folder")),
        ("/etc/passwd", ("blocked", "escapes the folder")),
        ("//etc/passwd", ("blocked", "escapes the folder")),
        ("photos\\..\\..\\secret.jpg", ("deleted", "not there")),
        ("file:///etc/passwd", ("deleted", "not there")),
        ("~/secret.jpg", ("deleted", "not there")),
        ("", ("deleted", "not there")),
        (".", ("deleted", "not there")),
        ("photos", ("deleted", "not there")),
        ("photos/deep", ("deleted", "not there")),
        ("photos/1.jpg/", None),
        ("photos/1.jpg/2.jpg", ("deleted", "not there")),
        ("photos/2.jpg", ("deleted", "not there")),
        ("photos/1.jpg\0.png", ("blocked", "not a name")),
        ("\0", ("blocked", "not a name")),
        ("x" * 300, ("blocked", "not a name")),
        ("\u00e9" * 200 + "/1.jpg", ("blocked", "not a name")),
        ("a/" * 5_000 + "b", ("deleted", "not there")),
        ("\x1b[2J\u202e", ("deleted", "not there")),
        ("\ud800", ("blocked", "not a name")),
        ("/dev/zero", ("blocked", "escapes the folder")),
    ],
)
def test_paths_lead_nowhere_else(folder: Path, path: str, expected: tuple[str, str] | None) -> None:
    if expected is None:
        assert read(folder / "result.json", path) == b"picture"
    else:
        assert refusal(folder / "result.json", path) == expected


def link_to_a_file(folder: Path) -> str:
    (folder / "l.jpg").symlink_to(folder.parent / "secret.jpg")
    return "l.jpg"


def link_to_a_file_in_the_folder(folder: Path) -> str:
    (folder / "l.jpg").symlink_to("photos/1.jpg")
    return "l.jpg"


def link_to_a_folder(folder: Path) -> str:
    (folder / "l").symlink_to(folder.parent / "export-secrets")
    return "l/1.jpg"


def link_to_nothing(folder: Path) -> str:
    (folder / "l.jpg").symlink_to("nothing")
    return "l.jpg"


def link_to_itself(folder: Path) -> str:
    (folder / "l").symlink_to("l")
    return "l/1.jpg"


def link_to_a_device(folder: Path) -> str:
    (folder / "l.jpg").symlink_to("/dev/zero")
    return "l.jpg"


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "p.jpg")
    return "p.jpg"


def pipe_as_a_folder(folder: Path) -> str:
    os.mkfifo(folder / "p")
    return "p/1.jpg"


def unix_socket(folder: Path) -> str:
    here = Path.cwd()
    os.chdir(folder)  # names of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("s.jpg")
    finally:
        os.chdir(here)
    return "s.jpg"


def device(folder: Path) -> str:
    try:
        os.mknod(folder / "d.jpg", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")
    return "d.jpg"


LINK = ("blocked", "a link")
NO_FILE = ("blocked", "no file but a pipe, a socket or a device")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (link_to_a_file, LINK),
        (link_to_a_file_in_the_folder, LINK),
        (link_to_a_folder, LINK),
        (link_to_nothing, LINK),
        (link_to_itself, LINK),
        (link_to_a_device, LINK),
        (pipe, NO_FILE),
        (pipe_as_a_folder, NO_FILE),
        (unix_socket, NO_FILE),
        (device, NO_FILE),
    ],
)
def test_what_is_no_file_is_not_opened(
    folder: Path, make: Callable[[Path], str], expected: tuple[str, str]
) -> None:
    assert refusal(folder / "result.json", make(folder)) == expected


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_says_so(folder: Path) -> None:
    (folder / "photos" / "1.jpg").chmod(0)
    assert refusal(folder / "result.json", "photos/1.jpg") == ("auth", "not readable")


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_is_swapped_for_a_link_between_the_look_and_the_opening(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_folder: bool
) -> None:
    path = folder / "photos" if is_folder else folder / "photos" / "1.jpg"
    target = folder.parent / ("export-secrets" if is_folder else "secret.jpg")
    really_open = os.open

    def swapping(name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if name == path.name and not path.is_symlink():
            path.rename(folder / "away")
            path.symlink_to(target)
        return really_open(name, flags, dir_fd=dir_fd)

    with open_beside(str(folder / "result.json")) as beside:
        monkeypatch.setattr("os.open", swapping)
        with pytest.raises(NotTakenError, match="a link"):
            list(beside.chunks("photos/1.jpg", LIMIT))
    assert path.is_symlink()


def test_another_file_in_its_place_is_not_taken_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open = os.open

    def swapping(name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if name == "1.jpg":
            os.link(folder.parent / "secret.jpg", folder / "2.jpg")
            (folder / "2.jpg").replace(folder / "photos" / "1.jpg")
        return really_open(name, flags, dir_fd=dir_fd)

    with open_beside(str(folder / "result.json")) as beside:
        monkeypatch.setattr("os.open", swapping)
        with pytest.raises(NotTakenError, match="changed while it was read"):
            list(beside.chunks("photos/1.jpg", LIMIT))


def test_a_file_that_grows_while_it_is_read_is_not_taken(folder: Path) -> None:
    picture = folder / "photos" / "1.jpg"

    def grown(beside: Beside, by: int, limit: int) -> Iterator[bytes]:
        for chunk in beside.chunks("photos/1.jpg", limit):
            with picture.open("ab") as file:
                file.write(bytes(by))
            by = 0
            yield chunk

    with open_beside(str(folder / "result.json")) as beside:
        with pytest.raises(NotTakenError, match="changed while it was read"):
            list(grown(beside, 1, LIMIT))
        with pytest.raises(NotTakenError, match="too large"):
            list(grown(beside, LIMIT, LIMIT))


def test_files_are_let_go_of(folder: Path) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    for path in ("photos/1.jpg", "photos/2.jpg", "../x", "x" * 300):
        with open_beside(str(folder / "result.json")) as beside:
            chunks = beside.chunks(path, LIMIT)
            try:
                next(chunks)
            except NotTakenError:
                continue
            chunks.close()  # type: ignore[attr-defined]
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_the_standard_input_and_what_is_gone_have_no_folder(tmp_path: Path) -> None:
    assert refusal(Path("-"), "1.jpg") == ("auth", "no folder")
    assert refusal(tmp_path / "gone.json", "1.jpg") == ("auth", "not readable")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Make an export in a zip file."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/result.json", "[]")
        packed.writestr("a/photos/1.jpg", b"picture")
        packed.writestr("a/photos/empty/", b"")
        link = zipfile.ZipInfo("a/link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
        packed.writestr("../up.jpg", b"secret")
        packed.writestr("a/large.jpg", bytes(LIMIT + 1))
    return path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/photos/2.jpg", ("deleted", "not there")),
        ("a/photos/empty", ("deleted", "not there")),
        ("a/photos/empty/", ("deleted", "not there")),
        ("/a/photos/1.jpg", ("blocked", "escapes the folder")),
        ("../up.jpg", ("blocked", "escapes the folder")),
        ("a/../a/photos/1.jpg", ("blocked", "escapes the folder")),
        ("a/link.jpg", ("blocked", "a link")),
        ("a/large.jpg", ("too_large", "too large")),
    ],
)
def test_members_of_a_zip_file_are_found_by_their_names_alone(
    archive: Path, path: str, expected: tuple[str, str]
) -> None:
    assert read(archive, "a/photos/1.jpg") == read(archive, "a/./photos/1.jpg") == b"picture"
    assert refusal(archive, path) == expected


def test_a_member_that_says_it_is_small_and_is_not(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    size = struct.pack("<I", LIMIT + 1)
    for at in (data.find(size), data.rfind(size)):
        data[at : at + 4] = struct.pack("<I", LIMIT)
    archive.write_bytes(data)
    assert refusal(archive, "a/large.jpg") == ("network", "damaged")


def test_a_damaged_member_is_not_taken(archive: Path) -> None:
    data = archive.read_bytes()
    crc = struct.pack("<I", zlib.crc32(b"picture"))
    archive.write_bytes(data.replace(crc, b"\0\0\0\0"))
    assert refusal(archive, "a/photos/1.jpg") == ("network", "damaged")


def test_a_member_that_unpacks_to_much_more_than_it_is(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_tui.importers.archives._HARMLESS_BYTES", 0)
    monkeypatch.setattr("social_tui.importers.archives.MAX_RATIO", 2)
    assert read(archive, "a/photos/1.jpg") == b"picture"
    assert refusal(archive, "a/large.jpg", 2 * LIMIT) == ("blocked", "not unpacked")


def test_an_encrypted_member_is_not_taken(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    name = b"a/photos/1.jpg"
    data[data.find(name) - 24] |= 1
    data[data.rfind(name) - 38] |= 1
    archive.write_bytes(data)
    assert refusal(archive, "a/photos/1.jpg") == ("blocked", "not unpacked")

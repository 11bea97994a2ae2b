"""What cameras note in pictures is read, and hostile notes are bounded."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from social_tui.media_cache.camera import Camera, read_camera
from social_tui.media_cache.decoder import UndecodableError

HERE = {1: "N", 2: (52.0, 31.0, 12.0), 3: "W", 4: (13.0, 24.0, 18.0)}
DETAILS = {0x9003: "2024:05:01 10:20:30", 0x9011: "+02:00", 0x829D: 2.8}
NAMES = {0x010F: "Canon", 0x0110: "Canon EOS 5D", 0x0131: "darktable 4.6", 0x0112: 6}


def noted(
    names: dict[int, Any], details: dict[int, Any] | None = None, place: dict[int, Any] | None = None
) -> Image.Exif:
    exif = Image.Exif()
    exif.update(names)
    exif.get_ifd(0x8769).update(details or {})
    exif.get_ifd(0x8825).update(place or {})
    return exif


def picture(file_format: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, file_format, **options)
    return file.getvalue()


def read(folder: Path, content: bytes, mime_type: str = "image/jpeg") -> Camera:
    path = folder / "file"
    path.write_bytes(content)
    return read_camera(path, mime_type)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_noted_is_read(tmp_path: Path, file_format: str) -> None:
    content = picture(file_format, exif=noted(NAMES, DETAILS, HERE))
    assert read(tmp_path, content, f"image/{file_format.lower()}") == Camera(
        make="Canon",
        model="Canon EOS 5D",
        software="darktable 4.6",
        taken_at="2024-05-01T10:20:30+02:00",
        orientation=6,
        is_exposed=True,
        place=(52.52, -13.405),
    )


def test_what_is_not_said_is_not_there(tmp_path: Path) -> None:
    assert read(tmp_path, picture()) == Camera()
    assert read(tmp_path, picture("PNG"), "image/png") == Camera()
    assert read(tmp_path, b"RIFF", "video/mp4") == Camera()
    with pytest.raises(UndecodableError):
        read(tmp_path, b"no picture")


def test_a_picture_of_a_screen_says_so(tmp_path: Path) -> None:
    told = noted({0x0112: 1}, {0x9286: b"ASCII\0\0\0Screenshot"})
    assert read(tmp_path, picture("PNG", exif=told), "image/png").is_screenshot
    text = PngInfo()
    text.add_text("Software", "gnome-screenshot")
    assert read(tmp_path, picture("PNG", pnginfo=text), "image/png").software == "gnome-screenshot"


@pytest.mark.parametrize(
    ("names", "details", "place"),
    [
        ({0x010F: "A" * 50_000, 0x0110: b"\xff\x00"}, {}, {}),
        ({0x0112: 99, 0x0132: "2024:99:99 10:20:30"}, {0x9011: "+99:99"}, {}),
        ({}, {0x9003: "\x1b[31m", 0x829D: IFDRational(1, 0)}, {}),
        ({}, {}, HERE | {2: (IFDRational(1, 0),) * 3}),
        ({}, {}, HERE | {4: (200.0, 0.0, 0.0)}),
        ({}, {}, HERE | {2: (52.0,)}),
    ],
)
def test_what_makes_no_sense_is_left_out(
    tmp_path: Path, names: dict[int, Any], details: dict[int, Any], place: dict[int, Any]
) -> None:
    found = read(tmp_path, picture(exif=noted(names, details, place)))
    assert len(found.make) <= 100
    assert (found.orientation, found.taken_at, found.is_exposed, found.place) == (None, "", False, None)


def test_broken_notes_harm_nobody(tmp_path: Path) -> None:
    content = picture(exif=noted(NAMES, DETAILS, HERE))
    start, chance = content.index(b"Exif\0\0") + 6, random.Random(3)
    for _ in range(40):
        broken = bytearray(content)
        for _ in range(8):
            broken[start + chance.randrange(200)] = chance.randrange(256)
        try:
            found = read(tmp_path, bytes(broken))
        except UndecodableError:
            continue
        assert max(len(found.make), len(found.model), len(found.software)) <= 100
    assert read(tmp_path, content).model == "Canon EOS 5D"

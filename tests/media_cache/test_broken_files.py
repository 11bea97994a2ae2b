"""More files that are cut, damaged, disguised or overfull: each is drawn or refused, and the next is fine."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from social_tui.media_cache.decode import make_strip, make_thumbnail, probe
from social_tui.media_cache.decoder import UndecodableError
from tests.media_cache import samples

WHOLE = {
    "image/jpeg": samples.jpeg(300, 200),
    "image/png": samples.encoded(samples.noise(300, 200), "PNG"),
    "image/webp": samples.encoded(samples.noise(300, 200), "WEBP"),
    "image/avif": samples.encoded(samples.noise(64, 48), "AVIF"),
    "image/tiff": samples.encoded(samples.noise(64, 48), "TIFF"),
    "image/gif": samples.gif(30),
    "video/mp4": samples.video(30),
    "video/webm": samples.video(30, form="webm", codec="libvpx-vp9"),
    "audio/mpeg": samples.sound(2, loud_from=1),
    "audio/wav": samples.sound(2, "wav", "pcm_s16le", loud_from=1),
    "application/pdf": samples.pdf(3),
}


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind: bytes, data: bytes) -> bytes:
    """A small PNG with one more chunk behind its header."""
    png = samples.encoded(Image.new("RGB", (8, 8), "red"), "PNG")
    return png[:33] + png_chunk(kind, data) + png[33:]


def animation(kind: str, frames: int) -> bytes:
    images = [samples.noise(16, 16, index) for index in range(frames)]
    buffer = io.BytesIO()
    images[0].save(buffer, kind, save_all=True, append_images=images[1:])
    return buffer.getvalue()


def endless(clip: bytes) -> bytes:
    """An MP4 whose movie header claims a length of many years (ISO/IEC 14496-12, 8.2.2)."""
    at = clip.index(b"mvhd") + 4 + 16
    return clip[:at] + b"\x7f\xff\xff\xff" + clip[at + 4 :]


def attempts(path: Path, mime_type: str) -> int:
    """Try all that is done with a file; returns how much of it was refused, with words."""
    works: list[Callable[[], object]] = [
        lambda: probe(path, mime_type),
        lambda: probe(path, mime_type, whole=True),
        lambda: make_thumbnail(path, mime_type),
    ]
    if mime_type.startswith("video/"):
        works.append(lambda: make_strip(path, mime_type))
    refused = []
    for work in works:
        try:
            work()
        except UndecodableError as error:
            refused.append(str(error))
    assert not any(str(path.parent) in words for words in refused)
    return len(refused)


@pytest.fixture
def next_file(tmp_path: Path) -> Path:
    path = tmp_path / "next.jpg"
    path.write_bytes(samples.jpeg())
    return path


@pytest.mark.parametrize("mime_type", list(WHOLE))
def test_files_cut_at_each_tenth(tmp_path: Path, next_file: Path, mime_type: str) -> None:
    path = tmp_path / "cut"
    data = WHOLE[mime_type]
    path.write_bytes(data)
    assert attempts(path, mime_type) == 0
    for tenth in range(10):
        path.write_bytes(data[: len(data) * tenth // 10])
        refused = attempts(path, mime_type)
        # A sound without a length in its header is whole wherever it ends, but for nothing at all.
        assert refused >= (tenth == 0 or mime_type not in ("audio/mpeg",))
        assert probe(next_file, "image/jpeg").width == 64


@pytest.mark.parametrize("mime_type", list(WHOLE))
def test_files_with_random_damage(tmp_path: Path, next_file: Path, mime_type: str) -> None:
    path = tmp_path / "damaged"
    damage = random.Random(mime_type)
    for _ in range(6):
        data = bytearray(WHOLE[mime_type])
        for _ in range(max(len(data) // 500, 8)):
            data[damage.randrange(len(data))] = damage.randrange(256)
        path.write_bytes(data)
        attempts(path, mime_type)  # Drawn or refused: both are right, anything else would be raised.
    assert probe(next_file, "image/jpeg").width == 64


@pytest.mark.parametrize(
    ("make", "mime_type"),
    [
        (lambda: with_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 << 20), 9)), "image/png"),
        (lambda: with_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(64 << 20), 9)), "image/png"),
        (lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(400), "image/tiff"),
        (lambda: b"SIMPLE  =                    T" + b" " * 2850, "image/png"),
        (lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(500), "image/avif"),
        (
            lambda: samples.encoded(Image.new("RGB", (8, 8)), "BMP").replace(
                b"\x08\0\0\0\x08", b"\xff\xff\xff\x7f\x08"
            ),
            "image/bmp",
        ),
        (lambda: animation("GIF", 400), "image/gif"),
    ],
    ids=["zTXt bomb", "ICC bomb", "PSD", "FITS", "JPEG XL", "BMP bomb", "endless GIF"],
)
def test_overfull_and_disguised_files_are_refused_somewhere(
    tmp_path: Path, next_file: Path, make: Callable[[], bytes], mime_type: str
) -> None:
    path = tmp_path / "media"
    path.write_bytes(make())
    with contextlib.suppress(UndecodableError):
        make_thumbnail(path, mime_type)
    with pytest.raises(UndecodableError):
        probe(path, mime_type, whole=True)
    assert probe(next_file, "image/jpeg").width == 64


@pytest.mark.parametrize(("kind", "mime_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_animations_of_very_many_frames_are_drawn_but_not_checked(
    tmp_path: Path, kind: str, mime_type: str
) -> None:
    path = tmp_path / "media"
    path.write_bytes(animation(kind, 150))
    assert probe(path, mime_type).frames == 150
    assert make_thumbnail(path, mime_type).jpeg.startswith(b"\xff\xd8")
    with pytest.raises(UndecodableError, match="frames"):
        probe(path, mime_type, whole=True)


def test_a_video_that_claims_years_is_drawn_from_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "media"
    path.write_bytes(endless(samples.video(10)))
    assert make_thumbnail(path, "video/mp4").jpeg.startswith(b"\xff\xd8")
    assert make_strip(path, "video/mp4").startswith(b"\xff\xd8")


def test_a_document_of_very_many_pages_is_drawn_by_its_first(tmp_path: Path) -> None:
    path = tmp_path / "media"
    path.write_bytes(samples.pdf(5_000))
    assert probe(path, "application/pdf").frames == 5_000
    assert make_thumbnail(path, "application/pdf").jpeg.startswith(b"\xff\xd8")

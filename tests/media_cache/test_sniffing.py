"""What files are, by their first bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from social_tui.media_cache.sniffing import EXTENSIONS, HEAD_BYTES, describe, ends_as_archive, sniff
from tests.media_cache import samples


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("a.txt", "x")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_pictures_that_pillow_writes(kind: str) -> None:
    found = sniff(samples.encoded(Image.new("RGB", (8, 8)), kind)[:HEAD_BYTES])
    assert found is not None
    assert found.mime_type == f"image/{kind.lower()}"
    assert found.media_type == "image"


@pytest.mark.parametrize(
    ("data", "mime_type", "extension"),
    [
        (samples.video(4), "video/mp4", "mp4"),
        (samples.video(4, form="mov"), "video/quicktime", "mov"),
        (samples.video(4, form="webm", codec="libvpx-vp9"), "video/webm", "webm"),
        (samples.sound(), "audio/mpeg", "mp3"),
        (samples.sound(form="wav", codec="pcm_s16le"), "audio/wav", "wav"),
        (samples.sound(form="ipod", codec="aac"), "audio/mp4", "m4a"),
        (samples.sound(form="oga", codec="flac"), "audio/ogg", "ogg"),
        (samples.pdf(), "application/pdf", "pdf"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg", "mp3"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0miafavif", "image/avif", "avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "heic"),
        (b"\0\0\0\x14ftypXXXX\0\0\0\0isom", "video/mp4", "mp4"),
    ],
    ids=[str(number) for number in range(13)],
)
def test_other_media(data: bytes, mime_type: str, extension: str) -> None:
    found = sniff(data[:HEAD_BYTES])
    assert found is not None
    assert (found.mime_type, found.extension) == (mime_type, extension)
    assert extension in EXTENSIONS


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (samples.HTML, "a web page"),
        (b"\xef\xbb\xbf\n  <HTML>", "a web page"),
        (samples.SVG, "an SVG drawing"),
        (b"<svg onload=x>", "an SVG drawing"),
        (b'{"error": "expired"}', "JSON text"),
        (archive(), "an archive"),
        (b"\x1f\x8b\x08\0", "an archive"),
        (b"MZ\x90\0", "an unknown type"),
        (b"%!PS-Adobe-3.0", "an unknown type"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/", "an unknown type"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", "an unknown type"),
        (b"BM but no bitmap at all", "an unknown type"),
        (b"\xff\xfb\x90\x00" + bytes(500), "an unknown type"),
        (b"RIFF\0\0\0\0AVI ", "an unknown type"),
        (b"GIF89a/*<script>alert(1)</script>*/", "dressed as a picture"),
        (b"\xff\xd8\xff\xfe\0\x40<html><body>", "dressed as a picture"),
    ],
    ids=[str(number) for number in range(17)],
)
def test_what_is_no_media_is_named(data: bytes, words: str) -> None:
    assert sniff(data) is None
    assert words in describe(data)


@given(
    st.binary(max_size=200)
    | st.builds(lambda a, b: a + b"ftyp" + b, st.binary(min_size=4, max_size=4), st.binary())
)
def test_no_bytes_are_too_strange(data: bytes) -> None:
    assert sniff(data) is not None or describe(data)


@pytest.mark.parametrize("comment", [b"", b"a comment behind the archive"])
def test_an_archive_behind_a_picture_is_seen(tmp_path: Path, comment: bytes) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(samples.jpeg(300, 200) + archive())
    with zipfile.ZipFile(path, "a") as opened:
        opened.comment = comment
    assert sniff(path.read_bytes()[:HEAD_BYTES]) is not None, "it begins as a picture"
    with path.open("rb") as file:
        assert ends_as_archive(file.fileno())


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x05\x06", samples.jpeg(), b"x" * 70_000, archive() + b"more"],
    ids=["empty", "mark alone", "picture", "long", "archive in front"],
)
def test_what_does_not_end_as_an_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with path.open("rb") as file:
        assert not ends_as_archive(file.fileno())

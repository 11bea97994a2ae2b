"""Marks of made pictures are read where files have them, and hostile ones cost nothing."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa  # type: ignore[import-untyped]
import pillow_heif
import pytest
from PIL import Image

from social_tui.media_cache.decode import read_marks
from social_tui.media_cache.decoder import UndecodableError
from tests.media_cache import samples, signing
from tests.media_cache.signing import PARTLY, packet

XMP = {"source_types": ["trainedAlgorithmicMedia"], "tools": ["Dream 3"]}
SIGNED = {
    "signature": "untrusted",
    "signer": "Dream Makers",
    "source_types": ["trainedAlgorithmicMedia"],
    "source_types_of_parts": [],
    "tools": ["Dream"],
}
JPEG = samples.jpeg(200, 120)
PNG = samples.encoded(samples.noise(20, 20), "PNG")
WEBP = samples.encoded(samples.noise(20, 20), "WEBP")
MP4 = samples.video()


@pytest.fixture
def told(tmp_path: Path) -> Callable[[bytes, str], dict[str, Any]]:
    """Give a way to ask what some bytes say of how they were made."""

    def ask(content: bytes, mime_type: str) -> dict[str, Any]:
        path = tmp_path / "file"
        path.write_bytes(content)
        return read_marks(path, mime_type)

    return ask


Ask = Callable[[bytes, str], dict[str, Any]]


def said(value: object) -> str:
    """Name a case by its words alone: encoders write other bytes each time, and names must stay the same."""
    return value if isinstance(value, str) else "bytes"


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (signing.in_jpeg(JPEG, packet()), "image/jpeg"),
        (signing.in_jpeg(JPEG, packet(as_element=True)), "image/jpeg"),
        (signing.in_jpeg(JPEG, packet("trainedAlgorithmicMedia")), "image/jpeg"),
        (signing.in_png(PNG, packet()), "image/png"),
        (signing.in_png(PNG, packet(), compressed=True), "image/png"),
        (signing.in_webp(WEBP, packet()), "image/webp"),
        (signing.in_mp4(MP4, packet()), "video/mp4"),
        (samples.gif()[:-1] + b"!\xff\x0bXMP DataXMP" + packet() + b"\x01\x00;", "image/gif"),
    ],
    ids=said,
)
def test_what_xmp_says_is_read_in_every_container(told: Ask, content: bytes, mime_type: str) -> None:
    assert told(content, mime_type) == {"xmp": XMP}


def test_what_pillow_writes_is_read(told: Ask) -> None:
    kinds = {"JPEG": "jpeg", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic"}
    pillow_heif.register_heif_opener()
    for kind, name in kinds.items():
        buffer, mime_type = io.BytesIO(), f"image/{name}"
        Image.new("RGB", (64, 64)).save(buffer, kind, xmp=packet(PARTLY))
        [source_type] = told(buffer.getvalue(), mime_type)["xmp"]["source_types"]
        assert source_type == "compositeWithTrainedAlgorithmicMedia"


def test_a_packet_is_found_wherever_it_is(tmp_path: Path) -> None:
    """Also across the pieces that a file is read in."""
    piece = 1 << 20
    for place in (0, 5, piece - 5, piece - 1, piece, 2 * piece - 3):
        path = tmp_path / "file.tif"
        path.write_bytes(b"II*\0" + b"\0" * place + packet() + b"\0" * piece)
        assert read_marks(path, "image/tiff") == {"xmp": XMP}


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (WEBP, "image/webp"),
        (MP4, "video/mp4"),
        (samples.gif(), "image/gif"),
        (samples.pdf(), "application/pdf"),
        (signing.in_jpeg(JPEG, packet("")), "image/jpeg"),
    ],
    ids=said,
)
def test_what_says_nothing_has_no_marks(told: Ask, content: bytes, mime_type: str) -> None:
    assert told(content, mime_type) == {}


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (MP4, "video/mp4")],
    ids=said,
)
def test_a_signed_manifest_is_read_as_one_whose_signer_nobody_knows(
    told: Ask, content: bytes, mime_type: str
) -> None:
    assert told(signing.signed(content, mime_type, signing.BY_AI), mime_type) == {"c2pa": SIGNED}


def test_a_file_that_was_changed_after_it_was_signed_says_so(told: Ask) -> None:
    content = bytearray(signing.signed(JPEG, "image/jpeg", signing.BY_AI))
    content[-100] ^= 1
    marks = told(bytes(content), "image/jpeg")["c2pa"]
    assert (marks["signature"], marks["source_types"]) == ("invalid", ["trainedAlgorithmicMedia"])


def test_what_a_picture_was_made_out_of_is_told_apart(told: Ask) -> None:
    part = signing.signed(JPEG, "image/jpeg", signing.BY_AI)

    def edit(builder: Any) -> None:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)

    content = signing.signed(part, "image/jpeg", tool="Editor", prepare=edit)
    marks = told(content, "image/jpeg")["c2pa"]
    assert (marks["source_types"], marks["source_types_of_parts"]) == ([], ["trainedAlgorithmicMedia"])
    assert marks["tools"] == ["Editor"]


def test_manifests_that_are_elsewhere_are_not_fetched(told: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"

        def elsewhere(builder: Any) -> None:
            builder.set_remote_url(address)
            builder.set_no_embed()

        content = signing.signed(JPEG, "image/jpeg", signing.BY_AI, prepare=elsewhere)
        assert address.encode() in content
        assert told(content, "image/jpeg") == {}
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "xmp",
    [
        b"",
        b"not xml",
        b"\xff\xfe<\0a\0/\0>\0",
        packet()[:-30],
        b'<!DOCTYPE x [<!ENTITY a "trainedAlgorithmicMedia">]>' + packet("&a;"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + packet(),
        b"<a>" * 20_000,
        packet("x" * 60_000),
    ],
    ids=["empty", "no-xml", "utf-16", "cut", "entity", "external", "deep", "long"],
)
def test_hostile_packets_say_nothing_or_little(told: Ask, xmp: bytes) -> None:
    for content, mime_type in (
        (signing.in_jpeg(JPEG, xmp), "image/jpeg"),
        (signing.in_png(PNG, xmp, compressed=True), "image/png"),
    ):
        marks = told(content, mime_type)
        assert len(str(marks)) < 400
        assert "trainedAlgorithmicMedia" not in str(marks)


def test_a_bomb_of_text_is_cut_off(told: Ask) -> None:
    assert told(signing.in_png(PNG, b" " * 300_000_000 + packet(), compressed=True), "image/png") == {}


@pytest.mark.parametrize("tenth", range(10))
def test_files_that_are_cut_or_damaged_do_no_harm(told: Ask, tenth: int) -> None:
    for content, mime_type in (
        (signing.signed(signing.in_jpeg(JPEG, packet()), "image/jpeg", signing.BY_AI), "image/jpeg"),
        (signing.signed(MP4, "video/mp4", signing.BY_AI), "video/mp4"),
    ):
        place = len(content) * tenth // 10
        for damaged in (content[:place], content[:place] + b"\xff" * 64 + content[place + 64 :]):
            try:
                marks = told(damaged, mime_type)
            except UndecodableError:
                continue
            assert set(marks) <= {"xmp", "c2pa"}
            assert marks.get("c2pa", {}).get("signature") in (None, "untrusted", "invalid", "unreadable")


def test_without_the_library_a_manifest_is_told_to_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from social_tui.media_cache import decode_marks

    monkeypatch.setitem(sys.modules, "c2pa", None)
    content = signing.signed(JPEG, "image/jpeg", signing.BY_AI)
    marks, _ = decode_marks.read_marks(io.BytesIO(content), {"mime_type": "image/jpeg"})
    assert marks == {"marks": {"c2pa": {"signature": "unread"}}}

"""What a file is, by its first bytes; names and headers are never believed."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from social_tui.models import MediaType

HEAD_BYTES = 4096
_LONGEST_ARCHIVE_END = 22 + 65_535


class Sniffed(NamedTuple):
    """What the first bytes of a file say that it is."""

    mime_type: str
    extension: str
    media_type: MediaType


_SIGNATURES: tuple[tuple[bytes, Sniffed], ...] = (
    (b"\xff\xd8\xff", Sniffed("image/jpeg", "jpg", "image")),
    (b"\x89PNG\r\n\x1a\n", Sniffed("image/png", "png", "image")),
    (b"GIF87a", Sniffed("image/gif", "gif", "image")),
    (b"GIF89a", Sniffed("image/gif", "gif", "image")),
    (b"II*\x00", Sniffed("image/tiff", "tif", "image")),
    (b"MM\x00*", Sniffed("image/tiff", "tif", "image")),
    (b"%PDF-", Sniffed("application/pdf", "pdf", "document")),
    (b"ID3", Sniffed("audio/mpeg", "mp3", "audio")),
)
_RIFF = {
    b"WEBP": Sniffed("image/webp", "webp", "image"),
    b"WAVE": Sniffed("audio/wav", "wav", "audio"),
}
_MP4 = Sniffed("video/mp4", "mp4", "video")
_HEIC = Sniffed("image/heic", "heic", "image")
_AVIF = Sniffed("image/avif", "avif", "image")
# Brands of ISO base media files: https://mp4ra.org/registered-types/brands
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), _HEIC),
    **dict.fromkeys((b"M4A ", b"M4B "), Sniffed("audio/mp4", "m4a", "audio")),
    b"qt  ": Sniffed("video/quicktime", "mov", "video"),
    **dict.fromkeys((b"isom", b"mp41", b"mp42", b"avc1", b"av01", b"dash", b"mmp4", b"MSNV", b"f4v "), _MP4),
    **dict.fromkeys((b"M4V ", b"M4VH", b"3gp4", b"3gp5", b"3gp6"), _MP4),
    **{f"iso{number}".encode(): _MP4 for number in range(2, 10)},
}
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
EXTENSIONS = (
    *("jpg", "png", "gif", "webp", "tif", "heic", "avif", "bmp"),
    *("mp4", "mov", "webm", "ogv", "mp3", "m4a", "ogg", "wav", "pdf"),
)
"""All that :func:`sniff` gives: by them a file of the cache is found without listing a folder."""

_MARKUP = re.compile(rb"<(?:!doctype html|html|head|body|script|iframe|svg|\?xml|!--)", re.IGNORECASE)
# Inside a real picture these can only be there to make a browser read it as a page.
_HIDDEN_PAGE = re.compile(rb"<(?:!doctype\s+html|html[\s>]|script[\s>]|iframe[\s>])", re.IGNORECASE)
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")


def sniff(head: bytes) -> Sniffed | None:
    """Tell what a file is.

    Args:
        head: Its first :data:`HEAD_BYTES` bytes, or all of a shorter file.

    Returns:
        The type; None when it is no media that this program takes, or a page dressed as one.
    """
    found = _match(head)
    if found is not None and found.media_type == "image" and _HIDDEN_PAGE.search(head):
        return None
    return found


def ends_as_archive(descriptor: int) -> bool:
    """Tell whether a file, whatever it begins as, ends as a ZIP archive: other programs open it as that.

    The last record of an archive says how long the comment behind it is (APPNOTE.TXT 6.3.10, 4.3.16).

    Args:
        descriptor: A local file, open for reading.

    Raises:
        OSError: If it cannot be read.
    """
    start = max(os.fstat(descriptor).st_size - _LONGEST_ARCHIVE_END, 0)
    tail = os.pread(descriptor, _LONGEST_ARCHIVE_END, start)
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)


def describe(head: bytes) -> str:
    """Name in words what was sent instead of media, for the reason of a refusal."""
    if not head:
        return "nothing: the file is empty"
    text = head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n")
    if _match(head) is not None:
        return "a web page dressed as a picture"
    if _MARKUP.match(text):
        return "an SVG drawing" if re.search(rb"<svg[\s>]", text, re.IGNORECASE) else "a web page"
    if text[:1] in (b"{", b"["):
        return "JSON text"
    if head.startswith(_ARCHIVES):
        return "an archive"
    return "a file of an unknown type"


def _match(head: bytes) -> Sniffed | None:
    for signature, sniffed in _SIGNATURES:
        if head.startswith(signature):
            return sniffed
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[:4] == b"\x1aE\xdf\xa3":
        # Matroska too begins so; WebM says so in the EBML header (RFC 8794, section 11.2.8).
        return Sniffed("video/webm", "webm", "video") if b"webm" in head[:64] else None
    if head[:4] == b"OggS":
        video = b"\x80theora" in head[:128]
        return Sniffed("video/ogg", "ogv", "video") if video else Sniffed("audio/ogg", "ogg", "audio")
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Sniffed("image/bmp", "bmp", "image")
    return Sniffed("audio/mpeg", "mp3", "audio") if _is_mpeg_audio(head) else None


def _iso_media(head: bytes) -> Sniffed | None:
    """Tell an ISO base media file by its major brand, else by the first known compatible one."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, size - 3, 4)]
    if brands[0] in (b"mif1", b"msf1"):
        # The structural brands of HEIF: the codec's brand stands among the compatible ones.
        return next((_BRANDS[brand] for brand in brands if _BRANDS.get(brand) in (_AVIF, _HEIC)), _HEIC)
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def _is_mpeg_audio(head: bytes) -> bool:
    """Tell MPEG audio layer III without a tag: two frame headers at the distance the first one says."""
    length = _mpeg_frame_length(head[:4])
    return length is not None and _mpeg_frame_length(head[length : length + 4]) is not None


_KILOBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = (44_100, 48_000, 32_000)


def _mpeg_frame_length(header: bytes) -> int | None:
    """Return the length in bytes of a layer III frame (ISO/IEC 11172-3, 2.4.1.3), or None if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version = header[1] >> 3 & 3  # 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return None
    if version == 3:
        return 144_000 * _KILOBITS_1[bitrate] // _HERTZ[rate] + padding
    hertz = _HERTZ[rate] // (2 if version == 2 else 4)
    return 72_000 * _KILOBITS_2[bitrate] // hertz + padding

"""Marks of how a file was made, for :mod:`~social_tui.media_cache.decode_child` only.

XMP (ISO 16684-1) says it by the IPTC's DigitalSourceType, C2PA manifests by the actions that they list.
Both are what the file says: anybody can write them, and anybody can take them away.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from social_tui.media_cache.decode_pictures import UndecodableFileError

_LARGEST_PACKET = 1 << 20
_MOST_PARTS = 10_000
_MOST_VALUES = 10
_LONGEST_VALUE = 200
_PIECE = 1 << 20
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_XMP = b"XML:com.adobe.xmp\0"
_MP4_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PACKET, _PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_SOURCE_TYPE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ DigitalSourceType"
_TOOL = "http://ns.adobe.com/xap/1.0/ CreatorTool"
_RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"
# The description box of a C2PA manifest store (JUMBF, ISO 19566-5): its type, and the UUID of the store.
_MANIFEST = b"jumdc2pa" + bytes.fromhex("00110010800000aa00389b71")
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


def read_marks(file: BinaryIO, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Read what a file says of how it was made; an absent mark is an absent key."""
    marks: dict[str, Any] = {}
    packet = _xmp_packet(file, request["mime_type"])
    xmp = _xmp_marks(packet) if packet else None
    if xmp:
        marks["xmp"] = xmp
    if _find(file, _MANIFEST) is not None:
        marks["c2pa"] = _c2pa_marks(file, request["mime_type"])
    return {"marks": marks}, b""


def _xmp_packet(file: BinaryIO, mime_type: str) -> bytes | None:
    read = {
        "image/jpeg": _jpeg_packets,
        "image/png": _png_packets,
        "image/webp": _webp_packets,
        "video/mp4": _mp4_packets,
        "video/quicktime": _mp4_packets,
        "image/heic": _plain_packets,
        "image/avif": _plain_packets,
        "image/tiff": _plain_packets,
        "image/gif": _plain_packets,
    }.get(mime_type)
    file.seek(0)
    return next(read(file), None) if read is not None else None


def _jpeg_packets(file: BinaryIO) -> Iterator[bytes]:
    file.seek(2)
    for _ in range(_MOST_PARTS):
        head = file.read(4)
        size = int.from_bytes(head[2:], "big") - 2
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9) or size < 0:
            return
        if head[1] == 0xE1:
            body = file.read(size)
            if body.startswith(_JPEG_XMP):
                yield body[len(_JPEG_XMP) :]
        else:
            file.seek(size, 1)


def _png_packets(file: BinaryIO) -> Iterator[bytes]:
    file.seek(8)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        size = int.from_bytes(head[:4], "big")
        if len(head) < 8 or head[4:] == b"IEND":
            return
        if head[4:] == b"iTXt" and size <= _LARGEST_PACKET:
            body = file.read(size)
            if body.startswith(_PNG_XMP):
                yield _png_text(body[len(_PNG_XMP) :])
            file.seek(4, 1)
        else:
            file.seek(size + 4, 1)


def _png_text(body: bytes) -> bytes:
    """Take the text of an iTXt chunk: compressed or not, after language and translated keyword."""
    text = body[2:].split(b"\0", 2)[-1]
    if body[:1] != b"\x01":
        return text
    return zlib.decompressobj().decompress(text, _LARGEST_PACKET)


def _webp_packets(file: BinaryIO) -> Iterator[bytes]:
    file.seek(12)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if len(head) < 8:
            return
        if head[:4] == b"XMP " and size <= _LARGEST_PACKET:
            yield file.read(size)
        file.seek(size + size % 2, 1)


def _mp4_packets(file: BinaryIO) -> Iterator[bytes]:
    for _ in range(_MOST_PARTS):
        start = file.tell()
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        body = 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), 16
        if len(head) < 16 or size < body:
            return
        file.seek(start + body)
        if head[4:8] == b"uuid" and size <= _LARGEST_PACKET and file.read(16) == _MP4_XMP:
            yield file.read(size - body - 16)
        file.seek(start + size)


def _plain_packets(file: BinaryIO) -> Iterator[bytes]:
    """Look for a packet where nothing compresses it, and only a decoder knows its place in the container."""
    place = _find(file, _PACKET)
    if place is not None:
        file.seek(place)
        body, end, _ = file.read(_LARGEST_PACKET).partition(_PACKET_END)
        yield body + end


class _XmpReader:
    """Reads the few properties that count, without making a tree; refuses what can hide something."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {_SOURCE_TYPE: [], _TOOL: []}
        self._open: str | None = None
        self._text = ""

    def read(self, packet: bytes) -> None:
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.Parse(packet.rstrip(b"\0 \r\n\t"), True)

    def _refuse(self, *_: object) -> None:
        raise UndecodableFileError("its XMP declares entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            self._keep(key, value)
        if name in self.found:
            self._open, self._text = name, attributes.get(_RESOURCE, "")

    def _add(self, text: str) -> None:
        if self._open is not None and len(self._text) <= _LONGEST_VALUE:
            self._text += text

    def _end(self, name: str) -> None:
        if name == self._open:
            self._keep(name, self._text)
            self._open = None

    def _keep(self, name: str, value: str) -> None:
        values = self.found.get(name)
        if values is not None and value.strip() and len(values) < _MOST_VALUES:
            values.append(value.strip()[:_LONGEST_VALUE])


def _xmp_marks(packet: bytes) -> dict[str, Any] | None:
    reader = _XmpReader()
    try:
        reader.read(packet)
    except (expat.ExpatError, UndecodableFileError):
        return None
    types = [_term(value) for value in reader.found[_SOURCE_TYPE]]
    return {"source_types": types, "tools": reader.found[_TOOL]} if types else None


def _term(value: str) -> str:
    """Take the term of a source type, of the IPTC's or anybody's vocabulary."""
    return value.rstrip("/").rpartition("/")[2]


def _find(file: BinaryIO, sought: bytes) -> int | None:
    """Find where some bytes are first, holding a piece of the file at a time."""
    file.seek(0)
    start, before = 0, b""
    while piece := file.read(_PIECE):
        place = (before + piece).find(sought)
        if place >= 0:
            return start - len(before) + place
        start += len(piece)
        before = (before + piece)[1 - len(sought) :]
    return None


def _c2pa_marks(file: BinaryIO, mime_type: str) -> dict[str, Any]:
    try:
        import c2pa  # type: ignore[import-untyped]
    except ImportError:
        return {"signature": "unread"}
    file.seek(0)
    try:
        with (
            c2pa.Context.from_dict(_OFFLINE) as context,
            c2pa.Reader(mime_type, file, context=context) as reader,
        ):
            state, told = reader.get_validation_state(), json.loads(reader.json())
    except (c2pa.C2paError, ValueError):
        return {"signature": "unreadable"}
    manifests = told.get("manifests", {})
    active = manifests.get(told.get("active_manifest"), {})
    signer = active.get("signature_info", {})
    return {
        "signature": {"Trusted": "valid", "Valid": "untrusted"}.get(state or "", "invalid"),
        "source_types": _source_types([active]),
        "source_types_of_parts": _source_types([m for m in manifests.values() if m is not active]),
        "signer": str(signer.get("issuer") or signer.get("common_name") or "")[:_LONGEST_VALUE],
        "signed_at": str(signer.get("time") or "")[:_LONGEST_VALUE],
        "tools": [
            str(tool.get("name", ""))[:_LONGEST_VALUE]
            for tool in active.get("claim_generator_info", [])[:_MOST_VALUES]
        ],
    }


def _source_types(manifests: list[dict[str, Any]]) -> list[str]:
    found = {
        _term(str(action.get("digitalSourceType", "")))[:_LONGEST_VALUE]
        for manifest in manifests
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    }
    return sorted(found - {""})[:_MOST_VALUES]

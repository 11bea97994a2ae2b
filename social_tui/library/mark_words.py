"""Marks of made pictures in words: what a file says of how it was made, told as what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# https://cv.iptc.org/newscodes/digitalsourcetype/
_SOURCE_TYPES = {
    "trainedAlgorithmicMedia": "made by AI",
    "compositeWithTrainedAlgorithmicMedia": "partly made by AI",
    "compositeSynthetic": "composed, partly of what a program made",
    "algorithmicMedia": "made by a program",
    "algorithmicallyEnhanced": "improved by a program",
    "digitalCapture": "taken by a camera",
    "computationalCapture": "taken by a camera",
    "digitalCreation": "drawn by a person",
    "humanEdits": "edited by a person",
}
_SIGNATURES = {
    "valid": "signed by {signer}, who is trusted",
    "untrusted": "signed by {signer}, whom nothing here vouches for",
    "invalid": "its signature does not fit: the file or the manifest was changed",
    "unreadable": "it cannot be read",
    "unread": "nothing here reads it: pip install 'social-tui[provenance]' brings what does",
}


def marks_in_words(marks: Mapping[str, Any] | None) -> Iterator[str]:
    """Tell what a file says of how it was made, as what it says: whether it is true, nobody here knows.

    The words hold text out of the file.
    """
    if marks is None or "error" in marks:
        return
    xmp, c2pa = marks.get("xmp"), marks.get("c2pa")
    if xmp is not None:
        yield f"its XMP says: {_kinds(xmp)}{_by(xmp)}; anybody can write that"
    if c2pa is not None:
        signature = _SIGNATURES.get(c2pa.get("signature", ""), _SIGNATURES["unreadable"])
        said = f"{_kinds(c2pa)}{_by(c2pa)}; " if c2pa.get("source_types") else ""
        parts = [_kind(each) for each in c2pa.get("source_types_of_parts", [])]
        made_of = f"made out of what was {', '.join(parts)}; " if parts else ""
        verb = "says" if said else "is there"
        yield f"its C2PA manifest {verb}: {said}{made_of}" + signature.format(
            signer=c2pa.get("signer") or "somebody"
        )


def _kinds(told: Mapping[str, Any]) -> str:
    return ", ".join(map(_kind, told.get("source_types", [])))


def _kind(source_type: str) -> str:
    return _SOURCE_TYPES.get(source_type, source_type)


def _by(told: Mapping[str, Any]) -> str:
    tools = [tool for tool in told.get("tools", []) if tool]
    return f" ({', '.join(tools)})" if tools else ""

"""Works out the id that Bluesky's protocol gives a record by its content, for records that stand alone.

A CID (https://github.com/multiformats/cid) of version 1 over the record in DAG-CBOR
(https://ipld.io/specs/codecs/dag-cbor/spec/), hashed by SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

_CID_TAG = 42
_PREFIX = bytes((0x01, 0x71, 0x12, 0x20))  # version 1, DAG-CBOR, SHA-256, 32 bytes


def cid(record: dict[str, Any]) -> str:
    """Return the CID of a record.

    Raises:
        ValueError: If it holds what the protocol does not know.
    """
    digest = hashlib.sha256(_encoded(record)).digest()
    return f"b{base64.b32encode(_PREFIX + digest).decode().rstrip('=').lower()}"


def _encoded(value: Any) -> bytes:
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return _head(3, len(data)) + data
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(_encoded, value))
    return _map(value)


def _map(value: dict[str, Any]) -> bytes:
    if value.keys() == {"$link"}:
        data = b"\0" + _decoded_link(str(value["$link"]))
        return _head(6, _CID_TAG) + _head(2, len(data)) + data
    if value.keys() == {"$bytes"}:
        text = str(value["$bytes"])
        data = base64.b64decode(text + "=" * (-len(text) % 4))
        return _head(2, len(data)) + data
    # Keys are in the order of their length, then of their bytes.
    members = sorted((name.encode() for name in value), key=lambda name: (len(name), name))
    return _head(5, len(value)) + b"".join(
        _encoded(name.decode()) + _encoded(value[name.decode()]) for name in members
    )


def _decoded_link(link: str) -> bytes:
    digits = link[1:].upper()
    try:
        return base64.b32decode(digits + "=" * (-len(digits) % 8))
    except ValueError:  # written by hand: what is no link has an id too, if none that the network knows
        return link.encode()


def _head(kind: int, count: int) -> bytes:
    """Write a kind of value with its number, in as few bytes as hold it (RFC 8949 section 3)."""
    if count < 24:
        return bytes((kind << 5 | count,))
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 1 << 8 * size:
            return bytes((kind << 5 | code,)) + count.to_bytes(size, "big")
    raise ValueError("larger than 64 bits")

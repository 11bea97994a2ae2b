"""Files to archive, with the digests that their rows would hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

MEDIA_ID = "med-0a1b2c3d4e5f60718"


class Row(TypedDict):
    """What ``Archive.store`` takes from a row."""

    md5_sum: str
    sha256: str
    mime_type: str


class Known(TypedDict):
    """What ``Archive.verify`` takes from a row."""

    md5_sum: str
    sha256: str
    byte_size: int


class Wanted(TypedDict):
    """What ``Archive.fetch`` takes from a row."""

    sha256: str
    byte_size: int


@dataclass(frozen=True)
class Sample:
    """A cached file and its digests."""

    path: Path
    data: bytes

    @property
    def row(self) -> Row:
        return {"md5_sum": md5_of(self.data), "sha256": sha256_of(self.data), "mime_type": "image/jpeg"}

    @property
    def known(self) -> Known:
        return {
            "md5_sum": md5_of(self.data),
            "sha256": sha256_of(self.data),
            "byte_size": len(self.data),
        }

    @property
    def wanted(self) -> Wanted:
        return {"sha256": sha256_of(self.data), "byte_size": len(self.data)}


def make_sample(folder: Path, data: bytes = b"\xff\xd8 a picture \xff\xd9" * 100) -> Sample:
    """Write a file as the cache would have it."""
    path = folder / f"{md5_of(data)}.jpg"
    path.write_bytes(data)
    return Sample(path, data)


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

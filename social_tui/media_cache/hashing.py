"""All digests of a stream of bytes in one pass."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Literal

from social_tui.log import get_logger
from social_tui.media_cache.disk import mode_of

log = get_logger(__name__)

Comparison = Literal["absent", "same", "damaged", "collision"]
_CHUNK = 1 << 20


class Digests:
    """MD5 (the name on disk), SHA-256 (the truth) and size of some bytes."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self.byte_size = 0

    def update(self, chunk: bytes) -> None:
        """Take the next bytes in."""
        self._md5.update(chunk)
        self._sha256.update(chunk)
        self.byte_size += len(chunk)

    @property
    def md5_sum(self) -> str:
        """The MD5 in 32 lower-case hexadecimal digits."""
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str:
        """The SHA-256 in 64 lower-case hexadecimal digits."""
        return self._sha256.hexdigest()


def hash_file(path: Path) -> Digests:
    """Hash a file in constant memory.

    Args:
        path: A regular file.

    Returns:
        The digests of all its bytes.

    Raises:
        OSError: If it cannot be read.
    """
    digests = Digests()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digests.update(chunk)
    return digests


def digest_file(path: Path, algorithm: str) -> str:
    """Compute one digest of a file, which takes less time than all of :func:`hash_file`.

    Args:
        path: A regular file.
        algorithm: 'md5' or 'sha256'.

    Returns:
        Lower-case hexadecimal digits.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def holds(path: Path, sha256: str) -> bool:
    """Tell whether a regular file can be read and has these bytes."""
    try:
        return stat.S_ISREG(mode_of(path)) and digest_file(path, "sha256") == sha256
    except OSError:
        return False


def compare_file(path: Path, expected: Digests) -> Comparison:
    """Tell what is under a name that is made of a content.

    Args:
        path: ``<md5>.<extension>``, or ``<md5>-<sha256>.<extension>`` with the SHA-256's first 16 digits.
        expected: Of the content.

    Returns:
        'absent', 'same', 'damaged', or 'collision' where other bytes have that MD5.
    """
    mode = mode_of(path)
    if not mode:
        return "absent"
    if not stat.S_ISREG(mode):
        return "damaged"
    try:
        held = hash_file(path)
    except OSError as error:
        log.warning("file_unreadable", file=path.name, error=error.strerror)
        return "damaged"
    if held.sha256 == expected.sha256:
        return "same"
    named = path.stem in (held.md5_sum, f"{held.md5_sum}-{held.sha256[:16]}")
    return "collision" if named else "damaged"

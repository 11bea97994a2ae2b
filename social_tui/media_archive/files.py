"""Hashing originals and writing copies that appear whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from social_tui.durable import create_locked, remove_if_abandoned, sync_path
from social_tui.errors import ArchiveError, StorageError

CHUNK = 1 << 20
UNFINISHED = ".tmp"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What one pass over some bytes tells: the digests in hexadecimal, and the size."""

    md5_sum: str
    sha256: str
    byte_size: int


def fingerprint(chunks: Iterable[bytes], *, into: BinaryIO | None = None) -> Fingerprint:
    """Hash a stream, and write it on the way when told to.

    Args:
        chunks: The bytes in order.
        into: Where to write each chunk, or nowhere.

    Returns:
        The fingerprint of all the chunks.
    """
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    for chunk in chunks:
        md5.update(chunk)
        sha256.update(chunk)
        size += len(chunk)
        if into is not None:
            into.write(chunk)
    return Fingerprint(md5.hexdigest(), sha256.hexdigest(), size)


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Read a file to its end in pieces of a mebibyte."""
    while chunk := file.read(CHUNK):
        yield chunk


@contextmanager
def opened_original(path: Path) -> Iterator[BinaryIO]:
    """Open a cached file.

    Yields:
        The file at its first byte.

    Raises:
        ArchiveError: If the file is missing or unreadable.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise ArchiveError(
            f"The cached file {path.name} is not there, so it cannot be archived.",
            hint="Download the media again.",
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        yield file


def hash_original(path: Path, file: BinaryIO, *, md5_sum: str, sha256: str) -> Fingerprint:
    """Make sure that a cached file still is what its row says, because other bytes are never archived.

    Args:
        path: Its name, for messages.
        file: The file at its first byte, where it is left.
        md5_sum: What it must hash to.
        sha256: What it must hash to.

    Returns:
        Its fingerprint.

    Raises:
        ArchiveError: If the file is unreadable or damaged.
    """
    try:
        found = fingerprint(chunks_of(file))
        file.seek(0)
    except OSError as error:
        raise _unreadable(path, error) from error
    if (found.md5_sum, found.sha256) != (md5_sum, sha256):
        raise damaged(path)
    return found


def read_original(path: Path, file: BinaryIO, *, md5_sum: str, sha256: str) -> bytes:
    """Read a small cached file whole, and make sure that it still is what its row says.

    Args:
        path: Its name, for messages.
        file: The file at its first byte.
        md5_sum: What it must hash to.
        sha256: What it must hash to.

    Returns:
        Its bytes, so that what is sent is what was hashed.

    Raises:
        ArchiveError: If the file is unreadable or damaged.
    """
    try:
        read = file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    found = fingerprint([read])
    if (found.md5_sum, found.sha256) != (md5_sum, sha256):
        raise damaged(path)
    return read


def damaged(path: Path) -> ArchiveError:
    """Say that a cached file is not what its row says."""
    return ArchiveError(
        f"The cached file {path.name} is damaged: its bytes have other checksums than its row says.",
        hint="Run `social-tui media verify-cache --repair`.",
    )


def _unreadable(path: Path, error: OSError) -> ArchiveError:
    return ArchiveError(
        f"The cached file {path.name} cannot be read: {error.strerror}.",
        hint="Check the file's owner and disk.",
    )


@contextmanager
def durable_file(destination: Path) -> Iterator[BinaryIO]:
    """Write a private file that appears under its name whole or not at all.

    The order is that of restic's local backend: a temporary file in the same folder, fsync, rename,
    fsync of the folder
    (https://github.com/restic/restic/blob/master/internal/backend/local/local.go).

    Args:
        destination: The final name, in a folder that exists; a file of that name is replaced.

    Yields:
        The file to write; an exception inside leaves nothing behind.
    """
    temporary, descriptor = create_locked(
        lambda: destination.with_name(f".{destination.name}.{secrets.token_hex(4)}{UNFINISHED}")
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            # Before it is closed, and with that unlocked.
            temporary.replace(destination)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_path(destination.parent)


def remove_unfinished(destination: Path) -> None:
    """Remove what a killed :func:`durable_file` left of a file; what is being written stays."""
    for temporary in destination.parent.glob(f".{glob.escape(destination.name)}.*{UNFINISHED}"):
        if not temporary.is_symlink():
            remove_if_abandoned(temporary)


def is_unfinished(name: str) -> bool:
    """Tell whether a file of this name is one that :func:`durable_file` has not finished."""
    return name.startswith(".") and name.endswith(UNFINISHED)


def read_from_disk(path: Path) -> Fingerprint:
    """Hash a file as the disk has it, past what memory remembers where the system allows to ask so."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return fingerprint(chunks_of(file))


def deliver(
    chunks: Iterable[bytes], destination: Path, archive_url: str, *, sha256: str, byte_size: int
) -> None:
    """Write what an archive sends, unless it is not what was stored.

    Args:
        chunks: The object's bytes; its own faults come as :class:`ArchiveError`.
        destination: Where the file appears once it is verified.
        archive_url: The object, for messages.
        sha256: What the bytes must hash to.
        byte_size: How many there must be; not many more are read.

    Raises:
        ArchiveError: If the archive holds other bytes.
        StorageError: If the destination cannot be written.
    """
    try:
        with durable_file(destination) as file:
            found = fingerprint(until(chunks, byte_size), into=file)
            if (found.sha256, found.byte_size) != (sha256, byte_size):
                raise ArchiveError(
                    f"The archived copy {archive_url} holds other bytes than were stored.",
                    hint="Verify the cached file and archive the media again.",
                )
    except OSError as error:
        raise StorageError(
            f"The file {destination} cannot be written: {error.strerror}.",
            hint="Free some space or check the folder's owner.",
            stop_lane=True,
        ) from error


def until(chunks: Iterable[bytes], byte_size: int) -> Iterator[bytes]:
    """Pass chunks on, and stop soon after there were more bytes than expected."""
    seen = 0
    for chunk in chunks:
        yield chunk
        seen += len(chunk)
        if seen > byte_size:
            return

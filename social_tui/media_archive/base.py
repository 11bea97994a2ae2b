"""What every archive does, wherever it keeps the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from social_tui.config import Settings

A_DAY = timedelta(days=1)


def never() -> bool:
    """Go on."""
    return False


@dataclass(frozen=True, slots=True)
class Stored:
    """A copy that was checked after it was made.

    Args:
        archive_url: ``s3://bucket/key``, or ``local:key`` for the local directory.
        proof: ``archived`` when the store itself computed the checksum of what it took and it is ours;
            ``read_back`` when the bytes were read again from the store and hashed.
        was_there: Whether the store had these bytes under this address before, so that none were sent.
    """

    archive_url: str
    proof: Literal["archived", "read_back"]
    was_there: bool = False


class Verdict(StrEnum):
    """What a look at one object proved; only a proof of the right bytes counts as true."""

    READ_BACK = "read_back"
    """The bytes were read just now and hash right."""
    ARCHIVED = "archived"
    """The checksum that the store itself computed when it took the bytes is ours."""
    MISSING = "missing"
    """There is no such object."""
    DIFFERS = "differs"
    """The object is shorter, longer or different."""

    def __bool__(self) -> bool:
        return self in (Verdict.READ_BACK, Verdict.ARCHIVED)


@dataclass(frozen=True, slots=True)
class ArchivedObject:
    """One object as the store lists it; nothing is proven of its bytes.

    Args:
        archive_url: Its address, as :class:`Stored` has it.
        byte_size: Its size in bytes.
        modified_at: When it was written, by the store's clock, in UTC.
    """

    archive_url: str
    byte_size: int
    modified_at: datetime


class Archive(Protocol):
    """A place for the second copy of a library's media; safe to use from several threads."""

    @property
    def name(self) -> str:
        """The word for this kind of archive: ``s3`` or ``local``."""

    def store(
        self,
        path: Path,
        media_id: str,
        *,
        md5_sum: str,
        sha256: str,
        mime_type: str,
        metadata: Mapping[str, str] | None = None,
        dated: datetime | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Stored:
        """Copy a file into the archive and check the copy.

        Args:
            path: The cached file; its suffix becomes the key's extension.
            media_id: The media that names the object.
            md5_sum: What the file must hash to, 32 hexadecimal digits.
            sha256: What the file must hash to, 64 hexadecimal digits.
            mime_type: The sniffed type.
            metadata: What an object should also say of itself, such as ``source-host``; nothing personal
                and nothing signed.
            dated: The moment that dates the object's key; the same at every try, or another month makes
                another object. Now by default.
            should_stop: Asked now and then while a large file is copied.

        Returns:
            Where the copy is and how well it is known. An object that is there already with the same
            bytes is adopted.

        Raises:
            ArchiveError: If the file is damaged, the store refuses, or it holds other bytes.
            StorageError: If a folder takes no files, whichever they are.
            CancelledError: If it was told to stop; nothing of this file is kept.
        """

    def replace(
        self,
        path: Path,
        archive_url: str,
        *,
        md5_sum: str,
        sha256: str,
        mime_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        """Put the right bytes where an object is missing or damaged.

        The object is read right before: one that is whole is left alone. A folder moves the damaged one
        aside into ``damaged/``; a bucket with versions keeps it as an older version.

        Args:
            path: A file with the right bytes.
            archive_url: Where they belong.
            md5_sum: What the file must hash to.
            sha256: What the file must hash to.
            mime_type: The sniffed type.
            metadata: What the object should also say of itself.

        Returns:
            The copy; ``was_there`` when nothing had to be written.

        Raises:
            ArchiveLockedError: If a retention period or a legal hold keeps the object as it is.
            ArchiveError: If the file is damaged or the store refuses.
            StorageError: If a folder takes no files, whichever they are.
        """

    def verify(
        self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int, read_back: bool = False
    ) -> Verdict:
        """Tell what is known of one object.

        Args:
            archive_url: Where it is.
            md5_sum: What it must hash to.
            sha256: What it must hash to.
            byte_size: How long it must be.
            read_back: Whether to read and hash the bytes also where the store's own checksum would do.

        Returns:
            ``READ_BACK`` or, only without ``read_back``, ``ARCHIVED`` for the right bytes; else what is
            wrong.

        Raises:
            ArchiveError: If the archive cannot be asked; that says nothing about the object.
        """

    def list_objects(self) -> Iterator[ArchivedObject]:
        """List what the archive holds under ``media/``, in the order of the keys' bytes, a page at a time.

        What is not finished is left out; what else lies there is told, whatever its name.

        Raises:
            ArchiveError: If the archive cannot be asked, at the first object or in the midst of them.
        """

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Bring an object back as a private file that appears whole and verified or not at all.

        Raises:
            ArchiveError: If the object is missing, different or out of reach.
            StorageError: If the destination cannot be written.
        """

    def remove_unfinished(self, older_than: timedelta = A_DAY) -> int:
        """Remove what killed writers left unfinished, which costs room and is no object.

        Args:
            older_than: What was begun since may still be at work.

        Returns:
            How many were removed.

        Raises:
            ArchiveError: If the archive cannot be asked.
            StorageError: If a folder refuses.
        """

    def check(self) -> None:
        """Make sure that the archive can be reached and used.

        Raises:
            ArchiveError: If it cannot; the message says why.
            StorageError: If a folder takes no files.
        """


def open_archive(settings: Settings) -> Archive:
    """Return the archive that the settings name: their bucket, else the library's local folder.

    Raises:
        ConfigurationError: If the bucket's settings are malformed.
        ArchiveError: If its credentials cannot be loaded.
    """
    if settings.aws_s3_bucket:
        from social_tui.media_archive.s3 import S3Archive

        return S3Archive(settings)
    from social_tui.media_archive.local import LocalArchive

    return LocalArchive(settings.paths.archive)

"""What every archive does, wherever it keeps the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from social_tui.config import Settings


@dataclass(frozen=True, slots=True)
class Stored:
    """A copy that was checked after it was made.

    Args:
        archive_url: ``s3://bucket/key``, or ``local:key`` for the local directory.
        proof: ``archived`` when the store itself computed the checksum of what it took and it is ours;
            ``read_back`` when the bytes were read again from the store and hashed.
    """

    archive_url: str
    proof: Literal["archived", "read_back"]


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
    ) -> Stored:
        """Copy a file into the archive and check the copy.

        Args:
            path: The cached file; its suffix becomes the key's extension.
            media_id: The media that names the object.
            md5_sum: What the file must hash to, 32 hexadecimal digits.
            sha256: What the file must hash to, 64 hexadecimal digits.
            mime_type: The sniffed type.
            metadata: What an object should also say of itself, such as ``source-host``.

        Returns:
            Where the copy is and how well it is known. An object that is there already with the same
            bytes is adopted.

        Raises:
            ArchiveError: If the file is damaged, the store refuses, or it holds other bytes.
            StorageError: If a folder takes no files, whichever they are.
        """

    def verify(self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int) -> bool:
        """Tell whether the archive holds these very bytes.

        Returns:
            False when the object is missing, shorter, longer or different.

        Raises:
            ArchiveError: If the archive cannot be asked; that says nothing about the object.
        """

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Bring an object back as a private file that appears whole and verified or not at all.

        Raises:
            ArchiveError: If the object is missing, different or out of reach.
            StorageError: If the destination cannot be written.
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

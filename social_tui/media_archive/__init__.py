"""The second copy of the media: in an S3 bucket, or in a local folder with the same contract."""

from __future__ import annotations

from pathlib import Path

from social_tui.media_archive.base import Archive, ArchivedObject, Stored, Verdict, open_archive
from social_tui.media_archive.keys import generate_s3_key

__all__ = [
    "Archive",
    "ArchivedObject",
    "Stored",
    "Verdict",
    "generate_s3_key",
    "open_archive",
    "upload_to_s3",
    "verify_s3_upload",
]


def upload_to_s3(local_path: str | Path, media_id: str) -> str:
    """Upload a file to the bucket of the settings and check the object.

    Args:
        local_path: The file; its suffix becomes the key's extension.
        media_id: The media that names the object.

    Returns:
        ``s3://bucket/key`` of an object that holds these bytes.

    Raises:
        ConfigurationError: If no bucket is set.
        StorageError: If the file cannot be read.
        ArchiveError: If the bucket refuses, or holds other bytes under this key.
    """
    import mimetypes

    from social_tui.config import load_settings
    from social_tui.errors import StorageError
    from social_tui.media_archive.files import chunks_of, fingerprint
    from social_tui.media_archive.s3 import S3Archive

    path = Path(local_path)
    archive = S3Archive(load_settings())
    try:
        with path.open("rb") as file:
            found = fingerprint(chunks_of(file))
    except OSError as error:
        raise StorageError(f"The file {path.name} cannot be read: {error.strerror}.") from error
    mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return archive.store(
        path, media_id, md5_sum=found.md5_sum, sha256=found.sha256, mime_type=mime_type
    ).archive_url


def verify_s3_upload(s3_url: str, expected_md5: str) -> bool:
    """Tell whether an object holds the expected bytes, by reading and hashing it.

    An ETag is not asked: it is an MD5 only of some objects
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).

    Args:
        s3_url: ``s3://bucket/key`` in the bucket of the settings.
        expected_md5: 32 hexadecimal digits.

    Returns:
        False when there is no such object or its bytes differ.

    Raises:
        ConfigurationError: If no bucket is set.
        ArchiveError: If the bucket cannot be asked.
    """
    from social_tui.config import load_settings
    from social_tui.media_archive.s3 import S3Archive

    return S3Archive(load_settings()).read_md5(s3_url) == expected_md5.lower()

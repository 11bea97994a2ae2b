"""The names of objects in an archive."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from social_tui.errors import ArchiveError, UsageError
from social_tui.ids import PREFIX_MEDIA, validate_aws_id

MEDIA_PREFIX = "media/"
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_KEY = re.compile(r"media/[0-9]{4}/[0-9]{2}/[A-Za-z0-9_-]{1,64}\.[a-z0-9]{1,10}")
_S3_URL = re.compile(r"s3://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])/(.+)", re.ASCII | re.DOTALL)
_LONGEST_KEY_BYTES = 1024


def generate_s3_key(media_id: str, extension: str, *, now: datetime | None = None) -> str:
    """Make the key of an object.

    Args:
        media_id: The media's id, ``med-…``.
        extension: The sniffed file type, with or without its dot.
        now: The moment to date it by; this one by default.

    Returns:
        ``media/{year}/{month}/{media_id}.{extension}``, dated in UTC, the month with two digits.

    Raises:
        UsageError: If the id or the extension is malformed.
    """
    if not validate_aws_id(media_id, PREFIX_MEDIA):
        raise UsageError(
            f"{media_id[:40]!r} is not a media id.", hint="Media ids look like med-0a1b2c3d4e5f60718."
        )
    suffix = extension.removeprefix(".").lower()
    if not _EXTENSION.fullmatch(suffix):
        raise UsageError(
            f"{extension[:40]!r} is not a file extension.", hint="Extensions look like jpg or mp4."
        )
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return f"{MEDIA_PREFIX}{moment:%Y/%m}/{media_id}.{suffix}"


def parse_local_url(archive_url: str) -> str:
    """Return the key of a ``local:`` URL.

    Raises:
        ArchiveError: If it is none, or its key could lead out of the archive.
    """
    key = archive_url.removeprefix("local:")
    if key == archive_url or not _KEY.fullmatch(key):
        raise _not_here(archive_url, "the local archive")
    return key


def parse_s3_url(archive_url: str) -> tuple[str, str]:
    """Return the bucket and the key of an ``s3://`` URL.

    Raises:
        ArchiveError: If it is none.
    """
    match = _S3_URL.fullmatch(archive_url)
    if match is None or len(match.group(2).encode("utf-8", "replace")) > _LONGEST_KEY_BYTES:
        raise _not_here(archive_url, "a bucket")
    return match.group(1), match.group(2)


def _not_here(archive_url: str, place: str) -> ArchiveError:
    return ArchiveError(
        f"The archive address {archive_url[:80]!r} is not one of {place}.",
        hint="The media was archived elsewhere: set AWS_S3_BUCKET as it was then, or archive it again.",
    )

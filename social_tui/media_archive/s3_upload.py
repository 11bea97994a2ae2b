"""Sending one object to S3, in one piece or in parts, never over another."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from social_tui.media_archive.files import Fingerprint, fingerprint

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SINGLE_PUT_LIMIT = 500_000_000
PART_SIZE = 16 << 20
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """What goes where.

    Args:
        bucket: The bucket.
        key: The object's key.
        found: The fingerprint of the file.
        mime_type: The content type to declare.
        metadata: What the object says of itself.
    """

    bucket: str
    key: str
    found: Fingerprint
    mime_type: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server answered: the ETag where it may be an MD5, and the version where there is one."""

    etag: str | None
    version: str | None


def put_whole(client: S3Client, upload: Upload, file: BinaryIO) -> Sent:
    """Send an object in one piece under its MD5 and SHA-256, unless its key is taken.

    Raises:
        ClientError: With ``PreconditionFailed`` when there is an object of this key.
    """
    answer = client.put_object(
        Bucket=upload.bucket,
        Key=upload.key,
        Body=file,
        ContentLength=upload.found.byte_size,
        ContentType=upload.mime_type,
        ContentMD5=base64_of(upload.found.md5_sum),
        ChecksumSHA256=base64_of(upload.found.sha256),
        IfNoneMatch="*",
        Metadata=upload.metadata,
    )
    return Sent(answer.get("ETag", "").strip('"'), answer.get("VersionId"))


def put_parts(
    client: S3Client, upload: Upload, file: BinaryIO, *, part_size: int, whole_checksum: bool
) -> Sent:
    """Send an object in parts, one after the other, unless its key is taken.

    Args:
        client: The client.
        upload: What goes where.
        file: The file at its first byte.
        part_size: Bytes of a part, at least; more when there would be more parts than S3 takes.
        whole_checksum: Whether to put the object under one CRC32 of the whole. A SHA-256 would only
            cover each part
            (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).

    Raises:
        ClientError: With ``PreconditionFailed`` when there is an object of this key.
    """
    kind: dict[str, Any] = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    whole: dict[str, Any] = {"ChecksumCRC32": crc32_base64(upload.found), "ChecksumType": "FULL_OBJECT"}
    place: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
    started = client.create_multipart_upload(
        **place,
        ContentType=upload.mime_type,
        Metadata=upload.metadata,
        **(kind if whole_checksum else {}),
    )
    place["UploadId"] = started["UploadId"]
    try:
        parts = [
            _put_part(client, place, number, part, with_checksum=whole_checksum)
            for number, part in _parts(file, upload.found.byte_size, part_size)
        ]
        answer = client.complete_multipart_upload(
            **place, MultipartUpload={"Parts": parts}, IfNoneMatch="*", **(whole if whole_checksum else {})
        )
    except BaseException:
        _abort(client, place)
        raise
    return Sent(None, answer.get("VersionId"))


def _parts(file: BinaryIO, byte_size: int, part_size: int) -> Iterator[tuple[int, bytes]]:
    size = max(part_size, -(-byte_size // _MOST_PARTS))
    number = 0
    while part := file.read(size):
        number += 1
        yield number, part


def _put_part(
    client: S3Client, place: dict[str, Any], number: int, part: bytes, *, with_checksum: bool
) -> Any:
    sums = fingerprint([part])
    checksum: dict[str, Any] = {"ChecksumCRC32": crc32_base64(sums)} if with_checksum else {}
    answer = client.upload_part(
        **place, PartNumber=number, Body=part, ContentMD5=base64_of(sums.md5_sum), **checksum
    )
    return {"PartNumber": number, "ETag": answer["ETag"], **checksum}


def _abort(client: S3Client, place: dict[str, Any]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    # The first fault is what a person needs; an upload that stays open is listed by the bucket itself.
    with suppress(BotoCoreError, ClientError):
        client.abort_multipart_upload(**place)


def base64_of(digest: str) -> str:
    """Turn a hexadecimal digest into the base64 that S3 takes."""
    return base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def crc32_base64(found: Fingerprint) -> str:
    """Return a CRC32 as S3 writes it: base64 of four bytes, the highest first."""
    return base64.b64encode(found.crc32.to_bytes(4, "big")).decode("ascii")

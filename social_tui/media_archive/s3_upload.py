"""Sending one object to S3, in one piece or in parts, never over another unless told to."""

from __future__ import annotations

import base64
import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from social_tui.errors import CancelledError
from social_tui.media_archive.crc32 import joined
from social_tui.media_archive.s3_faults import NO_SUCH_UPLOAD, PRECONDITION_FAILED, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from social_tui.media_archive.s3_wire import Wire

SINGLE_PUT_LIMIT = 100_000_000
PART_SIZE = 8 << 20
PARTS_AT_ONCE = 4
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """What goes where.

    Args:
        bucket: The bucket.
        key: The object's key.
        md5_sum: What the bytes must hash to.
        sha256: What the bytes must hash to.
        byte_size: How many there are.
        options: What both kinds of upload say alike: content type, metadata, storage class, encryption, lock.
        overwrites: Whether it may take the place of an object of its key.
    """

    bucket: str
    key: str
    md5_sum: str
    sha256: str
    byte_size: int
    options: Mapping[str, Any]
    overwrites: bool = False

    @property
    def condition(self) -> dict[str, Any]:
        """What keeps S3 from overwriting."""
        return {} if self.overwrites else {"IfNoneMatch": "*"}

    def over(self) -> Upload:
        """Return the same upload that overwrites."""
        return replace(self, overwrites=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, and what the server said to it.

    Args:
        sha256: Of the bytes that were sent.
        crc32: Of the bytes that were sent, as S3 writes it; None where S3 was told none of the whole.
        etag: What the object's ETag is if the server made it by hashing what it took.
        answer: The server's answer; None when there is an object of this key already.
    """

    sha256: str
    crc32: str | None
    etag: str
    answer: Mapping[str, Any] | None


class _Part(NamedTuple):
    number: int
    etag: str
    md5: bytes
    crc32: int | None
    byte_size: int


@dataclass(frozen=True)
class PartSender:
    """Sends parts several at a time, however many uploads share it, so that memory stays within bounds.

    Args:
        client: The client.
        part_size: Bytes of a part, at least; more when there would be more parts than S3 takes.
        whole_checksum: Whether objects are put under one CRC32 of the whole. A SHA-256 would only cover
            each part
            (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
    """

    client: S3Client
    part_size: int = PART_SIZE
    whole_checksum: bool = True
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(PARTS_AT_ONCE, "part"))
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PARTS_AT_ONCE))


def put_small(wire: Wire, upload: Upload, body: bytes) -> Sent:
    """Send an object that is in memory under its MD5 and SHA-256, unless its key is taken."""
    return _put(partial(wire.put_object, upload.sha256), upload, body)


def put_whole(client: S3Client, upload: Upload, file: BinaryIO) -> Sent:
    """Send an object in one piece under its MD5 and SHA-256, unless its key is taken."""
    return _put(client.put_object, upload, file)


def _put(put: Callable[..., Mapping[str, Any]], upload: Upload, body: bytes | BinaryIO) -> Sent:
    from botocore.exceptions import ClientError

    answer: Mapping[str, Any] | None = None
    try:
        answer = put(
            Bucket=upload.bucket,
            Key=upload.key,
            Body=body,
            ContentLength=upload.byte_size,
            ContentMD5=base64_of(upload.md5_sum),
            ChecksumSHA256=base64_of(upload.sha256),
            **upload.condition,
            **upload.options,
        )
    except ClientError as error:
        if error_code(error) not in PRECONDITION_FAILED:
            raise
    return Sent(upload.sha256, None, upload.md5_sum, answer)


def put_parts(
    sender: PartSender, upload: Upload, file: BinaryIO, should_stop: Callable[[], bool]
) -> Sent | None:
    """Send an object in parts, hashing the file on the way, unless its key is taken.

    Args:
        sender: How parts are sent.
        upload: What goes where.
        file: The file at its first byte.
        should_stop: Asked before each part.

    Returns:
        What was sent; None, and nothing is kept, when the file's bytes are not those of ``upload``.

    Raises:
        CancelledError: If it was told to stop; nothing is kept.
    """
    place: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
    kind: dict[str, Any] = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    started = sender.client.create_multipart_upload(
        **place, **(kind if sender.whole_checksum else {}), **upload.options
    )
    place["UploadId"] = started["UploadId"]
    is_kept = False
    try:
        parts, sha256 = _send_parts(sender, place, upload, file, should_stop)
        if sha256 != upload.sha256:
            return None
        crc32 = _crc32_of(parts)
        answer = _complete(sender.client, place, upload, parts, crc32)
        is_kept = answer is not None
    finally:
        if not is_kept:
            _abort(sender.client, place)
    etags = hashlib.md5(b"".join(part.md5 for part in parts), usedforsecurity=False).hexdigest()
    return Sent(sha256, crc32, f"{etags}-{len(parts)}", answer)


def _send_parts(
    sender: PartSender,
    place: dict[str, Any],
    upload: Upload,
    file: BinaryIO,
    should_stop: Callable[[], bool],
) -> tuple[list[_Part], str]:
    """Send all parts; gives also the SHA-256 of them together."""
    sha256 = hashlib.sha256()
    tasks: list[Future[_Part]] = []
    failed = threading.Event()

    def end(task: Future[_Part]) -> None:
        sender.room.release()
        if not task.cancelled() and task.exception() is not None:
            failed.set()

    try:
        for number, part in _parts(sender, file, upload.byte_size):
            tasks.append(sender.threads.submit(_send_part, sender, place, number, part))
            tasks[-1].add_done_callback(end)
            sha256.update(part)
            if failed.is_set():
                break
            if should_stop():
                raise CancelledError("Archiving was stopped.")
        parts = [task.result() for task in tasks]
    except BaseException:
        for task in tasks:
            task.cancel()
        wait(tasks)
        raise
    return parts, sha256.hexdigest()


def _parts(sender: PartSender, file: BinaryIO, byte_size: int) -> Iterator[tuple[int, bytes]]:
    """Read parts, each when there is room for it in memory; who gets one gives the room back."""
    part_size = max(sender.part_size, -(-byte_size // _MOST_PARTS))
    for number in range(1, -(-byte_size // part_size) + 1):
        sender.room.acquire()
        try:
            part = file.read(part_size)
        except BaseException:
            sender.room.release()
            raise
        yield number, part


def _send_part(sender: PartSender, place: dict[str, Any], number: int, part: bytes) -> _Part:
    md5 = hashlib.md5(part, usedforsecurity=False).digest()
    crc32 = zlib.crc32(part) if sender.whole_checksum else None
    answer = sender.client.upload_part(
        **place, PartNumber=number, Body=part, ContentMD5=base64_of(md5.hex()), **_checksum(crc32)
    )
    return _Part(number, answer["ETag"], md5, crc32, len(part))


def _checksum(crc32: int | None) -> dict[str, Any]:
    return {} if crc32 is None else {"ChecksumCRC32": crc32_base64(crc32)}


def _crc32_of(parts: list[_Part]) -> str | None:
    """Return the CRC32 of all parts together; None where a part has none."""
    whole = 0
    for part in parts:
        if part.crc32 is None:
            return None
        whole = joined(whole, part.crc32, part.byte_size)
    return crc32_base64(whole)


def _complete(
    client: S3Client, place: dict[str, Any], upload: Upload, parts: list[_Part], crc32: str | None
) -> Mapping[str, Any] | None:
    from botocore.exceptions import ClientError

    told: list[Any] = [
        {"PartNumber": part.number, "ETag": part.etag, **_checksum(part.crc32)} for part in parts
    ]
    whole: dict[str, Any] = {} if crc32 is None else {"ChecksumCRC32": crc32, "ChecksumType": "FULL_OBJECT"}
    try:
        return client.complete_multipart_upload(
            **place, MultipartUpload={"Parts": told}, **upload.condition, **whole
        )
    except ClientError as error:
        # The reply to a finished upload was lost: its repetition finds no upload any more.
        if error_code(error) in (PRECONDITION_FAILED | {NO_SUCH_UPLOAD}):
            return None
        raise


def _abort(client: S3Client, place: dict[str, Any]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    # The first fault is what a person needs; an upload that stays open is aborted another day.
    with suppress(BotoCoreError, ClientError):
        client.abort_multipart_upload(**place)


def base64_of(digest: str) -> str:
    """Turn a hexadecimal digest into the base64 that S3 takes."""
    return base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def crc32_base64(crc32: int) -> str:
    """Return a CRC32 as S3 writes it: base64 of four bytes, the highest first."""
    return base64.b64encode(crc32.to_bytes(4, "big")).decode("ascii")

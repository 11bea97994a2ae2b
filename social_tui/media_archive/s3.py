"""The archive in an S3 bucket."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote

from social_tui.config import Settings
from social_tui.errors import ArchiveError, ArchiveLockedError, ConfigurationError
from social_tui.media_archive.base import A_DAY, ArchivedObject, Stored, Verdict, never
from social_tui.media_archive.files import (
    CHUNK,
    damaged,
    deliver,
    hash_original,
    opened_original,
    read_original,
)
from social_tui.media_archive.keys import generate_s3_key
from social_tui.media_archive.s3_bucket import Bucket
from social_tui.media_archive.s3_client import READ_SECONDS, is_aws, make_client, object_options
from social_tui.media_archive.s3_faults import cold, error_code, is_cold, s3_faults
from social_tui.media_archive.s3_upload import (
    PART_SIZE,
    SINGLE_PUT_LIMIT,
    PartSender,
    Sent,
    Upload,
    base64_of,
    put_parts,
    put_small,
    put_whole,
)

_LONGEST_METADATA = 256
# A store answers so to a change of what a lock keeps (MinIO: InvalidRequest).
_LOCK_CODES = frozenset({"AccessDenied", "ObjectLocked", "InvalidRequest", "MethodNotAllowed"})


class S3Archive:
    """One private bucket, on AWS or on a compatible store; safe to use from several threads.

    A small object costs one request: the server's own answer proves it, by the SHA-256 that it computed
    (AWS), or by an ETag that is the MD5 of what it took. A server that proves nothing is read back.

    Args:
        settings: Bucket, region, endpoint, credentials, and what to ask for new objects.
        single_put_limit: Bytes above which an object goes in parts.
        part_size: Bytes of a part; S3 takes no less than 5 MiB.
        read_seconds: The longest wait for an answer.
        trust_checksums: Whether a checksum that the server returns proves that it computed it. By
            default only on AWS: several compatible stores return the checksum they were sent without
            having looked at the bytes.

    Raises:
        ConfigurationError: If no bucket is set, or the endpoint is malformed.
        ArchiveError: If the credentials cannot be loaded.
    """

    name = "s3"

    def __init__(
        self,
        settings: Settings,
        *,
        single_put_limit: int = SINGLE_PUT_LIMIT,
        part_size: int = PART_SIZE,
        read_seconds: float = READ_SECONDS,
        trust_checksums: bool | None = None,
    ) -> None:
        if not settings.aws_s3_bucket:
            raise ConfigurationError("No bucket is set.", hint="Set AWS_S3_BUCKET.")
        self._settings = settings
        client, self._wire = make_client(settings, settings.aws_s3_bucket, read_seconds=read_seconds)
        self._client = client
        self._bucket = Bucket(self._client, self._wire, settings.aws_s3_bucket)
        self._single_put_limit = single_put_limit
        self._sender = PartSender(self._client, part_size, settings.s3_checksums == "when_supported")
        self._trusts = is_aws(self._client) if trust_checksums is None else trust_checksums
        # Some compatible stores ignore If-None-Match and overwrite: one that did not refuse yet is looked
        # into first.
        self._refuses_taken: bool | None = True if is_aws(self._client) else None
        self._trying = threading.Lock()
        wants_lock = settings.s3_lock_mode is not None or settings.s3_legal_hold
        self._wants_lock = wants_lock and not is_aws(self._client)  # AWS refuses what it cannot lock
        self._locks = False

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
        """Upload a file once and check the object; see :class:`Archive`."""
        key = generate_s3_key(media_id, path.suffix, now=dated)
        with opened_original(path) as file, s3_faults(self._bucket.name):
            upload = self._upload(key, file, md5_sum, sha256, mime_type, metadata)
            in_parts = upload.byte_size > self._single_put_limit
            head = self._bucket.head(key) if in_parts or not self._refuses_taken else None
            if head is not None:
                hash_original(path, file, md5_sum=md5_sum, sha256=sha256)
                stored = self._adopt(upload, head, upload.md5_sum)
            else:
                stored = self._send(path, file, upload, should_stop)
            self._require_lock(upload)
            if not (stored.was_there or in_parts):
                self._learn(file, upload)
            return stored

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
        """Upload over an object that is missing or damaged; see :class:`Archive`."""
        from botocore.exceptions import ClientError

        key = self._bucket.key_of(archive_url)
        with opened_original(path) as file, s3_faults(self._bucket.name):
            upload = self._upload(key, file, md5_sum, sha256, mime_type, metadata)
            is_whole = self._bucket.holds(key, sha256=sha256, byte_size=upload.byte_size)
            if is_whole:
                return Stored(archive_url, "read_back", was_there=True)
            if is_whole is None:
                self._bucket.require()
            else:
                upload = upload.over()
            try:
                stored = self._send(path, file, upload, never)
            except ClientError as error:
                if error_code(error) in _LOCK_CODES and self._bucket.is_locked(key):
                    raise ArchiveLockedError(
                        f"The bucket {self._bucket.name} keeps {key} as it is: it is locked.",
                        hint="Wait for the end of its retention, or lift the hold.",
                    ) from None
                raise
            self._require_lock(upload)
            return stored

    def verify(
        self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int, read_back: bool = False
    ) -> Verdict:
        """Compare the object with what was stored, reading it where the server proves nothing."""
        key = self._bucket.key_of(archive_url)
        with s3_faults(self._bucket.name):
            if not read_back:
                head = self._bucket.head(key)
                if head is not None and head["ContentLength"] != byte_size:
                    return Verdict.DIFFERS
                if head is not None and self._vouches(head, Sent(sha256, None, md5_sum, None)):
                    return Verdict.ARCHIVED
            holds = self._bucket.holds(key, sha256=sha256, byte_size=byte_size)
            if holds is None:
                self._bucket.require()
                return Verdict.MISSING
        return Verdict.READ_BACK if holds else Verdict.DIFFERS

    def list_objects(self) -> Iterator[ArchivedObject]:
        """List the bucket; see :class:`Archive`."""
        return self._bucket.list_objects()

    def remove_unfinished(self, older_than: timedelta = A_DAY) -> int:
        """Abort the uploads in parts that nobody finished; see :class:`Archive`."""
        with s3_faults(self._bucket.name):
            return self._bucket.abort_uploads(older_than)

    def read_md5(self, archive_url: str) -> str | None:
        """Read an object whole and hash it.

        Returns:
            The MD5 in hexadecimal, or None when there is no such object.

        Raises:
            ArchiveError: If the bucket cannot be asked.
        """
        key = self._bucket.key_of(archive_url)
        with s3_faults(self._bucket.name):
            found = self._bucket.read(key)
            if found is None:
                self._bucket.require()
                return None
        return found.md5_sum

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Download and verify; see :class:`Archive`."""
        key = self._bucket.key_of(archive_url)
        with s3_faults(self._bucket.name):
            chunks = self._bucket.open(key)
            if chunks is None:
                self._bucket.require()
                raise ArchiveError(
                    f"The archived copy {archive_url} is not there.", hint="Archive the media again."
                )
        deliver(self._guarded(chunks), destination, archive_url, sha256=sha256, byte_size=byte_size)

    def sign(self, archive_url: str, *, seconds: int) -> str:
        """Make a link by which anybody may read an object for a short time.

        Raises:
            ArchiveColdError: If it is in a storage class that gives no bytes at once: whoever follows a link
                would hear only that it is forbidden.
            ArchiveError: If it is in another bucket, or there are no credentials to sign with.
        """
        key = self._bucket.key_of(archive_url)
        with s3_faults(self._bucket.name):
            head = self._bucket.head(key) or {}
            if is_cold(head):
                raise cold(self._bucket.name, key, head)
            return self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self._bucket.name, "Key": key}, ExpiresIn=seconds
            )

    def check(self) -> None:
        """Make sure that the bucket is there and these credentials may use it."""
        with s3_faults(self._bucket.name):
            self._bucket.require()

    def _upload(
        self,
        key: str,
        file: BinaryIO,
        md5_sum: str,
        sha256: str,
        mime_type: str,
        metadata: Mapping[str, str] | None,
    ) -> Upload:
        # A bucket without its library still tells what its objects are.
        told = {name: _header_safe(value) for name, value in (metadata or {}).items()}
        told |= {"md5": md5_sum, "sha256": sha256, "media-id": PurePosixPath(key).stem}
        options: dict[str, Any] = {"ContentType": mime_type, "Metadata": told}
        size = os.fstat(file.fileno()).st_size
        return Upload(self._bucket.name, key, md5_sum, sha256, size, options | object_options(self._settings))

    def _send(self, path: Path, file: BinaryIO, upload: Upload, should_stop: Callable[[], bool]) -> Stored:
        """Upload the right bytes and no others, and check the object."""
        sent: Sent | None
        if upload.byte_size > self._single_put_limit:
            sent = put_parts(self._sender, upload, file, should_stop)
            if sent is None:
                raise damaged(path)
        elif upload.byte_size > CHUNK:
            hash_original(path, file, md5_sum=upload.md5_sum, sha256=upload.sha256)
            sent = put_whole(self._client, upload, file)
        else:
            small = read_original(path, file, md5_sum=upload.md5_sum, sha256=upload.sha256)
            sent = put_small(self._wire, upload, small)
        if sent.answer is None:
            return self._adopt(upload, self._bucket.head(upload.key), sent.etag)
        return self._settle(upload, sent, sent.answer)

    def _settle(self, upload: Upload, sent: Sent, answer: Mapping[str, Any]) -> Stored:
        """Check the object that was just sent; take it away again when it is not what was sent."""
        url = self._bucket.url(upload.key)
        said = answer if answer.get("ETag") else self._bucket.head(upload.key)  # Ceph 16 after parts
        if said is not None and self._vouches(said, sent):
            return Stored(url, "archived")
        if self._bucket.holds(upload.key, sha256=upload.sha256, byte_size=upload.byte_size):
            return Stored(url, "read_back")
        self._bucket.withdraw(upload.key, answer.get("VersionId"))
        raise ArchiveError(
            f"The bucket {self._bucket.name} kept other bytes than were sent under {upload.key}; the object "
            "was removed.",
            hint="Archive the media again.",
            retryable=True,
        )

    def _adopt(self, upload: Upload, head: Mapping[str, Any] | None, etag: str) -> Stored:
        """Take an object that is there already for ours when it is, byte for byte."""
        name, key = self._bucket.name, upload.key
        if head is None:
            raise ArchiveError(
                f"The bucket {name} took {key} for taken, and it is not there.",
                hint="Archive the media again.",
                retryable=True,
            )
        if head["ContentLength"] == upload.byte_size:
            if self._vouches(head, Sent(upload.sha256, None, etag, None)):
                return Stored(self._bucket.url(key), "archived", was_there=True)
            if self._bucket.holds(key, sha256=upload.sha256, byte_size=upload.byte_size):
                return Stored(self._bucket.url(key), "read_back", was_there=True)
        raise ArchiveError(
            f"The bucket {name} holds other bytes under {key}; they were left as they are.",
            hint="Look at that object and move it away, then archive again.",
        )

    def _vouches(self, said: Mapping[str, Any], sent: Sent) -> bool:
        """Tell whether what the server says of an object proves that it hashed the right bytes.

        An ETag that is our MD5, or the MD5 of our parts' MD5s, cannot be chance; one that differs says
        nothing (encryption by KMS, other parts).
        """
        if said.get("ETag", "").strip('"') == sent.etag:
            return True
        if not self._trusts:
            return False
        if said.get("ChecksumSHA256") == base64_of(sent.sha256):
            return True
        whole = said.get("ChecksumType") == "FULL_OBJECT" and sent.crc32 is not None
        return whole and said.get("ChecksumCRC32") == sent.crc32

    def _learn(self, file: BinaryIO, upload: Upload) -> None:
        """Send a small object that is there again: a store that refuses it need not be looked into first."""
        if self._refuses_taken is not None or upload.byte_size > CHUNK:
            return
        if self._trying.acquire(blocking=False):
            try:
                file.seek(0)
                sent = put_small(self._wire, upload, file.read())
                if sent.answer is not None:
                    self._settle(upload, sent, sent.answer)
                self._refuses_taken = sent.answer is None
            finally:
                self._trying.release()

    def _require_lock(self, upload: Upload) -> None:
        """Look whether a lock that was asked for is there: some compatible stores ignore the wish.

        One small object stands for all. One in parts is looked at each time: Ceph 16 forgets the wish until
        the last part is there, and takes it from then on.
        """
        in_parts = upload.byte_size > self._single_put_limit
        if not self._wants_lock or (self._locks and not in_parts):
            return
        is_locked = self._bucket.is_locked(upload.key)
        if not is_locked and self._bucket.has_locks():
            self._bucket.lock(upload.key, upload.options)
            is_locked = self._bucket.is_locked(upload.key)
        elif is_locked and not in_parts:
            self._locks = True
        if not is_locked:
            raise ArchiveError(
                f"The bucket {self._bucket.name} has {upload.key} and did not lock it as the settings ask.",
                hint="Make the bucket with object lock, or unset s3_lock_mode and s3_legal_hold.",
                stop_lane=True,
            )

    def _guarded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with s3_faults(self._bucket.name):
            yield from chunks


def _header_safe(value: str) -> str:
    # Metadata travels in headers, which carry ASCII only.
    return quote(value, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")[:_LONGEST_METADATA]

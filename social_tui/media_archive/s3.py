"""The archive in an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from social_tui.config import Settings
from social_tui.errors import ArchiveError, ConfigurationError
from social_tui.media_archive.base import Stored
from social_tui.media_archive.files import CHUNK, Fingerprint, deliver, fingerprint, opened_original, until
from social_tui.media_archive.keys import generate_s3_key, parse_s3_url
from social_tui.media_archive.s3_client import is_aws, make_client
from social_tui.media_archive.s3_faults import (
    NO_SUCH_UPLOAD,
    PRECONDITION_FAILED,
    error_code,
    is_missing,
    s3_faults,
)
from social_tui.media_archive.s3_upload import (
    PART_SIZE,
    SINGLE_PUT_LIMIT,
    Sent,
    Upload,
    base64_of,
    crc32_base64,
    put_parts,
    put_whole,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

_LONGEST_METADATA = 256


class S3Archive:
    """One private bucket, on AWS or on a compatible store; safe to use from several threads.

    Args:
        settings: Bucket, region, endpoint, credentials and checksum switch.
        single_put_limit: Bytes above which an object goes in parts.
        part_size: Bytes of a part; S3 takes no less than 5 MiB.
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
        trust_checksums: bool | None = None,
    ) -> None:
        if not settings.aws_s3_bucket:
            raise ConfigurationError("No bucket is set.", hint="Set AWS_S3_BUCKET.")
        self._bucket = settings.aws_s3_bucket
        self._client = make_client(settings, self._bucket)
        self._single_put_limit = single_put_limit
        self._part_size = part_size
        self._whole_checksum = settings.s3_checksums == "when_supported"
        self._trusts = is_aws(self._client) if trust_checksums is None else trust_checksums
        # Some compatible stores ignore If-None-Match and overwrite: there, look first.
        self._looks_first = not is_aws(self._client)

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
        """Upload a file once and check the object; see :class:`Archive`."""
        key = generate_s3_key(media_id, path.suffix)
        described = {name: _header_safe(value) for name, value in (metadata or {}).items()}
        described |= {"md5": md5_sum, "sha256": sha256, "media-id": media_id}
        original = opened_original(path, md5_sum=md5_sum, sha256=sha256)
        with original as (file, found), s3_faults(self._bucket):
            there = self._head(key) if self._looks_first else None
            if there is None:
                sent = self._send(Upload(self._bucket, key, found, mime_type, described), file)
                if sent is not None:
                    return self._settle(key, found, sent)
                there = self._head(key)
            return self._adopt(key, found, there)

    def verify(self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int) -> bool:
        """Compare the object with what was stored, reading it where the server proves nothing."""
        key = self._key_of(archive_url)
        with s3_faults(self._bucket):
            head = self._head(key)
            if head is None:
                self._require_bucket()
                return False
            if head["ContentLength"] != byte_size:
                return False
            if self._trusts and head.get("ChecksumSHA256") == base64_of(sha256):
                return True
            found = self._read(key, byte_size)
        return found is not None and (found.md5_sum, found.sha256) == (md5_sum, sha256)

    def read_md5(self, archive_url: str) -> str | None:
        """Read an object whole and hash it.

        Returns:
            The MD5 in hexadecimal, or None when there is no such object.

        Raises:
            ArchiveError: If the bucket cannot be asked.
        """
        key = self._key_of(archive_url)
        with s3_faults(self._bucket):
            found = self._read(key)
            if found is None:
                self._require_bucket()
                return None
        return found.md5_sum

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Download and verify; see :class:`Archive`."""
        key = self._key_of(archive_url)
        with s3_faults(self._bucket):
            chunks = self._open(key)
            if chunks is None:
                self._require_bucket()
                raise ArchiveError(
                    f"The archived copy {archive_url} is not there.", hint="Archive the media again."
                )
        deliver(self._guarded(chunks), destination, archive_url, sha256=sha256, byte_size=byte_size)

    def check(self) -> None:
        """Make sure that the bucket is there and these credentials may use it."""
        with s3_faults(self._bucket):
            self._require_bucket()

    def _send(self, upload: Upload, file: BinaryIO) -> Sent | None:
        """Upload; None says that an object of this name was there already."""
        from botocore.exceptions import ClientError

        try:
            if upload.found.byte_size <= self._single_put_limit:
                return put_whole(self._client, upload, file)
            return put_parts(
                self._client, upload, file, part_size=self._part_size, whole_checksum=self._whole_checksum
            )
        except ClientError as error:
            code = error_code(error)
            # The reply to a finished upload in parts was lost: its repetition finds no upload any more.
            lost_reply = code == NO_SUCH_UPLOAD and self._head(upload.key) is not None
            if code in PRECONDITION_FAILED or lost_reply:
                return None
            raise

    def _settle(self, key: str, found: Fingerprint, sent: Sent) -> Stored:
        """Check the object that was just sent; take it away again when it is not what was sent."""
        head = self._head(key)
        if head is not None and head["ContentLength"] == found.byte_size:
            # An ETag that equals our MD5 cannot be chance: the server hashed what it took. One that
            # differs says nothing (encryption by KMS): then the bytes are read.
            if sent.etag == found.md5_sum or self._vouches(head, found):
                return Stored(self._url(key), "archived")
            if self._read(key, found.byte_size) == found:
                return Stored(self._url(key), "read_back")
        self._withdraw(key, sent.version)
        raise ArchiveError(
            f"The bucket {self._bucket} kept other bytes than were sent under {key}; the object was removed.",
            hint="Archive the media again.",
            retryable=True,
        )

    def _vouches(self, head: HeadObjectOutputTypeDef, found: Fingerprint) -> bool:
        if not self._trusts:
            return False
        whole = head.get("ChecksumType") == "FULL_OBJECT"
        return head.get("ChecksumSHA256") == base64_of(found.sha256) or (
            whole and head.get("ChecksumCRC32") == crc32_base64(found)
        )

    def _withdraw(self, key: str, version: str | None) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        which: dict[str, Any] = {"VersionId": version} if version else {}
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key, **which)
        except (BotoCoreError, ClientError):
            raise ArchiveError(
                f"The bucket {self._bucket} kept other bytes than were sent under {key} and does not let "
                "them be removed.",
                hint="Remove that object, then archive again.",
            ) from None

    def _adopt(self, key: str, found: Fingerprint, head: HeadObjectOutputTypeDef | None) -> Stored:
        """Take an object that is there already for ours when it is, byte for byte."""
        if head is not None and head["ContentLength"] == found.byte_size:
            if self._trusts and head.get("ChecksumSHA256") == base64_of(found.sha256):
                return Stored(self._url(key), "archived")
            if self._read(key, found.byte_size) == found:
                return Stored(self._url(key), "read_back")
        raise ArchiveError(
            f"The bucket {self._bucket} holds other bytes under {key}; they were left as they are.",
            hint="Look at that object and move it away, then archive again.",
        )

    def _require_bucket(self) -> None:
        # A HEAD cannot tell a missing object from a missing bucket, which says nothing of the object.
        self._client.head_bucket(Bucket=self._bucket)

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        from botocore.exceptions import ClientError

        try:
            return self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def _open(self, key: str) -> Iterator[bytes] | None:
        from botocore.exceptions import ClientError

        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return body.iter_chunks(CHUNK)

    def _read(self, key: str, byte_size: int | None = None) -> Fingerprint | None:
        chunks = self._open(key)
        if chunks is None:
            return None
        return fingerprint(chunks if byte_size is None else until(chunks, byte_size))

    def _guarded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with s3_faults(self._bucket):
            yield from chunks

    def _url(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def _key_of(self, archive_url: str) -> str:
        bucket, key = parse_s3_url(archive_url)
        if bucket != self._bucket:
            # A row of a shared library must not send these credentials to a bucket of its choice.
            raise ArchiveError(
                f"The archived copy is in the bucket {bucket}, but this library uses {self._bucket}.",
                hint=f"Set AWS_S3_BUCKET={bucket} to reach it.",
            )
        return key


def _header_safe(value: str) -> str:
    # Metadata travels in headers, which carry ASCII only.
    return quote(value, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")[:_LONGEST_METADATA]

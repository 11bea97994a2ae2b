"""Looking into one bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from social_tui.errors import ArchiveError
from social_tui.media_archive.base import ArchivedObject
from social_tui.media_archive.files import CHUNK, Fingerprint, fingerprint, until
from social_tui.media_archive.keys import MEDIA_PREFIX, parse_s3_url
from social_tui.media_archive.s3_faults import (
    COLD,
    NO_SUCH_UPLOAD,
    cold,
    error_code,
    error_status,
    is_missing,
    s3_faults,
)

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from social_tui.media_archive.s3_wire import Wire


class Bucket:
    """A bucket as boto3 shows it; its methods raise boto3's own exceptions where nothing else is said."""

    def __init__(self, client: S3Client, wire: Wire, name: str) -> None:
        self.client = client
        self._wire = wire
        self.name = name

    def url(self, key: str) -> str:
        """Return the address of an object."""
        return f"s3://{self.name}/{key}"

    def key_of(self, archive_url: str) -> str:
        """Return the key of an address.

        Raises:
            ArchiveError: If it is not in this bucket: a row of a shared library must not send these
                credentials to a bucket of its choice.
        """
        bucket, key = parse_s3_url(archive_url)
        if bucket != self.name:
            raise ArchiveError(
                f"The archived copy is in the bucket {bucket}, but this library uses {self.name}.",
                hint=f"Set AWS_S3_BUCKET={bucket} to reach it.",
            )
        return key

    def require(self) -> None:
        """Make sure that the bucket is there and may be used; a HEAD has no body that could say why not."""
        self.client.list_objects_v2(Bucket=self.name, Prefix=MEDIA_PREFIX, MaxKeys=1)

    def head(self, key: str) -> Mapping[str, Any] | None:
        """Return what the store says of an object, None where there is none."""
        from botocore.exceptions import ClientError

        try:
            return self._wire.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if is_missing(error):
                return None
            if error_status(error) in (400, 403):
                self.require()
            raise

    def open(self, key: str) -> Iterator[bytes] | None:
        """Return the bytes of an object, None where there is none.

        Raises:
            ArchiveColdError: If it is in a storage class that gives no bytes at once.
        """
        from botocore.exceptions import ClientError

        try:
            body: StreamingBody = self._wire.get_object(Bucket=self.name, Key=key)["Body"]
        except ClientError as error:
            if is_missing(error):
                return None
            if error_code(error) == COLD:
                raise cold(self.name, key, self.head(key) or {}) from None
            raise
        return body.iter_chunks(CHUNK)

    def read(self, key: str, byte_size: int | None = None) -> Fingerprint | None:
        """Read an object and hash it, not far past a size; None where there is none."""
        chunks = self.open(key)
        if chunks is None:
            return None
        return fingerprint(chunks if byte_size is None else until(chunks, byte_size))

    def holds(self, key: str, *, sha256: str, byte_size: int) -> bool | None:
        """Tell whether an object has these bytes; None where there is none.

        A difference may come about on the way, so it counts when two readings show it.
        """
        for _ in range(2):
            found = self.read(key, byte_size)
            if found is None:
                return None
            if (found.sha256, found.byte_size) == (sha256, byte_size):
                return True
        return False

    def list_objects(self) -> Iterator[ArchivedObject]:
        """List the objects under ``media/``, a thousand a request.

        Raises:
            ArchiveError: If the bucket cannot be asked.
        """
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=MEDIA_PREFIX)
        with s3_faults(self.name):
            for page in pages:
                for found in page.get("Contents", []):
                    yield ArchivedObject(
                        self.url(found["Key"]), found["Size"], found["LastModified"].astimezone(UTC)
                    )

    def abort_uploads(self, older_than: timedelta) -> int:
        """Abort the uploads in parts under ``media/`` that were begun before, and return how many."""
        from botocore.exceptions import ClientError

        oldest = datetime.now(UTC) - older_than
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.name, Prefix=MEDIA_PREFIX
        )
        begun = [found for page in pages for found in page.get("Uploads", []) if found["Initiated"] <= oldest]
        aborted = 0
        for found in begun:
            try:
                self.client.abort_multipart_upload(
                    Bucket=self.name, Key=found["Key"], UploadId=found["UploadId"]
                )
                aborted += 1
            except ClientError as error:
                if error_code(error) != NO_SUCH_UPLOAD:  # finished meanwhile
                    raise
        return aborted

    def is_locked(self, key: str) -> bool:
        """Tell whether a retention period or a legal hold keeps an object, as far as one may know."""
        head: Mapping[str, Any] = self.head(key) or {}
        until_when = head.get("ObjectLockRetainUntilDate")
        retained = isinstance(until_when, datetime) and until_when > datetime.now(UTC)
        return retained or head.get("ObjectLockLegalHoldStatus") == "ON"

    def has_locks(self) -> bool:
        """Tell whether the bucket says that its objects can be locked."""
        from botocore.exceptions import ClientError

        try:
            said = self.client.get_object_lock_configuration(Bucket=self.name)
        except ClientError as error:
            if error_status(error) in (400, 403, 404, 405, 501):  # it has none, or knows of none
                return False
            raise
        return said.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

    def lock(self, key: str, options: Mapping[str, Any]) -> None:
        """Lock an object as the options of its upload ask, in a bucket that has locks.

        A store that knows of no locks takes the request for another object of that key.
        """
        if "ObjectLockMode" in options:
            mode, until_when = options["ObjectLockMode"], options["ObjectLockRetainUntilDate"]
            self.client.put_object_retention(
                Bucket=self.name, Key=key, Retention={"Mode": mode, "RetainUntilDate": until_when}
            )
        if "ObjectLockLegalHoldStatus" in options:
            hold = options["ObjectLockLegalHoldStatus"]
            self.client.put_object_legal_hold(Bucket=self.name, Key=key, LegalHold={"Status": hold})

    def withdraw(self, key: str, version: str | None) -> None:
        """Remove an object that was just sent and is not what was sent.

        Raises:
            ArchiveError: If the store does not let it be removed.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        which: dict[str, Any] = {"VersionId": version} if version else {}
        try:
            self.client.delete_object(Bucket=self.name, Key=key, **which)
        except (BotoCoreError, ClientError):
            raise ArchiveError(
                f"The bucket {self.name} kept other bytes than were sent under {key} and does not let "
                "them be removed.",
                hint="Remove that object, then archive again.",
            ) from None

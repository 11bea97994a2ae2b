"""What went wrong with a bucket, said to people."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from social_tui.errors import ArchiveColdError, ArchiveError

PRECONDITION_FAILED = frozenset({"PreconditionFailed", "412"})
NO_SUCH_UPLOAD = "NoSuchUpload"
COLD = "InvalidObjectState"
_COLD_CLASSES = ("GLACIER", "DEEP_ARCHIVE")
_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})


@dataclass(frozen=True, slots=True)
class _Fault:
    words: str
    hint: str = ""
    retryable: bool = False
    stop_lane: bool = False


def _every(words: str, hint: str = "", *, retryable: bool = False) -> _Fault:
    """Make a fault that every other object would meet too."""
    return _Fault(words, hint, retryable, stop_lane=True)


_CREDENTIALS = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile that boto3 uses."
_REGION = _every("is in another region", "Set AWS_S3_REGION to the bucket's region.")
_DENIED = _every(
    "may not be used with these credentials",
    "Allow them s3:PutObject, s3:GetObject and s3:ListBucket on it.",
)
_BUSY = _Fault("is too busy just now", retryable=True)
_GARBLED = _Fault("got other bytes than were sent and refused them", retryable=True)
_FULL = _every("is full", "Make room in the store or raise its quota.")
_UNKNOWN = _every(
    "does not do something that the settings ask of it",
    "Check s3_storage_class, s3_encryption and s3_lock_mode, or set s3_checksums to when_required.",
)
_KMS = _every("cannot use its key for encryption", "Check s3_kms_key_id and that key.")
_NO_BUCKET = _every("does not exist", "Create it, or set AWS_S3_BUCKET to one that does.")

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; a HEAD has no body, so its code
# is the HTTP status.
_BY_CODE = {
    "NoSuchBucket": _NO_BUCKET,
    "404": _NO_BUCKET,
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "InvalidAccessKeyId": _every("does not know the access key", _CREDENTIALS),
    "SignatureDoesNotMatch": _every("refused the signature: the secret key is wrong", _CREDENTIALS),
    "ExpiredToken": _every("refused credentials that have expired", "Renew the session token."),
    "InvalidToken": _every("refused the session token", "Renew AWS_SESSION_TOKEN or remove it."),
    "RequestTimeTooSkewed": _every("refused because this machine's clock is wrong", "Set the clock."),
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "BadDigest": _GARBLED,
    "InvalidDigest": _GARBLED,
    "XAmzContentSHA256Mismatch": _GARBLED,
    "XAmzContentChecksumMismatch": _GARBLED,
    "IncompleteBody": _GARBLED,
    "SlowDown": _BUSY,
    "503": _BUSY,
    "429": _BUSY,
    "ServiceUnavailable": _BUSY,
    "RequestLimitExceeded": _BUSY,
    "ConditionalRequestConflict": _Fault("is taking the same object from another worker", retryable=True),
    "OperationAborted": _Fault("is busy with another change of the object", retryable=True),
    "RequestTimeout": _Fault("waited too long for the bytes", retryable=True),
    "InternalError": _Fault("had a fault of its own", retryable=True),
    "NotImplemented": _UNKNOWN,
    "InvalidStorageClass": _UNKNOWN,
    "InvalidEncryptionAlgorithmError": _UNKNOWN,
    "InvalidRequest": _UNKNOWN,
    "InvalidArgument": _UNKNOWN,
    "KMS.NotFoundException": _KMS,
    "KMS.DisabledException": _KMS,
    "KMS.KMSInvalidStateException": _KMS,
    "EntityTooLarge": _Fault("does not take files of this size"),
    "QuotaExceeded": _FULL,
    "XMinioStorageFull": _FULL,
    "507": _FULL,
}
# Names of botocore's own exceptions, so that this module need not import it to be loaded.
_BY_CLIENT_FAULT = {
    "NoCredentialsError": _every("cannot be reached without credentials", _CREDENTIALS),
    "PartialCredentialsError": _every("cannot be reached with half a credential", _CREDENTIALS),
    "CredentialRetrievalError": _every("cannot be reached: the credentials could not be had", _CREDENTIALS),
    "TokenRetrievalError": _every("cannot be reached: the sign-in has expired", "Run `aws sso login`."),
    "ProfileNotFound": _every("cannot be reached: AWS_PROFILE names no profile", "Check ~/.aws/config."),
    "SSLError": _every("cannot be reached: its certificate is not trusted", "Check AWS_S3_ENDPOINT_URL."),
    "EndpointConnectionError": _every(
        "cannot be reached", "Check AWS_S3_ENDPOINT_URL and the network.", retryable=True
    ),
    "ProxyConnectionError": _every("cannot be reached through the proxy", "Check the proxy.", retryable=True),
    "ConnectTimeoutError": _every("did not answer in time", retryable=True),
    "ReadTimeoutError": _Fault("did not answer in time", retryable=True),
    "ConnectionClosedError": _Fault("closed the connection", retryable=True),
    "ResponseStreamingError": _Fault("broke off while sending", retryable=True),
    "IncompleteReadError": _Fault("broke off while sending", retryable=True),
    "ParamValidationError": _every("was asked for something malformed", "Check AWS_S3_BUCKET."),
}


@contextmanager
def s3_faults(bucket: str) -> Iterator[None]:
    """Turn every fault of boto3 inside the block into an :class:`ArchiveError` without its details.

    The libraries' own messages hold addresses, signatures and key ids; none of that is passed on.
    """
    from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _say(bucket, _server_fault(error_code(error), error_status(error))) from None
    except (BotoCoreError, Boto3Error) as error:
        raise _say(bucket, _client_fault(error)) from None


def is_cold(head: Mapping[str, Any]) -> bool:
    """Tell by what a store says of an object whether it gives no bytes at once.

    Args:
        head: The answer to HEAD (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
    """
    is_stored_away = head.get("StorageClass") in _COLD_CLASSES or "ArchiveStatus" in head
    return is_stored_away and 'ongoing-request="false"' not in head.get("Restore", "")


def cold(bucket: str, key: str, head: Mapping[str, Any]) -> ArchiveColdError:
    """Say that an object cannot be read before somebody asks for it, or not yet.

    Args:
        bucket: The bucket.
        key: The object's key.
        head: What the store says of it.
    """
    storage_class = re.sub(r"[^A-Z_]", "", str(head.get("StorageClass", "")))
    message = f"The bucket {bucket} keeps {key} in cold storage ({storage_class or 'of a class untold'})"
    if 'ongoing-request="true"' in head.get("Restore", ""):
        return ArchiveColdError(
            f"{message}; it was asked for and is not ready yet.", hint="Try again in some hours."
        )
    days = "{}" if storage_class == "INTELLIGENT_TIERING" else "Days=7"
    command = f"aws s3api restore-object --bucket {bucket} --key {shlex.quote(key)} --restore-request {days}"
    return ArchiveColdError(
        f"{message}, where it must be asked for before it can be read.",
        hint=f"Ask for it by `{command}`, and read it some hours later.",
    )


def _say(bucket: str, fault: _Fault) -> ArchiveError:
    return ArchiveError(
        f"The bucket {bucket} {fault.words}.",
        hint=fault.hint,
        retryable=fault.retryable,
        stop_lane=fault.stop_lane,
    )


def error_code(error: Exception) -> str:
    """Return the S3 error code of a ``ClientError``; anything but a plain word is cut away."""
    response = getattr(error, "response", {})
    return re.sub(r"[^A-Za-z0-9.]", "", str(response.get("Error", {}).get("Code", "")))[:64]


def error_status(error: Exception) -> int:
    """Return the HTTP status of a ``ClientError``, 0 when there is none."""
    status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status if isinstance(status, int) else 0


def is_missing(error: Exception) -> bool:
    """Tell whether a ``ClientError`` says that there is no such object."""
    return error_code(error) in _MISSING


def _server_fault(code: str, status: int) -> _Fault:
    known = _BY_CODE.get(code) or _BY_CODE.get(str(status))
    if known is not None:
        return known
    return _Fault(f"refused: {code or 'no reason given'} (HTTP {status})", retryable=status >= 500)


def _client_fault(error: Exception) -> _Fault:
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_CLIENT_FAULT:
            return _BY_CLIENT_FAULT[kind.__name__]
    return _Fault(f"could not be used: {type(error).__name__}", retryable=_is_network(error))


def _is_network(error: Exception) -> bool:
    return any(kind.__name__ == "HTTPClientError" for kind in type(error).__mro__)

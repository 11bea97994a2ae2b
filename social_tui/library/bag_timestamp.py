"""Time stamps (RFC 3161): an authority's signed word on when a tag manifest was there."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.errors import SocialTuiError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

STAMPED_FILE = "tagmanifest-sha512.txt"
REQUEST_FILE = "timestamp.tsq"
ANSWER_FILE = "timestamp.tsr"
LARGEST_ANSWER = 256 * 1024
_DEADLINE_SECONDS = 30.0
_SHA512 = "2.16.840.1.101.3.4.2.3"
_GRANTED = 0


class TimestampError(SocialTuiError):
    """There is no valid time stamp: its authority did not give one, or it stamps something else."""


class NoTimestampLibraryError(UsageError):
    """The extra that reads time stamps is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Time stamps need the extra 'timestamp'.", hint="Install it: pip install 'social-tui[timestamp]'."
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """Who gives time stamps.

    Args:
        url: Where it takes requests.
        roots: A PEM file with the certificates that it is trusted by, beside those of certifi.
    """

    url: str
    roots: Path | None = None


def require_library(roots: Path | None) -> None:
    """Make sure that time stamps can be read here, and the named certificates too.

    Raises:
        NoTimestampLibraryError: If the extra is not installed.
        UsageError: If the file with certificates has none.
    """
    try:
        import rfc3161_client  # noqa: F401
    except ImportError:
        raise NoTimestampLibraryError from None
    if roots is not None:
        _read_roots(roots)


def fetch_timestamp(data: bytes, authority: Authority) -> tuple[bytes, bytes, datetime]:
    """Have some bytes stamped; only their SHA-512 goes out.

    Args:
        data: What to stamp.
        authority: Who stamps; its answer is believed only after :func:`check_timestamp`.

    Returns:
        The request and the answer in DER, as ``openssl ts`` reads them, and the moment that it states.

    Raises:
        TimestampError: If the authority does not answer within 30 seconds, or with anything else than a
            valid stamp of these bytes.
    """
    import asyncio

    import httpx
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    query = TimestampRequestBuilder(data=data, hash_algorithm=HashAlgorithm.SHA512).build().as_bytes()
    try:
        answer = asyncio.run(_post(authority.url, query))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
        reason = str(error) or "it took too long"
        raise TimestampError(f"The time stamp authority gave no answer: {reason}.") from error
    return query, answer, check_timestamp(data, query, answer, roots=authority.roots)


async def _post(url: str, query: bytes) -> bytes:
    """Send a request; what comes back is bounded in size and in time as a whole."""
    import asyncio

    import httpx

    answer = bytearray()
    headers = {"Content-Type": "application/timestamp-query", "Accept-Encoding": "identity"}
    async with (
        asyncio.timeout(_DEADLINE_SECONDS),
        httpx.AsyncClient(timeout=_DEADLINE_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=query, headers=headers) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise TimestampError(
                f"The time stamp authority answered with HTTP status {response.status_code}.",
                hint="Check its address.",
            )
        async for chunk in response.aiter_raw(16 * 1024):
            answer += chunk
            if len(answer) > LARGEST_ANSWER:
                raise TimestampError("The time stamp authority answered with far more than a time stamp.")
    return bytes(answer)


def check_timestamp(data: bytes, query: bytes | None, answer: bytes, *, roots: Path | None) -> datetime:
    """Check that an authority signed that some bytes were there, and say when.

    Args:
        data: What was stamped.
        query: The request, whose nonce the answer must have; None when it is not known.
        answer: What the authority answered.
        roots: A PEM file with the certificates to trust beside those of certifi.

    Returns:
        The moment that the authority states.

    Raises:
        TimestampError: If it is not so, or the authority is not known.
        NoTimestampLibraryError: If the extra is not installed.
        UsageError: If the file with certificates has none.
    """
    require_library(roots)
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        stamp = decode_timestamp_response(answer)
        if stamp.status != _GRANTED:
            raise TimestampError(f"The time stamp authority refused: status {stamp.status}.")
        if stamp.tst_info.message_imprint.hash_algorithm.dotted_string != _SHA512:
            raise TimestampError("The time stamp is not one of a SHA-512.")
        verifier = VerifierBuilder(roots=_trusted(roots), nonce=_nonce(query)).build()
        verifier.verify_message(stamp, data)
        return stamp.tst_info.gen_time
    except VerificationError as error:
        raise _refused(str(error)) from error
    except (ValueError, TypeError) as error:
        raise TimestampError(f"The time stamp cannot be read: {error}.") from error


def _nonce(query: bytes | None) -> int | None:
    """Return the nonce of a request, which the published interface of the library does not read back."""
    from rfc3161_client import _rust

    return None if query is None else _rust.parse_timestamp_request(query).nonce


def _refused(reason: str) -> TimestampError:
    if "certificate verify error" in reason:
        return TimestampError(
            "The authority of the time stamp is not known here, so its signature proves nothing.",
            hint="Name its root certificate with --timestamp-ca FILE, from a source that you trust.",
        )
    words = {
        "Mismatch between messages": "it is a stamp of something else",
        "Nonce mismatch": "its nonce differs",
    }
    said = next((words[each] for each in words if each in reason), "its signature is not valid")
    return TimestampError(f"The time stamp is not valid: {said}.")


def _trusted(roots: Path | None) -> list[Certificate]:
    import certifi

    return [*(_read_roots(roots) if roots is not None else []), *_read_roots(Path(certifi.where()))]


def _read_roots(path: Path) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        with warnings.catch_warnings():
            # Some of the old authorities that certifi lists have serial numbers that are not positive.
            warnings.simplefilter("ignore")
            return load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The certificates {path} cannot be read: {error.strerror}.") from error
    except ValueError:
        raise UsageError(f"{path} has no certificates.", hint="It must be a PEM file.") from None

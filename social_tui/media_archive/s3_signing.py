"""Signing requests about one object as S3 wants it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and for where.

    Args:
        key_id: The access key's id.
        secret: Its secret.
        token: What goes with a key that lives for a while; None where it lives on.
        region: The bucket's region.
    """

    key_id: str
    secret: str
    token: str | None
    region: str

    def sign(
        self, method: str, path: str, headers: Mapping[str, str], sha256: str, moment: datetime
    ) -> dict[str, str]:
        """Sign a request without a query.

        Args:
            method: Such as ``PUT``.
            path: From its first slash, encoded as it is sent.
            headers: What is sent, ``Host`` too; all of it is signed.
            sha256: What the body hashes to, in hexadecimal.
            moment: Now, in UTC.

        Returns:
            The headers by lower-case name, with the signature.
        """
        told = {
            **{name.lower(): value for name, value in headers.items()},
            "x-amz-content-sha256": sha256,
            "x-amz-date": f"{moment:%Y%m%dT%H%M%SZ}",
        }
        if self.token is not None:
            told["x-amz-security-token"] = self.token
        signed = sorted(told.items())
        names = ";".join(name for name, _ in signed)
        canonical = "".join(f"{name}:{' '.join(value.split())}\n" for name, value in signed)
        request = f"{method}\n{path}\n\n{canonical}\n{names}\n{sha256}"
        day = f"{moment:%Y%m%d}"
        scope = f"{day}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = _signing_key(self.secret, day, self.region)
        text = f"{_ALGORITHM}\n{told['x-amz-date']}\n{scope}\n{digest}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        told["authorization"] = (
            f"{_ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return told


@lru_cache(maxsize=2)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key

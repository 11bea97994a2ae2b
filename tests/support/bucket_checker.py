"""An independent look into a bucket: lists and reads it by plain boto3, and believes nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_bucket(client: S3Client, bucket: str) -> dict[str, bytes]:
    """Read every object of a bucket, by ``s3://`` address."""
    found: dict[str, bytes] = {}
    token: dict[str, str] = {}
    while True:
        page = client.list_objects_v2(Bucket=bucket, MaxKeys=1000, **token)  # type: ignore[arg-type]
        for listed in page.get("Contents", []):
            body = client.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
            found[f"s3://{bucket}/{listed['Key']}"] = body
        if not page["IsTruncated"]:
            return found
        token = {"ContinuationToken": page["NextContinuationToken"]}


def false_claims(client: S3Client, bucket: str, claims: Mapping[str, str]) -> list[str]:
    """List the addresses whose bytes do not have the SHA-256 that is claimed of them.

    Args:
        client: A client that shares nothing with the program.
        bucket: The bucket.
        claims: By ``s3://`` address, the SHA-256 in hexadecimal of what is said to be archived there.
    """
    held = {url: hashlib.sha256(body).hexdigest() for url, body in read_bucket(client, bucket).items()}
    return sorted(url for url, sha256 in claims.items() if held.get(url) != sha256)

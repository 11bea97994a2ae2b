"""Signatures: the very ones that botocore makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from social_tui.media_archive.s3_signing import Signer

BODY = b"what is archived"
HOST = "archive.s3.eu-central-1.amazonaws.com"
PATH = "/media/2026/11/med-0a1b2c3d%20%C3%A9.jpg"


@pytest.mark.parametrize("token", [None, "a/token+of=a-role"])
@pytest.mark.parametrize("method", ["PUT", "HEAD"])
def test_a_signature_is_the_one_that_botocore_makes(method: str, token: str | None) -> None:
    headers = {
        "Content-Type": "image/jpeg",
        "If-None-Match": "*",
        "X-Amz-Meta-Source-Host": " two  spaces and one ",
        "x-amz-checksum-sha256": "aGFzaA==",
    }
    request = AWSRequest(method, f"https://{HOST}{PATH}", headers=headers, data=BODY)
    credentials = ReadOnlyCredentials("an-id", "a/secret", token)
    S3SigV4Auth(credentials, "s3", "eu-central-1").add_auth(request)
    theirs = {name.lower(): value for name, value in request.headers.items()}
    moment = datetime.strptime(theirs["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    signer = Signer("an-id", "a/secret", token, "eu-central-1")
    ours = signer.sign(method, PATH, headers | {"Host": HOST}, theirs["x-amz-content-sha256"], moment)

    assert ours == theirs | {"host": HOST}

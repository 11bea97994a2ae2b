"""Requests about one object, for about a tenth of the processor that a client of boto3 takes for each.

Nothing but opening a bucket imports this module, because botocore is slow to import.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from botocore.handlers import remove_bucket_from_url_paths_from_model
from botocore.response import StreamingBody
from botocore.serialize import create_serializer
from urllib3.exceptions import HTTPError

from social_tui.media_archive.s3_exchange import exchange
from social_tui.media_archive.s3_signing import Signer

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from botocore.credentials import Credentials
    from mypy_boto3_s3 import S3Client
    from urllib3 import HTTPConnectionPool

    _Send = Callable[[HTTPConnectionPool, str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, Any]]]

_EMPTY = hashlib.sha256().hexdigest()
_BUSY = frozenset({429, 500, 502, 503, 504})
# What the client need not be asked about again.
_SETTLED = frozenset({("PutObject", 412), ("HeadObject", 412), ("HeadObject", 404)})
# What is read of an answer, by the name that the client gives it, and what makes of the header what it gives.
_HEADERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "ContentLength": ("content-length", int),
    "ETag": ("etag", str),
    "ChecksumSHA256": ("x-amz-checksum-sha256", str),
    "ChecksumCRC32": ("x-amz-checksum-crc32", str),
    "ChecksumType": ("x-amz-checksum-type", str),
    "VersionId": ("x-amz-version-id", str),
    "StorageClass": ("x-amz-storage-class", str),
    "Restore": ("x-amz-restore", str),
    "ObjectLockRetainUntilDate": ("x-amz-object-lock-retain-until-date", datetime.fromisoformat),
    "ObjectLockLegalHoldStatus": ("x-amz-object-lock-legal-hold", str),
}


class _Route(NamedTuple):
    """The way that a request of the client took.

    Args:
        host: The server as requests name it.
        base: What paths begin with before the key.
        region: The region that it was signed for.
        agent: What the client calls itself.
        connections: The client's, with its certificates and patience.
    """

    host: str
    base: str
    region: str
    agent: str
    connections: HTTPConnectionPool


class Wire:
    """Asks what its client would ask, without most of the client's steps before and after each request.

    The client makes the first request, each that this does not know how to make (with other signatures,
    through a proxy), and each anew to which there was no answer, or none that settles it: so the client's
    patience, retries and words hold for all that goes wrong. From its requests that went well this learns
    address, region and connections.

    Args:
        client: The client.
        credentials: Those of the client; None where there are none.
    """

    def __init__(self, client: S3Client, credentials: Credentials | None) -> None:
        service = client.meta.service_model
        names = ("PutObject", "HeadObject", "GetObject")
        self._models = {name: service.operation_model(name) for name in names}
        for model in self._models.values():
            # Or the client does it at its first request, and a path begins with the bucket only until then.
            remove_bucket_from_url_paths_from_model({}, model, {})
        self._client = client
        self._credentials = credentials
        self._serializer = create_serializer(service.resolved_protocol, include_validation=False)
        self._route: _Route | None = None
        client.meta.events.register("needs-retry.s3", self._learn)

    def put_object(self, sha256: str, **asked: Any) -> Mapping[str, Any]:
        """Put a small object.

        Args:
            sha256: What its bytes hash to, in hexadecimal.
            asked: What the client's ``put_object`` takes, the body as bytes.

        Returns:
            What the client's ``put_object`` returns.

        Raises:
            BotoCoreError: If the store cannot be asked.
            ClientError: If it refuses.
        """
        return self._once(_exchange, "PutObject", sha256, asked) or self._client.put_object(**asked)

    def head_object(self, **asked: Any) -> Mapping[str, Any]:
        """Ask what the store says of an object, as the client's ``head_object``."""
        return self._once(_exchange, "HeadObject", _EMPTY, asked) or self._client.head_object(**asked)

    def get_object(self, **asked: Any) -> Mapping[str, Any]:
        """Ask for an object, as the client's ``get_object``."""
        return self._once(_open, "GetObject", _EMPTY, asked) or self._client.get_object(**asked)

    def _learn(
        self,
        *,
        response: tuple[AWSResponse, object] | None,
        request_dict: Mapping[str, Any],
        **_: object,
    ) -> None:
        """Take over the way of a request about an object that went well."""
        context = request_dict["context"]
        version = getattr(self._client.meta.config, "signature_version", None)
        if (
            response is None
            or response[0].status_code >= 300
            or (context["auth_type"], version) != ("v4", "s3v4")
            or self._credentials is None
            or "Key" not in context["input_params"]
        ):
            return
        connections = response[0].raw._pool
        if connections.proxy is not None:
            return
        address, name = urlsplit(request_dict["url"]), request_dict["url_path"]
        if not address.path.endswith(name):  # it names more than the object, such as an upload to be begun
            return
        self._route = _Route(
            address.netloc,
            address.path.removesuffix(name),
            context["signing"]["region"],
            request_dict["headers"]["User-Agent"],
            connections,
        )

    def _once(
        self, send: _Send, operation: str, sha256: str, asked: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Make a request about an object once; None where the client has to ask."""
        if self._route is None or self._credentials is None:
            return None
        try:
            request = self._write(self._route, self._credentials, operation, sha256, asked)
            status, said = send(self._route.connections, *request)
        except (HTTPError, OSError, ValueError):
            return None
        if status == 200:
            return said
        if (operation, status) in _SETTLED:
            raise ClientError({"Error": {"Code": str(status)}}, operation)
        if status in _BUSY:
            time.sleep(random.random())  # noqa: S311 - as the client waits before its second try
        return None

    def _write(
        self,
        route: _Route,
        credentials: Credentials,
        operation: str,
        sha256: str,
        asked: Mapping[str, Any],
    ) -> tuple[str, str, Mapping[str, str], bytes]:
        """Return a request: its method, path, headers with the signature, and body."""
        told = self._serializer.serialize_to_request(asked, self._models[operation])
        method, path = told["method"], route.base + told["url_path"]
        key = credentials.get_frozen_credentials()
        signer = Signer(key.access_key or "", key.secret_key or "", key.token, route.region)
        headers = signer.sign(method, path, told["headers"] | {"host": route.host}, sha256, datetime.now(UTC))
        return (
            method,
            path,
            {**headers, "user-agent": route.agent, "accept-encoding": "identity"},
            told["body"] or b"",
        )


def _exchange(
    connections: HTTPConnectionPool, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, Mapping[str, Any]]:
    """Send a request; gives the status and what the head of the answer says."""
    answer = exchange(connections, method, path, headers, body)
    said = {
        name: read(answer.headers[header])
        for name, (header, read) in _HEADERS.items()
        if header in answer.headers
    }
    return answer.status, said | {"ResponseMetadata": {"HTTPStatusCode": answer.status}}


def _open(
    connections: HTTPConnectionPool, method: str, path: str, headers: Mapping[str, str], _: bytes
) -> tuple[int, Mapping[str, Any]]:
    """Send a request without a body; gives the status and, where it went well, the body to be read."""
    answer = connections.urlopen(
        method,
        path,
        headers=headers,
        retries=False,
        redirect=False,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
    )
    if answer.status != 200:
        answer.drain_conn()
        return answer.status, {}
    raw, length = cast("Any", answer), cast("Any", answer.headers.get("content-length"))
    return answer.status, {"Body": StreamingBody(raw, length)}

"""A real S3 endpoint on loopback for tests: moto's S3 behind a socket, made honest, with faults on demand.

moto alone takes wrong digests and unknown keys and says 200; this server refuses them as S3 does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from social_tui.config import Settings
from tests.support.listening import Listener

ACCESS_KEY_ID = "AKIATESTTESTTESTTEST"
SECRET_ACCESS_KEY = "canary-secret-access-key"

FaultKind = Literal[
    "slow_down",  # 503 SlowDown, nothing done
    "internal_error",  # 500, nothing done
    "forbidden",  # 403 AccessDenied
    "clock_skew",  # 403 RequestTimeTooSkewed
    "corrupt",  # one byte flips on the way in, before the digests are checked
    "corrupt_silently",  # one byte flips on the way in and the server does not look
    "corrupt_reply",  # one byte flips on the way out
    "drop_reply",  # done, but the connection closes before the reply
    "cut_reply",  # half of the reply's body, then the connection closes
]


@dataclass
class Fault:
    """What goes wrong with the next requests of one method; ``times`` counts down."""

    kind: FaultKind
    method: str
    times: int = 1
    part: str = ""


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass
class S3Server:
    """The server; a context manager that starts and stops it.

    Args:
        checks_digests: Whether it refuses bodies that differ from their digests.
        honours_conditions: Whether it honours ``If-None-Match``, which several stores do not.
        plain_etags: Whether the ETag of a single put is the MD5; KMS encryption makes it something else.
        names_etag_of_parts: Whether the reply to a finished upload in parts names the ETag; Ceph 16 does not.
    """

    checks_digests: bool = True
    honours_conditions: bool = True
    plain_etags: bool = True
    names_etag_of_parts: bool = True
    faults: list[Fault] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)
    checksums: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._http = Listener(_handler_for(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._http.url

    def make_bucket(self, *, with_locks: bool = False) -> str:
        """Make an empty bucket with a name of its own and return the name."""
        name = f"archive-{secrets.token_hex(6)}"
        made = _backend().create_bucket(name, "us-east-1")
        if with_locks:  # moto locks what is put in one piece alone, as Ceph 16
            made.object_lock_enabled, made.versioning_status = True, "Enabled"
        return name

    def settings(self, bucket: str, **changes: Any) -> Settings:
        """Return settings that archive into a bucket of this server."""
        return Settings(
            **{
                "aws_s3_bucket": bucket,
                "aws_s3_region": "us-east-1",
                "aws_s3_endpoint_url": self.url,
                "aws_access_key_id": ACCESS_KEY_ID,
                "aws_secret_access_key": SECRET_ACCESS_KEY,
                **changes,
            }
        )

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Read what the bucket holds by the server's own books, past HTTP."""
        return {key: found.value for key, found in _backend().get_bucket(bucket).keys.items()}

    def metadata(self, bucket: str, key: str) -> dict[str, str]:
        """Read an object's own metadata."""
        found = _backend().get_object(bucket, key)
        return {name: str(value) for name, value in found.metadata.items()}

    def overwrite(self, bucket: str, key: str, value: bytes) -> None:
        """Change an object behind everyone's back."""
        _backend().put_object(bucket, key, value)

    def remove(self, bucket: str, key: str) -> None:
        """Delete an object behind everyone's back."""
        _backend().delete_object(bucket, key)

    def locks(self, bucket: str, key: str) -> tuple[str | None, str | None]:
        """Read an object's mode of retention and its hold."""
        found = _backend().get_object(bucket, key)
        return found.lock_mode, found.lock_legal_status

    def open_uploads(self, bucket: str) -> int:
        """Count the multipart uploads that nobody finished."""
        return len(_backend().get_bucket(bucket).multiparts)

    def fail(self, kind: FaultKind, method: str, *, times: int = 1, part: str = "") -> None:
        """Let the next requests of a method, whose query holds ``part``, go wrong."""
        with self._lock:
            self.faults.append(Fault(kind, method, times, part))

    def take_fault(self, method: str, query: str) -> FaultKind | None:
        """Tell what goes wrong with this request."""
        with self._lock:
            for fault in self.faults:
                if fault.method == method and fault.times > 0 and fault.part in query:
                    fault.times -= 1
                    return fault.kind
        return None

    def count(self, method: str) -> int:
        """Count the requests of a method so far."""
        return sum(recorded.method == method for recorded in self.requests)


def _backend() -> Any:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def _handler_for(server: S3Server) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        s3 = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    s3: S3Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet: the tests read ``requests``."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.s3.requests.append(Recorded(self.command, unquote(parts.path), parts.query, headers))
        fault = self.s3.take_fault(self.command, parts.query)
        if fault in ("corrupt", "corrupt_silently"):
            body = _flip(body)
        refusal = _REFUSALS.get(fault or "") or self._refuse(headers, body, fault)
        if refusal is not None:
            self._reply(refusal[0], {}, _error_body(refusal[1]))
            return
        if not self.s3.honours_conditions:
            headers.pop("if-none-match", None)
        status, answer_headers, answer = self._ask_moto(headers, body)
        self._remember_checksum(headers, answer_headers, status)
        if self.command in ("PUT", "HEAD") and not self.s3.plain_etags and "etag" in answer_headers:
            answer_headers["etag"] = '"0123456789abcdef0123456789abcdef"'
        if self.command == "POST" and not self.s3.names_etag_of_parts:
            answer = re.sub(rb"<ETag>.*?</ETag>", b"<ETag></ETag>", answer)
        if fault == "drop_reply":
            self.close_connection = True
            return
        self._reply(
            status,
            answer_headers,
            _flip(answer) if fault == "corrupt_reply" else answer,
            cut=fault == "cut_reply",
        )

    def _refuse(self, headers: dict[str, str], body: bytes, fault: str | None) -> tuple[int, str] | None:
        if "X-Amz-Signature=" in self.path:
            return _refuse_link(self.command, self.path, headers)
        if f"Credential={ACCESS_KEY_ID}/" not in headers.get("authorization", ""):
            return 403, "InvalidAccessKeyId"
        if fault == "corrupt_silently" or not self.s3.checks_digests:
            return None
        for name, digest in _DIGESTS.items():
            # A finished upload's checksum covers the whole object, not this request.
            if name in headers and self.command == "PUT" and headers[name] != digest(body):
                return 400, "BadDigest"
        return None

    def _remember_checksum(
        self, headers: dict[str, str], answer_headers: dict[str, str], status: int
    ) -> None:
        # moto forgets the SHA-256 of a single put; S3 tells it to those who ask for checksums.
        name = "x-amz-checksum-sha256"
        if self.command == "PUT" and name in headers and status == 200:
            self.s3.checksums[self.path] = answer_headers[name] = headers[name]
        asked = headers.get("x-amz-checksum-mode") == "ENABLED"
        if self.command == "HEAD" and asked and status == 200 and self.path in self.s3.checksums:
            answer_headers[name] = self.s3.checksums[self.path]

    def _ask_moto(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        from botocore.awsrequest import AWSPreparedRequest
        from botocore.compat import HTTPHeaders
        from moto.core.botocore_stubber import BotocoreStubber

        with self.s3._lock:
            # The host by which moto knows its S3.
            url = f"http://s3.amazonaws.com{self.path}"
            request = AWSPreparedRequest(self.command, url, HTTPHeaders.from_dict(headers), body, False)
            answer = BotocoreStubber().process_request(request)
        assert answer is not None
        status, answer_headers, content = answer
        return (
            status,
            {str(name).lower(): str(value) for name, value in answer_headers.items()},
            content.encode() if isinstance(content, str) else content,
        )

    def _reply(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        length = headers.pop("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


_REFUSALS: dict[str, tuple[int, str]] = {
    "slow_down": (503, "SlowDown"),
    "internal_error": (500, "InternalError"),
    "forbidden": (403, "AccessDenied"),
    "clock_skew": (403, "RequestTimeTooSkewed"),
}


def _refuse_link(method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
    """Check a presigned link as S3 does, which moto does not.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    address, _, query = path.partition("?")
    asked = dict(part.split("=", 1) for part in query.split("&"))
    signature = asked.pop("X-Amz-Signature")
    begun = datetime.strptime(asked["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) > begun + timedelta(seconds=int(asked["X-Amz-Expires"])):
        return 403, "AccessDenied"
    key_id, *scope = unquote(asked["X-Amz-Credential"]).split("/")
    told = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
    canonical = f"{method}\n{address}\n{told}\nhost:{headers['host']}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", asked["X-Amz-Date"], "/".join(scope), digest])
    key = f"AWS4{SECRET_ACCESS_KEY}".encode()
    for part in (*scope, text):
        key = hmac.digest(key, part.encode(), "sha256")
    if key_id != ACCESS_KEY_ID or asked["X-Amz-SignedHeaders"] != "host" or key.hex() != signature:
        return 403, "SignatureDoesNotMatch"
    return None


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


_DIGESTS: dict[str, Callable[[bytes], str]] = {
    "content-md5": lambda body: _base64(hashlib.md5(body, usedforsecurity=False).digest()),
    "x-amz-checksum-sha256": lambda body: _base64(hashlib.sha256(body).digest()),
    "x-amz-checksum-crc32": lambda body: _base64(zlib.crc32(body).to_bytes(4, "big")),
}


def _flip(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :] if body else body


def _error_body(code: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
        f"<Message>{SECRET_ACCESS_KEY} refused</Message></Error>"
    ).encode()

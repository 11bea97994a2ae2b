"""A proxy in front of a real S3 server that does to chosen requests what networks and busy stores do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Literal, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from tests.support.listening import Listener

FaultKind = Literal[
    "slow_down",  # 503 SlowDown, nothing done
    "internal_error",  # 500 InternalError, nothing done
    "forbidden",  # 403 AccessDenied, nothing done
    "clock_skew",  # 403 RequestTimeTooSkewed, nothing done
    "full",  # 507 QuotaExceeded, nothing done
    "elsewhere",  # 400 AuthorizationHeaderMalformed, as to a wrong region, nothing done
    "reset",  # half of the body is read, then the connection is reset; nothing done
    "corrupt",  # one byte of the body flips on the way in
    "truncate",  # half of the body comes through, then both connections break
    "drop_reply",  # done, but the connection closes before the reply
    "corrupt_reply",  # one byte flips on the way out
    "cut_reply",  # half of the reply's body, then the connection closes
    "hold",  # done, but the reply waits until `release` is called
]
_REFUSALS: dict[str, tuple[int, str]] = {
    "slow_down": (503, "SlowDown"),
    "internal_error": (500, "InternalError"),
    "forbidden": (403, "AccessDenied"),
    "clock_skew": (403, "RequestTimeTooSkewed"),
    "full": (507, "QuotaExceeded"),
    "elsewhere": (400, "AuthorizationHeaderMalformed"),
}
_HOPS = frozenset({"connection", "expect", "transfer-encoding", "keep-alive"})
_PIECE = 1 << 16


@dataclass
class Fault:
    """What goes wrong with requests of a method whose target holds ``part``; ``times`` counts down."""

    kind: FaultKind
    method: str
    part: str
    times: int


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass
class S3Proxy:
    """The proxy; a context manager that starts and stops it.

    Args:
        upstream: The server's URL.
    """

    upstream: str
    requests: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self.held, self._released = threading.Event(), threading.Event()
        self._http = Listener(_handler_for(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        self._http.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._http.url

    def fail(self, kind: FaultKind, method: str, part: str = "", *, times: int = 1) -> None:
        """Let the next requests of a method go wrong whose path and query hold ``part``."""
        with self._lock:
            self.faults.append(Fault(kind, method, part, times))

    def release(self) -> None:
        """Let the replies go that are held."""
        self._released.set()

    def hold(self) -> None:
        """Say that a reply waits, and wait."""
        self.held.set()
        self._released.wait(60)

    def methods(self) -> list[str]:
        """Name the methods of the requests so far."""
        return [seen.method for seen in self.requests]

    def meet(self, seen: Seen) -> FaultKind | None:
        """Write a request down and tell what goes wrong with it."""
        with self._lock:
            self.requests.append(seen)
            for fault in self.faults:
                if fault.times > 0 and fault.method == seen.method and fault.part in seen.target:
                    fault.times -= 1
                    return fault.kind
        return None


def _handler_for(proxy: S3Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        s3 = proxy

    return Handler


class _Handler(BaseHTTPRequestHandler):
    s3: S3Proxy
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
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.s3.meet(Seen(self.command, unquote(self.path), headers))
        length = int(self.headers.get("Content-Length") or 0)
        if fault in _REFUSALS:
            self._drain(length)
            self._refuse(*_REFUSALS[fault])
        elif fault == "reset":
            self._drain(length // 2)
            self._reset()
        else:
            with suppress(ConnectionError):
                self._pass_on(fault, length)

    def _pass_on(self, fault: FaultKind | None, length: int) -> None:
        upstream = http.client.HTTPConnection(urlsplit(self.s3.upstream).netloc, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOPS:
                    upstream.putheader(name, value)
            upstream.endheaders()
            for piece in self._body(fault, length):
                upstream.send(piece)
            if fault == "truncate":
                self._reset()
                return
            answer = upstream.getresponse()
            body = answer.read()
            if fault == "hold":
                self.s3.hold()
            self._answer(fault, answer, body)
        finally:
            upstream.close()

    def _body(self, fault: FaultKind | None, length: int) -> Iterator[bytes]:
        left, flips = length, fault == "corrupt"
        end = length // 2 if fault == "truncate" else 0
        while left > end:
            piece = self.rfile.read(min(_PIECE, left - end))
            if not piece:
                raise ConnectionResetError
            left -= len(piece)
            yield _flip(piece) if flips else piece
            flips = False

    def _answer(self, fault: FaultKind | None, answer: http.client.HTTPResponse, body: bytes) -> None:
        if fault == "drop_reply":
            self.close_connection = True
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOPS | {"content-length"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if fault == "cut_reply":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(_flip(body) if fault == "corrupt_reply" else body)

    def _refuse(self, status: int, code: str) -> None:
        # Stores repeat in their words what they were sent; none of it may be told on.
        told = self.headers.get("Authorization", "")
        body = f"<Error><Code>{code}</Code><Message>canary {told}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _drain(self, length: int) -> None:
        while length > 0 and (piece := self.rfile.read(min(_PIECE, length))):
            length -= len(piece)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The handler's own files hold the socket too; a shutdown would say an orderly end.
        self.connection.close()
        self.rfile.close()


def _flip(piece: bytes) -> bytes:
    middle = len(piece) // 2
    return piece[:middle] + bytes([piece[middle] ^ 1]) + piece[middle + 1 :] if piece else piece

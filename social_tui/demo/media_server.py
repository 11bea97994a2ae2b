"""A host for the demo's media on the loopback interface, with the moods that real hosts have."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from social_tui.demo.assets import ASSETS, asset_name

_REFUSALS = {
    "missing": HTTPStatus.NOT_FOUND,
    "gone": HTTPStatus.GONE,
    "forbidden": HTTPStatus.FORBIDDEN,
    "expired": HTTPStatus.FORBIDDEN,
    "private": HTTPStatus.NOT_FOUND,
}
_PAGE = b"<!DOCTYPE html>\n<title>Sign in</title>\n<h1>Sign in to see this picture</h1>\n"
_SLOW_PIECES = 24
_SLOW_PAUSE_SECONDS = 0.06
_IDLE_SECONDS = 10


class DemoMediaServer:
    """Serves media by the links of ``sample_posts`` until it is closed; use it with ``with``.

    Args:
        media: The files by the names of their assets.
        port: Where to listen if it is free; otherwise, or for 0, any free port serves.
    """

    def __init__(self, media: Mapping[str, bytes], *, port: int = 0) -> None:
        self.requests: Counter[str] = Counter()
        self._media = media
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _listen(port, type("Handler", (_Handler,), {"host": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo media")

    @property
    def address(self) -> str:
        """Return where it listens, as ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> DemoMediaServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def body(self, name: str) -> bytes | None:
        """Return the file of an asset, or None where there is none."""
        return self._media.get(name)

    def count(self, name: str) -> int:
        """Note a request for an asset; return how many there were, this one included."""
        with self._lock:
            self.requests[name] += 1
            return self.requests[name]

    def pause(self) -> bool:
        """Wait as a slow host does; return False when the server is closing."""
        return not self._closing.wait(_SLOW_PAUSE_SECONDS)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client hangs up, as one does that has seen enough of an answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _listen(port: int, handler: type[BaseHTTPRequestHandler]) -> _Server:
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError:
        if port == 0:
            raise
        return _Server(("127.0.0.1", 0), handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    timeout = _IDLE_SECONDS
    host: ClassVar[DemoMediaServer]

    def do_GET(self) -> None:
        """Answer as the host of the asset would."""
        try:
            name = asset_name(self.path)
        except ValueError:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        asked = self.host.count(name)
        behaviour = ASSETS[name].behaviour if name in ASSETS else "missing"
        body = self.host.body(name)
        if _has_expired(self.path):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif behaviour == "page":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", _PAGE)
        elif behaviour in _REFUSALS or body is None:
            self._refuse(_REFUSALS.get(behaviour, HTTPStatus.NOT_FOUND))
        elif behaviour == "busy_once" and asked == 1:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "1"})
        elif behaviour == "cut_once" and asked == 1:
            self._start(HTTPStatus.OK, _mime_type(body), len(body))
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif behaviour == "slow":
            self._drip(body)
        else:
            self._answer(HTTPStatus.OK, _mime_type(body), body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: the terminal belongs to the demo's summary."""

    def _start(
        self, status: HTTPStatus, mime_type: str, length: int, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", mime_type)
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(
        self, status: HTTPStatus, mime_type: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        self._start(status, mime_type, len(body), headers)
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
        self._answer(status, "text/plain", status.phrase.encode(), headers)

    def _drip(self, body: bytes) -> None:
        self._start(HTTPStatus.OK, _mime_type(body), len(body))
        size = -(-len(body) // _SLOW_PIECES)
        for start in range(0, len(body), size):
            if not self.host.pause():
                self.close_connection = True
                return
            self.wfile.write(body[start : start + size])
            self.wfile.flush()


def _has_expired(path: str) -> bool:
    (expiry,) = parse_qs(urlsplit(path).query).get("e", ["0"])[:1]
    return expiry.isdecimal() and 0 < int(expiry) < time.time()


def _mime_type(body: bytes) -> str:
    kinds = (
        (b"\xff\xd8", "image/jpeg"),
        (b"\x89PNG", "image/png"),
        (b"GIF8", "image/gif"),
        (b"RIFF", "image/webp"),
        (b"%PDF", "application/pdf"),
    )
    return next((kind for start, kind in kinds if body.startswith(start)), "video/mp4")

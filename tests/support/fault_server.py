"""A loopback HTTP server that does what real ones do on bad days, over real sockets.

A path is given a behaviour, a function that gets the exchange and writes to its socket what it likes::

    with FaultServer() as server:
        url = server.route("/a.jpg", short_body(jpeg, missing=10))
        settings = Settings(allow_private=(server.pair,))
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self

HeaderLines = Iterable[tuple[str, str]]


@dataclass
class Exchange:
    """One request and the socket to answer it on."""

    method: str
    path: str
    headers: dict[str, str]
    connection: socket.socket
    closing: threading.Event
    keep_alive: bool = field(default=False)

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.connection.sendall(data)

    def send_head(self, status: int = 200, headers: HeaderLines = ()) -> None:
        """Write a status line and headers; the connection closes after the exchange."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if not self.keep_alive:
            lines.append("Connection: close")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def stall(self) -> None:
        """Say nothing more until the other side leaves or the server closes."""
        self.connection.settimeout(0.05)
        while not self.closing.is_set():
            try:
                if not self.connection.recv(1024):
                    return
            except TimeoutError:
                continue

    def reset(self) -> None:
        """Break the connection without a goodbye (RST instead of FIN)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Exchange], None]


class FaultServer:
    """The server; each connection has its own thread, so that a stalled one holds up no other.

    Args:
        tls: Serves HTTPS with this context's certificate.
        host: The loopback address to listen on.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._tls = tls
        self._routes: dict[str, Behaviour] = {}
        self._closing = threading.Event()
        self._lock = threading.Condition()
        self._connections: set[socket.socket] = set()
        self.hits: Counter[str] = Counter()
        self.requests: list[Exchange] = []
        self.connections_accepted = 0
        self.resets_on_connect = False
        self._listener = socket.create_server((host, 0), backlog=128)
        self.host, self.port = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._accept, name="fault-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            held = list(self._connections)
        for connection in held:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    @property
    def pair(self) -> str:
        """The exact address:port, as the setting that allows private addresses wants it."""
        return f"{self.host}:{self.port}"

    def url(self, path: str, host: str | None = None) -> str:
        """Return the link to a path, under a name of one's choice."""
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    def route(self, path: str, behaviour: Behaviour) -> str:
        """Have a path behave so, and return its link."""
        self._routes[path] = behaviour
        return self.url(path)

    def wait_for_hit(self, path: str) -> None:
        """Return once a path was asked for."""
        with self._lock:
            assert self._lock.wait_for(lambda: self.hits[path] > 0, timeout=30)

    def wait_until_idle(self) -> None:
        """Return once every connection is closed on this side."""
        with self._lock:
            assert self._lock.wait_for(lambda: not self._connections, timeout=30)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections_accepted += 1
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        original = connection
        try:
            if self.resets_on_connect:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            while self._exchange(connection):
                pass
        except OSError:
            # The client broke off, which is its right; tests look at what the client made of it.
            return
        finally:
            with self._lock:
                connection.close()
                self._connections.discard(original)
                self._lock.notify_all()

    def _exchange(self, connection: socket.socket) -> bool:
        head = _read_head(connection)
        if not head:
            return False
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        exchange = Exchange(method, target, headers, connection, self._closing)
        path = target.partition("?")[0]
        with self._lock:
            self.hits[path] += 1
            self.requests.append(exchange)
            self._lock.notify_all()
        self._routes.get(path, respond(404))(exchange)
        return exchange.keep_alive


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65536)
        if not data:
            return b""
        head += data
    return head.partition(b"\r\n\r\n")[0]


# Behaviours: healthy ones.


def respond(status: int = 200, headers: HeaderLines = (), body: bytes = b"") -> Behaviour:
    """Answer once, with the right length."""

    def behave(exchange: Exchange) -> None:
        exchange.send_head(status, [*headers, ("Content-Length", str(len(body)))])
        exchange.send(body)

    return behave


def serve(body: bytes, content_type: str = "image/jpeg", *, keep_alive: bool = False) -> Behaviour:
    """Send a file as a good server does."""

    def behave(exchange: Exchange) -> None:
        exchange.keep_alive = keep_alive
        respond(200, [("Content-Type", content_type)], body)(exchange)

    return behave


def resumable(
    body: bytes,
    version: str = '"1"',
    *,
    cut: int | None = None,
    then: str = "reset",
    shift: int = 0,
    told_version: str | None = None,
) -> Behaviour:
    """Send a file, or what is left of it where that is asked for under its version.

    Args:
        body: The whole file.
        version: Its ETag; without quotes, the date of its last change.
        cut: How many bytes of it are sent before the connection breaks.
        then: How it breaks: 'close', 'reset' or 'stall'.
        shift: How far behind the place that was asked for the range begins, which is a fault.
        told_version: Its ETag as partial answers tell it, which is a fault where it is another.
    """

    def behave(exchange: Exchange) -> None:
        asked = exchange.headers.get("range", "").removeprefix("bytes=").removesuffix("-")
        is_rest = bool(asked) and exchange.headers.get("if-range") == version
        start = int(asked) + shift if is_rest else 0
        named = told_version if is_rest and told_version is not None else version
        headers = [("Content-Type", "image/jpeg"), ("Date", "Thu, 01 Jan 2026 00:00:00 GMT")]
        headers += [("ETag" if named.startswith(('"', "W/")) else "Last-Modified", named)]
        if start >= len(body):
            exchange.send_head(416, [*headers, ("Content-Range", f"bytes */{len(body)}")])
            return
        if is_rest:
            headers += [("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")]
        exchange.send_head(206 if is_rest else 200, [*headers, ("Content-Length", str(len(body) - start))])
        exchange.send(body[start:cut])
        if cut is not None and then == "reset":
            exchange.reset()
        elif cut is not None and then == "stall":
            exchange.stall()

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    """Send elsewhere; an empty location sends nowhere."""
    return respond(status, [("Location", location)] if location else [])


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave differently each time, and like the last from then on."""
    rest = list(behaviours)
    lock = threading.Lock()

    def behave(exchange: Exchange) -> None:
        with lock:
            now = rest.pop(0) if len(rest) > 1 else rest[0]
        now(exchange)

    return behave


def when(released: threading.Event, behaviour: Behaviour) -> Behaviour:
    """Wait for a test's word before answering."""

    def behave(exchange: Exchange) -> None:
        while not released.wait(0.02) and not exchange.closing.is_set():
            pass
        behaviour(exchange)

    return behave


class Alone:
    """Sends files, each only after another had a moment to be asked for beside it.

    Attributes:
        at_once: For each request, how many were under way with it.
    """

    def __init__(self, body: bytes, content_type: str = "image/jpeg") -> None:
        self.at_once: list[int] = []
        self._body = body
        self._content_type = content_type
        self._running = 0
        self._lock = threading.Lock()
        self._another_came = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        with self._lock:
            self._running += 1
            self.at_once.append(self._running)
            if self._running > 1:
                self._another_came.set()
        self._another_came.wait(0.2)
        headers = [("Content-Type", self._content_type), ("Content-Length", str(len(self._body)))]
        exchange.send_head(200, headers)
        exchange.send(self._body[:-1])
        with self._lock:
            self._running -= 1  # Whoever has the last byte may ask for the next file at once.
        exchange.send(self._body[-1:])


# Behaviours: faults.


def raw(*pieces: bytes, then: str = "close") -> Behaviour:
    """Write bytes as they are, then 'close', 'reset' or 'stall'."""

    def behave(exchange: Exchange) -> None:
        for piece in pieces:
            exchange.send(piece)
        if then == "reset":
            exchange.reset()
        elif then == "stall":
            exchange.stall()

    return behave


def body_then(body: bytes, sent: int, then: str, content_type: str = "image/jpeg") -> Behaviour:
    """Announce a whole body, send the first bytes of it, then 'close', 'reset' or 'stall'."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return raw(head, body[:sent], then=then)


def short_body(body: bytes, missing: int) -> Behaviour:
    """Announce more than comes, and close as if all were well."""
    return body_then(body, len(body) - missing, "close")


def close_delimited(body: bytes, content_type: str = "image/jpeg") -> Behaviour:
    """Say no length: the body ends where the connection does."""
    return raw(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode(), body)


def chunked(body: bytes, size: int = 1000, *, cut: bool = False) -> Behaviour:
    """Send in chunks of a size; cut leaves out the last chunk and the end mark."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    framed = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return raw(head, *(framed[:-1] if cut else [*framed, b"0\r\n\r\n"]))


def drip(body: bytes, seconds: float, *, head: bytes | None = None) -> Behaviour:
    """Send a byte at a time, with a pause after each; so slow that no single read ever times out."""
    announced = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def behave(exchange: Exchange) -> None:
        exchange.send(announced if head is None else head)
        for byte in body:
            exchange.send(bytes([byte]))
            if exchange.closing.wait(seconds):
                return

    return behave


def endless(piece: bytes, head: bytes) -> Behaviour:
    """Send the same bytes again and again for as long as anybody listens."""

    def behave(exchange: Exchange) -> None:
        exchange.send(head)
        while not exchange.closing.is_set():
            exchange.send(piece)

    return behave

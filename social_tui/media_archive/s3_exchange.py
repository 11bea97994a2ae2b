"""One request and its short answer on a pool's connection, for a fraction of the pool's own processor time.

Nothing but :mod:`s3_wire` imports this module, because urllib3 is slow to import.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import NamedTuple, cast

from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

_LONGEST_HEAD = 1 << 16
_PIECE = 1 << 14
_VERSIONS = ("HTTP/1.0", "HTTP/1.1")
_OTHER_PROTOCOL = 101
_BREAKS = re.compile(r"[\r\n\0]")


class Answer(NamedTuple):
    """What a server said; nobody has read its body.

    Args:
        status: The HTTP status.
        headers: The headers by lower-case name.
    """

    status: int
    headers: Mapping[str, str]


def exchange(
    connections: HTTPConnectionPool, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Send a request once, in one piece, and read the head of its answer.

    Args:
        connections: Lends a connection, with its certificates and patience, and gets it back.
        method: Such as ``PUT``.
        path: From its first slash, encoded as it is sent.
        headers: What is sent before the body, its length too.
        body: What follows.

    Raises:
        OSError: If the connection breaks, or stays silent.
        HTTPError: If there is none to be had.
        ValueError: If the request cannot be written, or the answer cannot be read.
    """
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if any(map(_BREAKS.search, lines)):
        raise ValueError("A header does not go over its line.")
    request = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    connection = cast("HTTPConnection", connections._get_conn())
    is_reusable = False
    try:
        stream = _opened(connections, connection)
        stream.sendall(request)
        version, answer, rest = _read_head(stream)
        is_reusable = version == "HTTP/1.1" and _read_rest(stream, method, answer, rest)
    finally:
        if not is_reusable:
            connection.close()
        connections._put_conn(connection)
    return answer


def _opened(connections: HTTPConnectionPool, connection: HTTPConnection) -> socket.socket:
    patience = connections.timeout
    if connection.is_closed:
        connection.timeout = cast("float | None", patience.connect_timeout)
        connection.connect()
    stream = cast("socket.socket", connection.sock)
    stream.settimeout(patience.read_timeout)
    return stream


def _read_head(stream: socket.socket) -> tuple[str, Answer, bytes]:
    """Read an answer's head past those that only say to go on; gives also its version and what came after."""
    read, start = b"", 0
    while True:
        end = read.find(b"\r\n\r\n", start)
        if end < 0:
            piece = stream.recv(_PIECE)
            if not piece:
                raise ConnectionError("The server closed the connection.")
            read += piece
            if len(read) > _LONGEST_HEAD:
                raise ValueError("The answer's head has no end.")
            continue
        first, *lines = read[start:end].decode("latin-1").split("\r\n")
        start = end + 4
        version, code, *_ = first.split(" ", 2)
        status = int(code)
        if version not in _VERSIONS or status == _OTHER_PROTOCOL:
            raise ValueError("The server answers in another protocol.")
        if not 100 <= status < 200:
            parted = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in parted}
            return version, Answer(status, headers), read[start:]


def _read_rest(stream: socket.socket, method: str, answer: Answer, read: bytes) -> bool:
    """Read the short body of an answer; tell whether the connection is at its end, ready for the next."""
    headers = answer.headers
    if "close" in headers.get("connection", "").lower():
        return False
    if method == "HEAD" or answer.status in (204, 304):
        return not read
    if "transfer-encoding" in headers or "content-length" not in headers:
        return False
    left = int(headers["content-length"]) - len(read)
    if left > _LONGEST_HEAD:
        return False
    while left > 0:
        piece = stream.recv(_PIECE)
        if not piece:
            raise ConnectionError("The server closed the connection.")
        left -= len(piece)
    return left == 0

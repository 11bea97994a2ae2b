"""HTTP over sockets that were dialled elsewhere: one request, the head of its answer, the body as it comes.

It is spoken by the standard library's ``http.client``. A client library on top of that would bring what a
fetcher of hostile links must not have (cookies, proxies and certificates from the environment, redirects, a
log line with the whole signed link, a second parser of the link), and take more time for a small file than
its transfer does.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import select
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from social_tui.media_cache.address_policy import Target
from social_tui.media_cache.budget import Budget
from social_tui.media_cache.failures import FetchError, network_failure

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_READ_BYTES = 256 * 1024
_BUFFER_BYTES = 64 * 1024
_MAX_HEADER_BYTES = 32 * 1024
_LENGTH = re.compile(r"[0-9]{1,32}")


class Response:
    """The head of an HTTP response whose body is still on the wire.

    Args:
        status: The status code.
        headers: The last value of each header by lower-case name.
        body: The body as it comes, undecoded, in pieces of at most 256 KiB.
    """

    def __init__(self, status: int, headers: dict[str, str], body: Iterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Wire:
    """A connected socket that asks the request's :class:`Budget` before every wait.

    It is a socket as far as ``http.client`` needs one. Whoever dialled it hangs up.

    Args:
        sock: The socket; it is this wire's from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.has_ended = False
        self._socket = sock
        self._budget: Budget | None = None

    def lend(self, budget: Budget) -> None:
        """Serve the next request under its budget."""
        self._budget = budget

    def sendall(self, data: bytes) -> None:
        """Write all bytes."""
        budget = cast("Budget", self._budget)
        rest = memoryview(data)
        while rest:
            self._wait_at_most(budget.slice())
            with contextlib.suppress(TimeoutError):
                rest = rest[self._socket.send(rest) :]

    def receive_into(self, buffer: WriteableBuffer) -> int:
        """Read some bytes; returns how many, 0 at the end."""
        budget = cast("Budget", self._budget)
        while True:
            self._wait_at_most(budget.slice())
            try:
                count = self._socket.recv_into(buffer)
            except TimeoutError:
                continue
            budget.take(count)
            self.has_ended = not count
            return count

    def _wait_at_most(self, seconds: float) -> None:
        # Each change is a call of the system, and most waits may last as long as the one before.
        if self._socket.gettimeout() != seconds:
            self._socket.settimeout(seconds)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Give a reader of what comes; ``http.client`` reads each response by one of its own."""
        return io.BufferedReader(_Reader(self), _BUFFER_BYTES)

    def close(self) -> None:
        """Do nothing: ``http.client`` closes what it was given before the body was read."""

    def hang_up(self) -> None:
        """Close the socket."""
        self._socket.close()

    def is_readable(self) -> bool:
        """Tell whether there is something to read where nothing was asked, or the other side hung up."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))


class _Reader(io.RawIOBase):
    """What comes over a wire, as a stream."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        return self._wire.receive_into(buffer)


def exchange(wire: Wire, target: Target, headers: dict[str, str], budget: Budget) -> http.client.HTTPResponse:
    """Send a request and read the head of its response; if that fails, the wire is of no use any more."""
    wire.lend(budget)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = wire
    try:
        connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", target.authority)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        if wire.has_ended:
            raise http.client.HTTPException("The head of the response has no end.")
        return answer
    except BaseException as error:
        wire.hang_up()
        if "more than" in str(error) and type(error) is http.client.HTTPException:
            raise _too_many_headers() from error
        raise


def body_of(answer: http.client.HTTPResponse, host: str) -> Iterator[bytes]:
    with network_errors_of(host):
        while piece := answer.read1(_READ_BYTES):
            yield piece


@contextlib.contextmanager
def network_errors_of(host: str) -> Iterator[None]:
    """Turn the errors of sockets and of HTTP into ours and name the host, never the whole link."""
    try:
        yield
    except http.client.LineTooLong as error:
        raise _too_many_headers() from error
    except (http.client.HTTPException, ValueError) as error:
        # Their own words quote what came, which may be anything.
        kind = type(error).__name__
        raise network_failure(f"{host} broke off or does not speak HTTP: {kind}.") from error
    except OSError as error:
        raise network_failure(f"The connection to {host} broke: {words_of(error)}") from error


def _too_many_headers() -> FetchError:
    return network_failure("The server sent too many or too large headers.", retryable=False)


def unreachable(host: str, error: Exception | None) -> FetchError:
    return network_failure(f"{host} cannot be reached: {words_of(error)}")


def words_of(error: Exception | None) -> str:
    """Say in one line what went wrong, in words that hold nothing of the link."""
    text = (getattr(error, "strerror", None) or str(error)) if error is not None else "no address answered"
    return f"{text[:200].rstrip('.')}."


def checked_headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers; two readings of where the body ends are one too many (RFC 9112, section 6.3)."""
    raw = answer.headers.items()
    if sum(len(name) + len(value) for name, value in raw) > _MAX_HEADER_BYTES:
        raise _too_many_headers()
    lengths = answer.headers.get_all("content-length", [])
    if len(set(lengths)) > 1 or not all(_LENGTH.fullmatch(each) for each in lengths):
        raise http.client.HTTPException("content-length")
    if "transfer-encoding" in answer.headers and not answer.chunked:
        raise http.client.HTTPException("transfer-encoding")
    return {name.lower(): _header_text(value) for name, value in raw}


def _header_text(value: str) -> str:
    """Read as UTF-8 what ``http.client`` reads as Latin-1, where it is that."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value

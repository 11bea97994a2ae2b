"""The only way out for links that came from data: resolve once, judge every answer, dial that very address.

Loaded late: it imports httpcore. httpx itself stays out on purpose: of what it adds to httpcore
(cookies, proxies and certificates from the environment, redirects, a log line with the whole signed link, a
second parser of the link) a fetcher of hostile links wants nothing. What was checked is what is dialled.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import queue
import select
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import certifi
import httpcore

from social_tui.media_cache.address_policy import Address, BlockedError, Target, check_address
from social_tui.media_cache.budget import Budget
from social_tui.media_cache.failures import FetchError, network_failure

Resolver = Callable[[str, int], list[str]]

_KEPT_CONNECTIONS = 16
_KEPT_SECONDS = 15.0
_READ_BYTES = 256 * 1024
_MAX_HEADERS = 100
_MAX_HEADER_BYTES = 32 * 1024


def resolve(host: str, port: int) -> list[str]:
    """Look a name up with the system's resolver.

    Args:
        host: A name in ASCII.
        port: The port that will be dialled.

    Returns:
        Every address, in the order of preference (RFC 6724).

    Raises:
        OSError: If there is none.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Response:
    """The head of an HTTP response whose body is still on the wire.

    Args:
        status: The status code.
        headers: The last value of each header by lower-case name.
        body: The body as it comes, undecoded, in pieces of at most 256 KiB.
    """

    def __init__(self, status: int, headers: dict[str, str], body: Iterable[bytes]) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Connections:
    """A pool of guarded connections, safe to share between threads.

    Args:
        allow_private: Exact ``address:port`` pairs that may be dialled although they are not public.
        resolver: Looks names up.
        ssl_context: What certificates are trusted; Mozilla's list by default.
    """

    def __init__(
        self,
        allow_private: Collection[str] = (),
        *,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or _trusted_certificates(),
            max_connections=None,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=GuardedBackend(allow_private, resolver),
        )

    @contextlib.contextmanager
    def get(self, target: Target, headers: dict[str, str], budget: Budget) -> Iterator[Response]:
        """Send one GET and give the response; no redirect is followed.

        Args:
            target: A link that passed ``check_url``.
            headers: Headers beside ``Host``.
            budget: What the request may take.

        Raises:
            BlockedError: If the name leads to an address that must not be dialled.
            FetchError: If the network or the server fails.
            CancelledError: If the budget says so.
        """
        budget.restart_clock()
        # The budget travels in the place of the timeouts: see Budget.
        timeouts = dict.fromkeys(("connect", "read", "write"), budget)
        request = httpcore.Request(
            "GET",
            httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
            headers=[("Host", target.authority), *headers.items()],
            extensions={"timeout": timeouts},
        )
        with _network_errors_of(target.host):
            response = self._pool.handle_request(request)
            try:
                yield Response(response.status, _checked_headers(response.headers), response.iter_stream())
            finally:
                response.close()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class GuardedBackend(httpcore.NetworkBackend):
    """Dials nothing but addresses that passed :func:`check_address`."""

    def __init__(self, allow_private: Collection[str], resolver: Resolver) -> None:
        self._allow_private = frozenset(allow_private)
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Any = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host; see httpcore's ``NetworkBackend``. The timeout is a :class:`Budget`."""
        budget: Budget = timeout
        addresses = [
            check_address(answer, port, self._allow_private) for answer in self._resolve(host, port, budget)
        ]
        failure: OSError | None = None
        for address in addresses:
            try:
                stream = GuardedStream(_dial(address, port, budget))
            except OSError as error:
                failure = error
            else:
                budget.restart_clock()
                return stream
        raise httpcore.ConnectError(_words(failure))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Refuse: no link leads to a socket file."""
        raise BlockedError("A link cannot lead to a local socket.")

    def _resolve(self, host: str, port: int, budget: Budget) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            answers = _with_time_limit(lambda: self._resolver(host, port), budget)
        if not answers:
            raise network_failure(f"The name {host} has no address.")
        return answers


class GuardedStream(httpcore.NetworkStream):
    """A connected socket that asks the request's :class:`Budget` before every wait."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        """Read some bytes, none at the end; see httpcore's ``NetworkStream``."""
        budget: Budget = timeout
        while True:
            self._socket.settimeout(budget.slice())
            try:
                data = self._socket.recv(min(max_bytes, _READ_BYTES))
            except TimeoutError:
                continue
            except OSError as error:
                raise httpcore.ReadError(_words(error)) from error
            budget.take(len(data))
            return data

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        """Write all bytes; see httpcore's ``NetworkStream``."""
        budget: Budget = timeout
        try:
            self._socket.settimeout(budget.slice(budget.limits.stall_seconds))
            self._socket.sendall(buffer)
        except OSError as error:
            raise httpcore.WriteError(_words(error)) from error

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: Any = None
    ) -> httpcore.NetworkStream:
        """Shake hands for TLS under the link's own name; see httpcore's ``NetworkStream``."""
        budget: Budget = timeout
        try:
            self._socket.settimeout(budget.slice(budget.limits.connect_seconds))
            stream = GuardedStream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname))
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise network_failure(
                f"The certificate is not valid: {error.verify_message}.", retryable=False
            ) from None
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(_words(error)) from error
        except BaseException:
            self.close()
            raise
        budget.restart_clock()
        return stream

    def get_extra_info(self, info: str) -> Any:
        """Tell httpcore whether an idle connection became readable, that is, was closed."""
        return _is_readable(self._socket) if info == "is_readable" else None


def _dial(address: Address, port: int, budget: Budget) -> socket.socket:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(budget.slice(budget.limits.connect_seconds))
        sock.connect((str(address), port))
        if ipaddress.ip_address(sock.getpeername()[0]) != address:
            raise BlockedError("The connection went to another address than the one that was checked.")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _with_time_limit(look_up: Callable[[], list[str]], budget: Budget) -> list[str]:
    """Run a lookup in a thread of its own, because the system's resolver cannot be interrupted."""
    results: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(look_up())
        except (OSError, UnicodeError) as error:
            results.put(error)

    seconds = budget.slice(budget.limits.resolve_seconds)
    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        raise network_failure(f"Looking the name up took longer than {seconds:g} s.") from None
    if isinstance(result, list):
        return result
    unknown = isinstance(result, UnicodeError) or result.errno == socket.EAI_NONAME
    raise network_failure(f"The name cannot be looked up: {_words(result)}", retryable=not unknown)


@contextlib.contextmanager
def _network_errors_of(host: str) -> Iterator[None]:
    """Turn httpcore's errors into ours and name the host, never the whole link."""
    try:
        yield
    except httpcore.ConnectError as error:
        raise network_failure(f"{host} cannot be reached: {error}") from error
    except httpcore.ProtocolError as error:
        raise network_failure(f"{host} broke off or does not speak HTTP: {_words(error)}") from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise network_failure(f"The connection to {host} broke: {error}") from error


def _words(error: Exception | None) -> str:
    """Say in one line what went wrong, in words that hold nothing of the link."""
    text = (getattr(error, "strerror", None) or str(error)) if error is not None else "no address answered"
    return f"{text[:200].rstrip('.')}."


def _checked_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    size = sum(len(name) + len(value) for name, value in raw)
    if len(raw) > _MAX_HEADERS or size > _MAX_HEADER_BYTES:
        raise FetchError("network", "The server sent too many or too large headers.")
    return {name.decode("ascii").lower(): _header_text(value) for name, value in raw}


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    # ssl.create_default_context() would obey SSLKEYLOGFILE and SSL_CERT_FILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context


def _is_readable(sock: socket.socket) -> bool:
    if sock.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))

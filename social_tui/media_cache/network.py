"""The only way out for links that came from data: resolve once, judge every answer, dial that address."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from http.client import HTTPResponse

import certifi

from social_tui.media_cache.address_policy import Address, BlockedError, Target, check_address
from social_tui.media_cache.budget import Budget
from social_tui.media_cache.failures import network_failure
from social_tui.media_cache.wire import (
    Response,
    Wire,
    body_of,
    checked_headers,
    exchange,
    network_errors_of,
    unreachable,
    words_of,
)

Resolver = Callable[[str, int], list[str]]
Origin = tuple[str, str, int]

_KEPT_CONNECTIONS = 16
_KEPT_SECONDS = 15.0


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


class Connections:
    """Guarded connections, of which some are kept for the next request; safe to share between threads.

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
        self._allow_private = frozenset(allow_private)
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._idle: list[tuple[Origin, float, Wire]] = []
        self._lock = threading.Lock()

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
        origin = (target.scheme, target.host, target.port)
        wire, answer = self._ask(origin, target, headers, budget)
        is_whole = False
        try:
            with network_errors_of(target.host):
                told = checked_headers(answer)
            yield Response(answer.status, told, body_of(answer, target.host))
            # Which tells more than that nothing is left: that the end came as it was announced.
            is_whole = not answer.will_close and (answer.isclosed() or answer.length == 0)
        finally:
            answer.close()
            if is_whole:
                self._keep(origin, wire)
            else:
                wire.hang_up()

    def close(self) -> None:
        """Close the connections that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, wire in idle:
            wire.hang_up()

    def _ask(
        self, origin: Origin, target: Target, headers: dict[str, str], budget: Budget
    ) -> tuple[Wire, HTTPResponse]:
        """Send the request, on a connection that was kept if there is one and its server still listens."""
        kept = self._take(origin)
        if kept is not None:
            try:
                return kept, exchange(kept, target, headers, budget)
            except ConnectionError:
                # It was closed while the request was on its way there, as servers do with idle ones.
                budget.restart_clock()
        with network_errors_of(target.host):
            wire = self._connect(target, budget)
            return wire, exchange(wire, target, headers, budget)

    def _take(self, origin: Origin) -> Wire | None:
        with self._lock:
            found = [entry for entry in self._idle if entry[0] == origin][-1:]
            oldest = time.monotonic() - _KEPT_SECONDS
            ended = [entry for entry in self._idle if entry[1] < oldest and entry not in found]
            self._idle = [entry for entry in self._idle if entry not in found and entry not in ended]
        for _, _, wire in ended:
            wire.hang_up()
        for _, since, wire in found:
            if since >= oldest and not wire.is_readable():
                return wire
            wire.hang_up()
        return None

    def _keep(self, origin: Origin, wire: Wire) -> None:
        with self._lock:
            self._idle.append((origin, time.monotonic(), wire))
            ended = self._idle[:-_KEPT_CONNECTIONS]
            self._idle = self._idle[-_KEPT_CONNECTIONS:]
        for _, _, each in ended:
            each.hang_up()

    def _connect(self, target: Target, budget: Budget) -> Wire:
        sock = self._dial_any(target.host, target.port, budget)
        if target.scheme != "https":
            return Wire(sock)
        try:
            sock.settimeout(budget.slice(budget.limits.connect_seconds))
            context = self._ssl_context or _trusted_certificates()
            wire = Wire(context.wrap_socket(sock, server_hostname=target.host))
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise network_failure(
                f"The certificate is not valid: {error.verify_message}.", retryable=False
            ) from None
        except OSError as error:
            sock.close()
            raise unreachable(target.host, error) from error
        except BaseException:
            sock.close()
            raise
        budget.restart_clock()
        return wire

    def _dial_any(self, host: str, port: int, budget: Budget) -> socket.socket:
        addresses = [
            check_address(answer, port, self._allow_private) for answer in self._resolve(host, port, budget)
        ]
        failure: OSError | None = None
        for address in addresses:
            try:
                sock = _dial(address, port, budget)
            except OSError as error:
                failure = error
            else:
                budget.restart_clock()
                return sock
        raise unreachable(host, failure) from failure

    def _resolve(self, host: str, port: int, budget: Budget) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            answers = _with_time_limit(lambda: self._resolver(host, port), budget)
        if not answers:
            raise network_failure(f"The name {host} has no address.")
        return answers


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
    raise network_failure(f"The name cannot be looked up: {words_of(result)}", retryable=not unknown)


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    # ssl.create_default_context() would obey SSLKEYLOGFILE and SSL_CERT_FILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context

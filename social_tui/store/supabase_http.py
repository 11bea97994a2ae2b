"""HTTP to a Supabase project: signed in, bounded in time and size, and told in the project's own errors."""

from __future__ import annotations

import contextlib
import functools
import re
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from social_tui.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError
from social_tui.store.sqlstates import DOCTOR_HINT
from social_tui.text import redact

CONNECT_SECONDS = 10.0
# A project ends what a person asks after 8 s, and a worker's call after two minutes.
ANSWER_SECONDS = 130.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024
_MOST_CONNECTIONS = 16
_UNAUTHORIZED = 401
_TOO_MANY = 429
# A code of PostgREST's own or of PostgreSQL: https://docs.postgrest.org/en/v12/references/errors.html
_CODE = re.compile(r"PGRST\w{3}|[0-9A-Z]{5}")
# Of the gateway in front, and of the network before that: https://developers.cloudflare.com/support/
_AWAY = frozenset({502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530})


class Tokens(Protocol):
    """Says on whose behalf a project is called; safe to use from several threads."""

    def current(self) -> str:
        """Return an access token that holds now.

        Raises:
            SignedOutError: If nobody is signed in.
            DatabaseUnavailableError: If it must be renewed and the project cannot be reached.
        """
        ...

    def renewed(self, refused: str) -> str:
        """Return another token than the one that the project refused.

        Raises:
            SignedOutError: If there is none.
            DatabaseUnavailableError: If the project cannot be reached.
        """
        ...


def http_client(**options: Any) -> httpx.Client:
    """Make a client that waits only so long and follows no redirection, which would take secrets along."""
    return httpx.Client(**_options(), **options)


class SignedInClient(httpx.Client):
    """Sends requests on behalf of whoever is signed in; a refused token is renewed once.

    Args:
        tokens: Whose.
    """

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(**_options())
        self._tokens = tokens

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request and read its answer.

        Raises:
            SignedOutError: If nobody is signed in any more.
            ConfigurationError: If it is no Supabase project that answers, or one that refuses the key.
            DatabaseUnavailableError: If the project is away.
            DatabaseError: If the answer is too large.
        """
        token = self._tokens.current()
        response = self._send_as(token, request, options)
        if response.status_code == _UNAUTHORIZED and _code_of(response):
            # Refused before anything was done, so that it may be sent again.
            response = self._send_as(self._tokens.renewed(token), request, options)
        _refuse_strange(response)
        return response

    def _send_as(self, token: str, request: httpx.Request, options: dict[str, Any]) -> httpx.Response:
        request.headers["Authorization"] = f"Bearer {token}"
        response = super().send(request, **{**options, "stream": True})
        with contextlib.closing(response):
            return _whole(response)


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """Raise what httpx says of the network as ours; what it says never holds a header."""
    try:
        yield
    except httpx.RequestError as error:
        why = redact(str(error).partition("\n")[0]).rstrip(".") or type(error).__name__
        raise DatabaseUnavailableError(
            f"The Supabase project cannot be reached: {why}.", hint=DOCTOR_HINT
        ) from None


def refuse_open_address(url: str) -> None:
    """Refuse an address that would have passwords and tokens go over the network for everybody to read.

    Raises:
        ConfigurationError: If it is ``http`` and leads to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or _is_here(parts.hostname or ""):
        return
    raise ConfigurationError(
        "SUPABASE_URL begins with http://, so that passwords could be read on their way.",
        hint="Write https://; http:// is for a project on this machine.",
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Read whom to trust once for all clients, which takes a fortieth of a second."""
    return httpx.create_ssl_context()


def _options() -> dict[str, Any]:
    return {
        "verify": _trusted(),
        "timeout": httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        "limits": httpx.Limits(max_connections=_MOST_CONNECTIONS),
        "follow_redirects": False,
    }


def _whole(response: httpx.Response) -> httpx.Response:
    """Read an answer, unpacked, as far as there is room for it."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise DatabaseError(
                f"The project answered one call with more than {MAX_ANSWER_BYTES // 1024**2} MB.",
                hint="Ask for less at once.",
            )
        parts.append(part)
    headers = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    return httpx.Response(
        response.status_code, headers=headers, content=b"".join(parts), request=response.request
    )


def _refuse_strange(response: httpx.Response) -> None:
    """Refuse what neither PostgREST nor PostgreSQL answered."""
    if response.is_success and (not response.content or _is_json(response)):
        return
    if not response.is_success and _code_of(response):
        return
    status = response.status_code
    if status in _AWAY or status == _TOO_MANY:
        raise DatabaseUnavailableError(
            f"The Supabase project cannot be reached: HTTP {status}.", hint=DOCTOR_HINT
        )
    if status == _UNAUTHORIZED:
        raise ConfigurationError(
            "The Supabase project refuses SUPABASE_KEY.",
            hint="Copy the publishable (anon) key from the project's settings, API Keys.",
        )
    raise ConfigurationError(
        f"What answers at SUPABASE_URL is no Supabase project (HTTP {status}).",
        hint="It looks like https://abcdefgh.supabase.co, without a path.",
    )


def _is_json(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("application/json")


def _code_of(response: httpx.Response) -> str:
    """Return the error code of PostgREST or PostgreSQL; empty where somebody else answered."""
    try:
        content = response.json()
    except ValueError:
        return ""
    code = content.get("code") if isinstance(content, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

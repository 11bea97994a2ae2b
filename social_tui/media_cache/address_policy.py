"""Which links may be fetched and which addresses may be dialled: nothing that is not public."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from social_tui.errors import SocialTuiError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_LONGEST_URL = 4096
_LONGEST_HOST = 253
# `ipaddress.is_global` is no substitute: it passes multicast, NAT64 and more
# (https://github.com/python/cpython/issues/113171); the ranges are IANA's special-purpose registries,
# multicast, the reserved class E, and the address under which Azure serves its machines.
_DENIED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_ALLOWED_V6 = ipaddress.IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_ISATAP_PREFIXES = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214, section 6.1: an IPv4 address hides behind these
_PRIVATE_NAMES = (".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".onion", ".i2p")

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]|\s")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*")


class BlockedError(SocialTuiError):
    """A link or an address that must not be fetched; no socket was opened to it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A link that passed the rules, in the pieces that a request is made of.

    Args:
        scheme: 'http' or 'https'.
        host: Name in ASCII (IDNA) or address without brackets, lower case.
        port: The port to dial.
        path: Path and query in ASCII, beginning with a slash.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as the ``Host`` header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The link in its normal form."""
        return f"{self.scheme}://{self.authority}{self.path}"


def check_url(url: str, allow_private: Collection[str] = ()) -> Target:
    """Take a link apart and refuse it unless it can lead to a public web server.

    Names are not resolved here: :func:`check_address` judges what they resolve to.

    Args:
        url: Any string.
        allow_private: Exact ``address:port`` pairs that are allowed although they are not public.

    Returns:
        The link's pieces; the fragment is dropped.

    Raises:
        BlockedError: If the rules forbid the link.
    """
    if len(url) > _LONGEST_URL:
        raise BlockedError(f"The link is longer than {_LONGEST_URL} characters.")
    if _UNSAFE.search(url):
        raise BlockedError("The link holds spaces, backslashes or control characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
        path = quote(parts.path or "/", safe=_PRINTABLE) + (
            f"?{quote(parts.query, safe=_PRINTABLE)}" if parts.query else ""
        )
    except ValueError:
        raise BlockedError("The link is malformed.") from None
    if parts.scheme not in _PORTS:
        raise BlockedError("The link is neither https: nor http:.")
    if "@" in parts.netloc:
        raise BlockedError("The link carries a user name or a password.")
    if port is None:
        port = _PORTS[parts.scheme]
    host = _check_host(parts.hostname or "")
    if _is_address(host):
        check_address(host, port, allow_private)
    elif port not in _PORTS.values() and not any(pair.endswith(f":{port}") for pair in allow_private):
        raise BlockedError(f"The link to {host} names port {port}; only 80 and 443 are allowed.")
    return Target(parts.scheme, host, port, path if path.startswith("/") else f"/{path}")


def check_address(address: str, port: int, allow_private: Collection[str] = ()) -> Address:
    """Refuse an address unless it is public, and a port unless it is a web server's.

    IPv4 has a list of what is denied; IPv6 a list of what is allowed, so that mapped, translated and
    tunnelled addresses are out without naming each kind.

    Args:
        address: An IPv4 or IPv6 address.
        port: The port that would be dialled.
        allow_private: Exact ``address:port`` pairs that are allowed all the same.

    Returns:
        The address.

    Raises:
        BlockedError: If the rules forbid it.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise BlockedError("The link's host has no usable address.") from None
    pair = f"[{parsed}]:{port}" if parsed.version == 6 else f"{parsed}:{port}"
    if pair in allow_private:
        return parsed
    if port not in _PORTS.values():
        raise BlockedError(f"The link leads to port {port}; only 80 and 443 are allowed.")
    public = _is_public_v4(parsed) if parsed.version == 4 else _is_public_v6(parsed)
    if not public:
        raise BlockedError(
            f"The link leads to {parsed}, which is not a public address.",
            hint="If it is meant, set SOCIAL_TUI_ALLOW_PRIVATE to that exact address:port.",
        )
    return parsed


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return not any(address in network for network in _DENIED_V4)


def _is_public_v6(address: ipaddress.IPv6Address) -> bool:
    if address.scope_id is not None or address not in _ALLOWED_V6:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_PREFIXES:
        return False
    return not any(address in network for network in _DENIED_V6)


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()


def _check_host(name: str) -> str:
    """Return a host in the one form that is looked up, dialled and named in the certificate check."""
    if "%" in name:
        raise BlockedError("The link's host holds a percent sign.")
    if ":" in name:
        return name
    host = name.lower() if name.isascii() else _to_ascii(name)
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise BlockedError("The link's host is not a valid name.")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        # Resolvers take 127.1, 2130706433 and 0x7f000001 for addresses; we take the canonical form only.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BlockedError(f"The link's host {host} looks like an address in disguise.") from None
    if len(labels) < 2 or host.endswith(_PRIVATE_NAMES):
        raise BlockedError(f"The link's host {host} is not a public name.")
    return host


def _to_ascii(name: str) -> str:
    import idna

    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BlockedError("The link's host is not a valid international name.") from None


_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))

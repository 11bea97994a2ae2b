"""What a media link says about itself: when it dies, and what stays the same when it is signed anew."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, unquote_plus, urlsplit, urlunsplit

_EARLIEST = 1_000_000_000  # 2001: smaller numbers in a link are sizes and counters, not dates
_LATEST = 4_102_444_800  # 2100
_NEVER = 2_147_483_647  # LinkedIn's way to say that a link does not expire
_LONGEST_TOKEN = 4096
_MOST_PARAMETERS = 100

#: Parameters that name a moment, with the base in which they count its seconds.
_BASES = {"e": 10, "ext": 10, "expire": 10, "expires": 10, "x-expires": 10, "oe": 16}
_SIGNATURE_PREFIXES = ("_nc_", "x-amz-", "x-goog-")
#: What tokens of Slack begin with, which links of its exports have (docs.slack.dev/authentication/tokens).
_TOKENS = ("xoxa-", "xoxb-", "xoxc-", "xoxe-", "xoxe.", "xoxp-", "xoxs-")
# Beside an expiry of this name, these sign it or say who did; alone they may well name the media.
_COMPANIONS = {
    "e": {"t", "v"},
    "expire": {"ei", "ip", "lsig", "lsparams", "sig", "signature", "sparams"},
    "expires": {"awsaccesskeyid", "googleaccessid", "signature"},
    "ext": {"hash"},
    "key-pair-id": {"key-pair-id", "policy", "signature"},
    "oe": {"ccb", "edm", "efg", "ig_cache_key", "oh"},
    "x-expires": {"refresh_token", "x-signature"},
}
_SECONDS = {10: re.compile(r"[0-9]{10}"), 16: re.compile(r"[0-9a-fA-F]{8,10}")}
#: Links as nearly all are, which are taken apart alike by this and by ``urlsplit``: up to the query, and it.
_PLAIN = re.compile(r'(https?://[a-z0-9][a-z0-9.-]*+/[!"$->@-~]*+)(?:\?([!"$-~]*+))?')
_JWT = re.compile(r"eyJ[\w-]+\.([\w-]+)\.[\w-]*=*", re.ASCII)


class LinkFacts(NamedTuple):
    """What a link says about itself, as ``source_identity`` and ``link_expiry`` tell it."""

    identity: str
    expires_at: datetime | None


def link_expiry(url: str) -> datetime | None:
    """Read off a link when it stops working.

    Understood are LinkedIn's ``e``, Meta's ``oe`` (hexadecimal), TikTok's ``x-expires``, ``Expires`` of
    CloudFront and older S3 links, ``expire`` of YouTube, SigV4's ``X-Amz-Date`` with ``X-Amz-Expires``
    (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html) and the ``exp`` claim
    of a JSON web token (RFC 7519, section 4.1.4), as in Supabase's signed links.

    Args:
        url: Any string.

    Returns:
        The earliest moment that the link names, in UTC; None when it names none or lives forever.
    """
    return read_link(url).expires_at


def source_identity(url: str) -> str:
    """Reduce a link to what stays the same when its host signs it anew.

    Args:
        url: Any string.

    Returns:
        The link with its scheme and host in lower case, without user information, fragment and the
        parameters that carry a signature or an expiry; a string that is no link comes back as it is.
    """
    return read_link(url).identity


def read_link(url: str) -> LinkFacts:
    """Take a link apart once for all that it says about itself.

    Args:
        url: Any string.
    """
    if plain := _PLAIN.fullmatch(url):
        address, text = plain.groups()
        if not text:
            return LinkFacts(address, None)
        kept, expires_at = _read_query(text)
        return LinkFacts(f"{address}?{kept}" if kept else address, expires_at)
    try:
        parts = urlsplit(url)
    except ValueError:
        return LinkFacts(url, None)
    kept, expires_at = _read_query(parts.query)
    return LinkFacts(_identity(url, parts, kept), expires_at)


def _identity(url: str, parts: SplitResult, query: str) -> str:
    try:
        netloc = _plain_netloc(parts.netloc)
    except ValueError:
        return url
    if not parts.scheme or netloc is None:
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


@lru_cache(maxsize=256)  # An import asks for few hosts.
def _plain_netloc(netloc: str) -> str | None:
    """Return host and port as a link needs them, in lower case; None without a host.

    Raises:
        ValueError: If the port is none.
    """
    parts = SplitResult("", netloc, "", "", "")
    host, port = parts.hostname, parts.port
    if not host:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port is not None else host


def _read_query(text: str) -> tuple[str, datetime | None]:
    """Return what of the query of a link names the media, and the earliest moment that the rest names."""
    if text.count("&") >= _MOST_PARAMETERS:
        return text, None
    is_escaped = "%" in text or "+" in text
    pairs: list[tuple[str, str]] = []
    parameters: dict[str, str] = {}  # by lower-case name; the first of a name counts
    volatile: set[str] = set()
    moments: list[float] = []
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        name = name.lower()
        pairs.append((name, pair))
        if is_escaped:
            name, value = unquote_plus(name).lower(), unquote_plus(value)
        if name in parameters:
            continue
        parameters[name] = value
        base = _BASES.get(name)
        if base and len(value) <= 10 and (moment := _epoch(value, base)) is not None:
            volatile.add(name)
            if moment != _NEVER or base == 16:
                moments.append(moment)
        elif name == "key-pair-id" or name.startswith(_SIGNATURE_PREFIXES) or value.startswith(_TOKENS):
            volatile.add(name)
        if value.startswith("eyJ") and (token := _JWT.fullmatch(value)):
            volatile.add(name)
            moments += _by_token(token)
    if not volatile:
        return text, None
    if "x-amz-expires" in parameters:
        moments += _by_signing_date(parameters)
    for name in volatile & _COMPANIONS.keys():
        volatile |= _COMPANIONS[name]
    kept = [pair for name, pair in pairs if name not in volatile]
    return "&".join(kept), _moment(min(moments)) if moments else None


@lru_cache(maxsize=256)  # Most links of an export die at few moments.
def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=256)  # As above; its texts are short, so that it stays small.
def _epoch(text: str, base: int) -> int | None:
    """Read seconds since 1970 of a plausible date; LinkedIn's "never" counts as one."""
    if not _SECONDS[base].fullmatch(text):
        return None
    seconds = int(text, base)
    return seconds if _EARLIEST <= seconds <= _LATEST else None


def _by_signing_date(parameters: Mapping[str, str]) -> list[float]:
    lifetime = parameters.get("x-amz-expires")
    if lifetime is None or not re.fullmatch(r"[0-9]{1,9}", lifetime):
        return []
    try:
        signed = datetime.strptime(parameters.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return [(signed + timedelta(seconds=int(lifetime))).timestamp()]
    except (ValueError, OverflowError):
        return []


def _by_token(token: re.Match[str]) -> list[float]:
    if len(token[0]) > _LONGEST_TOKEN:
        return []
    payload = token[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return []
    expiry = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(expiry, int | float) and _EARLIEST <= expiry <= _LATEST:
        return [float(expiry)]
    return []

"""What a media link says about itself: when it dies, and what stays the same when it is signed anew."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

_EARLIEST = 1_000_000_000  # 2001: smaller numbers in a link are sizes and counters, not dates
_LATEST = 4_102_444_800  # 2100
_NEVER = 2_147_483_647  # LinkedIn's way to say that a link does not expire
_LONGEST_TOKEN = 4096
_MOST_PARAMETERS = 100

_EPOCH_NAMES = frozenset({"e", "ext", "expire", "expires", "x-expires"})
_SIGNATURE_PREFIXES = ("_nc_", "x-amz-", "x-goog-")
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

Parameters = Mapping[str, str]


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
    parameters = _parameters(url)
    found = [moment for read in _READERS for moment in read(parameters)]
    return datetime.fromtimestamp(min(found), UTC) if found else None


def source_identity(url: str) -> str:
    """Reduce a link to what stays the same when its host signs it anew.

    Args:
        url: Any string.

    Returns:
        The link with its scheme and host in lower case, without user information, fragment and the
        parameters that carry a signature or an expiry; a string that is no link comes back as it is.
    """
    if plain := _PLAIN.fullmatch(url):
        address, query = plain.groups()
        kept = _kept(url, query or "")
        return f"{address}?{kept}" if kept else str(address)
    try:
        parts = urlsplit(url)
        netloc = _plain_netloc(parts.netloc)
    except ValueError:
        return url
    if not parts.scheme or netloc is None:
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, _kept(url, parts.query), ""))


def _kept(url: str, query: str) -> str:
    """Return of the query of a link what names the media."""
    volatile = _volatile_names(_parameters(url)) if query else ()
    if not volatile:
        return query
    return "&".join(pair for pair in query.split("&") if pair.partition("=")[0].lower() not in volatile)


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


@lru_cache(maxsize=8)  # An import asks for the identity of a link and right after for its expiry.
def _parameters(url: str) -> Parameters:
    """Return the query's parameters by lower-case name; the first of a name counts."""
    try:
        plain = _PLAIN.fullmatch(url)
        query = (plain[2] or "") if plain else urlsplit(url).query
        if "%" in query or "+" in query:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        elif query.count("&") >= _MOST_PARAMETERS:
            return {}
        else:  # The same without what is escaped, which takes most of the time.
            pairs = [(part.partition("=")[0], part.partition("=")[2]) for part in query.split("&") if part]
    except ValueError:
        return {}
    return {name.lower(): value for name, value in reversed(pairs)}


def _volatile_names(parameters: Parameters) -> set[str]:
    volatile = {
        name
        for name, value in parameters.items()
        if name == "key-pair-id"
        or name.startswith(_SIGNATURE_PREFIXES)
        or (name == "oe" and _epoch(value, 16) is not None)
        or (name in _EPOCH_NAMES and _epoch(value) is not None)
        or (value.startswith("eyJ") and _JWT.fullmatch(value))
    }
    return volatile.union(*(_COMPANIONS.get(name, ()) for name in volatile))


def _epoch(text: str, base: int = 10) -> int | None:
    """Read seconds since 1970 of a plausible date; LinkedIn's "never" counts as one."""
    if not _SECONDS[base].fullmatch(text):
        return None
    seconds = int(text, base)
    return seconds if _EARLIEST <= seconds <= _LATEST else None


def _by_epoch(parameters: Parameters) -> list[float]:
    moments = [_epoch(parameters[name]) for name in _EPOCH_NAMES & parameters.keys()]
    return [moment for moment in moments if moment is not None and moment != _NEVER]


def _by_hexadecimal(parameters: Parameters) -> list[float]:
    moment = _epoch(parameters["oe"], 16) if "oe" in parameters else None
    return [moment] if moment is not None else []


def _by_signing_date(parameters: Parameters) -> list[float]:
    lifetime = parameters.get("x-amz-expires")
    if lifetime is None or not re.fullmatch(r"[0-9]{1,9}", lifetime):
        return []
    try:
        signed = datetime.strptime(parameters.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return [(signed + timedelta(seconds=int(lifetime))).timestamp()]
    except (ValueError, OverflowError):
        return []


def _by_token(parameters: Parameters) -> list[float]:
    moments = []
    for value in parameters.values():
        is_token = value.startswith("eyJ") and len(value) <= _LONGEST_TOKEN
        token = _JWT.fullmatch(value) if is_token else None
        if token is None:
            continue
        payload = token.group(1)
        try:
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            continue
        expiry = claims.get("exp") if isinstance(claims, dict) else None
        if isinstance(expiry, int | float) and _EARLIEST <= expiry <= _LATEST:
            moments.append(float(expiry))
    return moments


_READERS: tuple[Callable[[Parameters], list[float]], ...] = (
    _by_epoch,
    _by_hexadecimal,
    _by_signing_date,
    _by_token,
)

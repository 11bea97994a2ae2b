"""Text from outside made safe to show, and text for outside freed of secrets; no dependencies."""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MASK = "[secret]"

_MAX_MARKS = 8
# One entry a character, never a parser of escape sequences: parsers of this kind were bypassed by
# unterminated sequences (https://github.com/gwsw/less/issues/781).
_FORBIDDEN = (
    (0x00, 0x08),  # C0 without TAB and LF
    (0x0B, 0x1F),
    (0x7F, 0x9F),  # DEL and C1
    (0x061C, 0x061C),  # Arabic letter mark
    (0x200E, 0x200F),  # left-to-right and right-to-left marks
    (0x202A, 0x202E),  # bidirectional embeddings and overrides
    (0x2066, 0x2069),  # bidirectional isolates
    (0xD800, 0xDFFF),  # lone surrogates, which no terminal encoding can carry
    (0x10EEEE, 0x10EEEE),  # in whose place kitty shows pictures
)
_MULTILINE = {code: REPLACEMENT for first, last in _FORBIDDEN for code in range(first, last + 1)}
_MULTILINE |= {0x2028: "\n", 0x2029: "\n"}
_SINGLE_LINE = _MULTILINE | dict.fromkeys((0x09, 0x0A, 0x0D, 0x2028, 0x2029), " ")
# Tag characters are invisible text; only the flags of Unicode TS #51 (black flag, tags, cancel tag) use them.
_TAGS = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,16}\U000e007f)|[\U000e0000-\U000e007f]"
)


def terminal_safe(text: str, *, multiline: bool = False, limit: int | None = None) -> str:
    """Make text of any origin harmless to a terminal, leaving visible what was taken out.

    Args:
        text: Anything: it may hold escape sequences, bidirectional overrides, lone surrogates.
        multiline: Whether LF and TAB stay; otherwise they become spaces.
        limit: The most characters to return; a longer text ends with an ellipsis.

    Returns:
        The text with each character that could drive or confuse a terminal replaced by U+FFFD, one by
        one (https://github.com/kubernetes/kubernetes/issues/101695). Cleaning twice changes nothing.
    """
    end = ""
    if limit is not None and len(text) > limit:
        text, end = text[: max(limit - 1, 0)], ELLIPSIS
    if text.isascii() and text.isprintable():
        return text + end
    text = text.replace("\r\n", "\n").translate(_MULTILINE if multiline else _SINGLE_LINE)
    if text.isascii():
        return text + end
    return _limit_marks(_TAGS.sub(lambda match: match.group(1) or REPLACEMENT, text)) + end


def _limit_marks(text: str) -> str:
    """Cut piles of combining marks, which would draw over the neighbouring lines."""
    kept: list[str] = []
    marks = 0
    for character in text:
        if character > "\u02ff" and unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks > _MAX_MARKS:
                if marks == _MAX_MARKS + 1:
                    kept.append(REPLACEMENT)
                continue
        else:
            marks = 0
        kept.append(character)
    return "".join(kept)


def display_width(text: str) -> int:
    """Count the columns that a text takes: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Cut or pad a text to exactly so many columns.

    Args:
        text: One line that is safe already.
        width: The columns to fill, at least 1.
        right: Whether to align at the right edge.

    Returns:
        The text, ending with an ellipsis when it was cut, padded with spaces.
    """
    if display_width(text) > width:
        kept, used = [], 0
        for character in text:
            used += _character_width(character)
            if used > width - 1:
                break
            kept.append(character)
        text = "".join(kept) + ELLIPSIS
    padding = " " * (width - display_width(text))
    return padding + text if right else text + padding


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable_text(text: str) -> str:
    """Replace by U+FFFD what no text of PostgreSQL can hold: NUL and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(REPLACEMENT, text)


def storable(value: Any) -> Any:
    """Return a JSON value that PostgreSQL can hold: all its texts storable, NaN and infinities null."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {
            storable(name): item if item is None or type(item) is int else storable(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}:(?://|\\/\\/)[^\s\"'<>]+")
# HTTP libraries log the request target without its host: a query is recognised by its first pair.
_QUERY = re.compile(r"\?[\w.~%\[\]-]+=[^\s\"'<>]*")
_SHAPES = re.compile(
    r"""
    \beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?   # JSON web tokens
    | \bsk-[\w-]{12,}                        # OpenAI keys
    | \bsb_(?:secret|publishable)_[\w-]+     # Supabase keys
    | \b(?:AKIA|ASIA)[0-9A-Z]{12,}           # AWS access key ids
    | \bxox[a-z][-.][\w.-]{8,}              # Slack tokens
    | (?<=\bBearer\ )\S+ | (?<=\bBasic\ )\S+
    """,
    re.VERBOSE,
)
_SENSITIVE = (
    r"[-\w]{0,40}(?:authorization|api[-_]?key|access[-_]?key(?:[-_]?id)?|private[-_]?key|service[-_]?key"
    r"|secret|pass(?:word|wd|phrase)|token|signature|credentials?|cookie|dsn)"
)
_PAIR = re.compile(
    rf"(?i)(?<![\w-])({_SENSITIVE})([\"']?\s{{0,9}}[:=]\s{{0,9}}(?-i:b(?=[\"']))?)"
    r"(\"[^\"]*\"|'[^']*'|(?:Bearer|Basic)\s+[^\s,;)}\]]+|[^\s,;)}\]\"'&]+)"
)
_SECRET_NAME = re.compile(rf"(?i){_SENSITIVE}")
# Every pattern above needs one of these; most values of a log line have none.
_SUSPECT = re.compile(r"[:=?]|eyJ|sk-|sb_|AKIA|ASIA|xox|Bearer|Basic")


def web_address(text: str) -> SplitResult | None:
    """Take an ``http`` or ``https`` address apart.

    Args:
        text: Any text.

    Returns:
        Its parts; None for anything else: another scheme, no host, an impossible port, white space or
        what no address may hold.
    """
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:
        return None
    is_plain = text.isprintable() and not re.search(r"\s", text)
    return parts if parts.scheme in ("http", "https") and host and port != 0 and is_plain else None


def redact_url(url: str) -> str:
    """Keep of a URL what tells where it led: scheme, host, port and path.

    Args:
        url: Any string; it may carry a user, a password, a signature.

    Returns:
        The URL without user information, query and fragment; ``[not a URL]`` when it cannot be read.
    """
    try:
        parts = urlsplit(url.replace("\\/", "/"))
    except ValueError:
        return "[not a URL]"
    if not parts.scheme:
        return "[not a URL]"
    if not parts.netloc:
        return f"{parts.scheme}:{ELLIPSIS}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Take secrets out of a text that goes to a log, an error or a row.

    Args:
        text: Any text, such as an exception's message.
        secrets: Values known to be secret, taken out wherever they stand.

    Returns:
        The text with every URL reduced by :func:`redact_url`, and with the known secrets and all that
        looks like one replaced by ``[secret]``.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    if not _SUSPECT.search(text):
        return text
    text = _URL.sub(lambda match: redact_url(match.group()), text)
    text = _QUERY.sub(f"?{ELLIPSIS}", text)
    text = _PAIR.sub(lambda match: f"{match.group(1)}{match.group(2)}{MASK}", text)
    return _SHAPES.sub(MASK, text)


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Tell whether a value of this name is a secret, as for ``Authorization`` or ``aws_session_token``."""
    return _SECRET_NAME.fullmatch(name) is not None


def human_bytes(count: int) -> str:
    """Write a number of bytes in decimal units: ``999 B``, ``1.5 kB``, ``10.0 GB``."""
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} PB"


def human_duration(seconds: float) -> str:
    """Write a duration by its two largest units: ``0.4 s``, ``2 min 5 s``, ``3 d 4 h``."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    rest = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


def address_and_port(pair: str) -> str:
    """Write an exact ``address:port`` pair in its one spelling.

    Raises:
        ValueError: If it is none.
    """
    host, _, port = pair.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError
    except ValueError:
        raise ValueError(f"{pair!r} is not one exact address:port pair, such as 127.0.0.1:8000") from None
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"

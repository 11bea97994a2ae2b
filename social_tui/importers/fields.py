"""Takes single fields out of exports: what has the wrong type or range is absent, never an error."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from social_tui.text import storable_text

_LARGEST = 2**63 - 1
_LARGEST_SIDE = 2**31 - 1
# The years 2003, in which the first of these networks opened, to 2100.
_EARLIEST_MS = 1_041_379_200_000
_LATEST_MS = 4_102_444_800_000
_SIGNATURE_NAMES = {"e", "v", "t"}


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """Return a text, cleaned and without white space around it, or None where it is empty."""
    return storable_text(value).strip() or None if isinstance(value, str) else None


def whole(value: Any, *, largest: int = _LARGEST) -> int | None:
    """Return a whole number from 0 to the largest, also where it is written as a text or a fraction of 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(largest)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= largest else None


def side(value: Any) -> int | None:
    """Return a width or a height in pixels, or None."""
    return whole(value, largest=_LARGEST_SIDE) or None


def milliseconds(value: Any) -> int | None:
    """Return a time as milliseconds since 1970 in UTC.

    Args:
        value: Milliseconds, seconds, or a text in ISO 8601 that names its zone; a text without a zone
            could be off by a day and is no time.
    """
    number = whole(value)
    if number is None and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        number = round(moment.timestamp() * 1000) if moment.tzinfo else None
    if number is not None and number < _EARLIEST_MS:
        number *= 1000
    return number if number is not None and _EARLIEST_MS <= number < _LATEST_MS else None


def identity(url: str) -> str:
    """Return a URL without the parameters that sign a LinkedIn link, so that one media is known as one.

    They are ``e`` (expiry), ``v`` (version) and ``t`` (signature), and they come together; elsewhere these
    names may mean anything and stay.
    """
    address, _, query = url.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    if not {pair.partition("=")[0] for pair in pairs} >= {"e", "t"}:
        return url
    rest = "&".join(pair for pair in pairs if pair.partition("=")[0] not in _SIGNATURE_NAMES)
    return f"{address}?{rest}" if rest else address


def slug(url: Any) -> str | None:
    """Return the name of a person or an organisation in the URL of its page: ``…/company/<slug>/posts``."""
    if not isinstance(url, str):
        return None
    match = re.search(r"/(?:in|pub|company|school|showcase|groups)/([^/?#\s]{1,200})", url)
    return text(unquote(match[1])) if match else None

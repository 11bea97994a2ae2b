"""Takes single fields out of exports: what has the wrong type or range is absent, never an error."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from social_tui.errors import ImportRefusedError
from social_tui.text import REPLACEMENT, storable_text

_LARGEST = 2**63 - 1
_LARGEST_SIDE = 2**31 - 1
# The years 2003, in which the first of these networks opened, to 2100.
_EARLIEST_MS = 1_041_379_200_000
_LATEST_MS = 4_102_444_800_000
_SIGNATURE_NAMES = {"e", "v", "t"}
_LONGEST_ID = 500
_LONGEST_WORD = 100
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+")
_LOCAL_DATE = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})(?![0-9])")
_IN_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_TWITTER_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})"
)
_NAMED_ZONE = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(?:UTC|GMT)")
_MAIL_TIME = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? ?"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)\Z"
)
_UPPER = re.compile(r"(?<=[a-z0-9])([A-Z])")
_BREAKS = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|h\d|blockquote|pre)>\s*(?=<)")
#: A sign that something is less has no letter behind it.
_TAGS = re.compile(r"<[a-zA-Z/!?][^<>]*>")
# No character has a number so long, and Python refuses to read numbers of more than 4,300 digits.
_ENDLESS_REFERENCE = re.compile(r"&#[0-9]{1000,}+;?")


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; anything else has none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def in_snake_case(value: Any) -> Any:
    """Return a JSON value whose names are in camel case with underscores in them instead."""
    if isinstance(value, list):
        return [in_snake_case(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {_UPPER.sub(r"_\1", name).lower(): in_snake_case(member) for name, member in value.items()}


def first(*values: Any) -> str | None:
    """Return the first of some values that is a text with something in it."""
    for value in values:
        if value is not None and (found := text(value)) is not None:
            return found
    return None


def identifier(value: Any) -> str | None:
    """Return an id, with every digit where it is a number; None for what cannot be one, or is rounded."""
    if type(value) is int:
        value = str(value) if 0 < value < 10**100 else None
    found = text(value)
    if found is None or len(found) > _LONGEST_ID or not found.isprintable():
        return None
    return None if "+" in found and is_rounded(found) else found


def word(*values: Any) -> str | None:
    """Return the first of some values that is a short text, such as the name of a kind of post."""
    for value in values:
        if (found := text(value)) is not None and len(found) <= _LONGEST_WORD:
            return found
    return None


def body(value: Any) -> str:
    """Return the text of a post as the database can hold it, with the white space that its author gave it."""
    return storable_text(value) if isinstance(value, str) else ""


def plain(value: Any) -> str:
    """Return what a text in HTML says: without tags, with line breaks for paragraphs, entities resolved."""
    if not isinstance(value, str):
        return ""
    return storable_text(unescape(_TAGS.sub("", _BREAKS.sub("\n", value)))).strip()


def unescape(value: str) -> str:
    """Return a text with the entities of HTML resolved."""
    return html.unescape(_ENDLESS_REFERENCE.sub(REPLACEMENT, value))


def dump(value: Any) -> str:
    """Write a JSON value as text, for posts that are cut out of something larger."""
    written = json.dumps(value, ensure_ascii=False)
    # Halves of surrogate pairs can only stand in JSON as escapes.
    return written if storable_text(written) == written else json.dumps(value)


def text(value: Any) -> str | None:
    """Return a text, cleaned and without white space around it, or None where it is empty."""
    if not isinstance(value, str):
        return None
    return storable_text(value).strip() or None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def is_rounded(identifier: str) -> bool:
    """Tell whether an id is a number as spreadsheets write long ones: ``1.7E+18``, without its end."""
    return _ROUNDED.fullmatch(identifier) is not None


def refuse_local_date(value: Any) -> None:
    """Refuse a date such as ``3/4/2024``, of which nobody knows whether the day or the month comes first.

    Raises:
        ImportRefusedError: If it is one; it says what to do.
    """
    if isinstance(value, str) and _LOCAL_DATE.match(value.strip()):
        raise ImportRefusedError(
            "has its time in a local notation (such as 3/4/2024); a map says how to read it (time_format)"
        )


def whole(value: Any, *, largest: int = _LARGEST) -> int | None:
    """Return a whole number from 0 to the largest, also where it is written as a text or a fraction of 0."""
    if type(value) is int:
        return value if 0 <= value <= largest else None
    if value is None:
        return None
    if isinstance(value, str):
        # Tables have whole numbers so in a column where others are missing.
        digits = value.removesuffix(".0")
        if "," in digits and _IN_THOUSANDS.fullmatch(digits):
            digits = digits.replace(",", "")
        value = int(digits) if _is_number(digits) and len(digits) <= len(str(largest)) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= largest else None


def total(values: Iterable[Any]) -> int | None:
    """Return the sum of the whole numbers among some values; None where there are none or it is too large."""
    known = [number for value in values if (number := whole(value)) is not None]
    return whole(sum(known)) if known else None


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
    if number is None and isinstance(value, float) and 0 < value < _LATEST_MS:
        number = round(value if value >= _EARLIEST_MS else value * 1000)
    if number is None and isinstance(value, str):
        moment = _moment(value.strip())
        try:
            number = round(moment.timestamp() * 1000) if moment is not None and moment.tzinfo else None
        except OverflowError:  # the first and the last day of the calendar, seen from another zone
            return None
    if number is not None and number < _EARLIEST_MS:
        number *= 1000
    return number if number is not None and _EARLIEST_MS <= number < _LATEST_MS else None


def milliseconds_utc(value: Any, zone: tzinfo = UTC) -> int | None:
    """Return a time as milliseconds since 1970, where it is known of which zone texts without one are."""
    moment = _moment(value.strip()) if isinstance(value, str) else None
    if moment is not None and moment.tzinfo is None:
        return milliseconds(moment.replace(tzinfo=zone).isoformat())
    return milliseconds(value)


def _moment(value: str) -> datetime | None:
    if match := _TWITTER_TIME.fullmatch(value):
        month, day, hour, minute, second, sign, hours, minutes, year = match.groups()
        try:
            ahead = timedelta(hours=int(f"{sign}{hours}"), minutes=int(f"{sign}{minutes}"))
            moment = datetime(int(year), _MONTHS.index(month) // 3 + 1, int(day), tzinfo=timezone(ahead))
            return moment.replace(hour=int(hour), minute=int(minute), second=int(second))
        except ValueError:
            return None
    named = _NAMED_ZONE.fullmatch(value)
    try:
        return datetime.fromisoformat(f"{named[1]}+00:00" if named else value)
    except ValueError:
        return _moment_of_mail(value)


def _moment_of_mail(value: str) -> datetime | None:
    """Read a time as mail and feeds write it: ``Tue, 02 Jan 2024 03:04:05 +0000`` (RFC 2822)."""
    try:
        return parsedate_to_datetime(value) if _MAIL_TIME.match(value) else None
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def identity(url: str) -> str:
    """Return a URL without the parameters that sign a LinkedIn link, so that one media is known as one.

    They are ``e`` (expiry), ``v`` (version) and ``t`` (signature), and they come together; elsewhere these
    names may mean anything and stay.
    """
    address, _, query = url.partition("?")
    signature: list[str] = []
    rest: list[str] = []
    for pair in query.split("&"):
        name = pair.partition("=")[0]
        if name in _SIGNATURE_NAMES:
            signature.append(name)
        elif pair:
            rest.append(pair)
    if "e" not in signature or "t" not in signature:
        return url
    return f"{address}?{'&'.join(rest)}" if rest else address


def slug(url: Any) -> str | None:
    """Return the name of a person or an organisation in the URL of its page: ``…/company/<slug>/posts``."""
    if not isinstance(url, str):
        return None
    match = re.search(r"/(?:in|pub|company|school|showcase|groups)/([^/?#\s]{1,200})", url)
    return text(unquote(match[1])) if match else None

"""Reads lists and objects as Python prints them, which tables of pandas have in their cells."""

from __future__ import annotations

import json
import re
from typing import Any

from social_tui.importers.strict_json import decode_cell, is_too_deep

_TOKEN = re.compile(
    r"""
    (?P<string>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
    | datetime\.datetime\((?P<time>\d{1,4}(?:,\ \d{1,6}){2,6})(?P<zone>,\ tzinfo=[\w.]{1,40}(?:\(\))?)?\)
    | (?P<number>-?\d[\d.]*(?:e[+-]?\d+)?)
    | (?P<word>None|True|False|nan|null|true|false)\b
    | (?P<call>[A-Za-z_][\w.]{0,99})\(
    | (?P<name>[A-Za-z_]\w{0,99})=
    | (?P<mark>[][{}(),:])
    | (?P<space>\s+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"None": "null", "nan": "null", "True": "true", "False": "false"}
#: Python and its libraries say UTC so; other zones have names that do not tell how far they are away.
_UTC = re.compile(r", tzinfo=(?:datetime\.timezone\.utc|tzutc\(\)|TzInfo\(\)|UTC)")


def read_printed(text: str) -> Any:
    """Return the list or object that a text is, as JSON or as Python prints it.

    Times become texts in ISO 8601, with their zone where that is UTC; tuples become lists, and what is made
    of named values, such as ``Photo(url='a')``, an object.

    Returns:
        The value; None where it is none, holds something else, or nests deeper than any post does.
    """
    text = text.strip()
    if not text.startswith(("[", "{")) or is_too_deep(text):
        return None
    if (value := decode_cell(text)) is not None:
        return value
    parts: list[str] = []
    ends: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        if match["mark"] and match["mark"] in ")]}" and parts[-1:] == [","]:
            parts.pop()  # of a tuple with one member
        if match["call"] or match["mark"] == "(":
            ends.append("}" if match["call"] else "]")
            parts.append("{" if match["call"] else "[")
        elif match["mark"] == ")":
            parts.append(ends.pop() if ends else ")")
        elif match.lastgroup != "space":
            parts.append(_as_json(match))
        at = match.end()
    try:
        return json.loads("".join(parts))
    except (ValueError, RecursionError):
        return None


def opened(row: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return a row with the lists and objects in some of its cells, at any depth, in place of their texts."""
    return {
        name: (value if (value := read_printed(cell)) is not None else cell)
        if name in names and isinstance(cell, str)
        else opened(cell, names)
        if isinstance(cell, dict)
        else cell
        for name, cell in row.items()
    }


def _as_json(token: re.Match[str]) -> str:
    kind, found = token.lastgroup, token.group()
    if kind == "string":
        return json.dumps(_ESCAPE.sub(_letter, found[1:-1]))
    if kind in ("time", "zone"):
        return json.dumps(
            _moment(token["time"].split(", ")) + ("+00:00" if _UTC.match(token["zone"] or "") else "")
        )
    if kind == "word":
        return _WORDS.get(found, found)
    return f'"{token["name"]}":' if kind == "name" else found


def _moment(numbers: list[str]) -> str:
    year, month, day, *clock = (int(number) for number in numbers)
    hour, minute, second, part = (*clock, 0, 0, 0, 0)[:4]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{part:06}"


def _letter(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code is None:
        return _LETTERS.get(escape[4], escape[4])
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\N{REPLACEMENT CHARACTER}"

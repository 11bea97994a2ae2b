"""Reads CSV tables (RFC 4180) of any size, row by row, as items whose values are texts."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from social_tui.importers.items import Fault, Item
from social_tui.importers.text_window import MAX_ITEM_CHARACTERS, READ_ERRORS, ByteSource, text_lines

#: Between the fields, the usual one first; a language whose numbers have commas has Excel write semicolons.
_DELIMITERS = (",", ";", "\t", "|")
_MAX_COLUMNS = 5000
_NAME = re.compile(r"\w(?:[\w ./()-]*[\w)])?")
#: What pandas and others write above the numbers of the rows.
_COUNTERS = ("", "#")
#: Tools tell before a table what it is of (Brandwatch), or group its columns (NodeXL).
_MOST_LINES_BEFORE = 12
_FEWEST_NAMES_BELOW = 5
_NOT_BEFORE = re.compile(r"[][{}<>=]")
_BARE_JSON = re.compile(r"-?\d.*|true|false|null")
#: What Excel and others write before a table whose delimiter is not that of the language.
_SEPARATOR = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)
#: Between the names of an object and of its member, in tables that were made of objects (Apify, pandas).
_INSIDE = re.compile(r"[/.]")
_MOST_LEVELS = 16
_NUMBER = re.compile(r"[0-9]{1,6}")
_WORDS = {"true": True, "false": False, "null": None}
#: Columns that no text of a person stands in, besides those of members: ``isQuote``, ``has_audio``.
_YES_OR_NO = re.compile(r"(?:is|has)[_A-Z]")


def looks_like_csv(head: str) -> bool:
    """Tell whether a text begins with a line of column names: several words and delimiters between them."""
    lines = head.lstrip("\ufeff").split("\n")
    line, rest = lines[0], lines[1:]
    if _SEPARATOR.fullmatch(line) or (_is_one_column(line) and any(map(str.strip, rest))):
        return True
    return _find_names(iter(lines))[1] is not None


def _is_one_column(line: str) -> bool:
    name = line.strip().strip('"')
    return _NAME.fullmatch(name) is not None and _BARE_JSON.fullmatch(name) is None


def _find_names(lines: Iterator[str]) -> tuple[list[str], str | None]:
    """Step over lines up to that of the column names.

    Returns:
        That line, and what stands between the names; where there are none, the lines until there and None.
    """
    first = line = next(lines, "")
    delimiter = None if first.lstrip().startswith(("[", "{", "<")) else _delimiter(first)
    before = [first]
    while delimiter is None and len(before) < _MOST_LINES_BEFORE and not _NOT_BEFORE.search(line):
        line = next(lines, "")
        delimiter = _delimiter(line, fewest=_FEWEST_NAMES_BELOW)
        # A row of words below names that are odd is none of names.
        if delimiter and max(_count(each, delimiter) for each in before) * 2 >= _count(line, delimiter):
            return [*before, line], None
        before.append(line)
    return ([line], delimiter) if delimiter else (before, None)


def _count(line: str, delimiter: str) -> int:
    """Count the fields with something in them."""
    return sum(map(bool, map(str.strip, line.split(delimiter))))


def _delimiter(line: str, fewest: int = 2) -> str | None:
    """Return what stands between the names of the columns."""
    line = line.strip("\r\n ")
    return next((each for each in _DELIMITERS if _are_names(line.split(each), fewest)), None)


def _are_names(fields: list[str], fewest: int) -> bool:
    """Tell whether the first fields can be names of columns; others may be whole explanations."""
    names = [field.strip().strip('"') for field in fields[: fewest + 1]]
    if names[0] in _COUNTERS:
        return len(names) > 2 and all(map(_NAME.fullmatch, names[1:]))
    return len(names) >= fewest and all(map(_NAME.fullmatch, names[:fewest]))


def read_rows(source: ByteSource) -> Iterator[Item | Fault]:
    """Read the rows of a table whose first line names the columns.

    Args:
        source: The file's bytes: UTF-8, with or without a byte order mark. What stands between the names of
            the columns stands between all fields.

    Yields:
        An item for each row, whose ``raw`` is the row as JSON, or a fault in its place. A fault from which
        the reader cannot go on is the last.
    """
    # The limit of the module is one for the process, and smaller than texts of posts can be.
    csv.field_size_limit(MAX_ITEM_CHARACTERS)
    lines = text_lines(source, newline="")
    number = 0
    try:
        first = next(lines, "")
        if separator := _SEPARATOR.fullmatch(first):
            begun, delimiter = [next(lines, "")], separator[1]
        else:
            begun, delimiter = _find_names(itertools.chain([first], lines))
        if delimiter is None and _is_one_column(first):
            yield Fault(0, "is a text, or CSV with one column, which is no table of posts")
            return
        rows = _rows(itertools.chain(begun, lines), delimiter or ",")
        names = _unlike(next(rows, []))
        places = _places(names)
        if len(names) > _MAX_COLUMNS:
            yield Fault(0, f"is CSV with more than {_MAX_COLUMNS:,} columns")
            return
        for row in rows:
            if not any(row):
                continue
            number += 1
            if len(row) != len(names):
                yield Fault(number, f"row {number} has {len(row)} fields instead of {len(names)}")
                continue
            value = dict(zip(names, row, strict=True))
            if any(
                "\udc80" <= character <= "\udcff"
                for field in row
                if not field.isascii()
                for character in field
            ):
                yield Fault(number, f"row {number} is not UTF-8; save the table as CSV in UTF-8")
            else:
                whole = value if places is None else _whole(places, value)
                yield Item(number, whole, json.dumps(whole, ensure_ascii=False))
    except csv.Error:
        yield Fault(
            number + 1,
            f"row {number + 1} is not CSV: a quote is not closed or stands where none may;"
            " what follows is not read",
        )
    except READ_ERRORS:
        yield Fault(number + 1, f"the data cannot be read beyond row {number}")


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Return the fields of each row."""
    if delimiter == "\t":
        return _rows_between_tabs(lines)
    return csv.reader(lines, strict=True, delimiter=delimiter)


def _rows_between_tabs(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield the fields of each row of a table with tabs between them.

    These are often written without quotes around any field, so that those in texts are letters as others.
    From the first row on that is whole only so, or whose lines all are whole so, all rows are read so.
    """
    taken: list[str] = []

    def is_whole(line: str) -> bool:
        return line.count("\t") + 1 == len(names)

    def noted() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    rows = csv.reader(noted(), strict=True, delimiter="\t")
    names = next(rows, [])
    yield names
    try:
        while True:
            taken.clear()
            row = next(rows)
            if len(taken) > 1 and all(map(is_whole, taken)):
                break
            yield row
    except StopIteration:
        return
    except csv.Error:
        if not taken or not is_whole(taken[0]):
            raise
    yield from csv.reader(itertools.chain(taken, lines), delimiter="\t", quoting=csv.QUOTE_NONE)


def _unlike(names: list[str]) -> list[str]:
    """Number the columns whose name stands further to the left already, or that have none."""
    seen: Counter[str] = Counter()
    unlike = []
    for name in names:
        seen[name] += 1
        unlike.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unlike if len(set(unlike)) == len(names) else [f"{name} [{n}]" for n, name in enumerate(names, 1)]


def _places(names: list[str]) -> dict[str, list[str]] | None:
    """Return where the columns of a table stand in the object that a row was, the outer ones first.

    Returns:
        The names that lead to each column; None where there was no object.
    """
    places = {name: _INSIDE.split(name, _MOST_LEVELS) for name in names}
    # Of a name with a dot alone nobody knows; of two there is an object with members.
    heads = [place[0] for place in places.values() if len(place) > 1]
    if len(set(heads)) == len(heads):
        return None
    return dict(sorted(places.items(), key=lambda each: len(each[1])))


def _whole(places: dict[str, list[str]], row: dict[str, str]) -> Any:
    """Put an object together out of its members; empty fields are absent.

    A member of what is a text in this row stays under the whole name of its column.
    """
    root: dict[str, Any] = {}
    for column, place in places.items():
        if (text := row[column]) == "":
            continue
        at: Any = root
        for name in place[:-1]:
            at = at.setdefault(name, {}) if isinstance(at, dict) else None
        at, name = (at, place[-1]) if isinstance(at, dict) and place[-1] not in at else (root, column)
        at[name] = _WORDS[text.lower()] if _is_word(text, place) else text
    return _with_lists(root)


def _is_word(text: str, place: list[str]) -> bool:
    """Tell whether a text is a word of JSON; pandas and Excel write it with capitals, as names are."""
    is_yes_or_no = _YES_OR_NO.match(place[-1]) is not None
    return (text in _WORDS and (len(place) > 1 or is_yes_or_no)) or (is_yes_or_no and text.lower() in _WORDS)


def _with_lists(value: Any) -> Any:
    """Turn objects whose names are 0, 1, 2, … into lists."""
    if not isinstance(value, dict):
        return value
    members = {name: _with_lists(member) for name, member in value.items()}
    if members and all(map(_NUMBER.fullmatch, members)):
        return [members[name] for name in sorted(members, key=int)]
    return members

"""Reads CSV tables (RFC 4180) of any size, row by row, as items whose values are texts."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator

from social_tui.importers.items import Fault, Item
from social_tui.importers.text_window import MAX_ITEM_CHARACTERS, READ_ERRORS, ByteSource

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_MAX_COLUMNS = 5000
_NAME = re.compile(r"\w[\w -]*")


def looks_like_csv(head: str) -> bool:
    """Tell whether a text begins with a line of column names: several words and delimiters between them."""
    line = head.lstrip("\ufeff").partition("\n")[0].strip()
    if not line or line[0] in "[{<":
        return False
    return any(_are_names(line.split(delimiter)) for delimiter in (",", *_OTHER_DELIMITERS))


def _are_names(fields: list[str]) -> bool:
    """Tell whether the first two fields can be names of columns; others may be whole explanations."""
    names = [field.strip().strip('"') for field in fields[:2]]
    return len(names) == 2 and all(_NAME.fullmatch(name) for name in names)


def read_rows(source: ByteSource) -> Iterator[Item | Fault]:
    """Read the rows of a table whose first line names the columns.

    Args:
        source: The file's bytes: UTF-8, with or without a byte order mark, with commas between the fields.

    Yields:
        An item for each row, whose ``raw`` is the row as JSON, or a fault in its place. A fault from which
        the reader cannot go on is the last.
    """
    # The limit of the module is one for the process, and smaller than texts of posts can be.
    csv.field_size_limit(MAX_ITEM_CHARACTERS)
    lines = _lines(source)
    number = 0
    try:
        first = next(lines, "")
        rows = csv.reader(itertools.chain([first], lines), strict=True)
        if fault := _fault_of_delimiter(first):
            yield Fault(0, fault)
            return
        names = next(rows, [])
        if fault := _fault_of_names(names):
            yield Fault(0, fault)
            return
        for row in rows:
            if not row:
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
                yield Fault(number, f"row {number} is not UTF-8")
            else:
                yield Item(number, value, json.dumps(value, ensure_ascii=False))
    except csv.Error:
        yield Fault(
            number + 1, f"row {number + 1} is not CSV: a quote is not closed or stands where none may"
        )
    except READ_ERRORS:
        yield Fault(number + 1, f"the data cannot be read beyond row {number}")


def _fault_of_delimiter(line: str) -> str:
    line = line.strip()
    if not _are_names(line.split(",")):
        for delimiter, word in _OTHER_DELIMITERS.items():
            if _are_names(line.split(delimiter)):
                return f"is CSV with {word} between its fields; only commas are read"
    return ""


def _fault_of_names(names: list[str]) -> str:
    if len(names) > _MAX_COLUMNS:
        return f"is CSV with more than {_MAX_COLUMNS:,} columns"
    if len(set(names)) != len(names):
        return "is CSV with two columns of the same name"
    return ""


class _Raw(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _lines(source: ByteSource) -> Iterator[str]:
    """Yield pieces of the text that end where a line does, or where one is longer than a post may be."""
    text = io.TextIOWrapper(io.BufferedReader(_Raw(source)), "utf-8-sig", "surrogateescape", newline="")
    while piece := text.readline(MAX_ITEM_CHARACTERS):
        yield piece

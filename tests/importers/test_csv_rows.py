"""Tables: rows become items, and what is no table of commas says why."""

from __future__ import annotations

import io
import json

import pytest

from social_tui.exports import Rejection
from social_tui.importers import iter_posts
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.items import Fault, Item


def read(data: bytes) -> list[dict[str, str] | tuple[int, str]]:
    found = read_rows(io.BytesIO(data))
    return [item.value if isinstance(item, Item) else (item.position, item.reason) for item in found]


def test_rows_are_items_with_the_names_of_the_columns() -> None:
    data = '\ufeffid,body\r\n1,"a ""quoted"" text,\nof two lines"\r\n\r\n2,é\0\r\n'.encode()
    assert read(data) == [
        {"id": "1", "body": 'a "quoted" text,\nof two lines'},
        {"id": "2", "body": "é\0"},
    ]
    (first, _) = read_rows(io.BytesIO(data))
    assert isinstance(first, Item)
    assert json.loads(first.raw) == first.value


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
@pytest.mark.parametrize("quote", ["", '"'])
def test_another_delimiter_is_refused_by_name(delimiter: str, word: str, quote: str) -> None:
    rows = (["id", "body"], ["1", "a, b"])
    data = "".join(delimiter.join(f"{quote}{field}{quote}" for field in row) + "\n" for row in rows)
    reason = f"is CSV with {word} between its fields; only commas are read"
    assert read(data.encode()) == [(0, reason)]
    assert list(iter_posts(io.BytesIO(data.encode()), "f")) == [
        Rejection(file="f", position=0, reason=reason)
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"id,body\n1,a,b\n2,c\n", [(1, "row 1 has 3 fields instead of 2"), {"id": "2", "body": "c"}]),
        (b"id,body\n1,\xff\n2,c\n", [(1, "row 1 is not UTF-8"), {"id": "2", "body": "c"}]),
        (
            b'id,body\n1,a\n2,"b\n3,c\n',
            [
                {"id": "1", "body": "a"},
                (2, "row 2 is not CSV: a quote is not closed or stands where none may"),
            ],
        ),
        (b"id,id\n1,2\n", [(0, "is CSV with two columns of the same name")]),
        (b"id," * 6000 + b"x\n", [(0, "is CSV with more than 5,000 columns")]),
    ],
)
def test_rows_that_are_none(data: bytes, expected: list[object]) -> None:
    assert read(data) == expected


def test_a_field_of_a_megabyte_is_read() -> None:
    assert read(b'id,body\n1,"' + b"a" * 2**20 + b'"\n') == [{"id": "1", "body": "a" * 2**20}]


def test_unknown_columns_are_one_rejection_and_not_one_for_every_row() -> None:
    found = list(iter_posts(io.BytesIO(b"colour,size\nred,1\nblue,2\n"), "f.csv"))
    reason = "unknown shape: no known format has columns like these"
    assert found == [Rejection(file="f.csv", position=0, reason=reason)]


def test_a_source_that_fails_gives_the_rows_before() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise EOFError
            return data

    *rows, fault = read_rows(Failing(b"id,body\n1,a\n2,b\n"))
    assert len(rows) == 2
    assert fault == Fault(3, "the data cannot be read beyond row 2")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("id,body\n1,2", True),
        ('"thread id";"body"\r\n', True),
        ("[1,2]", False),
        ('{"a":1,"b":2}', False),
        ("<a>,b", False),
        ("one word\n", False),
        ("A sentence, and more of it.\n", False),
        ("", False),
    ],
)
def test_a_table_is_told_by_its_first_line(head: str, expected: bool) -> None:
    assert looks_like_csv(head) is expected

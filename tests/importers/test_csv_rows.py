"""Tables: rows become items, and what is no table says why."""

from __future__ import annotations

import io
import json

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import iter_posts
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.items import Fault, Item
from tests.importers.taking import outline, post


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


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_what_stands_between_the_names_stands_between_all_fields(delimiter: str, quote: str) -> None:
    rows = (["id", "body", "likes, all"], ["1", "a, b", "2"])
    data = "".join(delimiter.join(f"{quote}{field}{quote}" for field in row) + "\n" for row in rows)
    assert looks_like_csv(data)
    assert read(data.encode()) == [{"id": "1", "body": "a, b", "likes, all": "2"}]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"id,body\n1,a,b\n2,c\n", [(1, "row 1 has 3 fields instead of 2"), {"id": "2", "body": "c"}]),
        (
            b"id,body\n1,\xff\n2,c\n",
            [(1, "row 1 is not UTF-8; save the table as CSV in UTF-8"), {"id": "2", "body": "c"}],
        ),
        (
            b'id,body\n1,a\n2,"b\n3,c\n',
            [
                {"id": "1", "body": "a"},
                (
                    2,
                    "row 2 is not CSV: a quote is not closed or stands where none may;"
                    " what follows is not read",
                ),
            ],
        ),
        (b"@a,!b,c\nx,y,z,u,v,w\n", [(1, "row 1 has 6 fields instead of 3")]),
        (b"id," * 6000 + b"x\n", [(0, "is CSV with more than 5,000 columns")]),
    ],
)
def test_rows_that_are_none(data: bytes, expected: list[object]) -> None:
    assert read(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b",id,body\n0,1,a\n", {"": "0", "id": "1", "body": "a"}),
        (b"#;id;body\n1;2;a\n", {"#": "1", "id": "2", "body": "a"}),
        (b"id,views,views,,\n1,2,3,,\n", {"id": "1", "views": "2", "views (2)": "3", "": "", " (2)": ""}),
        (b"id,a,a (2),a\n1,2,3,4\n", {"id [1]": "1", "a [2]": "2", "a (2) [3]": "3", "a [4]": "4"}),
        (b"id,body\n,\n1,a\n,\n", {"id": "1", "body": "a"}),
        (
            b'Report:,Mentions\nFrom:,"Mon, 1 Apr"\n\nid,Full Text,c,d,e,f,Url\n1,a,,,,,x\n',
            {"id": "1", "Full Text": "a", **dict.fromkeys("cdef", ""), "Url": "x"},
        ),
        (b",,Groups,,\nid,b,c,d,e\n1,2,3,4,5\n", {"id": "1", "b": "2", "c": "3", "d": "4", "e": "5"}),
    ],
    ids=["pandas", "counted", "names-twice", "numbered", "blank-rows", "told-before", "grouped"],
)
def test_tables_as_programs_write_them(data: bytes, expected: dict[str, str]) -> None:
    assert looks_like_csv(data.decode())
    assert read(data) == [expected]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_unicode_text_as_excel_saves_it_is_a_table(encoding: str) -> None:
    table = "\ufeffID\tTimestamp\tContents\tAttachments\n7\t2024-01-02 03:04:05\tein «Böötchen» ⛵\t\n"
    data = table.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    taken = post(data)
    assert (taken.urn, taken.text_content) == ("7", "ein «Böötchen» ⛵")


def test_what_is_damaged_in_utf16_costs_its_row() -> None:
    table = "ID\tTimestamp\tContents\tAttachments\n7\t\ta\ud800b\t\n8\t\tc\t\n"
    first, second = iter_posts(io.BytesIO(b"\xff\xfe" + table.encode("utf-16-le", "surrogatepass")), "f.txt")
    reason = "row 1 is not UTF-8; save the table as CSV in UTF-8"
    assert first == Rejection(file="f.txt", position=1, reason=reason)
    assert isinstance(second, ParsedPost)


def test_a_table_in_utf16_that_breaks_off_gives_the_rows_before() -> None:
    table = "ID\tTimestamp\tContents\tAttachments\n7\t\ta\t\n8\t\tc\t"
    found = list(iter_posts(io.BytesIO(table.encode("utf-16") + b"\0"), "f.txt"))
    assert [type(each) for each in found] == [ParsedPost, Rejection]


@pytest.mark.parametrize(
    "table",
    [
        "id,thread_id,timestamp,body,author,link\n1.78E+18,1.78E+18,2024-04-03 14:30:00,a,ada,https://x.com/a\n",
        'id,tweet,username,link,retweets_count\n"1,78E+18",a,ada,,1\n',
        "ID,Timestamp,Contents,Attachments\n1.1e+18,,a,\n",
    ],
    ids=["4cat", "twint", "discord"],
)
def test_an_id_that_a_spreadsheet_rounded_is_never_one(table: str) -> None:
    (refused,) = iter_posts(io.BytesIO(table.encode()), "f.csv")
    reason = "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    assert refused == Rejection(file="f.csv", position=1, reason=reason)


def test_tabs_alone_part_fields_where_no_quotes_stand_around_them() -> None:
    table = '"id"\tbody\tx\n1\t"a ""b"""\t\n2\t"a" said b\t\n3\t"a\t\n4\tb"\tc\n'
    assert read(table.encode()) == [
        {"id": "1", "body": 'a "b"', "x": ""},
        {"id": "2", "body": '"a" said b', "x": ""},
        {"id": "3", "body": '"a', "x": ""},
        {"id": "4", "body": 'b"', "x": "c"},
    ]


def test_rows_between_tabs_are_not_joined_by_quotes_that_stand_in_two_of_them() -> None:
    table = 'id\tbody\tx\n1\t"two\nlines"\t\n2\t"a\t\n3\tb\t\n4\tc"\td\n'
    assert read(table.encode()) == [
        {"id": "1", "body": "two\nlines", "x": ""},
        {"id": "2", "body": '"a', "x": ""},
        {"id": "3", "body": "b", "x": ""},
        {"id": "4", "body": 'c"', "x": "d"},
    ]


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


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_a_table_that_says_its_delimiter_is_read_by_it(delimiter: str) -> None:
    table = f"sep={delimiter}\r\na{delimiter}b\r\n1{delimiter}2\r\n"
    assert looks_like_csv(table)
    assert [item.value for item in read_rows(io.BytesIO(table.encode())) if isinstance(item, Item)] == [
        {"a": "1", "b": "2"}
    ]


def test_what_is_no_table_of_posts_is_refused_by_name() -> None:
    table = "url\nhttps://a.test/1\n"
    reason = "is a text, or CSV with one column, which is no table of posts"
    assert looks_like_csv(table)
    assert list(read_rows(io.BytesIO(table.encode()))) == [Fault(0, reason)]


@pytest.mark.parametrize("text", ["null\n\n", "true\nfalse\n", "12\n13\n", "word", "[1]\n", ""])
def test_other_texts_are_no_tables(text: str) -> None:
    assert not looks_like_csv(text)


def test_a_table_that_was_made_of_objects_gives_these_again() -> None:
    table = (
        "id,author/name,author/verified,images/0/url,images/10/url,images/2/url,empty/a\n"
        "7,Ada,true,https://a.test/0,https://a.test/10,https://a.test/2,\n"
    )
    (item,) = read_rows(io.BytesIO(table.encode()))
    assert isinstance(item, Item)
    links = [{"url": f"https://a.test/{number}"} for number in (0, 2, 10)]
    assert item.value == {"id": "7", "author": {"name": "Ada", "verified": True}, "images": links}
    assert json.loads(item.raw) == item.value


@pytest.mark.parametrize("columns", ["author,author/name,author/id", "author/name,author,author/id"])
def test_a_member_of_what_is_a_text_in_its_row_is_kept(columns: str) -> None:
    rows = {"author": ["ada", "", "ada"], "author/name": ["Ada", "Bea", ""], "author/id": ["1", "2", ""]}
    lines = [",".join(rows[name][number] for name in columns.split(",")) for number in range(3)]
    assert read("\n".join([f"x,{columns}", *(f"7,{line}" for line in lines)]).encode()) == [
        {"x": "7", "author": "ada", "author/name": "Ada", "author/id": "1"},
        {"x": "7", "author": {"name": "Bea", "id": "2"}},
        {"x": "7", "author": "ada"},
    ]


def test_members_of_one_place_in_two_spellings_are_both_kept() -> None:
    assert read(b"a/b,a.b,c/d,c/e\n1,2,3,4\n") == [{"a": {"b": "1"}, "a.b": "2", "c": {"d": "3", "e": "4"}}]


def test_words_are_no_texts_only_where_no_text_stands() -> None:
    table = b"text,isQuote,hash,author/name,author/verified\nnull,true,true,null,false\n"
    value = {"text": "null", "isQuote": True, "hash": "true", "author": {"name": None, "verified": False}}
    assert read(table) == [value]
    capitals = b"text,isQuote,author/name,author/isVerified\nTrue,TRUE,True,False\n"
    value = {"text": "True", "isQuote": True, "author": {"name": "True", "isVerified": False}}
    assert read(capitals) == [value]


def test_single_names_with_a_dot_stay() -> None:
    (item,) = read_rows(io.BytesIO(b"id,v1.0,a/b\n1,2,3\n"))
    assert isinstance(item, Item)
    assert item.value == {"id": "1", "v1.0": "2", "a/b": "3"}


def test_a_table_of_an_actor_is_read_as_its_objects_are() -> None:
    table = (
        "id,text,createTime,authorMeta/name,authorMeta/nickName,webVideoUrl,videoMeta/height,"
        "videoMeta/width,videoMeta/downloadAddr,videoMeta/coverUrl,diggCount\n"
        "7300000000000000001,Hi,1704164645,ada,Ada L.,https://tt.test/ada/1,1024,576,"
        "https://tt.test/1.mp4,https://tt.test/1.jpg,5\n"
    )
    taken = post(table.encode())
    assert (taken.platform, taken.author_username, taken.engagement.reactions) == ("tiktok", "ada", 5)
    assert outline(taken) == [("video", "https://tt.test/1.mp4")]

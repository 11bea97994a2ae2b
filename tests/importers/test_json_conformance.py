"""JSON as RFC 8259 has it, case by case: each is imported or refused in its place, and costs no neighbour."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, iter_posts

BOMB = 100_000


def post(number: int, extra: bytes = b"1") -> bytes:
    """Return a post with something in one of its fields."""
    head = {"activity_urn": str(7_400_000_000_000_000_000 + number), "full_urn": "", "text": "What it says"}
    tail = {"stats": {}, "media": {"type": "image", "items": [{"url": f"https://a.example/{number}.jpg"}]}}
    return json.dumps(head)[:-1].encode() + b', "extra": ' + extra + b", " + json.dumps(tail)[1:].encode()


def array(middle: bytes) -> bytes:
    return b"[" + b", ".join((post(1), middle, post(3))) + b"]"


def lines(middle: bytes) -> bytes:
    return b"\n".join((post(1), middle, post(3))) + b"\n"


FRAMES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "array": ("f.json", array),
    "lines": ("f.ndjson", lines),
    "packed array": ("f.json", lambda middle: gzip.compress(array(middle))),
    "packed lines": ("f.ndjson.gz", lambda middle: gzip.compress(lines(middle))),
}

#: Values that JSON knows, in the grammar's order, and those beyond what most programs hold.
GOOD: dict[str, bytes] = {
    "zero": b"0",
    "minus zero": b"-0",
    "negative": b"-17",
    "fraction": b"-0.250",
    "exponent": b"1e3",
    "capital exponent with sign": b"1E+2",
    "negative exponent": b"125e-2",
    "below the range": b"1e-400",
    "zero with a huge exponent": b"0e99999999",
    "at the edge of the range": b"1e308",
    "integer beyond 2^53": b"9007199254740993",
    "integer beyond 2^64": b"-36893488147419103233",
    "integer of 4,300 digits": b"9" * 4300,
    "fraction of 20,000 digits": b"0." + b"3" * 20_000,
    "empty text": b'""',
    "every short escape": rb'"\"\\\/\b\f\n\r\t"',
    "escaped character": rb'"\u00e9\u00E9"',
    "escaped pair": rb'"\ud83d\ude00"',
    "escaped NUL": rb'"a\u0000b"',
    "first half of a pair": rb'"\ud83d"',
    "second half of a pair": rb'"\ude00"',
    "halves the wrong way round": rb'"\ude00\ud83d"',
    "half of a pair and an escape": rb'"\ud83d\u0041"',
    "no character": rb'"\uffff\ufdd0"',
    "escaped backslash before u": rb'"\\u0000"',
    "delete and line separators": '"\x7f\u0085\u2028\u2029"'.encode(),
    "byte order mark inside": '"\ufeff"'.encode(),
    "four bytes": '"\U0001f600\U0010ffff"'.encode(),
    "brackets in a text": b'"]}[{,:"',
    "true": b"true",
    "false": b"false",
    "null": b"null",
    "empty list": b"[ ]",
    "empty object": b"{ }",
    "mixed list": b'[1, "a", null, [], {}]',
    "empty name": b'{"": 0}',
    "names with NUL and half a pair": rb'{"\u0000": 1, "\ud800": 2}',
    "names that differ in case": b'{"a": 1, "A": 2}',
    "the same name on two levels": b'{"a": {"a": 1}}',
    "the name of a field inside": b'{"text": 1, "media": {"items": 3}}',
    "white space": b" \t\r[ \t1 \r, 2\t] ",
    "60 levels": b"[" * 60 + b"]" * 60,
    "a text of 1 MiB": b'"' + b"a" * 2**20 + b'"',
    "a name of 1 MiB": b'{"' + b"a" * 2**20 + b'": 1}',
}

#: Values that JSON does not know and that end where they seem to, with what is said of them.
BAD: dict[str, tuple[bytes, str]] = {
    "leading zero": (b"01", "is not JSON at byte"),
    "negative leading zero": (b"-012", "is not JSON at byte"),
    "plus": (b"+1", "is not JSON at byte"),
    "point without digits before": (b".5", "is not JSON at byte"),
    "point without digits behind": (b"1.", "is not JSON at byte"),
    "point before the exponent": (b"1.e3", "is not JSON at byte"),
    "exponent without digits": (b"1e", "is not JSON at byte"),
    "signed exponent without digits": (b"1e+", "is not JSON at byte"),
    "minus alone": (b"-", "is not JSON at byte"),
    "two minuses": (b"--1", "is not JSON at byte"),
    "hexadecimal": (b"0x1F", "is not JSON at byte"),
    "underscore": (b"1_000", "is not JSON at byte"),
    "blank inside of a number": (b"1 000", "is not JSON at byte"),
    "digits of another script": ("\uff11\u0662".encode(), "is not JSON at byte"),
    "letters behind a number": (b"1a", "is not JSON at byte"),
    "big integer of JavaScript": (b"1n", "is not JSON at byte"),
    "beyond the range": (b"1e309", "has a number beyond the range of numbers"),
    "far beyond the range": (b"-123e100000", "has a number beyond the range of numbers"),
    "integer of 4,301 digits": (b"9" * 4301, "has a number with too many digits"),
    "NaN": (b"NaN", "has NaN or Infinity"),
    "Infinity": (b"Infinity", "has NaN or Infinity"),
    "minus Infinity": (b"[-Infinity]", "has NaN or Infinity"),
    "nan": (b"nan", "is not JSON at byte"),
    "minus NaN": (b"-NaN", "is not JSON at byte"),
    "single quotes": (b"'a'", "is not JSON at byte"),
    "no quotes": (b"abc", "is not JSON at byte"),
    "back quotes": (b"`a`", "is not JSON at byte"),
    "unknown escape": (rb'"\a"', "is not JSON at byte"),
    "escape of other languages": (rb'"\x41"', "is not JSON at byte"),
    "capital U": (rb'"\U00000041"', "is not JSON at byte"),
    "short escape": (rb'"\u12"', "is not JSON at byte"),
    "escape of no digits": (rb'"\u12G4"', "is not JSON at byte"),
    "bare NUL in a text": (b'"a\0b"', "is not JSON at byte"),
    "bare tab in a text": (b'"\t"', "is not JSON at byte"),
    "bare escape character in a text": (b'"\x1b[31m"', "is not JSON at byte"),
    "bare line break in a text": (b'"a\nb"', "is not JSON at byte"),
    "two texts": (b'"a" "b"', "is not JSON at byte"),
    "True": (b"True", "is not JSON at byte"),
    "None": (b"None", "is not JSON at byte"),
    "undefined": (b"undefined", "is not JSON at byte"),
    "cut word": (b"tru", "is not JSON at byte"),
    "word that goes on": (b"nulll", "is not JSON at byte"),
    "nothing": (b"", "is not JSON at byte"),
    "white space alone": (b" \t ", "is not JSON at byte"),
    "comma at the end of a list": (b"[1,]", "is not JSON at byte"),
    "comma at the beginning of a list": (b"[,1]", "is not JSON at byte"),
    "two commas": (b"[1,,2]", "is not JSON at byte"),
    "no comma": (b"[1 2]", "is not JSON at byte"),
    "semicolon": (b"[1;2]", "is not JSON at byte"),
    "list that ends as an object": (b"[1}", "is not JSON at byte"),
    "object that ends as a list": (b'{"a": 1]', "is not JSON at byte"),
    "comma at the end of an object": (b'{"a": 1,}', "is not JSON at byte"),
    "comma alone in an object": (b"{,}", "is not JSON at byte"),
    "name alone": (b'{"a"}', "is not JSON at byte"),
    "name and colon": (b'{"a":}', "is not JSON at byte"),
    "two colons": (b'{"a":: 1}', "is not JSON at byte"),
    "equals sign": (b'{"a" = 1}', "is not JSON at byte"),
    "no colon": (b'{"a" 1}', "is not JSON at byte"),
    "name without quotes": (b"{a: 1}", "is not JSON at byte"),
    "number as a name": (b"{1: 1}", "is not JSON at byte"),
    "null as a name": (b"{null: 1}", "is not JSON at byte"),
    "name in single quotes": (b"{'a': 1}", "is not JSON at byte"),
    "list in an object": (b'{["a"]}', "is not JSON at byte"),
    "the same name twice": (b'{"a": 1, "a": 1}', "has an object with the same name twice"),
    "the same name twice, escaped": (rb'{"a": 1, "\u0061": 2}', "has an object with the same name twice"),
    "a field of the post twice": (b'1, "text": "other"', "has an object with the same name twice"),
    "comment": (b"1 /* one */", "is not JSON at byte"),
    "comment to the end of the line": (b"1 // one\n", "is not JSON at byte"),
    "comment of a shell": (b"1 # one\n", "is not JSON at byte"),
    "form feed": (b"\x0c1", "is not JSON at byte"),
    "no-break space": ("\u00a01".encode(), "is not JSON at byte"),
    "byte order mark before a value": ("\ufeff1".encode(), "is not JSON at byte"),
    "NUL before a value": (b"\x001", "is not JSON at byte"),
    "byte of no encoding": (b'"\xff"', "is not UTF-8 at byte"),
    "Latin 1": (b'"caf\xe9"', "is not UTF-8 at byte"),
    "character written too long": (b'"\xc0\x80"', "is not UTF-8 at byte"),
    "half of a pair as bytes": (b'"\xed\xa0\xbd"', "is not UTF-8 at byte"),
    "beyond Unicode": (b'"\xf4\x90\x80\x80"', "is not UTF-8 at byte"),
    "bad bytes in a name": (b'{"\xff": 1}', "is not UTF-8 at byte"),
    "UTF-16 inside": ('"a"'.encode("utf-16-le"), "is not JSON at byte"),
    "bomb of lists": (b"[" * BOMB + b"]" * BOMB, "is nested deeper than 64 levels"),
    "bomb of objects": (b'{"a":' * BOMB + b"1" + b"}" * BOMB, "is nested deeper than 64 levels"),
    "bomb of both": (b'[{"":' * BOMB + b"1" + b"}]" * BOMB, "is nested deeper than 64 levels"),
}

#: Values that do not end, so that nobody can say where the next post begins.
ENDLESS: dict[str, bytes] = {
    "open text": b'"abc',
    "text that ends with an escape": b'"abc\\',
    "escaped quote": b'"\\"',
    "open text in a list": b'["abc',
    "open list": b"[1",
    "list alone": b"[",
    "open object": b'{"a": 1',
    "object alone": b"{",
    "open bomb of lists": b"[" * BOMB,
    "open bomb of objects": b'{"a":' * BOMB,
    "half of a character": b'"\xc3',
}


def read(data: bytes, name: str = "f.json") -> list[ParsedPost | Rejection]:
    found = list(iter_posts(io.BytesIO(data), name))
    assert not any(isinstance(each, PassedOver) for each in found)
    for position, each in enumerate(found, 1):
        if isinstance(each, Rejection):
            assert (each.file, each.position) in ((name, position), (name, 0))
            assert each.reason
            assert each.reason.isprintable()
            assert "fault in the importer" not in each.reason
    return [each for each in found if not isinstance(each, PassedOver)]


def numbers(found: list[ParsedPost | Rejection]) -> list[int | str]:
    """Show a post as its number and a rejection as its reason."""
    return [int(each.urn) % 10 if isinstance(each, ParsedPost) else each.reason for each in found]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", GOOD)
def test_what_json_knows_is_imported_as_it_stands(case: str, frame: str) -> None:
    name, wrap = FRAMES[frame]
    found = read(wrap(post(2, GOOD[case])), name)
    assert numbers(found) == [1, 2, 3]
    assert isinstance(found[1], ParsedPost)
    assert found[1].raw_json.encode() == post(2, GOOD[case])


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", BAD)
def test_what_json_does_not_know_costs_only_its_post(case: str, frame: str) -> None:
    value, reason = BAD[case]
    name, wrap = FRAMES[frame]
    first, *refused, last = numbers(read(wrap(post(2, value)), name))
    assert (first, last) == (1, 3)
    # A line break inside of a line makes two of it.
    assert len(refused) == 1 + (b"\n" in value and "lines" in frame)
    assert len(refused) > 1 or reason in str(refused[0])
    for place in re.findall(r"at byte (\d+)", str(refused)):
        assert len(post(1)) < int(place) <= len(post(1) + b", " + post(2, value))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", ENDLESS)
def test_what_does_not_end_costs_what_stands_behind_it_in_a_list_and_nothing_in_lines(
    case: str, frame: str
) -> None:
    name, wrap = FRAMES[frame]
    first, *refused = numbers(read(wrap(post(2, ENDLESS[case])), name))
    assert first == 1
    if "lines" in frame:
        assert refused.pop() == 3
        assert len(refused) == 1
    assert all(isinstance(each, str) and " at byte " in each for each in refused)
    assert refused


@pytest.mark.parametrize("case", [*GOOD, *BAD, *ENDLESS])
def test_as_a_whole_file_every_case_is_refused_or_is_a_list_without_posts(case: str) -> None:
    value = GOOD.get(case) or ENDLESS.get(case) or BAD[case][0]
    for data in (value, gzip.compress(value)):
        found = read(data)
        assert all(isinstance(each, Rejection) for each in found)
        assert found or value.split() == [b"[", b"]"]


@pytest.mark.parametrize(
    "end", [b"]", b" ]", b"x", b",", b"\0", b"//", b"\xef\xbb\xbf", b";", b'"a"', b"null", b"}"]
)
def test_garbage_behind_a_list_costs_none_of_its_posts(end: bytes) -> None:
    data = array(post(2))
    *posts, refused = numbers(read(data + end))
    assert posts == [1, 2, 3]
    place = len(data) + len(end) - len(end.lstrip())
    assert refused == (
        f"is not JSON at byte {place}: a list or an object should begin there; what follows is not read"
    )


@pytest.mark.parametrize(
    "start", [b"// posts\n", b"/**/", b")]}',\n", b"posts(", b"posts = ", b"<html>", b"\0", b"x"]
)
def test_garbage_before_a_list_is_refused_with_its_place(start: bytes) -> None:
    (reason,) = numbers(read(start + array(post(2))))
    assert reason == (
        "is UTF-16 or UTF-32; only UTF-8 is read"
        if start == b"\0"
        else "is not JSON at byte 0: a list or an object should begin there; what follows is not read"
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_utf16_is_read_where_a_mark_says_so(frame: str) -> None:
    name, wrap = FRAMES[frame]
    data = (lines if "lines" in frame else array)(post(2)).decode().encode("utf-16")
    data = gzip.compress(data) if wrap(b"").startswith(b"\x1f\x8b") else data
    assert numbers(read(data, name)) == [1, 2, 3]


ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("frame", FRAMES)
def test_other_encodings_are_refused_by_name(encoding: str, frame: str) -> None:
    name, wrap = FRAMES[frame]
    data = (lines if "lines" in frame else array)(post(2)).decode().encode(encoding)
    data = gzip.compress(data) if wrap(b"").startswith(b"\x1f\x8b") else data
    assert numbers(read(data, name)) == ["is UTF-16 or UTF-32; only UTF-8 is read"]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_byte_order_mark_before_utf8_is_no_part_of_the_text(frame: str) -> None:
    name, wrap = FRAMES[frame]
    data = b"\xef\xbb\xbf" + (lines if "lines" in frame else array)(post(2))
    data = gzip.compress(data) if wrap(b"").startswith(b"\x1f\x8b") else data
    assert numbers(read(data, name)) == [1, 2, 3]


@pytest.mark.parametrize("data", [b"", b" ", b"\n\n\t\r ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
@pytest.mark.parametrize("name", ["f.json", "f.ndjson"])
def test_nothing_and_white_space_alone_are_said_to_be_empty(data: bytes, name: str) -> None:
    for each in (data, gzip.compress(data)):
        (refused,) = read(each, name)
        assert isinstance(refused, Rejection)
        assert (refused.position, refused.reason) == (0, "is empty")


def test_a_list_cut_off_anywhere_gives_the_posts_before_the_break_and_its_place() -> None:
    data = array(post(2))
    ends = [data.index(post(number)) + len(post(number)) for number in (1, 2, 3)]
    for cut in range(1, len(data)):
        *posts, refused = numbers(read(data[:cut]))
        assert posts == [number for number, end in enumerate(ends, 1) if end <= cut]
        assert refused == f"the file breaks off at byte {cut}"


def test_lines_cut_off_anywhere_give_the_posts_before_the_break_and_its_place() -> None:
    data = lines(post(2))
    ends = [data.index(post(number)) + len(post(number)) for number in (1, 2, 3)]
    for cut in range(ends[0] + 1, len(data)):
        found = numbers(read(data[:cut], "f.ndjson"))
        whole = [number for number, end in enumerate(ends, 1) if end <= cut]
        assert found[: len(whole)] == whole
        assert [re.sub("^line . ", "", str(each)) for each in found[len(whole) :]] == (
            []
            if cut in ends or data[cut - 1 : cut] == b"\n"
            else [f"breaks off at byte {cut}; the other lines are read"]
        )

"""The streaming reader: faithful items, one fault per broken item, bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_tui.importers.items import Fault, Item
from social_tui.importers.json_stream import read_items
from social_tui.importers.protocol import Stream
from social_tui.importers.strict_json import is_too_deep
from social_tui.importers.text_window import CHUNK_BYTES, MAX_ITEM_CHARACTERS

STREAMS = (Stream(("matching_elements",)), Stream(("data", "posts")))

names = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(names, values, min_size=1, max_size=5)


#: Lists as files have them, and how a null in them is handed on.
WRAPPED = [
    ("{}", "null"),
    ('{{"a": [1], "matching_elements": {}, "b": "]"}}', '{"matching_elements":[null]}'),
    ('{{"data":{{"posts":{}}}}}', '{"data":{"posts":[null]}}'),
]


class Endless:
    """A wrapped list that is as long as one wants, put together from its items as it is read."""

    def __init__(self, items: list[bytes]) -> None:
        self._parts = self._join(items)
        self._rest = b""

    @staticmethod
    def _join(items: list[bytes]) -> Iterator[bytes]:
        yield b'{"search": {"date": "2026-01-01"}, "matching_elements": ['
        for index, item in enumerate(items):
            yield b"," + item if index else item
        yield b"]}"

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def read(data: bytes, *, by_line: bool = False, size: int = CHUNK_BYTES) -> list[Item | Fault]:
    return list(read_items(io.BytesIO(data), streams=STREAMS, by_line=by_line, chunk_bytes=size))


def outline(items: list[Item | Fault]) -> list[object]:
    """Show an item as its raw text and a fault as its position and reason."""
    return [item.raw if isinstance(item, Item) else (item.position, item.reason) for item in items]


def dumped(items: list[object], *, ascii_only: bool, indent: int | None) -> list[str]:
    return [json.dumps(item, ensure_ascii=ascii_only, indent=indent) for item in items]


@settings(max_examples=60)
@given(
    items=st.lists(values, max_size=6),
    size=st.integers(1, 9),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 2]),
    wrapped=st.sampled_from(WRAPPED),
)
def test_a_list_reads_back_however_it_is_wrapped_and_cut(
    items: list[object], size: int, ascii_only: bool, indent: int | None, wrapped: tuple[str, str]
) -> None:
    texts = dumped(items, ascii_only=ascii_only, indent=indent)
    wrapper, bare = wrapped
    data = wrapper.format("[" + " ,\n".join(texts) + "]").encode("utf-8", "surrogatepass")
    found = read(data, size=size)
    assert [item.position for item in found] == list(range(1, len(items) + 1))
    for item, text, value in zip(found, texts, items, strict=True):
        if any("\ud800" <= character <= "\udfff" for character in text):
            assert isinstance(item, Fault)
            assert item.reason.startswith("is not UTF-8 at byte ")
        else:
            assert isinstance(item, Item)
            assert item.raw == (bare if value is None else text)
            assert item.value == (json.loads(bare) if value is None else value)


@settings(max_examples=60)
@given(
    items=st.lists(objects, min_size=1, max_size=6),
    size=st.integers(1, 9),
    end=st.sampled_from(["\n", "\r\n", "\n\n  \n"]),
    last=st.booleans(),
)
def test_lines_read_back_however_they_end(
    items: list[dict[str, object]], size: int, end: str, last: bool
) -> None:
    texts = dumped(list(items), ascii_only=True, indent=None)
    data = (end.join(texts) + (end if last else "")).encode()
    found = list(
        read_items(io.BytesIO(data), streams=(Stream(("never there",)),), by_line=True, chunk_bytes=size)
    )
    assert outline(found) == texts
    assert [item.value for item in found if isinstance(item, Item)] == items


@settings(max_examples=150)
@given(
    data=st.binary(max_size=200)
    | st.lists(st.sampled_from(list('{}[]":,\\ \n1ea-.tfn\x00é\ufeff')), max_size=60).map(
        lambda parts: "".join(parts).encode()
    ),
    size=st.integers(1, 9),
    by_line=st.booleans(),
)
def test_no_bytes_at_all_raise(data: bytes, size: int, by_line: bool) -> None:
    whole = read(data, by_line=by_line)
    assert all(isinstance(item, Item | Fault) for item in whole)
    positions = [item.position for item in whole]
    assert positions in ([0], list(range(1, len(whole) + 1)))
    # Whether a file is read by lines is told from its start, of which a small window sees less.
    pieces = read(data, by_line=by_line, size=size)
    assert [item.position for item in pieces] in ([0], list(range(1, len(pieces) + 1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", []),
        ('{"matching_elements": []}', []),
        ('[{"a": 1}, {"a": 2}]', ['{"a": 1}', '{"a": 2}']),
        ('{"a": 1}', ['{"a": 1}']),
        ('{"data": null, "success": false}', ['{"data": null, "success": false}']),
        ('{"data": {"posts": [{"a": 1}], "more": "]"}}', ['{"a": 1}']),
        ('{"a": 1}{"b": 2}\n\n{"c": 3}', ['{"a": 1}', '{"b": 2}', '{"c": 3}']),
        ('{"data": {"posts": [{"a": 1}]}}\n{"data": {"posts": [{"b": 2}]}}\n', ['{"a": 1}', '{"b": 2}']),
        ("[7398793841312285227123456789, 1.10, -0]", ["7398793841312285227123456789", "1.10", "-0"]),
        ('\ufeff[{"a": 1}]', ['{"a": 1}']),
    ],
)
def test_shapes_of_files(text: str, expected: list[str]) -> None:
    assert outline(read(text.encode())) == expected


def test_big_integers_keep_every_digit() -> None:
    (item,) = read(b'[{"id": 7398793841312285227123456789}]')
    assert isinstance(item, Item)
    assert item.value == {"id": 7398793841312285227123456789}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"a": NaN}', "has NaN or Infinity, which JSON does not know"),
        ('{"a": -Infinity}', "has NaN or Infinity, which JSON does not know"),
        ('{"a": 1e999}', "has a number beyond the range of numbers"),
        ('{"a": 1, "a": 2}', "has an object with the same name twice"),
        ('{"a": {"b": 1, "b": 1}}', "has an object with the same name twice"),
        ('{"a": ' + "1" * 5000 + "}", "has a number with too many digits"),
        ('{"a": tru}', "is not JSON at byte 15: expecting value"),
        ('{"a": "\x01"}', "is not JSON at byte 16: invalid control character"),
        ('{"a": "\\x"}', "is not JSON at byte 16: invalid \\escape"),
        ("[" * 70 + "]" * 70, "is nested deeper than 64 levels"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "is nested deeper than 64 levels"),
    ],
)
def test_a_broken_item_costs_only_itself(broken: str, reason: str) -> None:
    assert outline(read(f'[{{"n":1}},{broken},{{"n":3}}]'.encode())) == ['{"n":1}', (2, reason), '{"n":3}']


def test_a_broken_line_costs_only_itself() -> None:
    data = b'{"n":1}\n{"n":\ngarbage\n{"n" 4}\n{"n":5}\n'
    assert outline(read(data)) == [
        '{"n":1}',
        (2, "line 2 breaks off at byte 13; the other lines are read"),
        (
            3,
            "line 3 is not JSON at byte 14: a list or an object should begin there; the other lines are read",
        ),
        (4, "line 4 is not JSON at byte 27: a colon should stand there; the other lines are read"),
        '{"n":5}',
    ]


@pytest.mark.parametrize("size", [20, CHUNK_BYTES])
def test_lines_are_counted_as_an_editor_counts_them(size: int) -> None:
    data = b'\n{"n":1} \n \r\n\n[{"n":2},{"n":3}]\n{"n":\n\n{"n":5}\n{"n"'
    reasons = ["line 6 breaks off at byte 37", "line 9 breaks off at byte 51"]
    assert outline(read(data, by_line=True, size=size))[3::2] == [
        (number, f"{reason}; the other lines are read")
        for number, reason in zip((4, 6), reasons, strict=True)
    ]


def test_a_break_in_a_list_says_that_the_rest_is_not_read() -> None:
    assert outline(read(b'[{"n":1} {"n":2},{"n":3}]'))[1] == (
        2,
        "is not JSON at byte 9: a comma or ']' should stand there; what follows is not read",
    )


def test_a_first_line_that_is_broken_costs_only_itself_where_the_name_says_lines() -> None:
    data = b'{"n":\n{"n":2}\n{"n":3}\n'
    assert outline(read(data, by_line=True)) == [
        (1, "line 1 breaks off at byte 5; the other lines are read"),
        '{"n":2}',
        '{"n":3}',
    ]


def test_a_list_over_several_lines_is_no_json_lines_whatever_its_name() -> None:
    assert outline(read(b'[\n{"n":1}\n]\n', by_line=True)) == ['{"n":1}']


def test_bytes_that_are_no_utf8_cost_only_their_item() -> None:
    data = b'[{"a":"' + b"\xe9" + '"},{"b":"é"}]'.encode()
    assert outline(read(data)) == [(1, "is not UTF-8 at byte 7"), '{"b":"é"}']


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    assert outline(read('[{"a": 1}]'.encode(encoding))) == [(0, "is UTF-16 or UTF-32; only UTF-8 is read")]


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    assert outline(read(data)) == [(0, "is empty")]


@pytest.mark.parametrize(
    ("data", "good", "reason"),
    [
        (b'[{"n":1},{"n":2},{"n', 2, "the file breaks off at byte 20"),
        (b'[{"n":1},', 1, "the file breaks off at byte 9"),
        (b'{"matching_elements":[{"n":1},{"n":"x\\', 1, "the file breaks off at byte 38"),
        (
            b'[{"n":1} {"n":2}]',
            1,
            "is not JSON at byte 9: a comma or ']' should stand there; what follows is not read",
        ),
        (b'[{"n":1},]', 1, "is not JSON at byte 9: a value should stand there; what follows is not read"),
        (
            b'[{"n":1}]]',
            1,
            "is not JSON at byte 9: a list or an object should begin there; what follows is not read",
        ),
        (
            b"id,text\n1,hello\n",
            0,
            "is not JSON at byte 0: a list or an object should begin there; what follows is not read",
        ),
        (
            b'"text"',
            0,
            "is not JSON at byte 0: a list or an object should begin there; what follows is not read",
        ),
        (b'{1: "a"}', 0, "is not JSON at byte 1: a name should stand there; what follows is not read"),
        (b"[" * 200_000, 0, "the file breaks off at byte 200000"),
        (b'{"a":' * 200_000, 0, "the file breaks off at byte 1000000"),
    ],
)
def test_what_stands_before_a_break_is_kept(data: bytes, good: int, reason: str) -> None:
    *items, fault = read(data)
    assert len(items) == good
    assert all(isinstance(item, Item) for item in items)
    assert fault == Fault(good + 1, reason)


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_cut_off_gzip_file_gives_what_can_be_unpacked(cut: float) -> None:
    items = [{"n": n, "noise": zlib.crc32(str(n).encode())} for n in range(50_000)]
    packed = gzip.compress(json.dumps(items).encode())
    packed = packed[: int(len(packed) * cut)]
    unpacked = zlib.decompressobj(wbits=31).decompress(packed)
    file = gzip.GzipFile(fileobj=io.BytesIO(packed))

    class Unpacked:
        def read(self, size: int, /) -> bytes:
            return file.read1(size)

    *found, fault = read_items(Unpacked())
    whole = unpacked.count(b"}")
    assert whole > 1000
    assert [item.value for item in found if isinstance(item, Item)] == items[:whole]
    reason = f"the data cannot be read beyond byte {len(unpacked)} (the compressed file is cut off)"
    assert fault == Fault(whole + 1, reason)


def test_an_item_as_large_as_many_chunks_is_read_whole() -> None:
    long = json.dumps({"text": 'ab\\"🙂' * CHUNK_BYTES, "list": [[1]] * 1000}, ensure_ascii=False)
    items = read(f'[{{"n":1}},{long},{{"n":3}}]'.encode())
    assert outline(items) == ['{"n":1}', long, '{"n":3}']
    assert outline(read(long.encode())) == [long]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ('[{{"n":1}},{},{{"n":3}}]', "is larger than 16 MiB"),
        ('{{"n":1}}\n{}\n{{"n":3}}', "line 2 is larger than 16 MiB; the other lines are read"),
    ],
)
def test_an_item_beyond_the_limit_is_refused_and_passed_over(frame: str, reason: str) -> None:
    huge = '{"text": "' + "a" * (MAX_ITEM_CHARACTERS + 10) + '"}'
    assert outline(read(frame.format(huge).encode())) == ['{"n":1}', (2, reason), '{"n":3}']


def peak_memory(source: Endless, count: int) -> int:
    """Read a source to its end, check the number of its items, and return the most bytes held at once."""
    tracemalloc.start()
    try:
        read_count = sum(1 for _ in read_items(source, streams=STREAMS))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read_count == count
    return peak


def test_memory_does_not_grow_with_the_file() -> None:
    item = json.dumps({"text": "é" * 900, "stats": dict.fromkeys("abcdefgh", 1)}, ensure_ascii=False).encode()
    count = 24 * 2**20 // len(item)
    assert peak_memory(Endless([item] * count), count) < 8 * 2**20


def test_memory_does_not_grow_with_an_item() -> None:
    # The middle one of three items: a text of 96 MiB, put together from pieces and the commas between them.
    piece = b"a" * 2**20
    source = Endless([b'{"n":1}', b'{"text":"' + piece, *[piece] * 95, piece + b'"}', b'{"n":3}'])
    assert peak_memory(source, 3) < 64 * 2**20


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("[" * 64 + "]" * 64, False),
        ("[" * 65 + "]" * 65, True),
        (json.dumps([[]] * 500), False),
        (json.dumps("[" * 500), False),
        (json.dumps(['"[' * 500, []]), False),
    ],
)
def test_depth_is_counted_outside_of_texts(raw: str, expected: bool) -> None:
    assert is_too_deep(raw) is expected

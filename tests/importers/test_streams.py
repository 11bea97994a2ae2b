"""Lists inside larger objects: streamed with what their items need, or left to a format that takes all."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import iter_posts
from social_tui.importers.items import Fault, Item
from social_tui.importers.json_stream import read_items
from social_tui.importers.protocol import EVERY, Stream, has_stream, paths_by_name

CHAT = frozenset({"id", "name"})
STREAMS = (
    Stream(("messages",), CHAT),
    Stream(("chats", "list", EVERY, "messages"), CHAT),
    Stream(("media", "data"), frozenset({"username"})),
    Stream(("data",)),
)


def is_page(value: Any) -> bool:
    """Tell whether an object is a page whose posts need what stands beside them."""
    data = value.get("data") if isinstance(value, dict) else None
    return isinstance(data, list) and bool(data) and isinstance(data[0], dict) and "key" in data[0]


def read(text: str, size: int = 2**18) -> list[str | tuple[int, str]]:
    found = read_items(io.BytesIO(text.encode()), streams=STREAMS, claims=is_page, chunk_bytes=size)
    return [item.raw if isinstance(item, Item) else (item.position, item.reason) for item in found]


@pytest.mark.parametrize("size", [1, 7, 2**18])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"name": "a\\"", "x": [1], "id": 90071992547409931230, "messages": [{"n": 1},\n {"n": 2}]}',
            [f'{{"name":"a\\"","id":90071992547409931230,"messages":[{{"n": {n}}}]}}' for n in (1, 2)],
        ),
        (
            '{"about": 1, "id": 9, "chats": {"list": [{"id": 1, "messages": [{"n": 1}]}, 7, {"id": 2,'
            ' "messages": [{"n": 2}, {"n": 3}]}, {"messages": []}]}}',
            [f'{{"id":{chat},"messages":[{{"n": {n}}}]}}' for chat, n in ((1, 1), (2, 2), (2, 3))],
        ),
        (
            '{"username": "u", "id": "1", "media": {"data": [{"n": 1}]}}',
            ['{"username":"u","media":{"data":[{"n": 1}]}}'],
        ),
        ('{"messages": [{"n": 1}], "id": 1}', ['{"messages":[{"n": 1}]}']),
        ('{"m\\u0065ssages": [{"n": 1}]}', ['{"messages":[{"n": 1}]}']),
        ('{"id": 1e999, "name": tru, "messages": [{"n": 1}]}', ['{"messages":[{"n": 1}]}']),
        ('{"id": {"a": 1}, "messages": {"n": 1}}', ['{"id": {"a": 1}, "messages": {"n": 1}}']),
        ('{"data": [ {"n": 1}, 2]}', ['{"n": 1}', "2"]),
        ('{"data": [ {"key": 1}], "meta": {}}', ['{"data": [ {"key": 1}], "meta": {}}']),
        ('{"data": []}', []),
    ],
)
def test_items_come_with_what_they_need(text: str, expected: list[str], size: int) -> None:
    assert read(text, size) == expected


def test_what_an_item_decodes_to_is_what_its_text_says() -> None:
    text = '{"id": 90071992547409931230, "messages": [{"n": 1}]}'
    (item,) = read_items(io.BytesIO(text.encode()), streams=STREAMS)
    assert isinstance(item, Item)
    assert item.value == json.loads(item.raw) == {"id": 90071992547409931230, "messages": [{"n": 1}]}


def test_a_broken_item_costs_only_itself() -> None:
    assert read('{"id": 1, "messages": [{"n": 1}, {"n": NaN}, {"n": 3}, {"n"') == [
        '{"id":1,"messages":[{"n": 1}]}',
        (2, "has NaN or Infinity, which JSON does not know"),
        '{"id":1,"messages":[{"n": 3}]}',
        (4, "the file breaks off at byte 59"),
    ]


def test_a_page_larger_than_the_window_is_told_by_its_first_post() -> None:
    page = json.dumps({"data": [{"key": number, "text": "x" * 1000} for number in range(500)]}, indent=1)
    assert read(page) == [page]
    other = json.dumps({"data": [{"n": number, "text": "x" * 1000} for number in range(500)]}, indent=1)
    assert len(read(other)) == 500


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (', {"key": 3, "te', "the file breaks off at byte 56"),
        ('], "meta": {"a"', "the file breaks off at byte 55"),
        ('], "meta" 1}', "is not JSON at byte 50: a colon should stand there; what follows is not read"),
    ],
)
def test_a_page_that_breaks_off_gives_the_posts_before_the_break(tail: str, reason: str) -> None:
    page = '{"data": [{"key": 1}, {"key": 2, "a": 1}' + tail
    assert read(page) == ['{"data":[{"key": 1}]}', '{"data":[{"key": 2, "a": 1}]}', (3, reason)]


def test_memory_does_not_grow_with_the_messages_of_a_chat() -> None:
    message = json.dumps(
        {"id": 1, "type": "message", "date": "x", "text": "é" * 5000}, ensure_ascii=False
    ).encode()
    count = 24 * 2**20 // len(message)

    class Chat(io.BytesIO):
        parts = iter(
            [b'{"name": "n", "id": 5, "messages": [', *[message + b","] * (count - 1), message + b"]}"]
        )
        rest = b""

        def read(self, size: int | None = -1, /) -> bytes:
            size = size or 0
            while len(self.rest) < size and (part := next(self.parts, b"")):
                self.rest += part
            data, self.rest = self.rest[:size], self.rest[size:]
            return data

    tracemalloc.start()
    try:
        found = sum(isinstance(each, ParsedPost) for each in iter_posts(Chat(), "f"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == count
    assert peak < 8 * 2**20


def test_context_that_is_too_long_is_left_out() -> None:
    assert read(json.dumps({"name": "n" * 5000, "messages": [1]})) == ['{"messages":[1]}']


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"chats": {"list": [1, {"messages": []}]}}, True),
        ({"chats": {"list": [1, {"messages": {}}]}}, False),
        ({"chats": {"list": {}}}, False),
        ({"chats": []}, False),
        ([], False),
    ],
)
def test_where_a_list_is(value: Any, expected: bool) -> None:
    assert has_stream(value, paths_by_name([STREAMS[1].path])) is expected


def test_an_assignment_of_an_archive_is_stepped_over() -> None:
    assert read('window.YTD.tweets.part0 = [ {"n": 1} ]') == ['{"n": 1}']
    (fault,) = read_items(io.BytesIO(b'window.other = [{"n": 1}]'))
    assert isinstance(fault, Fault)

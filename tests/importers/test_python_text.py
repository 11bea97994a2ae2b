"""Lists and objects as Python prints them into the cells of tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.importers.python_text import opened, read_printed

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(PLAIN, max_size=4) | st.dictionaries(st.text(), PLAIN, max_size=4))
def test_what_python_prints_is_read_again(value: Any) -> None:
    assert read_printed(repr(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": (1,), "b": (), "c": (1, 2)}, {"a": [1], "b": [], "c": [1, 2]}),
        ([datetime(2024, 1, 2, 3, 4, tzinfo=UTC)], ["2024-01-02T03:04:00.000000+00:00"]),
        ([datetime(2024, 1, 2, 3, 4, 5, 6)], ["2024-01-02T03:04:05.000006"]),  # noqa: DTZ001
        ([float("nan")], [None]),
    ],
)
def test_what_json_has_no_word_for(value: Any, expected: Any) -> None:
    assert read_printed(repr(value)) == expected


def test_what_is_made_of_named_values_is_an_object() -> None:
    text = "[Video(url='a=b', of=[Part(rate=2, at=None), ()], sides=(1, 2)), Part()]"
    assert read_printed(text) == [{"url": "a=b", "of": [{"rate": 2, "at": None}, []], "sides": [1, 2]}, {}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[Part(1)]",
        "[Part(a=1]",
        "[a=1]",
        "[1)]",
        "[" + "a(" * 100_000,
        "a text",
        "[a text]",
        "{of it}",
        "['a' 'b']",
        "['a",
        "[1, 2",
        "[" * 100_000,
        "[print('a')]",
        "[<ReferencedTweet id=1 type=quoted]",
        "[" + "-" * 100_000 + "1]",
        repr([timezone(timedelta(hours=2))]),
    ],
)
def test_what_is_none(text: str) -> None:
    assert read_printed(text) is None


def test_only_named_cells_are_opened() -> None:
    row = {
        "text": "['a']",
        "media": "['b']",
        "entities": {"media": "[{'c': 1}]", "text": "[]"},
        "user": "ada",
    }
    assert opened(row, frozenset({"media", "user"})) == {
        **row,
        "media": ["b"],
        "entities": {"media": [{"c": 1}], "text": "[]"},
    }

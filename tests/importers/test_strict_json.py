"""How deep a text nests is told alike by its brackets alone and by counting, whatever the text is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.importers.strict_json import MAX_DEPTH, _goes_too_deep, decode_cell, is_too_deep

PIECES = ["[", "]", "{", "}", '"', "\\", '"a[{"', '"\\"["', "[{" * 40, "}]" * 40, "[" * MAX_DEPTH, "1,"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_both_ways_agree(text: str) -> None:
    assert is_too_deep(text) == _goes_too_deep(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, False),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), True),
        ('{"a":' * MAX_DEPTH + "[]" + "}" * MAX_DEPTH, True),
        ("[" + "{}," * 1000 + "{}]", False),
        ('["' + "[" * 1000 + '"]', False),
    ],
)
def test_levels_are_counted_and_not_brackets(text: str, expected: bool) -> None:
    assert is_too_deep(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"id": 12345678901234567890123}]', [{"id": 12345678901234567890123}]),
        ('{"a": NaN, "b": [-Infinity, 1e999, 1.5]}', {"a": None, "b": [None, None, 1.5]}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), None),
        ("[" * 100_000, None),
        ("1" * 5_000, None),
        ('[{"a": 1}', None),
        ("", None),
    ],
)
def test_cells_of_tables(text: str, expected: Any) -> None:
    assert decode_cell(text) == expected

"""Paths: the examples of RFC 9535 for what is read, and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.importers.json_paths import JsonPath

OBJECT = {"o": {"j j": {"k.k": 3}}, "'": {"@": 2}, "a": ["x", {"b": [1, 2]}, {"b": [3]}], "é_1": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [OBJECT]),
        ("$.o['j j']", [{"k.k": 3}]),
        ("$.o['j j']['k.k']", [3]),
        ('$.o["j j"]["k.k"]', [3]),
        ("$[\"'\"]['@']", [2]),
        ("$['\\''][\"\\u0040\"]", [2]),
        ("$.a[0]", ["x"]),
        ("$.a[-1].b[0]", [3]),
        ("$.a[3]", []),
        ("$.a[-4]", []),
        ("$.a[*].b[*]", [1, 2, 3]),
        ("$.o.*", [{"k.k": 3}]),
        ("$[ 'o' ] [ * ]", [{"k.k": 3}]),
        ("$.é_1", [None]),
        ("$.a.b", []),
        ("$.o[0]", []),
    ],
)
def test_a_path_leads_to_what_the_standard_says(path: str, found: list[Any]) -> None:
    assert JsonPath.parse(path).find(OBJECT) == found
    assert JsonPath.parse(str(JsonPath.parse(path))) == JsonPath.parse(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "id",
        "$id",
        "$.",
        "$.1",
        "$..id",
        "$[?@.a]",
        "$[1:2]",
        "$['a]",
        "$['a','b']",
        "$[01]",
        "$['\\x']",
        "$.a ",
    ],
)
def test_what_is_no_path_is_said_to_be_none(path: str) -> None:
    with pytest.raises(ValueError):
        JsonPath.parse(path)


@given(st.lists(st.text() | st.integers(-(10**8), 10**8) | st.just(True)))
def test_every_path_that_is_written_is_read_back(steps: list[Any]) -> None:
    path = JsonPath(tuple(steps))
    assert JsonPath.parse(str(path)) == path

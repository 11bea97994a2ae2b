"""What holds for every text that one can type."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from social_tui.filters import FIELDS, Filter, complete, describe, has_term, parse, quote, with_term
from social_tui.filters.lexing import clean
from social_tui.text import storable_text, terminal_safe
from tests.filters.reading import NOW, ZONE, read

NAMES = [field.name for field in FIELDS]
LISTED = [field.name for field in FIELDS if field.kind == "text"]
PARTS = [
    *(f"{name}:" for name in NAMES),
    *(field.example for field in FIELDS),
    *(choice.word for field in FIELDS for choice in field.choices),
    *('"', "\\", ",", ", ", " ", "-", ":", "or", "<", ">=", "..", "@", "#", "“", "：", "\u200f", "\x00"),
    "https://example.org/?a=b,c",
    "urn:li:activity:7123456789",
    "2025-11-01",
    "7d",
]
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=12).map("".join)
values = st.text(min_size=1, max_size=12) | st.sampled_from(PARTS)


@given(texts)
def test_parsing_never_raises_and_stays_inside_the_text(text: str) -> None:
    parsed = read(text)

    position = 0
    for token in parsed.tokens:
        assert position <= token.start < token.end <= len(text)
        position = token.end
    for problem in parsed.problems:
        assert 0 <= problem.start < problem.end <= len(text)
        assert terminal_safe(problem.message) == problem.message
        assert problem.message
        assert problem.hint


@given(texts)
def test_what_a_text_means_can_be_kept_and_told(text: str) -> None:
    kept = read(text).filter

    stored = json.dumps(kept.to_json(), ensure_ascii=False)
    assert storable_text(stored) == stored
    assert TypeAdapter(Filter).validate_python(json.loads(stored)) == kept
    assert describe(kept, zone=ZONE)
    assert terminal_safe(describe(kept)) == describe(kept)


@given(values)
def test_a_value_in_quotes_is_read_back_as_it_is(value: str) -> None:
    value = clean(storable_text(value))
    assume(value)

    parsed = read(f"text:{quote(value)} author:x")

    assert parsed.problems == ()
    assert [term.values for term in parsed.filter.terms] == [(value,), ("x",)]


@given(texts, st.sampled_from(LISTED), values)
def test_a_click_adds_a_value_the_next_removes_it_and_none_doubles_it(
    text: str, field: str, value: str
) -> None:
    assume(clean(storable_text(value)).strip("@#＠＃ "))

    before = has_term(text, field, value)
    once = with_term(text, field, value)
    twice = with_term(once, field, value)

    assert has_term(once, field, value) is not before
    assert has_term(twice, field, value) is before


@given(st.lists(st.sampled_from(["tag:a", "-tag:b", "cat", '"x y"', "platform:p,q", "views:>1"]), max_size=6))
def test_a_value_put_in_and_taken_out_leaves_the_text_as_it_was(parts: list[str]) -> None:
    text = " ".join(parts)

    assert with_term(with_term(text, "tag", "new one"), "tag", "new one") == text


@given(texts, st.integers(-3, 80))
def test_what_is_offered_can_be_put_in(text: str, cursor: int) -> None:
    def from_library(field: str, prefix: str) -> Sequence[tuple[str, int | None]]:
        return [(prefix + "x", 1), ('a "b", c', None), ("\x1b", 3)]

    offered = complete(text, cursor, from_library)

    assert 0 <= offered.start <= offered.end <= len(text)
    for item in offered.items:
        assert item.insert
        assert terminal_safe(item.label) == item.label
        parse(text[: offered.start] + item.insert + text[offered.end :], now=NOW)

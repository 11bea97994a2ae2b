"""Whatever an item holds gives posts or a reason, and what is stored of a post gives the same post."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import parse_post
from social_tui.importers.protocol import PassedOver, Refused
from social_tui.importers.registry import FORMATS, KNOWN
from tests.importers.examples import EXAMPLES
from tests.importers.taking import outcomes, posts, with_nested

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["\ud800", "\0", "at://", "https://", "1e999", "-1", 2**70, -1, 10**30, 0.5, "9" * 600])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything in a JSON value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def changed(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a JSON value with something else at a path."""
    value = copy.deepcopy(value)
    inner = value
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = new
    return value


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_format_knows_its_own_and_no_other_claims_it(name: str) -> None:
    found = KNOWN.detect(EXAMPLES[name])
    assert found is not None
    assert [each for each in FORMATS if each.sniff(EXAMPLES[name])] == [found]


#: One of every kind that a field may hold instead of what it should.
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    0.5,
    "",
    "x",
    "\0\ud800",
    [],
    [[]],
    [{}],
    ["x"],
    {},
    {"x": []},
)


def taken(example: Any) -> None:
    """Check that every format that knows a value makes posts of it or says why not."""
    for each in FORMATS:
        if each.sniff(example):
            try:
                found = list(each.parse(example, "{}", avatars=True))
            except ImportRefusedError:
                continue
            for outcome in found:
                assert isinstance(outcome, ParsedPost | PassedOver | Refused)
                assert outcome.model_dump_json() if isinstance(outcome, ParsedPost) else outcome.reason


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_field_of_any_other_kind_gives_posts_or_a_reason(name: str) -> None:
    for path in places(EXAMPLES[name]):
        for hostile in HOSTILE:
            taken(changed(EXAMPLES[name], path, hostile))


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=25)
@given(data=st.data())
def test_an_item_changed_anywhere_gives_posts_or_a_reason(name: str, data: st.DataObject) -> None:
    example = EXAMPLES[name]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(example))))
        example = changed(example, path, data.draw(values))
    taken(example)


@settings(max_examples=200)
@given(value=values)
def test_no_format_fails_on_anything(value: Any) -> None:
    for each in FORMATS:
        assert not each.sniff(value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_text_that_is_stored_gives_the_same_post(name: str) -> None:
    found = posts(EXAMPLES[name], avatars=True)
    assert found
    for post in with_nested(found):
        assert parse_post(json.loads(post.raw_json), post.raw_json, avatars=True) == post


@pytest.mark.parametrize("name", EXAMPLES)
def test_lists_and_lines_of_items_give_what_the_item_gives(name: str) -> None:
    alone = posts(EXAMPLES[name])
    line = json.dumps(EXAMPLES[name]).encode()
    for whole in (b"[" + line + b"," + line + b"]", line + b"\n" + line + b"\n"):
        found = outcomes(whole)
        assert [each.urn for each in found if isinstance(each, ParsedPost)] == [
            each.urn for each in alone
        ] * 2
        assert len(found) == len(alone) * 2


@settings(max_examples=150)
@given(data=st.data())
def test_a_file_damaged_anywhere_gives_posts_or_reasons(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(list(EXAMPLES.values())))
    whole = json.dumps(
        data.draw(st.sampled_from([example, [example, example], {"data": [example]}]))
    ).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, min(start + 20, len(whole))) | st.just(len(whole)))
        new = data.draw(
            st.sampled_from([b"", b"{", b"}", b"[", b"]", b'"', b",", b"null", b"\\", b"\xff", b"[],"])
        )
        whole = whole[:start] + new + whole[end:]
    found = outcomes(whole)
    for post in with_nested(each for each in found if isinstance(each, ParsedPost)):
        assert parse_post(json.loads(post.raw_json), post.raw_json) == post
    reasons = [each.reason for each in found if not isinstance(each, ParsedPost)]
    assert all(reasons)
    assert not any("fault in the importer" in reason for reason in reasons)


def test_halves_of_surrogate_pairs_and_nul_stay_in_the_text_and_are_marked_in_the_fields() -> None:
    page = copy.deepcopy(EXAMPLES["x_page"])
    page["data"][0]["text"] = "a\ud800b\0c"
    first = posts(page)[0]
    assert first.text_content == "a\ufffdb\ufffdc"
    assert "\\ud800" in first.raw_json
    assert "\\u0000" in first.raw_json
    assert first.raw_json.encode()

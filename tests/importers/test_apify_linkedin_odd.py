"""Odd posts of the Apify LinkedIn actors: mended or refused, and no post whatsoever crashes the parser."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_tui.errors import ImportRefusedError
from social_tui.importers import parse_post
from social_tui.importers.apify_linkedin import sniff
from tests.importers.linkedin_posts import FIXTURES, parse, post

__all__ = ["post"]


def test_what_postgresql_cannot_hold_is_replaced_but_kept_raw(post: dict[str, Any]) -> None:
    post |= {"text": "a\0b\ud800c", "stats": {"x\0": "\udfff", "total_reactions": 2**70}}
    raw = json.dumps(post)
    parsed = parse_post(json.loads(raw), raw)
    assert parsed.text_content == "a\ufffdb\ufffdc"
    assert parsed.stats == {"x\ufffd": "\ufffd", "total_reactions": 2**70}
    assert parsed.engagement.reactions is None
    assert parsed.raw_json == raw


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        {"id": "1", "text": "hello", "created_at": "2026-01-01T00:00:00Z"},
        {"urn": "1"},
        {"text": "hello", "author": "me", "media": []},
    ],
)
def test_other_shapes_are_not_taken_for_posts(value: object) -> None:
    assert not sniff(value)
    with pytest.raises(ImportRefusedError, match="unknown shape"):
        parse(value)


def test_a_post_nested_too_deep_is_refused(post: dict[str, Any]) -> None:
    raw = '{"urn": "1", "text": ' + "[" * 70 + "]" * 70 + "}"
    with pytest.raises(ImportRefusedError, match="nested too deep"):
        parse_post(json.loads(raw), raw)


ODD_TEXTS = ["http://[", "//", "?e=1&t=2", "https://a/in/%", "9" * 30, "2026-01-01T00:00:00+23:59"]
NAMES = ["url", "type", "images", "items", "thumbnail", "activity_urn", "timestamp", "media"]
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
PATHS = [
    "urn",
    "full_urn",
    "posted_at",
    "text",
    "url",
    "post_type",
    "author",
    "stats",
    "media",
    "article",
    "document",
    "reshared_post",
    "activity_urn",
    "source_company",
    "post_url",
    "urn.activity_urn",
    "posted_at.timestamp",
    "author.username",
    "author.profile_url",
    "author.profile_picture",
    "stats.total_reactions",
    "media.type",
    "media.url",
    "media.images",
    "reshared_post.media",
    "reshared_post.reshared_post",
]


@settings(max_examples=300)
@given(
    index=st.integers(0, 4),
    changes=st.lists(st.tuples(st.sampled_from(PATHS), junk), min_size=1, max_size=5),
    avatars=st.booleans(),
)
def test_no_mutated_post_crashes_the_parser(
    index: int, changes: list[tuple[str, object]], avatars: bool
) -> None:
    original = json.loads((FIXTURES / "profile_posts.json").read_text(encoding="utf-8"))[index]
    mutated = copy.deepcopy(original)
    for path, value in changes:
        *way, last = path.split(".")
        place = mutated
        for name in way:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[last] = value
    try:
        parsed = parse_post(mutated, "{}", avatars=avatars)
    except ImportRefusedError:
        return
    assert parsed.urn
    assert avatars or all(each.role != "avatar" for each in parsed.media)
    assert len({(each.role, each.position) for each in parsed.media}) == len(parsed.media)
    links = [each.url for each in parsed.media if each.url is not None]
    assert len(set(links)) == len(links)
    parsed.model_dump_json()

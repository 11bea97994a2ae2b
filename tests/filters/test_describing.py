"""A filter in words."""

from __future__ import annotations

import pytest

from social_tui.filters import FIELDS, Field, Filter, Term, describe
from tests.filters.reading import ZONE, read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "all posts"),
        ('cat "a b" -c', 'cat "a b" -c'),
        ("author:jeff platform:linkedin,mastodon", "by jeff, on linkedin or mastodon"),
        (
            "-status:failed outcome:rate_limited",
            "not with failed media, with media whose outcome is rate limited",
        ),
        ("after:2025-11-01 before:2025-12", "from 2025-11-01 on, before 2025-12-01"),
        ("expires:<2d", "with a link that dies before 2026-11-23 13:30 CET"),
        ("expires:none", "with a link that never dies"),
        ("imported:>2025-11-01", "imported from 2025-11-02 on"),
        (
            "reactions:>1.5k comments:0 views:10..20",
            "more than 1,500 reactions, exactly 0 comments, at least 10 views, at most 20 views",
        ),
        ("is:unread,marked tag:x cat", "unread or marked, tagged x: cat"),
        ("text:50% sha256:abcd", 'with "50%" in the text, with SHA-256 abcd…'),
        ("https://a.example/p?sig=secret", "with id https://a.example/p"),
        ("urn:li:activity:7123456789012345678", "with id urn:li:activity:7123456789012345678"),
    ],
)
def test_a_filter_is_told_in_one_line(text: str, told: str) -> None:
    assert describe(read(text).filter, zone=ZONE) == told


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_what_is_no_value_is_told_as_it_is(field: Field) -> None:
    assert "{odd}" in describe(Filter(terms=(Term(field=field.name, values=("{odd}",)),)))


def test_a_long_filter_is_cut() -> None:
    told = describe(Filter(words="word " * 300))

    assert len(told) == 400
    assert told.endswith("…")

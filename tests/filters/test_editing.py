"""Terms that a click puts in and takes out."""

from __future__ import annotations

import pytest

from social_tui.filters import has_term, with_term


@pytest.mark.parametrize(
    ("text", "field", "value", "changed"),
    [
        ("", "platform", "linkedin", "platform:linkedin"),
        ("cat", "platform", "linkedin", "cat platform:linkedin"),
        ("platform:linkedin", "platform", "mastodon", "platform:linkedin,mastodon"),
        ("platform:linkedin cat", "platform", "mastodon", "platform:linkedin,mastodon cat"),
        ("platform:linkedin,mastodon cat", "platform", "linkedin", "platform:mastodon cat"),
        ("a platform:linkedin b", "platform", "LinkedIn", "a b"),
        ("a platform:linkedin", "platform", "linkedin", "a"),
        ("-platform:linkedin", "platform", "linkedin", "platform:linkedin"),
        ("-tag:a,b", "tag", "a", "-tag:b tag:a"),
        ("author:@Jeff", "author", "jeff", ""),
        ("has:images", "has", "image", ""),
        ("", "tag", "to read", 'tag:"to read"'),
        ('tag:"To Read",x', "tag", "to read", "tag:x"),
        ("", "tag", 'say "hi"', 'tag:"say \\"hi\\""'),
        ('cat "open', "tag", "x", 'cat "open" tag:x'),
        ('cat "open\\', "tag", "x", 'cat "open\\ " tag:x'),
        ("tag:", "tag", "x", "tag:x"),
        ("author: ", "tag", "x", "author: tag:x"),
        ('tag:a"phrase"', "tag", "x", 'tag:a,x "phrase"'),
        ("expires:<2d cat", "expires", "<2d", "cat"),
        ("expires:<7d", "expires", "<2d", "expires:<7d expires:<2d"),
        ("tag:a tag:a", "tag", "a", ""),
        ("cat", "tag", " \u200b", "cat"),
    ],
)
def test_a_click_changes_the_text(text: str, field: str, value: str, changed: str) -> None:
    assert with_term(text, field, value) == changed


@pytest.mark.parametrize(
    ("text", "field", "value", "found"),
    [
        ("platform:linkedin,mastodon", "platform", "Mastodon", True),
        ("platform:linkedin", "platform", "link", False),
        ("-platform:linkedin", "platform", "linkedin", False),
        ("tag:linkedin", "platform", "linkedin", False),
        ('"platform:linkedin"', "platform", "linkedin", False),
        ("reactions: > 100", "reactions", ">100", True),
        ("reactions:100", "reactions", ">100", False),
    ],
)
def test_a_text_tells_what_it_asks_for(text: str, field: str, value: str, found: bool) -> None:
    assert has_term(text, field, value) is found

"""What is offered where the cursor stands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from social_tui.filters import FIELDS, Completions, complete

LIBRARY: dict[str, list[tuple[str, int | None]]] = {
    "author": [("jeff", 1204), ("Jeff Bezos", 1)],
    "platform": [("linkedin", 9), ("mastodon", 2)],
    "type": [("repost", None)],
    "tag": [("to read", 3), ("a,b", 2), ("\x1b[31m", 1), ("x\u202ey", 1)],
}


def from_library(field: str, prefix: str) -> Sequence[tuple[str, int | None]]:
    return [each for each in LIBRARY[field] if each[0].casefold().startswith(prefix.casefold())]


def at_bar(text: str) -> tuple[str, Completions]:
    cursor = text.index("|")
    text = text.replace("|", "")
    return text, complete(text, cursor, from_library)


def filled(text: str) -> list[str]:
    """Return what the text becomes with each of the items; ``|`` is the cursor."""
    text, offered = at_bar(text)
    return [text[: offered.start] + item.insert + text[offered.end :] for item in offered.items]


@pytest.mark.parametrize("text", ["|", "cat |", "author:jeff |", "cat | dog", "-|"])
def test_all_fields_are_offered_where_nothing_is_typed(text: str) -> None:
    _, offered = at_bar(text)

    assert [item.insert for item in offered.items] == [f"{field.name}:" for field in FIELDS]
    assert offered.items[0].note == "author:jeff"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("plat|", "platform:"),
        ("PLAT|", "platform:"),
        ("-plat|", "-platform:"),
        ("cat im| dog", "cat imported: dog"),
        ("ex|p dog", "expires: dog"),
        ("au|th:jeff", "author:jeff"),
        ("platform|:x", "platform:x"),
        ("status:pen|", "status:pending"),
        ("status:|", "status:pending"),
        ("status: |", "status: pending"),
        ("has:image,vi|", "has:image,video"),
        ("has:i|mage,video", "has:image,video"),
        ("expires:<|", "expires:<2d"),
        ("reactions:>1|", "reactions:>100"),
        ("author:@je|", "author:jeff"),
        ("author:jeff|", "author:jeff"),
        ('author:"jeff b|', 'author:"Jeff Bezos"'),
        ('author:"jeff b| platform:x', 'author:"Jeff Bezos" platform:x'),
        ("tag:to|", 'tag:"to read"'),
        ("tag:a|", 'tag:"a,b"'),
        ("platform:linkedin, |", "platform:linkedin, mastodon"),
        ("platform:linkedin,|", "platform:linkedin,mastodon"),
    ],
)
def test_the_best_item_fills_in_what_was_begun(text: str, first: str) -> None:
    assert filled(text)[0] == first


def test_a_lone_word_also_becomes_the_term_that_it_begins() -> None:
    assert filled("cat fail|") == ["cat status:failed", "cat is:failed"]


@pytest.mark.parametrize("text", ['"a phr|', 'author:"jeff"|', "foo:b|", "status:zzz|", "sha256:|"])
def test_nothing_is_offered_where_nothing_is_known(text: str) -> None:
    _, offered = at_bar(text)

    assert offered.items == ()


def test_notes_say_what_a_word_means_and_how_many_posts_there_are() -> None:
    _, outcomes = at_bar("outcome:exp|")
    _, authors = at_bar("author:|")
    _, types = at_bar("type:|")

    assert [(item.label, item.note) for item in outcomes.items] == [("expired", "the link had died")]
    assert [item.note for item in authors.items] == ["1,204 posts", "1 post"]
    assert [item.note for item in types.items] == [""]


def test_values_of_the_library_are_shown_and_put_in_harmless() -> None:
    _, offered = at_bar("tag:|")

    assert [(item.insert, item.label) for item in offered.items] == [
        ('"to read"', "to read"),
        ('"a,b"', "a,b"),
        ("[31m", "[31m"),
        ('"x y"', "x y"),
    ]

"""What a search gives back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from social_tui.models import PostSummary, Row

FoundIn = Literal["text", "author", "tag", "alt", "label", "described", "read", "similar", "meaning"]
"""Where the words of a search stand: in the post's text or author, our tags, the alternative text of a
media, what an analysis names, describes or read in it; ``similar``: a picture looks like the given one;
``meaning``: it is told in other words."""


class FoundPost(PostSummary):
    """A post that a search found.

    Args:
        rank: How well it fits, among what the same search found; None where it was found in another way.
        matched: Where the words stand.
        excerpt: A piece of the first such place; U+E000 stands before and U+E001 behind what was found.
        excerpt_of: Which place that is; ``text`` also where none is known.
        media_id: The media that it is a text of, or that looks like the one asked for.
        is_substring: Whether it was found as a piece of text, not by whole words.
        is_capped: Whether so many posts have the words that only the newest were ranked.
        key: Where the next page goes on.
    """

    rank: float | None
    matched: tuple[FoundIn, ...]
    excerpt: str | None
    excerpt_of: FoundIn
    media_id: str | None
    is_substring: bool
    is_capped: bool
    key: Any = Field(default=None, exclude=True)


class PictureUse(Row):
    """How often a picture, or one that looks alike, was used.

    Args:
        posts: In how many posts.
        authors: By how many authors.
        first_post_id: The post that had it first, of those whose day is known.
        first_author: Whose that is.
        first_posted_at: When that was posted, in milliseconds since 1970; None for an unknown day.
    """

    posts: int
    authors: int
    first_post_id: str
    first_author: str | None
    first_posted_at: int | None


class RankedPost(Row):
    """A post that a search found, with its place in each ranking that has it.

    Args:
        post_id: Which.
        media_id: The media whose text is nearest in meaning; None where it is the post's own.
        score: The higher, the better; only to be compared within one answer.
        words_place: Its place by full text.
        substring_place: Its place by substring.
        meaning_place: Its place by meaning.
        distance: How far its meaning is: 0 for the same, 1 for nothing in common.
    """

    post_id: str
    media_id: str | None
    score: float
    words_place: int | None
    substring_place: int | None
    meaning_place: int | None
    distance: float | None

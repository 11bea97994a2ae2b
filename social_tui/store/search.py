"""Searching all that posts say and show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from social_tui.filters import Filter
from social_tui.search_models import FoundPost, PictureUse
from social_tui.store.gateway import Calls

_EVERYTHING = Filter()


def search_posts(
    gateway: Calls,
    words: str,
    *,
    filter: Filter = _EVERYTHING,  # noqa: A002 - the word of the language
    similar: str | None = None,
    after: Any = None,
    limit: int = 50,
) -> list[FoundPost]:
    """Find posts, the best first.

    Args:
        gateway: The way to the database.
        words: Words, "phrases", or, -without, begin*; nothing that can be typed is an error.
        filter: Which posts to look in.
        similar: A media; only posts with a picture like it are found, the most alike first, and all of them
            where there are no words.
        after: The key of the post before the page; None for the first page.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call(
        "search_posts",
        p_query=words,
        p_filter=filter.to_json(),
        p_similar=similar,
        p_after=after,
        p_limit=limit,
    )
    return [FoundPost.model_validate(row) for row in rows]


def iterate_found(
    gateway: Calls,
    words: str,
    *,
    filter: Filter = _EVERYTHING,  # noqa: A002 - as above
    similar: str | None = None,
    limit: int | None = None,
    page: int = 100,
) -> Iterator[FoundPost]:
    """Yield what :func:`search_posts` finds, page by page, at most ``limit`` posts."""
    after: Any = None
    left = limit
    while left is None or left > 0:
        size = page if left is None else min(page, left)
        rows = search_posts(gateway, words, filter=filter, similar=similar, after=after, limit=size)
        yield from rows
        if len(rows) < size:
            return
        after = rows[-1].key
        left = None if left is None else left - len(rows)


def found_posts(gateway: Calls, words: str, post_ids: Sequence[str]) -> list[FoundPost]:
    """Show posts that were found in another way, in the order given, with where the words stand in them."""
    rows = gateway.call("found_posts", p_words=words, p_post_ids=list(post_ids))
    return [FoundPost.model_validate(row) for row in rows]


def picture_use(
    gateway: Calls,
    media_id: str,
    words: str = "",
    *,
    filter: Filter = _EVERYTHING,  # noqa: A002 - as above
) -> PictureUse | None:
    """Count how often the picture of a media was used among the posts of a search; None for never."""
    rows = gateway.call("picture_use", p_media_id=media_id, p_query=words, p_filter=filter.to_json())
    return PictureUse.model_validate(rows[0]) if rows else None

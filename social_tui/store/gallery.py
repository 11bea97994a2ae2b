"""The media of the posts of a filter, as one list."""

from __future__ import annotations

from social_tui.filters import Filter
from social_tui.models import GalleryRow, Key, Sort
from social_tui.store.gateway import Gateway
from social_tui.store.posts import EVERYTHING


def list_gallery(
    gateway: Gateway,
    *,
    filter: Filter = EVERYTHING,  # noqa: A002 - the word of the language
    sort: Sort = "newest",
    after: Key | None = None,
    backward: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> list[GalleryRow]:
    """List one page of media in the order of their posts, then in that of each post.

    Args:
        gateway: The way to the database.
        filter: Of which posts; all their media come.
        sort: The order of the posts.
        after: The key of the media before the page; None for the first page.
        backward: Whether to give the page before ``after`` instead, or the last one without it.
        offset: How many media to skip first.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call(
        "list_gallery",
        p_filter=filter.to_json(),
        p_sort=sort,
        p_after=after,
        p_backward=backward,
        p_offset=offset,
        p_limit=limit,
    )
    return [GalleryRow.model_validate(row) for row in rows]


def count_gallery(gateway: Gateway, filter: Filter = EVERYTHING) -> int:  # noqa: A002 - as above
    """Count the media of the posts of a filter."""
    return int(gateway.call("count_posts", p_filter=filter.to_json())[0]["media"])

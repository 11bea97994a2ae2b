"""The media of the posts of a filter, as one list."""

from __future__ import annotations

from social_tui.filters import Filter
from social_tui.models import Anchor, GalleryRow, Key, MediaRow, Sort
from social_tui.store.gateway import Calls, Gateway
from social_tui.store.posts import EVERYTHING


class SimilarRow(MediaRow):
    """One media of another post that shows the same picture or one like it.

    Args:
        is_same: Whether its bytes are the same.
        distance: In how many of 64 bits its look differs, 0 to 10.
        total: How many posts have the same bytes, or how many a picture like it, whichever this is.
    """

    author_username: str | None
    author_name: str | None
    posted_at_timestamp: int | None
    is_same: bool
    distance: int
    total: int


def list_gallery(
    gateway: Calls,
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


def count_gallery(gateway: Calls, filter: Filter = EVERYTHING) -> int:  # noqa: A002 - as above
    """Count the media of the posts of a filter."""
    return int(gateway.call("count_posts", p_filter=filter.to_json(), p_with_media=True)[0]["media"])


def media_above(
    gateway: Calls,
    at: Key,
    filter: Filter = EVERYTHING,  # noqa: A002 - as above
    sort: Sort = "newest",
) -> int:
    """Count the media that stand before those of a post in the gallery.

    Args:
        gateway: The way to the database.
        at: The key of the post.
        filter: Of which posts the gallery is.
        sort: Their order.
    """
    rows = gateway.call("count_above", p_at=at, p_filter=filter.to_json(), p_sort=sort)
    return int(rows[0]["media"])


def gallery_anchors(
    gateway: Calls,
    filter: Filter = EVERYTHING,  # noqa: A002 - as above
    sort: Sort = "newest",
    every: int = 1000,
) -> list[Anchor]:
    """Find places where the gallery can be entered, about one for every so many media; at most 500."""
    rows = gateway.call("gallery_anchors", p_filter=filter.to_json(), p_sort=sort, p_every=every)
    return [Anchor.model_validate(row) for row in rows]


def similar_media(gateway: Gateway, media_id: str, limit: int = 50) -> list[SimilarRow]:
    """Find the same picture, and pictures that look like it, in other posts of the same workspace.

    What pictures look like is known of those of which a small one was made: to be looked at or analysed.

    Args:
        gateway: The way to the database.
        media_id: The media with the picture.
        limit: At most so many of the same and so many that look like it.

    Returns:
        One media of each post: the same bytes first, the newest post first; then those most alike first.
    """
    rows = gateway.call("similar_media", p_media_id=media_id, p_limit=limit)
    return [SimilarRow.model_validate(row) for row in rows]

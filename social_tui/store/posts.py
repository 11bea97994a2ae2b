"""Stored posts: the list, one post whole, and the marks people put on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import NotFoundError
from social_tui.filters import Filter, Term
from social_tui.models import Anchor, Key, PostDetail, PostSummary, Selection, Sort
from social_tui.store.gateway import Calls, Gateway

EVERYTHING = Filter()
_NAMED_PAGE = 200


def list_posts(
    gateway: Calls,
    *,
    filter: Filter = EVERYTHING,  # noqa: A002 - the word of the language
    sort: Sort = "newest",
    after: Key | None = None,
    backward: bool = False,
    offset: int = 0,
    limit: int = 200,
) -> list[PostSummary]:
    """List one page of posts, each with its key.

    Args:
        gateway: The way to the database.
        filter: Which posts.
        sort: In which order; within the same value newest first, then by id. ``oldest`` is ``newest``
            from its end, so the undated come first.
        after: The key of the post before the page; None for the first page.
        backward: Whether to give the page before ``after`` instead, or the last one without it; the posts
            come in the list's order all the same.
        offset: How many posts to skip first.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("list_posts", **_page(filter, sort, after, backward, offset, limit))
    return [PostSummary.model_validate(row) for row in rows]


def _page(
    shown: Filter, sort: Sort, after: Key | None, backward: bool, offset: int, limit: int
) -> dict[str, Any]:
    return {
        "p_filter": shown.to_json(),
        "p_sort": sort,
        "p_after": after,
        "p_backward": backward,
        "p_offset": offset,
        "p_limit": limit,
    }


def warm_up(gateway: Gateway, connections: int, filter: Filter) -> None:  # noqa: A002 - as above
    """Have connections at hand that need not learn any more how posts are listed.

    Args:
        gateway: The way to the database.
        connections: How many.
        filter: What to list with; best a filter that finds nothing, quickly, and has all kinds of terms.
    """
    gateway.warm_up(connections, "list_posts", **_page(filter, "newest", None, False, 0, 1))


def count_posts(gateway: Calls, filter: Filter = EVERYTHING) -> int:  # noqa: A002 - as above
    """Count the posts of a filter."""
    return int(gateway.call("count_posts", p_filter=filter.to_json())[0]["total"])


def post_anchors(
    gateway: Calls,
    filter: Filter = EVERYTHING,  # noqa: A002 - as above
    sort: Sort = "newest",
    every: int = 1000,
) -> list[Anchor]:
    """Say where the list can be entered, so that any position is near such a place.

    Args:
        gateway: The way to the database.
        filter: Which posts.
        sort: In which order.
        every: The distance between two places, in posts.

    Returns:
        At most 500 places, at positions that are multiples of ``every``; in a list of more than 500 times
        ``every`` posts only every second, third … one. Position 0 needs none.
    """
    rows = gateway.call("post_anchors", p_filter=filter.to_json(), p_sort=sort, p_every=every)
    return [Anchor.model_validate(row) for row in rows]


def iterate_posts(
    gateway: Gateway,
    *,
    filter: Filter = EVERYTHING,  # noqa: A002 - as above
    sort: Sort = "newest",
    page: int = 100,
) -> Iterator[PostDetail]:
    """Yield posts whole with all their media, in the order of :func:`list_posts`.

    Args:
        gateway: The way to the database.
        filter: Which posts.
        sort: In which order.
        page: How many to hold at once.
    """
    after: Key | None = None
    while True:
        rows = gateway.call(
            "export_posts", p_filter=filter.to_json(), p_sort=sort, p_after=after, p_limit=page
        )
        yield from (PostDetail.model_validate(row["post"]) for row in rows)
        if len(rows) < page:
            return
        after = rows[-1]["key"]


def iterate_selected(
    gateway: Gateway, selection: Selection, *, sort: Sort = "newest"
) -> Iterator[PostDetail]:
    """Yield the posts of a selection whole with all their media.

    Args:
        gateway: The way to the database.
        selection: Which posts.
        sort: In which order; of posts that are named, only those within 200 of them are in order.
    """
    if selection.filter is not None:
        found = iterate_posts(gateway, filter=selection.filter, sort=sort)
        yield from (post for post in found if post.post_id not in selection.excluded)
        return
    named = sorted((selection.post_ids or frozenset()) - selection.excluded)
    for start in range(0, len(named), _NAMED_PAGE):
        term = Term(field="id", values=tuple(named[start : start + _NAMED_PAGE]))
        yield from iterate_posts(gateway, filter=Filter(terms=(term,)), sort=sort)


def get_post(gateway: Gateway, post_id: str) -> PostDetail:
    """Return one post with all its media in the post's order, its links and its engagement over time.

    Raises:
        NotFoundError: If there is none with this id.
    """
    rows = gateway.call("get_post", p_post_id=post_id)
    if not rows:
        raise NotFoundError(f"There is no post {post_id!r}.")
    return PostDetail.model_validate(rows[0])

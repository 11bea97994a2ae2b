"""Stored posts: the list, one post whole, and the marks people put on them."""

from __future__ import annotations

from collections.abc import Iterator

from social_tui.errors import NotFoundError
from social_tui.models import PostDetail, PostSummary
from social_tui.store.gateway import Gateway


def list_posts(
    gateway: Gateway,
    *,
    query: str | None = None,
    before: tuple[int | None, str] | None = None,
    limit: int = 200,
) -> list[PostSummary]:
    """List posts, newest first, those without a date last.

    Args:
        gateway: The way to the database.
        query: Words, "phrases", ``or`` and ``-without``, searched in text and author; the last word may be
            the beginning of one. None for all.
        before: ``posted_at_timestamp`` and ``post_id`` of the last post of the page before.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call(
        "list_posts",
        p_query=query,
        p_before_timestamp=before[0] if before else None,
        p_before_post_id=before[1] if before else None,
        p_limit=limit,
    )
    return [PostSummary.model_validate(row) for row in rows]


def iterate_posts(gateway: Gateway, *, query: str | None = None, page: int = 100) -> Iterator[PostDetail]:
    """Yield posts whole with all their media, in the order of :func:`list_posts`.

    Args:
        gateway: The way to the database.
        query: As for :func:`list_posts`.
        page: How many to hold at once.
    """
    before: tuple[int | None, str | None] = (None, None)
    while True:
        rows = gateway.call(
            "export_posts",
            p_query=query,
            p_before_timestamp=before[0],
            p_before_post_id=before[1],
            p_limit=page,
        )
        yield from map(PostDetail.model_validate, rows)
        if len(rows) < page:
            return
        before = (rows[-1]["posted_at_timestamp"], rows[-1]["post_id"])


def get_post(gateway: Gateway, post_id: str) -> PostDetail:
    """Return one post with all its media in the post's order.

    Raises:
        NotFoundError: If there is none with this id.
    """
    rows = gateway.call("get_post", p_post_id=post_id)
    if not rows:
        raise NotFoundError(f"There is no post {post_id!r}.")
    return PostDetail.model_validate(rows[0])


def mark_post(gateway: Gateway, post_id: str, is_marked: bool, *, actor: str = "app") -> None:
    """Mark a post, or take its mark away.

    Raises:
        NotFoundError: If there is no such post.
    """
    gateway.call("mark_post", p_post_id=post_id, p_is_marked=is_marked, p_actor=actor)


def read_post(gateway: Gateway, post_id: str, *, actor: str = "app") -> None:
    """Remember that a post was read.

    Raises:
        NotFoundError: If there is no such post.
    """
    gateway.call("read_post", p_post_id=post_id, p_actor=actor)

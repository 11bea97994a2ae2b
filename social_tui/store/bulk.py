"""Changes of many posts at once and taking them back; the jobs about many posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from social_tui.models import Changed, JobStatus, PostChange, Selection
from social_tui.store.gateway import Gateway


def chosen_posts(selection: Selection) -> dict[str, Any]:
    """Write a selection as the arguments that every function on many posts takes."""
    if selection.post_ids is not None:
        return {"p_post_ids": sorted(selection.post_ids - selection.excluded)}
    shown = selection.filter.to_json() if selection.filter is not None else None
    return {"p_filter": shown, "p_except": sorted(selection.excluded) or None}


def jobs_on(
    gateway: Gateway,
    statuses: Sequence[JobStatus],
    *,
    posts: Selection | None = None,
    media_id: str | None = None,
) -> list[int]:
    """Find the jobs about the media of some posts, or about one media.

    Args:
        gateway: The way to the database.
        statuses: Only jobs in these states.
        posts: The posts.
        media_id: The media; one of both must be given.

    Returns:
        The ids of the jobs, oldest first.
    """
    [row] = gateway.call(
        "jobs_on",
        p_statuses=list(statuses),
        p_media_ids=[media_id] if media_id is not None else None,
        **(chosen_posts(posts) if posts is not None else {}),
    )
    return [int(job_id) for job_id in row["job_ids"]]


def change_posts(
    gateway: Gateway,
    change: PostChange,
    selection: Selection,
    *,
    tag: str | None = None,
    actor: str = "app",
    tell: Callable[[int], None] = lambda count: None,
) -> Changed:
    """Mark, tag or otherwise change posts, in transactions of at most 50,000 posts.

    Args:
        gateway: The way to the database.
        change: What to do.
        selection: The posts.
        tag: The name of the tag, for ``tag`` (which makes it if need be) and ``untag``.
        actor: Who asks.
        tell: Told after each transaction how many posts are changed.

    Returns:
        How many posts were not so before, and the id to take it back by.
    """
    changed = 0
    change_id: str | None = None
    while True:
        [row] = gateway.call(
            "change_posts",
            p_change=change,
            p_value=tag,
            **chosen_posts(selection),
            p_change_id=change_id,
            p_actor=actor,
        )
        change_id = str(row["change_id"])
        changed += row["changed"]
        tell(changed)
        if not row["has_more"]:
            return Changed(change_id=change_id, changed=changed)


def undo_change(
    gateway: Gateway, change_id: str, *, actor: str = "app", tell: Callable[[int], None] = lambda count: None
) -> int:
    """Take back a change: posts that it changed, and that are still so, become what they were.

    Args:
        gateway: The way to the database.
        change_id: The id that :func:`change_posts` gave.
        actor: Who asks.
        tell: Told after each transaction how many posts are changed back.

    Returns:
        How many posts were changed back; 0 when it was taken back before.

    Raises:
        NotFoundError: If there is no such change.
    """
    changed = 0
    while True:
        [row] = gateway.call("undo_change", p_change_id=change_id, p_actor=actor)
        changed += int(row["changed"])
        tell(changed)
        if not row["has_more"]:
            return changed

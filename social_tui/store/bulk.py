"""Changes of many posts at once, and taking them back."""

from __future__ import annotations

from collections.abc import Callable

from social_tui.models import Changed, PostChange, Selection
from social_tui.store.gateway import Gateway


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
            p_post_ids=sorted(selection.post_ids) if selection.post_ids is not None else None,
            p_filter=selection.filter.to_json() if selection.filter is not None else None,
            p_except=sorted(selection.excluded) or None,
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

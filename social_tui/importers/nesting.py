"""Takes the posts that stand inside another post: boosted, quoted, reshared, answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import NestedPost, ParsedPost
from social_tui.importers import fields
from social_tui.models import PostRelation

#: More levels of posts inside of posts than any network shows.
MAX_LEVELS = 4

Object = dict[str, Any]
#: What a nested post is to the one around it, and the item that holds it alone.
Inner = tuple[PostRelation, Object]


def nested_posts(
    item: Object,
    urn: str,
    *,
    inner: Callable[[Object], Sequence[Inner]],
    avatars: bool,
    keep: Callable[[Object], None],
) -> tuple[NestedPost, ...]:
    """Take every post that stands inside another one, whole, with those that stand inside it.

    One that cannot be told from others, because it has no id of its own or too little of it is there, is no
    post: its media stay with the post around it, and so do the posts inside it.

    Args:
        item: The item of the post around them.
        urn: The id of the post around them, which exports repeat where they do not know the other.
        inner: Finds the posts directly inside of an item, each as an item that can stand alone.
        avatars: Whether the pictures of the authors count as media.
        keep: Told the items whose media stay with the post around them.

    Returns:
        The posts directly inside, in the order of the export. The ``raw_json`` of each is its item.

    Raises:
        ImportRefusedError: If there are more levels than any network shows.
    """
    waiting = list(inner(item))
    if not waiting:
        return ()
    _check_levels(item, inner)
    found: dict[tuple[PostRelation, str], NestedPost] = {}
    for relation, other in waiting:
        post = _one(other, avatars=avatars)
        if post is None or post.urn == urn:
            keep(other)
            waiting += inner(other)
        else:
            found.setdefault((relation, post.urn), NestedPost(relation=relation, post=post))
    return tuple(found.values())


def _check_levels(item: Object, inner: Callable[[Object], Sequence[Inner]]) -> None:
    level = [item]
    for _ in range(MAX_LEVELS + 1):
        level = [other for each in level for _, other in inner(each)]
        if not level:
            return
    raise ImportRefusedError(f"has posts in posts over more than {MAX_LEVELS} levels")


def _one(other: Object, *, avatars: bool) -> ParsedPost | None:
    """Take a post as it will be taken when its item is read again alone."""
    from social_tui.importers.registry import KNOWN  # its formats import this module

    form = KNOWN.detect(other)
    if form is None:
        return None
    try:
        outcomes = list(form.parse(KNOWN.unwrap(other), fields.dump(other), avatars=avatars))
    except ImportRefusedError:
        return None
    return outcomes[0] if len(outcomes) == 1 and isinstance(outcomes[0], ParsedPost) else None

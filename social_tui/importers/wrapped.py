"""Finds the posts in an object of no known format: what lies around them in answers that were saved whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from social_tui.errors import ImportRefusedError

#: More objects and lists than any answer has; this bounds the work on an item of megabytes.
MOST_LOOKED_AT = 200_000
#: What stands under these names was written about a post, in the shape that posts have, and is none.
_ABOUT_POSTS = frozenset({"comments", "comment", "replies", "reply", "previewComments", "preview_comments"})


def posts_inside(value: Any, is_known: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the outermost values of known formats inside of a value, in their order.

    Args:
        value: What no format takes.
        is_known: Tells whether a format takes a value.

    Raises:
        ImportRefusedError: If there is too much to look at all of it; what was found before it stands.
    """
    waiting = [value]
    looked_at = 0
    while waiting:
        one = waiting.pop()
        if one is not value and isinstance(one, dict) and is_known(one):
            yield one
            continue
        looked_at += 1
        if looked_at > MOST_LOOKED_AT:
            raise ImportRefusedError(f"has more than {MOST_LOOKED_AT:,} objects around its posts")
        inner = one if isinstance(one, list) else [one[name] for name in one if name not in _ABOUT_POSTS]
        waiting += [each for each in reversed(inner) if isinstance(each, dict | list)]

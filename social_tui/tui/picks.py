"""Which posts are picked for what is done next: some by name, or all that match but some."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from social_tui.filters import Filter
    from social_tui.models import Selection


class Picks:
    """The picked posts of one list."""

    def __init__(self) -> None:
        self._is_all = False
        self._named: set[str] = set()

    @property
    def is_all(self) -> bool:
        """Whether all posts that match are picked, but for those taken out by name."""
        return self._is_all

    def __bool__(self) -> bool:
        return self._is_all or bool(self._named)

    def holds(self, post_id: str) -> bool:
        """Tell whether a post is picked."""
        return (post_id in self._named) != self._is_all

    def count(self, total: int) -> int:
        """Return how many posts are picked, of so many that match."""
        return max(total - len(self._named), 0) if self._is_all else len(self._named)

    def toggle(self, post_id: str) -> None:
        """Pick a post, or put it back."""
        self._named ^= {post_id}

    def add(self, post_ids: Iterable[str]) -> None:
        """Pick posts."""
        if self._is_all:
            self._named.difference_update(post_ids)
        else:
            self._named.update(post_ids)

    def everything(self) -> None:
        """Pick all that match, loaded or not."""
        self._is_all = True
        self._named.clear()

    def clear(self) -> None:
        """Pick none."""
        self._is_all = False
        self._named.clear()

    def selection(self, shown: Filter) -> Selection:
        """Return what is picked of the posts that a filter shows."""
        from social_tui.models import Selection

        if self._is_all:
            return Selection(post_ids=None, filter=shown, excluded=frozenset(self._named))
        return Selection(post_ids=frozenset(self._named), filter=None)

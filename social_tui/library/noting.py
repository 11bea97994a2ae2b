"""Noting: items that were stored, so that the same export need not be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from social_tui.errors import DatabaseError
from social_tui.exports import PostToStore, StoredPost
from social_tui.importers.held import Group, Slot
from social_tui.log import get_logger
from social_tui.store.gateway import Gateway
from social_tui.store.held_items import GroupNote, ItemNote, note_items, note_of

log = get_logger(__name__)


class Noting:
    """The items of one import that were stored, until all of their group are.

    Their posts come in batches, which end anywhere in a group. Of one that is not read to its end nothing is
    noted.
    """

    def __init__(self) -> None:
        self._stored: dict[Group, dict[int, ItemNote | None]] = {}

    def add(self, slot: Slot, posts: Sequence[tuple[PostToStore, StoredPost]]) -> None:
        """Add an item: its post, then those inside of it, and what became of them."""
        self._stored.setdefault(slot.group, {})[slot.place] = note_of(posts)

    def take(self) -> list[GroupNote]:
        """Take out what is to be noted of the groups that are stored as a whole."""
        whole = [
            group for group, items in self._stored.items() if group.is_read and len(items) == group.posts
        ]
        return [_note(group, self._stored.pop(group)) for group in whole]


def _note(group: Group, items: dict[int, ItemNote | None]) -> GroupNote:
    return GroupNote(group.key, tuple([items.get(place) for place in range(group.size)]))


def note(gateway: Gateway, notes: Iterable[GroupNote]) -> None:
    """Note what was stored, which only saves time: nothing is lost where the database refuses that."""
    try:
        note_items(gateway, notes)
    except DatabaseError as error:
        log.warning("items_not_noted", error=str(error))

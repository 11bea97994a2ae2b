"""What was stored is noted when all of its group is, and not before."""

from __future__ import annotations

from social_tui.importers.held import Group, Slot
from social_tui.library.noting import Noting
from social_tui.store.held_items import GroupNote, ItemNote

NOTHING = ItemNote((), "")


def test_a_group_is_noted_when_it_is_read_and_all_its_posts_are_stored() -> None:
    noting, group = Noting(), Group(b"key", size=3, posts=2)
    noting.add(Slot(group, 2), [])
    group.is_read = True
    assert noting.take() == [], "one of its posts is still on its way"
    noting.add(Slot(group, 0), [])
    assert noting.take() == [GroupNote(b"key", (NOTHING, None, NOTHING))]
    assert noting.take() == [], "once"


def test_nothing_is_noted_of_a_group_whose_rest_was_not_read_yet() -> None:
    noting, group = Noting(), Group(b"key", size=2, posts=1)
    noting.add(Slot(group, 0), [])
    assert noting.take() == []
    group.is_read = True
    assert noting.take() == [GroupNote(b"key", (NOTHING, None))]

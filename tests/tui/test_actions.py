"""The registry of keys: no clash, nothing that terminals swallow, and everything reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from textual.screen import Screen

from social_tui.tui.actions import ACTIONS, SCOPES, Scope, bindings, in_scope, key_table
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.search_box import SearchBox
from social_tui.tui.widgets.text_pane import TextPane

PLACES: list[tuple[Scope, ...]] = [
    ("library", "main", "list", "app"),
    ("library", "main", "text", "app"),
    ("library", "media", "text", "app"),
]
OWNERS: dict[Scope, tuple[type, ...]] = {
    "library": (MainScreen, MediaScreen),
    "main": (MainScreen,),
    "media": (MediaScreen,),
    "list": (LineList,),
    "text": (TextPane,),
    "search": (SearchBox,),
    "dialog": (ConfirmScreen,),
    "app": (SocialTuiApp,),
}
# Flow control, job control, multiplexers' prefixes, what terminals send for tab, enter and escape.
SWALLOWED = {f"ctrl+{letter}" for letter in "abhijlmosz"} | {"ctrl+left_square_bracket", "ctrl+enter"}


@pytest.mark.parametrize("scopes", PLACES)
def test_no_key_means_two_things_in_one_place(scopes: tuple[Scope, ...]) -> None:
    keys = Counter(key for scope in scopes for action in in_scope(scope) for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_no_key_is_one_that_terminals_or_multiplexers_swallow() -> None:
    assert [action for action in ACTIONS if SWALLOWED & set(action.keys)] == []


def test_every_action_has_a_place_and_can_be_done_there() -> None:
    assert {action.scope for action in ACTIONS} == set(SCOPES)
    for action in ACTIONS:
        method = f"action_{action.name.partition('(')[0]}"
        assert all(hasattr(owner, method) for owner in OWNERS[action.scope]), action.name


def test_bindings_carry_every_key_and_show_the_first() -> None:
    made = bindings("media")
    assert {binding.key for binding in made} == {key for action in in_scope("media") for key in action.keys}
    assert [binding.key for binding in made if binding.show] == ["l", "escape", "h"]


def test_screens_take_their_keys_from_the_registry() -> None:
    screen: type[Screen[None]] = MainScreen
    assert {binding.key for binding in bindings("library", "main")} <= set(
        screen._merge_bindings().key_to_bindings  # the one place where Textual tells
    )


def test_the_docs_show_the_same_keys() -> None:
    page = Path(__file__).parents[2] / "docs" / "app.md"
    text = page.read_text(encoding="utf-8")
    assert text.endswith(key_table()), "write key_table() anew to the end of docs/app.md"

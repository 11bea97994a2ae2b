"""The registry of keys: no clash, nothing that terminals swallow, and everything reads it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from textual.screen import Screen

from social_tui.tui.actions import ACTIONS, PLACES, SCOPES, Scope, bindings, in_scope
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.screens.doctor import DoctorScreen
from social_tui.tui.screens.estimate import EstimateScreen
from social_tui.tui.screens.failure import FailureScreen
from social_tui.tui.screens.gallery import GalleryScreen
from social_tui.tui.screens.help import HelpScreen
from social_tui.tui.screens.importing import ImportScreen
from social_tui.tui.screens.jobs import JobsScreen
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.screens.quit import QuitScreen
from social_tui.tui.screens.raw import RawScreen
from social_tui.tui.screens.search import SearchScreen
from social_tui.tui.screens.settings import SettingsScreen
from social_tui.tui.widgets.entry_box import EntryBox
from social_tui.tui.widgets.facet_list import FacetList
from social_tui.tui.widgets.file_list import FileList
from social_tui.tui.widgets.filter_bar import FilterInput
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.post_grid import PostGrid
from social_tui.tui.widgets.text_pane import TextPane
from social_tui.tui.widgets.thumbnail_grid import ThumbnailGrid

OWNERS: dict[Scope, tuple[type, ...]] = {
    "library": (MainScreen, GalleryScreen, MediaScreen),
    "main": (MainScreen,),
    "grid": (PostGrid,),
    "facets": (FacetList,),
    "media": (MediaScreen,),
    "gallery": (GalleryScreen,),
    "tiles": (ThumbnailGrid,),
    "jobs": (JobsScreen,),
    "list": (LineList,),
    "text": (TextPane,),
    "search": (FilterInput,),
    "find": (SearchScreen,),
    "raw": (RawScreen,),
    "import": (ImportScreen,),
    "files": (FileList,),
    "settings": (SettingsScreen,),
    "doctor": (DoctorScreen,),
    "failure": (FailureScreen,),
    "entry": (EntryBox,),
    "dialog": (ConfirmScreen,),
    "estimate": (EstimateScreen,),
    "quit": (QuitScreen,),
    "help": (HelpScreen,),
    "app": (SocialTuiApp,),
}
# Flow and job control, prefixes of tmux and screen, what terminals send for tab, enter and escape, what
# only some of them tell apart, and the menus of desktops and of the terminals of editors.
SWALLOWED = re.compile(
    r"ctrl\+[abcdhijlmopqstvwxz]|ctrl\+(left_square_bracket|backslash|at|space)|f(1|10|11|12)"
    r"|(ctrl|shift|alt)\+(enter|tab|space|backspace|up|down|left|right|home|end|pageup|pagedown|f?\d+)"
    r"|(alt|super|hyper|meta)\+.+|ctrl\+shift\+.+"
)


@pytest.mark.parametrize("scopes", PLACES)
def test_no_key_means_two_things_in_one_place(scopes: tuple[Scope, ...]) -> None:
    keys = Counter(key for scope in scopes for action in in_scope(scope) for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_no_action_needs_a_key_that_terminals_or_multiplexers_swallow() -> None:
    needing = [action for action in ACTIONS if action.keys and all(map(SWALLOWED.fullmatch, action.keys))]
    assert needing == []


def test_the_list_of_swallowed_keys_knows_some() -> None:
    assert all(map(SWALLOWED.fullmatch, ("ctrl+b", "ctrl+s", "ctrl+enter", "shift+enter", "ctrl+1", "f11")))
    assert not any(map(SWALLOWED.fullmatch, ("d", "question_mark", "ctrl+f", "pagedown", "f5")))


def test_every_action_has_a_place_and_can_be_done_there() -> None:
    assert {action.scope for action in ACTIONS} == set(SCOPES) == {scope for each in PLACES for scope in each}
    for action in ACTIONS:
        method = f"action_{action.name.partition('(')[0]}"
        assert all(hasattr(owner, method) for owner in OWNERS[action.scope]), action.name


def test_ids_are_unique_and_of_one_form() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert [action.id for action in ACTIONS if not re.fullmatch(r"[a-z]+\.[a-z_0-9]+", action.id)] == []


def test_bindings_show_what_has_a_place_in_the_line_of_keys() -> None:
    made = bindings("media")
    assert {binding.id for binding in made} == {action.id for action in in_scope("media")}
    assert [binding.id for binding in made if binding.show] == [
        "media.next_media",
        "media.close",
        "media.previous_media",
        "media.similar",
    ]


def test_screens_take_their_keys_from_the_registry() -> None:
    screen: type[Screen[None]] = MainScreen
    assert {binding.id for binding in bindings("library", "main")} <= set(
        screen._merge_bindings().key_to_bindings  # the one place where Textual tells
    )

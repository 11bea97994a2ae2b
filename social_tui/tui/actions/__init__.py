"""Everything a key can do, declared once: keymap, footer, help, palette and docs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from social_tui.tui.actions.action import Action, Scope
from social_tui.tui.actions.everywhere import EVERYWHERE
from social_tui.tui.actions.jobs import JOBS
from social_tui.tui.actions.posts import POSTS
from social_tui.tui.actions.tools import TOOLS

if TYPE_CHECKING:
    from textual.binding import Binding

__all__ = [
    "ACTIONS",
    "PLACES",
    "SCOPES",
    "SHOWN_KEYS",
    "Action",
    "Scope",
    "action_of",
    "bindings",
    "in_scope",
    "key_name",
]

SCOPES: dict[Scope, str] = {
    "library": "Work on the selected post or media",
    "main": "Posts",
    "grid": "Picking posts",
    "facets": "In the sidebar",
    "media": "Media",
    "gallery": "Gallery",
    "tiles": "Moving in the gallery",
    "jobs": "Jobs",
    "find": "Search",
    "raw": "Raw JSON",
    "import": "Import",
    "files": "Files to import",
    "settings": "Settings",
    "doctor": "Check-up",
    "failure": "What went wrong last",
    "list": "Moving in a list",
    "text": "Moving in a text",
    "search": "In the filter box",
    "entry": "In a box for words, paths and values",
    "dialog": "In a question",
    "estimate": "In the question before an analysis",
    "quit": "In the question before quitting",
    "help": "In the help",
    "app": "Everywhere",
}

# Scopes that are reachable together: there a key means one thing. Where one scope hides another on
# purpose, as a search box hides the list's keys, they are not named together.
PLACES: tuple[tuple[Scope, ...], ...] = (
    ("library", "main", "grid", "list", "app"),
    ("library", "main", "facets", "list", "app"),
    ("library", "main", "text", "app"),
    ("library", "media", "text", "app"),
    ("library", "media", "list", "app"),
    ("library", "gallery", "list", "tiles", "app"),
    ("library", "find", "list", "app"),
    ("jobs", "list", "app"),
    ("raw", "list", "app"),
    ("import", "files", "list", "app"),
    ("import", "text", "app"),
    ("settings", "list", "app"),
    ("doctor", "text", "app"),
    ("failure", "text", "app"),
    ("search", "app"),
    ("entry", "app"),
    ("dialog",),
    ("estimate",),
    ("quit",),
    ("help", "text"),
)

ACTIONS: tuple[Action, ...] = (*POSTS, *JOBS, *TOOLS, *EVERYWHERE)

SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "exclamation_mark": "!",
    "asterisk": "*",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def key_name(key: str) -> str:
    """Write a key as people know it: ``question_mark`` is ``?``, ``ctrl+f`` is ``^f``."""
    if key.startswith("ctrl+") and len(key) == len("ctrl+x"):
        return f"^{key.removeprefix('ctrl+')}"
    return SHOWN_KEYS.get(key, key)


def in_scope(scope: Scope) -> list[Action]:
    """Return the actions of a scope in the order of the registry."""
    return [action for action in ACTIONS if action.scope == scope]


def action_of(action_id: str) -> Action | None:
    """Return the action that has an id; None where there is none."""
    return next((action for action in ACTIONS if action.id == action_id), None)


def bindings(*scopes: Scope) -> list[Binding]:
    """Make the Textual bindings of some scopes.

    Classes are bound to the ids of actions, which no keyboard sends; the app's keymap puts the keys in
    their place. So no default of a class stays behind a key that a person gave to something else:
    Textual would drop one of two such bindings and say nothing.

    Args:
        scopes: The scopes whose keys a screen or widget takes.

    Returns:
        A binding for every action, those first that come first in the line of keys.
    """
    from textual.binding import Binding

    actions = sorted((action for scope in scopes for action in in_scope(scope)), key=_place)
    return [
        Binding(
            action.id,
            action.name,
            action.label,
            show=action.place > 0 and action.scope != "app",
            priority=action.priority,
            tooltip=action.help,
            id=action.id,
        )
        for action in actions
    ]


def _place(action: Action) -> int:
    return action.place or len(ACTIONS)

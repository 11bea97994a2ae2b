"""What an action is, and where its keys hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal[
    "app",
    "library",
    "main",
    "grid",
    "facets",
    "media",
    "gallery",
    "tiles",
    "jobs",
    "list",
    "text",
    "dialog",
    "estimate",
    "quit",
    "search",
    "help",
    "raw",
    "import",
    "files",
    "doctor",
    "failure",
    "settings",
    "entry",
    "find",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that keys can do.

    Args:
        id: What people call it in their settings; it never changes.
        name: The Textual action; unique together with the scope.
        keys: Textual's names of the keys unless a person chose others, the one to show first; may be empty.
        label: A word or two for the footer and the palette.
        help: One sentence for the help screen and the docs.
        scope: Where the keys hold.
        place: Its place in the line of keys at the bottom, where the first are the last to be cut off;
            0 for none.
        priority: Whether it is done before the next key is looked at, because that goes elsewhere then.
        changes: Whether it changes the library, so that it does not exist where that is only read.
    """

    id: str
    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    scope: Scope
    place: int = 0
    priority: bool = False
    changes: bool = False


_Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, int]


def rows(scope: Scope, *table: _Row, priority: bool = False, changes: bool = False) -> tuple[Action, ...]:
    """Make a scope's actions.

    Args:
        scope: Where their keys hold.
        table: For each its id, Textual action, keys with spaces between, label, help and place.
        priority: See :class:`Action`.
        changes: See :class:`Action`.
    """
    return tuple(
        Action(row[0], row[1], tuple(row[2].split()), row[3], row[4], scope, place, priority, changes)
        for row in table
        for place in row[5:] or (0,)
    )

"""Everything a key can do, declared once: bindings, footer, help, palette and docs read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Scope = Literal["app", "library", "main", "media", "list", "text", "dialog", "search"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that keys can do.

    Args:
        name: The Textual action; unique together with the scope.
        keys: Textual's names of the keys, the one to show first.
        label: A word or two for the footer and the palette.
        help: One sentence for the help screen and the docs.
        scope: Where the keys hold.
        place: Its place in the line of keys at the bottom, where the first are the last to be cut off;
            0 for none.
        priority: Whether it is done before the next key is looked at, because that goes elsewhere then.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    scope: Scope
    place: int = 0
    priority: bool = False


SCOPES: dict[Scope, str] = {
    "library": "Work on the selected post or media",
    "main": "Posts",
    "media": "Media",
    "list": "Moving in a list",
    "text": "Moving in a text",
    "search": "In the search box",
    "dialog": "In a question",
    "app": "Everywhere",
}

ACTIONS: tuple[Action, ...] = (
    Action("request('download')", ("d",), "Download", "Capture what is not captured yet.", "library", 1),
    Action("request('verify')", ("v",), "Verify", "Hash the captured files again.", "library", 2),
    Action("request('archive')", ("a",), "Archive", "Put captured files into the archive.", "library", 3),
    Action("request('analyze')", ("y",), "Analyse", "Have captured media described.", "library", 4),
    Action("mark", ("m",), "Mark", "Mark the post, or take its mark away.", "library", 10),
    Action("retry", ("r",), "Retry", "Try again what failed.", "library", 8),
    Action("cancel", ("c",), "Cancel", "Call off its waiting and running jobs.", "library", 9),
    Action(
        "request_all('download')", ("D",), "Download all", "Capture all that is not captured yet.", "library"
    ),
    Action("request_all('verify')", ("V",), "Verify all", "Hash all captured files again.", "library"),
    Action("request_all('archive')", ("A",), "Archive all", "Archive every captured file.", "library"),
    Action("request_all('analyze')", ("Y",), "Analyse all", "Have all captured media described.", "library"),
    Action("retry_all", ("R",), "Retry all", "Try every failed job again.", "library"),
    Action("cancel_all", ("C",), "Cancel all", "Take all jobs back.", "library"),
    Action("search", ("slash",), "Search", "Find posts by their words and authors.", "main", 5, True),
    Action("toggle_pane", ("p",), "Pane", "Fold the post's pane away, or bring it back.", "main", 11),
    Action("pane_right", ("l", "right"), "Next pane", "Go from the list to the post and its media.", "main"),
    Action("pane_left", ("h", "left"), "Previous pane", "Go back towards the list.", "main"),
    Action("back", ("escape",), "Back", "Leave the pane, then the search.", "main"),
    Action("next_media", ("l", "right", "n"), "Next", "Show the next media.", "media", 5),
    Action("previous_media", ("h", "left", "b"), "Prev", "Show the previous media.", "media", 7),
    Action("close", ("escape", "enter"), "Back", "Go back to the posts.", "media", 6),
    Action("cursor_down", ("j", "down"), "Down", "Go one row down.", "list"),
    Action("cursor_up", ("k", "up"), "Up", "Go one row up.", "list"),
    Action("page_down", ("pagedown", "ctrl+f", "space"), "Page down", "Go one screen down.", "list"),
    Action("page_up", ("pageup",), "Page up", "Go one screen up.", "list"),
    Action("first", ("g", "home"), "First", "Go to the first row.", "list"),
    Action("last", ("G", "end"), "Last", "Go to the last row.", "list"),
    Action("choose", ("enter",), "Open", "Open what the cursor is on.", "list"),
    Action("scroll_down", ("j", "down"), "Down", "Scroll one line down.", "text"),
    Action("scroll_up", ("k", "up"), "Up", "Scroll one line up.", "text"),
    Action("page_down", ("pagedown", "ctrl+f", "space"), "Page down", "Scroll one screen down.", "text"),
    Action("page_up", ("pageup",), "Page up", "Scroll one screen up.", "text"),
    Action("scroll_home", ("g", "home"), "Start", "Scroll to the start.", "text"),
    Action("scroll_end", ("G", "end"), "End", "Scroll to the end.", "text"),
    Action("keep", ("enter", "down"), "Keep", "Keep the search and go to the list.", "search", 1),
    Action("leave", ("escape",), "Clear", "Clear the search and go to the list.", "search", 2),
    Action("confirm", ("y", "enter"), "Yes", "Do it.", "dialog", 1),
    Action("decline", ("n", "escape", "q"), "No", "Do nothing.", "dialog", 2),
    Action("help", ("question_mark", "f1"), "Help", "Show the keys and what the signs mean.", "app", 1),
    Action("command_palette", ("colon",), "Commands", "Find a command by its name.", "app"),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "Quit", "Quit; asks while jobs are running.", "app", 2),
)

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
_ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓"}


def key_name(key: str) -> str:
    """Write a key as people know it: ``question_mark`` is ``?``, ``ctrl+f`` is ``^f``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _NAMES.get(key) or _ARROWS.get(key) or key


def in_scope(scope: Scope) -> list[Action]:
    """Return the actions of a scope in the order of the registry."""
    return [action for action in ACTIONS if action.scope == scope]


def bindings(*scopes: Scope) -> list[Binding]:
    """Make the Textual bindings of some scopes.

    Args:
        scopes: The scopes whose keys a screen or widget takes.

    Returns:
        A binding for every key; the footer shows the first keys of the actions that belong there.
    """
    actions = sorted((action for scope in scopes for action in in_scope(scope)), key=_place)
    return [
        Binding(
            key,
            action.name,
            action.label,
            show=action.place > 0 and number == 0 and action.scope != "app",
            key_display=key_name(key),
            priority=action.priority,
            tooltip=action.help,
        )
        for action in actions
        for number, key in enumerate(action.keys)
    ]


def _place(action: Action) -> int:
    return action.place or len(ACTIONS)


def key_table() -> str:
    """Write the registry as Markdown: a heading and a table of keys for each scope."""
    parts = []
    for scope, title in SCOPES.items():
        rows = [
            f"| {' '.join(f'`{key_name(key)}`' for key in action.keys)} | {action.label} | {action.help} |"
            for action in in_scope(scope)
        ]
        parts.append(
            "\n".join([f"### {title}", "", "| keys | name | what it does |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"

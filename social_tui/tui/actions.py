"""Everything a key can do, declared once: keymap, footer, help, palette and docs read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.binding import Binding

Scope = Literal[
    "app",
    "library",
    "main",
    "media",
    "list",
    "text",
    "dialog",
    "quit",
    "search",
    "help",
    "raw",
    "import",
    "files",
    "doctor",
    "settings",
    "entry",
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


SCOPES: dict[Scope, str] = {
    "library": "Work on the selected post or media",
    "main": "Posts",
    "media": "Media",
    "raw": "Raw JSON",
    "import": "Import",
    "files": "Files to import",
    "settings": "Settings",
    "doctor": "Check-up",
    "list": "Moving in a list",
    "text": "Moving in a text",
    "search": "In the search box",
    "entry": "In a box for words, paths and values",
    "dialog": "In a question",
    "quit": "In the question before quitting",
    "help": "In the help",
    "app": "Everywhere",
}

# Scopes that are reachable together: there a key means one thing. Where one scope hides another on
# purpose, as a search box hides the list's keys, they are not named together.
PLACES: tuple[tuple[Scope, ...], ...] = (
    ("library", "main", "list", "app"),
    ("library", "main", "text", "app"),
    ("library", "media", "text", "app"),
    ("library", "media", "list", "app"),
    ("raw", "list", "app"),
    ("import", "files", "list", "app"),
    ("import", "text", "app"),
    ("settings", "list", "app"),
    ("doctor", "text", "app"),
    ("search", "app"),
    ("entry", "app"),
    ("dialog",),
    ("quit",),
    ("help", "text"),
)

_Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, int]


def _rows(scope: Scope, *rows: _Row, priority: bool = False, changes: bool = False) -> tuple[Action, ...]:
    """Make a scope's actions: id, Textual action, keys with spaces between, label, help, place."""
    return tuple(
        Action(row[0], row[1], tuple(row[2].split()), row[3], row[4], scope, place, priority, changes)
        for row in rows
        for place in row[5:] or (0,)
    )


ACTIONS: tuple[Action, ...] = (
    *_rows(
        "library",
        ("library.download", "request('download')", "d", "Download", "Capture what is not captured yet.", 1),
        ("library.verify", "request('verify')", "v", "Verify", "Hash the captured files again.", 2),
        ("library.archive", "request('archive')", "a", "Archive", "Put captured files into the archive.", 3),
        ("library.analyze", "request('analyze')", "y", "Analyse", "Have captured media described.", 4),
        ("library.mark", "mark", "m", "Mark", "Mark the post, or take its mark away.", 10),
        ("library.retry", "retry", "r", "Retry", "Try again what failed.", 8),
        ("library.cancel", "cancel", "c", "Cancel", "Call off its waiting and running jobs.", 9),
        (
            "library.download_all",
            "request_all('download')",
            "D",
            "Download all",
            "Capture all that is not captured yet.",
        ),
        ("library.verify_all", "request_all('verify')", "V", "Verify all", "Hash all captured files again."),
        ("library.archive_all", "request_all('archive')", "A", "Archive all", "Archive every captured file."),
        (
            "library.analyze_all",
            "request_all('analyze')",
            "Y",
            "Analyse all",
            "Have all captured media described.",
        ),
        ("library.retry_all", "retry_all", "R", "Retry all", "Try every failed job again."),
        ("library.cancel_all", "cancel_all", "C", "Cancel all", "Take all jobs back."),
        changes=True,
    ),
    *_rows(
        "library",
        ("library.raw", "open_raw", "J", "Raw JSON", "Show the raw JSON of the selected post."),
        ("library.page_json", "page_json", "e", "JSON in pager", "Show the raw JSON in $PAGER."),
        ("library.browse", "browse", "o", "Browser", "Open the page of the post in the browser."),
        ("library.view_file", "view_file", "O", "Viewer", "Open the captured file in another program."),
        ("library.copy_link", "copy_link", "L", "Copy link", "Copy the link of the post."),
        ("library.copy_text", "copy_text", "W", "Copy text", "Copy the words of the post."),
    ),
    *_rows(
        "main",
        ("library.search", "search", "slash", "Search", "Find posts by their words and authors.", 5),
        priority=True,
    ),
    *_rows(
        "main",
        (
            "library.toggle_pane",
            "toggle_pane",
            "p",
            "Pane",
            "Fold the post's pane away, or bring it back.",
            11,
        ),
        (
            "library.pane_right",
            "pane_right",
            "l right",
            "Next pane",
            "Go from the list to the post and its media.",
        ),
        ("library.pane_left", "pane_left", "h left", "Previous pane", "Go back towards the list."),
        ("library.back", "back", "escape", "Back", "Leave the pane, then the search."),
    ),
    *_rows(
        "media",
        ("media.next_media", "next_media", "l right n", "Next", "Show the next media.", 5),
        ("media.previous_media", "previous_media", "h left b", "Prev", "Show the previous media.", 7),
        ("media.similar", "go_similar", "s", "Same", "Go to other posts with this picture, and back.", 8),
        ("media.close", "close", "escape", "Back", "Go back to where you came from.", 6),
    ),
    *_rows("raw", ("raw.search", "search", "slash", "Find", "Find words in the text.", 1), priority=True),
    *_rows(
        "raw",
        ("raw.next_match", "next_match", "n", "Next", "Go to the next place with the words.", 2),
        (
            "raw.previous_match",
            "previous_match",
            "N",
            "Previous",
            "Go to the place with the words before.",
            3,
        ),
        (
            "raw.toggle_pretty",
            "toggle_pretty",
            "p",
            "Form",
            "Turn between a line for each value and the text as it came.",
            4,
        ),
        ("raw.copy", "copy", "y", "Copy", "Copy the whole text as it came.", 5),
        ("raw.copy_line", "copy_line", "Y", "Copy line", "Copy the line under the cursor as it came.", 6),
        ("raw.close", "close", "escape", "Back", "End the search, then go back.", 7),
    ),
    *_rows(
        "import",
        ("import.start", "start", "s", "Start", "Import what is chosen, else what the cursor is on.", 1),
        ("import.download", "download", "d", "Download", "Capture all that is not captured yet.", 1),
        changes=True,
    ),
    *_rows("import", ("import.type_path", "type_path", "slash", "Path", "Type a path.", 3), priority=True),
    *_rows(
        "import",
        ("import.stop", "stop", "c", "Stop", "Stop the import; what is imported stays.", 1),
        ("import.again", "again", "n", "More", "Choose other files.", 2),
        ("import.close", "close", "escape", "Back", "Go back; asks while an import runs.", 5),
    ),
    *_rows(
        "files",
        ("files.pick", "pick", "space", "Choose", "Choose a file or a whole folder, or not any more.", 2),
        ("files.parent", "parent", "h left backspace", "Up", "Go to the folder above.", 4),
        ("files.enter", "choose", "l right", "Into", "Look into the folder, or choose the file."),
    ),
    *_rows(
        "settings",
        ("settings.edit", "edit", "e", "Change", "Type another value; empty takes it out of the file.", 1),
        ("settings.unset", "unset", "u", "Unset", "Take the setting out of the file.", 2),
        changes=True,
    ),
    *_rows(
        "settings",
        ("settings.file", "file", "f", "File", "Turn between this library's file and that of all yours.", 3),
        ("settings.close", "close", "escape", "Back", "Go back.", 4),
    ),
    *_rows(
        "doctor",
        ("doctor.look", "look", "r", "Again", "Look at everything again.", 1),
        ("doctor.copy", "copy", "y", "Copy", "Copy what was found, as text.", 2),
        ("doctor.close", "close", "escape", "Back", "Go back.", 3),
    ),
    *_rows(
        "list",
        ("list.cursor_down", "cursor_down", "j down", "Down", "Go one row down."),
        ("list.cursor_up", "cursor_up", "k up", "Up", "Go one row up."),
        ("list.page_down", "page_down", "pagedown ctrl+f", "Page down", "Go one screen down."),
        ("list.page_up", "page_up", "pageup", "Page up", "Go one screen up."),
        ("list.first", "first", "g home", "First", "Go to the first row."),
        ("list.last", "last", "G end", "Last", "Go to the last row."),
        ("list.choose", "choose", "enter", "Open", "Open what the cursor is on."),
    ),
    *_rows(
        "text",
        ("text.scroll_down", "scroll_down", "j down", "Down", "Scroll one line down."),
        ("text.scroll_up", "scroll_up", "k up", "Up", "Scroll one line up."),
        ("text.page_down", "page_down", "pagedown ctrl+f space", "Page down", "Scroll one screen down."),
        ("text.page_up", "page_up", "pageup", "Page up", "Scroll one screen up."),
        ("text.scroll_home", "scroll_home", "g home", "Start", "Scroll to the start."),
        ("text.scroll_end", "scroll_end", "G end", "End", "Scroll to the end."),
    ),
    *_rows(
        "search",
        ("search.keep", "keep", "enter down", "Keep", "Keep the search and go to the list.", 1),
        ("search.leave", "leave", "escape", "Clear", "Clear the search and go to the list.", 2),
    ),
    *_rows(
        "entry",
        ("entry.submit", "submit", "enter", "Take", "Take what was typed.", 1),
        (
            "entry.complete",
            "complete",
            "tab",
            "Complete",
            "Go on with what was typed, where it is clear how.",
            2,
        ),
        ("entry.leave", "leave", "escape", "Leave", "Leave the box.", 3),
    ),
    *_rows(
        "dialog",
        ("dialog.confirm", "confirm", "y enter", "Yes", "Do it.", 1),
        ("dialog.decline", "decline", "n escape q", "No", "Do nothing.", 2),
    ),
    *_rows(
        "quit",
        ("quit.leave", "leave", "l", "Leave", "Leave the jobs to a worker, and quit.", 1),
        ("quit.stop", "stop", "y enter", "Stop", "Stop the jobs, and quit.", 2),
        ("quit.stay", "stay", "n escape q", "Stay", "Stay in the app.", 3),
    ),
    *_rows(
        "help",
        ("help.close", "close", "escape q question_mark enter", "Close", "Close it.", 1),
    ),
    *_rows(
        "app",
        ("app.import", "open_import", "i", "Import", "Import posts from files."),
        changes=True,
    ),
    *_rows(
        "app",
        ("app.help", "help", "question_mark f1", "Help", "Show the keys and what the signs mean.", 1),
        ("app.command_palette", "command_palette", "colon", "Commands", "Find a command by its name."),
        ("app.settings", "open_settings", "comma", "Settings", "Look at the settings and change them."),
        ("app.doctor", "open_doctor", "exclamation_mark", "Check-up", "Check that everything works."),
        ("app.images", "toggle_images", "I", "Pictures", "Draw pictures, or leave them out."),
        ("app.posts", "show_posts", "1", "Posts", "Go to the posts."),
        ("app.edit_settings", "edit_settings", "", "Edit settings", "Edit config.toml in $EDITOR."),
        ("app.quit", "quit", "q ctrl+q ctrl+c", "Quit", "Quit; asks while jobs are running.", 2),
    ),
)

SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "exclamation_mark": "!",
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

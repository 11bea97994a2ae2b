"""What keys do in every list, text, box and question, and on every screen."""

from __future__ import annotations

from social_tui.tui.actions.action import Action, rows

EVERYWHERE: tuple[Action, ...] = (
    *rows(
        "list",
        ("list.cursor_down", "cursor_down", "j down", "Down", "Go one row down."),
        ("list.cursor_up", "cursor_up", "k up", "Up", "Go one row up."),
        ("list.page_down", "page_down", "pagedown ctrl+f", "Page down", "Go one screen down."),
        ("list.page_up", "page_up", "pageup", "Page up", "Go one screen up."),
        ("list.first", "first", "g home", "First", "Go to the first row."),
        ("list.last", "last", "G end", "Last", "Go to the last row."),
        ("list.choose", "choose", "enter", "Open", "Open what the cursor is on."),
    ),
    *rows(
        "text",
        ("text.scroll_down", "scroll_down", "j down", "Down", "Scroll one line down."),
        ("text.scroll_up", "scroll_up", "k up", "Up", "Scroll one line up."),
        ("text.page_down", "page_down", "pagedown ctrl+f space", "Page down", "Scroll one screen down."),
        ("text.page_up", "page_up", "pageup", "Page up", "Scroll one screen up."),
        ("text.scroll_home", "scroll_home", "g home", "Start", "Scroll to the start."),
        ("text.scroll_end", "scroll_end", "G end", "End", "Scroll to the end."),
    ),
    *rows(
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
    *rows(
        "dialog",
        ("dialog.confirm", "confirm", "y enter", "Yes", "Do it.", 1),
        ("dialog.decline", "decline", "n escape q", "No", "Do nothing.", 2),
    ),
    *rows(
        "estimate",
        # Not the key that asks for analyses: pressed twice, it would spend money unread.
        ("estimate.ask", "confirm", "enter", "Analyse", "Ask for the analyses.", 1),
        ("estimate.again", "take_outdated", "o", "Again", "Take what was analysed otherwise too, or not.", 2),
        ("estimate.decline", "decline", "n escape q", "No", "Ask for nothing.", 2),
    ),
    *rows(
        "quit",
        ("quit.leave", "leave", "l", "Leave", "Leave the jobs to a worker, and quit.", 1),
        ("quit.stop", "stop", "y enter", "Stop", "Stop the jobs, and quit.", 2),
        ("quit.stay", "stay", "n escape q", "Stay", "Stay in the app.", 3),
    ),
    *rows(
        "help",
        ("help.close", "close", "escape q question_mark enter", "Close", "Close it.", 1),
    ),
    *rows(
        "app",
        ("app.import", "open('import')", "i", "Import", "Import posts from files."),
        changes=True,
    ),
    *rows(
        "app",
        ("app.help", "help", "question_mark f1", "Help", "Show the keys and what the signs mean.", 1),
        ("app.command_palette", "command_palette", "colon", "Commands", "Find a command by its name."),
        ("app.settings", "open('settings')", "comma", "Settings", "Look at the settings and change them."),
        ("app.doctor", "open('doctor')", "exclamation_mark", "Check-up", "Check that everything works."),
        ("app.failure", "open('failure')", "E", "Failure", "See what went wrong last, and what the log has."),
        ("app.images", "toggle_images", "I", "Pictures", "Draw pictures, or leave them out."),
        ("app.posts", "open('posts')", "1", "Posts", "Go to the posts."),
        ("app.gallery", "open('gallery')", "2", "Gallery", "Look at the pictures of the posts shown."),
        ("app.jobs", "open('jobs')", "3", "Jobs", "See what runs, waits and failed, and steer it."),
        ("app.search", "open('search')", "4", "Search", "Find posts by all that they say and show."),
        ("app.edit_settings", "edit_settings", "", "Edit settings", "Edit config.toml in $EDITOR."),
        ("app.quit", "quit", "q ctrl+q ctrl+c", "Quit", "Quit; asks while jobs are running.", 2),
    ),
)

"""What keys do on the screens for searching, raw JSON, import, settings, check-up and failures."""

from __future__ import annotations

from social_tui.tui.actions.action import Action, rows

TOOLS: tuple[Action, ...] = (
    *rows("find", ("find.type", "type_words", "slash", "Words", "Type what to find.", 1), priority=True),
    *rows(
        "find",
        ("find.way", "change_way", "b", "By", "Search by words, by words and meaning, or by meaning.", 2),
        ("find.close", "close", "escape", "Back", "Go back.", 3),
    ),
    *rows("raw", ("raw.search", "search", "slash", "Find", "Find words in the text.", 1), priority=True),
    *rows(
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
    *rows(
        "import",
        ("import.start", "start", "s", "Start", "Import what is chosen, else what the cursor is on.", 1),
        ("import.download", "download", "d", "Download", "Capture all that is not captured yet.", 1),
        changes=True,
    ),
    *rows("import", ("import.type_path", "type_path", "slash", "Path", "Type a path.", 3), priority=True),
    *rows(
        "import",
        ("import.stop", "stop", "c", "Stop", "Stop the import; what is imported stays.", 1),
        ("import.again", "again", "n", "More", "Choose other files.", 2),
        ("import.close", "close", "escape", "Back", "Go back; asks while an import runs.", 5),
    ),
    *rows(
        "files",
        ("files.pick", "pick", "space", "Choose", "Choose a file or a whole folder, or not any more.", 2),
        ("files.parent", "parent", "h left backspace", "Up", "Go to the folder above.", 4),
        ("files.enter", "choose", "l right", "Into", "Look into the folder, or choose the file."),
    ),
    *rows(
        "settings",
        ("settings.edit", "edit", "e", "Change", "Type another value; empty takes it out of the file.", 1),
        ("settings.unset", "unset", "u", "Unset", "Take the setting out of the file.", 2),
        changes=True,
    ),
    *rows(
        "settings",
        ("settings.file", "file", "f", "File", "Turn between this library's file and that of all yours.", 3),
        ("settings.close", "close", "escape", "Back", "Go back.", 4),
    ),
    *rows(
        "doctor",
        ("doctor.look", "look", "r", "Again", "Look at everything again.", 1),
        ("doctor.copy", "copy", "y", "Copy", "Copy what was found, as text.", 2),
        ("doctor.close", "close", "escape", "Back", "Go back.", 3),
    ),
    *rows(
        "failure",
        ("failure.copy", "copy", "y", "Copy", "Copy it as text, with the lines of the log.", 1),
        ("failure.close", "close", "escape", "Back", "Go back.", 2),
    ),
)

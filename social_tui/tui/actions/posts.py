"""What keys do with posts and media."""

from __future__ import annotations

from social_tui.tui.actions.action import Action, rows

POSTS: tuple[Action, ...] = (
    *rows(
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
    *rows(
        "library",
        ("library.raw", "open_raw", "J", "Raw JSON", "Show the raw JSON of the selected post."),
        ("library.page_json", "page_json", "e", "JSON in pager", "Show the raw JSON in $PAGER."),
        ("library.browse", "browse", "o", "Browser", "Open the page of the post in the browser."),
        ("library.view_file", "view_file", "O", "Viewer", "Open the captured file in another program."),
        ("library.copy_link", "copy_link", "L", "Copy link", "Copy the link of the post."),
        ("library.copy_text", "copy_text", "W", "Copy text", "Copy the words of the post."),
    ),
    *rows(
        "main",
        ("library.search", "search", "slash", "Search", "Find posts by their words and authors.", 5),
        priority=True,
    ),
    *rows(
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
    *rows(
        "media",
        ("media.next_media", "next_media", "l right n", "Next", "Show the next media.", 5),
        ("media.previous_media", "previous_media", "h left b", "Prev", "Show the previous media.", 7),
        ("media.similar", "go_similar", "s", "Same", "Go to other posts with this picture, and back.", 8),
        ("media.close", "close", "escape", "Back", "Go back to where you came from.", 6),
    ),
    *rows(
        "gallery",
        ("gallery.close", "close", "escape", "Back", "Go back to the posts.", 5),
        ("gallery.larger", "zoom(1)", "plus", "Larger", "Show fewer and larger pictures.", 6),
        ("gallery.smaller", "zoom(-1)", "minus", "Smaller", "Show more and smaller pictures.", 7),
    ),
    *rows(
        "tiles",
        ("tiles.left", "left", "h left", "Left", "Go to the picture before."),
        ("tiles.right", "right", "l right", "Right", "Go to the next picture."),
    ),
    *rows(
        "search",
        ("search.keep", "keep", "enter down", "Keep", "Keep the search and go to the list.", 1),
        ("search.leave", "leave", "escape", "Clear", "Clear the search and go to the list.", 2),
    ),
)

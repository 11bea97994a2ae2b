"""What keys do with posts and media."""

from __future__ import annotations

from social_tui.tui.actions.action import Action, rows

POSTS: tuple[Action, ...] = (
    *rows(
        "library",
        ("library.download", "request('download')", "d", "Download", "Capture what is not captured yet.", 1),
        ("library.verify", "request('verify')", "V", "Verify", "Hash the captured files again.", 5),
        ("library.archive", "request('archive')", "a", "Archive", "Put captured files into the archive.", 3),
        ("library.analyze", "request('analyze')", "y", "Analyse", "Have captured media described.", 4),
        ("library.retry", "retry", "r", "Retry", "Try again what failed.", 8),
        ("library.cancel", "cancel", "c", "Cancel", "Call off waiting and running jobs.", 9),
        ("library.mark", "mark", "m", "Mark", "Mark posts; of one post, take its mark away too.", 10),
        ("library.unmark", "unmark", "M", "Unmark", "Take the marks away."),
        ("library.tag", "tag('tag')", "t", "Tag", "Give posts a tag.", 11),
        ("library.untag", "tag('untag')", "T", "Untag", "Take a tag away."),
        ("library.undo", "undo", "u", "Undo", "Take the last change of marks or tags back.", 12),
        (
            "library.restore",
            "restore",
            "U",
            "Restore",
            "Take files out of quarantine that are right after all.",
        ),
        changes=True,
    ),
    *rows(
        "library",
        ("library.export", "export", "x", "Export", "Write posts to a file, or as a bag of evidence."),
        ("library.raw", "open_raw", "J", "Raw JSON", "Show the raw JSON of the post."),
        ("library.page_json", "page_json", "e", "JSON in pager", "Show the raw JSON in $PAGER."),
        ("library.browse", "browse", "o", "Browser", "Open the page of the post in the browser."),
        ("library.view_file", "view_file", "O", "Viewer", "Open the captured file in another program."),
        ("library.copy_link", "copy_link", "L", "Copy link", "Copy the link of the post."),
        ("library.copy_text", "copy_text", "W", "Copy text", "Copy the words of the post."),
    ),
    *rows(
        "main",
        ("library.search", "search", "slash", "Filter", "Narrow the posts: words, author:, has:, …", 2),
        priority=True,
    ),
    *rows(
        "main",
        ("library.sort", "sort", "s", "Sort", "Go on to the next order.", 7),
        ("library.sidebar", "toggle_sidebar", "b", "Sidebar", "Go to what one can narrow by, or fold it.", 6),
        ("library.toggle_pane", "toggle_pane", "p", "Pane", "Fold the post's pane, or bring it back.", 13),
        ("library.columns", "choose_columns", "K", "Columns", "Choose the columns and their order."),
        ("library.narrower", "widen(-2)", "less_than_sign", "Narrower", "Make the author's column narrower."),
        ("library.wider", "widen(2)", "greater_than_sign", "Wider", "Make the author's column wider."),
        ("library.pane_right", "pane_right", "l right", "Next pane", "Go on to the post, then its media."),
        ("library.pane_left", "pane_left", "h left", "Previous pane", "Go back towards the sidebar."),
        ("library.back", "back", "escape", "Back", "Leave the pane, then picks, then the filter."),
    ),
    *rows(
        "main",
        ("library.save_view", "save_view", "w", "Save view", "Give the filter, order and columns a name."),
        changes=True,
    ),
    *rows("facets", ("facets.delete", "delete_view", "X", "Delete view", "Delete the view."), changes=True),
    *rows(
        "grid",
        ("grid.pick", "pick", "space", "Pick", "Pick the post for what comes next, or put it back.", 7),
        ("grid.range", "pick_range", "v", "Range", "Begin to pick a range; again, pick it."),
        ("grid.all", "pick_all", "asterisk", "All", "Pick all posts of the filter; again, none.", 8),
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
        ("search.keep", "ask('keep')", "enter", "Keep", "Keep the filter and go to the list.", 1),
        ("search.complete", "ask('complete')", "tab", "Complete", "Take what is offered.", 2),
        ("search.next", "ask('next')", "down", "Next", "Go to the next of what is offered, or to the list."),
        ("search.previous", "ask('previous')", "up", "Previous", "Go to the one before."),
        ("search.leave", "ask('leave')", "escape", "Clear", "Close what is offered, then end the filter.", 3),
    ),
)

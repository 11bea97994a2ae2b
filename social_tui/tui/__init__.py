"""The terminal app: the only part of social-tui that knows Textual."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from social_tui.tui.first_page import Load


def run(load: Load) -> int:
    """Open the app on a library and return when the person quits.

    Args:
        load: Loads the settings, which say which library to open and how.

    Returns:
        The process's exit code: 0, or 128 + the signal that ended the app.

    Raises:
        SocialTuiError: If there is no terminal to draw on, or the library cannot be opened.
    """
    from social_tui.tui.entry import run as run_app

    return run_app(load)

"""Opening the app, without what reads command lines: loading that would take a tenth of the app's start."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from social_tui.errors import UsageError

if TYPE_CHECKING:
    from social_tui.config import Settings

PROGRAM = "social-tui"
COMPLETION_VARIABLE = "_SOCIAL_TUI_COMPLETE"


def open_app(load: Callable[[], Settings]) -> int:
    """Open the app in this terminal.

    Args:
        load: Loads the settings.

    Returns:
        The exit code.

    Raises:
        SocialTuiError: If there is no terminal, or no library to open.
    """
    # There is none at all after `<&-`.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError(
            "The app needs a terminal, and this is none.",
            hint=f"For scripts see '{PROGRAM} --help'.",
        )
    # All that is loaded stays: to look through it for garbage again and again takes a tenth of the start. The
    # app turns this on again when its first screen is there.
    gc.disable()
    from social_tui.tui import run

    return run(load)


def usual_settings() -> Settings:
    """Load the settings that hold where the command line names none."""
    from social_tui.config import load_settings

    return load_settings()

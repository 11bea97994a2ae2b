"""What the app starts with, gathered and checked before the terminal is touched."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from social_tui.log import get_logger
from social_tui.paths import user_config_file
from social_tui.tui.first_page import FirstPage
from social_tui.tui.keymap import Keymap, build_keymap
from social_tui.tui.probe import may_ask
from social_tui.tui.state import AppState, StateFile
from social_tui.tui.themes import DARK, THEMES, choose_theme, own_theme, read_themes

if TYPE_CHECKING:
    from textual.theme import Theme

    from social_tui.tui.basics import Basics

log = get_logger(__name__)


@dataclass(frozen=True)
class Setup:
    """What makes this app another than the next.

    Args:
        keymap: Which keys do what.
        themes: The themes beside those that Textual brings.
        theme: The name of the one to begin with.
        state: What the app looked like the last time.
        state_file: Where to keep what it looks like; None keeps nothing.
        viewer: The command that shows files; None for the system's opener.
        is_read_only: Whether the library stays as it is.
        asks_terminal: Whether to ask the terminal what it draws beside characters.
        notices: What a person should hear of all this, one line each.
        modes: How the terminal was set before; None leaves that to Textual.
        first_page: What is read of the library while the app is loaded.
    """

    keymap: Keymap = field(default_factory=build_keymap)
    themes: tuple[Theme, ...] = THEMES
    theme: str = DARK.name
    state: AppState = field(default_factory=AppState)
    state_file: StateFile | None = None
    viewer: str | None = None
    is_read_only: bool = False
    asks_terminal: bool = False
    notices: tuple[str, ...] = ()
    modes: list[Any] | None = None
    first_page: FirstPage = field(default_factory=FirstPage)


def read_setup(basics: Basics) -> Setup:
    """Make what the app starts with; what is only about looks never keeps it from starting.

    Raises:
        ConfigurationError: If the keys make no sense.
    """
    keymap = build_keymap(basics.key_tables)
    own, problems = read_themes(user_config_file().parent / "themes")
    themes = (*THEMES, *own)
    theme, unknown = choose_theme(basics.theme or basics.state.theme, themes, own_theme(os.environ))
    notices = tuple(filter(None, (*map(str, problems), unknown, basics.damage)))
    for notice in notices:
        log.warning("setup_problem", notice=notice)
    return Setup(
        keymap=keymap.for_reading() if basics.is_read_only else keymap,
        themes=themes,
        theme=theme,
        state=basics.state,
        state_file=None if basics.is_read_only else StateFile(basics.paths),
        viewer=basics.viewer,
        is_read_only=basics.is_read_only,
        asks_terminal=basics.state.images not in ("half-blocks", "off") and may_ask(os.environ),
        notices=notices,
    )

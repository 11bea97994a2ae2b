"""What the app must know before its first frame, without the settings themselves, which take long to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from social_tui.log import LogSettings, open_log
from social_tui.paths import Paths
from social_tui.tui.state import AppState, StateFile

if TYPE_CHECKING:
    from social_tui.config import Settings


@dataclass(frozen=True)
class Basics:
    """A library's settings as far as the first frame depends on them, and what the app looked like.

    Args:
        paths: Where the library's files are.
        log: What the log is opened with.
        key_tables: Files and their tables ``[keys]``, unread; a later one wins.
        theme: The theme by the settings; None where they name none.
        viewer: The command that shows files; None for the system's opener.
        is_read_only: Whether the library stays as it is.
        state: What the app looked like the last time.
        damage: Why that could not be read, in one line for a person; else empty.
    """

    paths: Paths
    log: LogSettings
    key_tables: tuple[tuple[str, Mapping[str, Any]], ...]
    theme: str | None
    viewer: str | None
    is_read_only: bool
    state: AppState
    damage: str


def read_basics(settings: Settings) -> Basics:
    """Open the log and gather what the app starts with.

    Raises:
        SocialTuiError: If there can be no log.
    """
    log = LogSettings.of(settings)
    open_log(log, component="app")
    state, damage = StateFile(settings.paths).read()
    return Basics(
        paths=settings.paths,
        log=log,
        key_tables=settings.key_tables,
        theme=settings.theme,
        viewer=settings.viewer,
        is_read_only=settings.read_only,
        state=state,
        damage=damage,
    )

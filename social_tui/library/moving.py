"""Copies a library into another database, or from there: its rows, with where its files are archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from social_tui.errors import ConfigurationError
from social_tui.library.session import Library
from social_tui.store.moving import CopiedTable, two_databases

DEFAULT_WORKSPACE = UUID("00000000-0000-0000-0000-000000000001")


def move(
    library: Library,
    way: Literal["push", "pull"],
    *,
    workspace: UUID | None = None,
    tell: Callable[[str, int], None] = lambda table, rows: None,
) -> list[CopiedTable]:
    """Copy the rows of the current workspace to another database, or those of another into it.

    Files stay where they are, and no setting is copied. Rows that are only in the target or newer
    there stay; jobs and seals of the audit log belong to their database.

    Args:
        library: The library here; its setting ``other_database_url`` names the other database.
        way: Whether rows go there or come here.
        workspace: The workspace in the other database; its default one without it.
        tell: Told the table and how many of its rows were looked at.

    Returns:
        What became of each table; all arrived where no ``missing`` is above zero.

    Raises:
        ConfigurationError: If no other database is named.
        SocialTuiError: If one cannot be reached, has no such workspace or another version.
    """
    settings = library.settings
    if settings.other_database_url is None:
        raise ConfigurationError(
            "No other database is named.",
            hint="Set SOCIAL_TUI_OTHER_DATABASE_URL to postgresql://user@host:5432/name.",
        )
    other = settings.other_database_url.get_secret_value()
    here, there = settings.workspace or DEFAULT_WORKSPACE, workspace or DEFAULT_WORKSPACE
    if way == "push":
        with two_databases(library.database_url, other) as mover:
            return mover.copy(here, there, tell)
    with two_databases(other, library.database_url) as mover:
        return mover.copy(there, here, tell)

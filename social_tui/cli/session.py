"""What one call of the command line works with: its settings and its library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from social_tui.cli.output import complain

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.library.session import Library


class Session:
    """Loads the settings and opens the library when a command asks for them."""

    def __init__(self) -> None:
        self.home: Path | None = None
        self.read_only = False
        self.given: Settings | None = None

    def load(self, **overrides: object) -> Settings:
        """Load the settings and nothing else.

        Args:
            overrides: Settings given as options; None means not given.
        """
        if self.given is not None:
            return self.given
        from social_tui.config import load_settings

        return load_settings({"home": self.home, "read_only": self.read_only or None, **overrides})

    def settings(self, *, component: str = "cli", **overrides: object) -> Settings:
        """Load the settings and start the log.

        Args:
            component: The name under which this process writes to the log.
            overrides: Settings given as options; None means not given.
        """
        settings = self.load(**overrides)
        self.start_log(settings, component=component)
        return settings

    def start_log(self, settings: Settings, *, component: str = "cli") -> None:
        """Send the log of this process to the library of these settings."""
        from social_tui.log import configure_logging

        configure_logging(settings, component=component)

    @contextmanager
    def library(self, *, actor: str = "cli", seals: bool = True, **overrides: object) -> Iterator[Library]:
        """Open the library for the time of a block.

        What there is to know about a library that was made just now goes to stderr.

        Args:
            actor: Who acts, for the audit log.
            seals: Whether to seal the audit log at the end.
            overrides: Settings given as options; None means not given.
        """
        settings = self.settings(component=actor, **overrides)
        with opened(settings, actor=actor, seals=seals) as library:
            yield library


@contextmanager
def opened(settings: Settings, *, actor: str = "cli", seals: bool = True) -> Iterator[Library]:
    """Open a library, and tell on stderr what there is to know when it was made just now."""
    from social_tui.library.session import open_library

    with open_library(settings, actor=actor, seals=seals) as library:
        if library.notice:
            complain(library.notice)
        yield library


pass_session = click.make_pass_decorator(Session)

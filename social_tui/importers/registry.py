"""The formats that can be imported; a new one is a module and a line here."""

from __future__ import annotations

from typing import Any, Protocol

from social_tui.importers import apify_linkedin
from social_tui.models import ParsedPost


class Importer(Protocol):
    """A format: a module with these names.

    ``WRAPPERS`` are the paths under which an object keeps a list of its posts.
    """

    @property
    def WRAPPERS(self) -> tuple[tuple[str, ...], ...]:  # noqa: N802 - a constant of a module
        """Return the paths of names to lists of posts."""

    def sniff(self, value: Any) -> bool:
        """Tell whether a JSON value has the shape of a post of this format."""

    def parse(self, value: dict[str, Any], raw: str, *, avatars: bool) -> ParsedPost:
        """Take the post out of it, or raise ImportRefusedError with the reason."""


IMPORTERS: tuple[Importer, ...] = (apify_linkedin,)


def detect(value: Any) -> Importer | None:
    """Return the format of a JSON value by its shape, or None where no format has it."""
    return next((importer for importer in IMPORTERS if importer.sniff(value)), None)

"""Formats that a map describes whole, as people write maps for what no format knows (``docs/mapping.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from social_tui.importers.map_files import parse_map
from social_tui.importers.mapped import Mapped
from social_tui.importers.protocol import Outcome, PassedOver, Stream


@dataclass(frozen=True)
class KnownMap:
    """A format that is read by a map.

    Args:
        name: What to call it.
        about: What it reads, in one sentence with its source.
        has: The members that every item of it has, and that no item of another format has all together.
        text: The map.
        aside: A member, with the values that it has of what is no post, and why that is none.
    """

    name: str
    about: str
    has: frozenset[str]
    text: str
    aside: tuple[str, frozenset[str], str] | None = None

    @cached_property
    def mapped(self) -> Mapped:
        """The map, which is taken apart when the first of its items comes."""
        return parse_map(self.text.encode(), self.name)

    @property
    def STREAMS(self) -> tuple[Stream, ...]:  # noqa: N802 - as the constant of the other formats
        """Where objects of this format keep lists of items: nowhere but in files of their own."""
        return ()

    def sniff(self, value: Any) -> bool:
        """Tell whether a JSON value has the members that every item has."""
        return isinstance(value, dict) and value.keys() >= self.has

    def parse(self, value: dict[str, Any], raw: str, *, avatars: bool) -> Iterator[Outcome]:
        """Yield the one post that an item is, or why it is none."""
        if self.aside is not None and str(value.get(self.aside[0])) in self.aside[1]:
            yield PassedOver(self.aside[2])
            return
        yield from self.mapped.parse(value, raw, avatars=avatars)

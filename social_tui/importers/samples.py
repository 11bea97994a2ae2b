"""Looks at some items of an unknown format: which values are where in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from social_tui.importers import fields
from social_tui.importers.json_paths import JsonPath
from social_tui.importers.media import type_of_name
from social_tui.text import storable_text, web_address

Names = tuple[str, ...]

_DEEPEST = 4
_MOST_PLACES = 2_000
_WORDS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def listed(words: str) -> tuple[str, ...]:
    """Part words that have spaces between them."""
    return tuple(words.split())


_PERSONS = frozenset(
    listed(
        "author user owner account creator from sender profile poster publisher channel page by member person"
        " actor writer"
    )
)


def words_of(name: str) -> list[str]:
    """Take a name apart: ``createdAt`` and ``created_at`` are ``created`` and ``at``."""
    return [word.lower() for word in _WORDS.findall(name)]


@dataclass(frozen=True)
class Place:
    """A place in the items, with what stands there in each of them.

    Args:
        names: The names that lead to it.
        values: One for each item; None where there is none.
    """

    names: Names
    values: list[Any]

    @property
    def path(self) -> JsonPath:
        """The way to it."""
        return JsonPath(self.names)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its own name."""
        return frozenset(words_of(self.names[-1]))

    @cached_property
    def name(self) -> str:
        """Its own name in small letters without what parts words."""
        return "".join(words_of(self.names[-1]))

    @cached_property
    def present(self) -> list[Any]:
        """The values that are there."""
        return [value for value in self.values if value not in (None, "", [], {})]

    @cached_property
    def is_of_person(self) -> bool:
        """Whether it tells something of somebody and not of the post, as ``user.id`` does."""
        above = {word for name in self.names[:-1] for word in words_of(name)}
        return bool(above & _PERSONS) or (len(self.words) > 1 and bool(self.words & _PERSONS))

    @cached_property
    def texts(self) -> list[str]:
        """The texts among the values."""
        return [text for value in self.present if (text := fields.text(value))]

    @cached_property
    def are_texts(self) -> bool:
        """Whether there are values, and all of them are texts."""
        return bool(self.present) and len(self.texts) == len(self.present)

    @cached_property
    def are_links(self) -> bool:
        """Whether there are values, and all of them begin as links do."""
        return self.are_texts and all(is_link(text) for text in self.texts)


def is_link(value: Any) -> bool:
    """Tell whether a value is a text that begins with a link."""
    text = value.split(maxsplit=1)[0] if isinstance(value, str) and value.strip() else ""
    return web_address(f"https:{text}" if text.startswith("//") else text) is not None


def end_as_media(links: Sequence[str]) -> bool:
    """Tell whether at least half of some links end as files of media do."""
    known = sum(
        type_of_name(link.split()[0], "image") != "image" or type_of_name(link.split()[0], "audio") != "audio"
        for link in links
    )
    return bool(links) and known * 2 >= len(links)


def places(items: Sequence[Any]) -> list[Place]:
    """Return every place of some items where something other than an object stands, the outer ones first."""
    found: dict[Names, list[Any]] = {}
    for number, item in enumerate(items):
        for names, value in _leaves(item, ()):
            if names in found or len(found) < _MOST_PLACES:
                found.setdefault(names, [None] * len(items))[number] = value
    return [Place(names, values) for names, values in sorted(found.items(), key=lambda each: len(each[0]))]


def _leaves(value: Any, names: Names) -> Iterator[tuple[Names, Any]]:
    if isinstance(value, dict) and len(names) < _DEEPEST:
        for name, inner in value.items():
            if storable_text(name) == name:
                yield from _leaves(inner, (*names, name))
    elif names and not isinstance(value, dict):
        yield names, value

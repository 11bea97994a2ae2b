"""Finds out what of an item decides that it is taken for its format."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from social_tui.importers.json_paths import JsonPath, Step
from social_tui.text import redact

#: No format asks for more than a few names; this bounds the work on an item of tens of thousands.
_MOST_TRIES = 5_000
_LONGEST_VALUE = 40
_OTHERS: tuple[tuple[type, Any, str], ...] = (
    (str, "\N{REPLACEMENT CHARACTER}", "a text"),
    (bool, None, "true or false"),
    (int, 9, "a number"),
    (float, 9.5, "a number"),
)


def decisive(value: Any, is_taken: Callable[[Any], bool]) -> list[str]:
    """Take away of an item whatever can go while it is still taken, and tell what is left.

    Args:
        value: An item that is taken.
        is_taken: Tells whether a value is.

    Returns:
        What must be there and, where it matters, what it must be: ``$.account.acct`` or
        ``$.type is "message"``.
    """
    smallest = _Smallest(value, is_taken)
    smallest.reduce(smallest.root, 0)
    return smallest.told(smallest.root[0], ())


class _Smallest:
    def __init__(self, value: Any, is_taken: Callable[[Any], bool]) -> None:
        self.root = [deepcopy(value)]
        self._is_taken = is_taken
        self._tries = 0
        #: By container and place, what a value that must not be null has to be.
        self._kinds: dict[tuple[int, Step], str] = {}

    def _still(self) -> bool:
        self._tries += 1
        return self._tries <= _MOST_TRIES and self._is_taken(self.root[0])

    def reduce(self, container: Any, place: Any) -> None:
        """Make the value at a place as small as it can be."""
        value = container[place]
        if isinstance(value, dict):
            self._drop(value, list(value))
            for name in value:
                self.reduce(value, name)
        elif isinstance(value, list) and value:
            kept = value[:]
            for most in (0, 1):
                del value[most:]
                if self._still():
                    break
                value[:] = kept
            for index in range(len(value)):
                self.reduce(value, index)
        if not value or not isinstance(value, dict | list):
            self._reduce_leaf(container, place, value)

    def _drop(self, value: dict[str, Any], names: list[str]) -> None:
        """Take away what can go of some members: all at once, else each half by itself."""
        kept = {name: value.pop(name) for name in names}
        if not names or self._still():
            return
        value |= kept
        if len(names) > 1:
            self._drop(value, names[: len(names) // 2])
            self._drop(value, names[len(names) // 2 :])

    def _reduce_leaf(self, container: Any, place: Any, value: Any) -> None:
        container[place] = None
        if value is None or self._still():
            return
        kind = "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else ""
        for each, other, words in _OTHERS:
            if type(value) is each and not kind:
                container[place] = (not value) if other is None else other
                kind = words if self._still() else _shown(value)
        container[place] = value
        self._kinds[id(container), place] = kind

    def told(self, value: Any, steps: tuple[Step, ...]) -> list[str]:
        """Tell what is left of a value."""
        members = value.items() if isinstance(value, dict) else enumerate(value)
        lines = []
        for place, inner in members:
            path = (*steps, place)
            if isinstance(inner, dict | list) and inner:
                lines += self.told(inner, path)
            else:
                kind = self._kinds.get((id(value), place))
                lines.append(f"{JsonPath(path)} is {kind}" if kind else str(JsonPath(path)))
        return lines


def _shown(value: Any) -> str:
    written = json.dumps(redact(value) if isinstance(value, str) else value, ensure_ascii=False)
    return written if len(written) <= _LONGEST_VALUE else f"{written[:_LONGEST_VALUE]}…"

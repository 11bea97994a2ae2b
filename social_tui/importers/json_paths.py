"""Paths into JSON values: the part of JSONPath (RFC 9535) that needs neither filters nor searches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Step = str | int | Literal[True]
"""A name, a place in a list, or True for every member."""

_SHORTHAND = r"[A-Za-z_\u0080-\U0010ffff][\w]*"
_STEP = re.compile(
    rf"""
    [ ]?(?:
        \.(?P<shorthand>{_SHORTHAND})
        | \[[ ]?'(?P<single>(?:[^'\\]|\\.)*)'[ ]?\]
        | \[[ ]?"(?P<double>(?:[^"\\]|\\.)*)"[ ]?\]
        | \[[ ]?(?P<place>-?(?:0|[1-9]\d{{0,8}}))[ ]?\]
        | (?P<every>\[[ ]?\*[ ]?\]|\.\*)
    )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path such as ``$.author.names[0]`` or ``$['post id']``.

    Args:
        steps: What leads from the value to what is meant.
    """

    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Read a path as a person writes it.

        Raises:
            ValueError: If it is none; in words for that person.
        """
        if not text.startswith("$"):
            raise ValueError("a path begins with $, as in $.id")
        steps: list[Step] = []
        at = 1
        while at < len(text):
            match = _STEP.match(text, at)
            if match is None:
                raise ValueError(
                    f"it is no path from character {at + 1} on; "
                    "there are .name, ['any name'], [0] and [*] for every member"
                )
            steps.append(_step(match))
            at = match.end()
        return cls(tuple(steps))

    def __str__(self) -> str:
        return "$" + "".join(map(_written, self.steps))

    def find(self, value: Any) -> list[Any]:
        """Return all that the path leads to, in its order; nothing where a step leads nowhere."""
        found = [value]
        for step in self.steps:
            found = [inner for each in found for inner in _members(each, step)]
        return found


def _step(match: re.Match[str]) -> Step:
    kind = match.lastgroup
    if kind == "every":
        return True
    text = match[str(kind)]
    if kind == "place":
        return int(text)
    if kind == "shorthand":
        return str(text)
    if kind == "single":
        text = re.sub(r"\\(.)|(\")", _unquoted, text, flags=re.DOTALL)
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        raise ValueError(f"the name in {match[0].strip()} is not written as JSON writes it") from None


def _unquoted(match: re.Match[str]) -> str:
    """Write an escape of a name in single quotes as one in double quotes has it."""
    if match[2]:
        return '\\"'
    return "'" if match[1] == "'" else match[0]


def _written(step: Step) -> str:
    if step is True:
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(_SHORTHAND, step):
        return f".{step}"
    inner = json.dumps(step, ensure_ascii=not step.isprintable())[1:-1]
    return "['" + inner.replace('\\"', '"').replace("'", "\\'") + "']"


def _members(value: Any, step: Step) -> Iterable[Any]:
    if step is True:
        return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(step, str):
        return (value[step],) if isinstance(value, dict) and step in value else ()
    is_there = isinstance(value, list) and -len(value) <= step < len(value)
    return (value[step],) if is_there else ()

"""What readers make of a file: items, and faults in place of those that cannot be had."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from social_tui.importers.protocol import Stream

#: The members of the objects around a stream that its items need: name and text, the outermost object first.
Levels = tuple[dict[str, str], ...]


class Item(NamedTuple):
    """One item of a file.

    Args:
        position: Its number in the file, from 1.
        value: What it decodes to.
        raw: Its text exactly as it stands in the file.
        may_hold_items: Whether there may be lists of items in it; its reader may know better.
    """

    position: int
    value: Any
    raw: str
    may_hold_items: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """One item that cannot be had, or the place from which the file cannot be read on.

    Args:
        position: The number of the item, from 1; 0 where no item was reached.
        reason: One clause, without any content of the file.
    """

    position: int
    reason: str


class Line(NamedTuple):
    """One line of a file of JSON lines that nobody decoded yet.

    Args:
        text: The line without white space around it.
        read: Decodes it: has its items, and the faults in place of those that cannot be had.
    """

    text: str
    read: Callable[[], Iterable[Item | Fault]]


def in_context(item: Item, stream: Stream, levels: Levels) -> Item:
    """Put an item back into the smallest object that holds it, with what it cannot do without."""
    value: Any = [item.value]
    raw = f"[{item.raw}]"
    for level, name in zip(reversed(levels), reversed(stream.path), strict=False):
        known = {key: text for key, text in level.items() if key in stream.context}
        value = {**{key: json.loads(text) for key, text in known.items()}, name: value}
        members = "".join(f'"{key}":{text},' for key, text in known.items())
        raw = f'{{{members}"{name}":{raw}}}'
    return Item(item.position, value, raw)

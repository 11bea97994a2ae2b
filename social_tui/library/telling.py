"""What is told of a post beside its text, in the app and by commands: its links, its engagement over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from social_tui.models import PostLink, PostRelation, Snapshot

#: What a post does with another one, and what the other one has done to it.
RELATIONS: Final[dict[PostRelation, tuple[str, str]]] = {
    "boosted": ("boosts", "boosted by"),
    "quoted": ("quotes", "quoted by"),
    "reshared": ("reshares", "reshared by"),
    "replied_to": ("answers", "answered by"),
}
FIGURES: Final = ("reactions", "comments", "reposts", "views")
_STEPS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure of a post over time.

    Args:
        name: One of ``FIGURES``.
        values: At least two, in the order in which they were taken.
        first_at: When the first was taken.
        last_at: When the last was taken.
    """

    name: str
    values: tuple[int, ...]
    first_at: datetime
    last_at: datetime


def link_groups(links: Sequence[PostLink]) -> Iterator[tuple[str, list[PostLink], int]]:
    """Yield the links of a post, those in one direction and relation together.

    Yields:
        What the post does or suffers, such as ``quoted by``; the links that are known; how many there are.
    """
    for (direction, relation), group in groupby(links, key=lambda link: (link.direction, link.relation)):
        known = list(group)
        yield RELATIONS[relation][direction == "from"], known, known[0].total


def curves(snapshots: Sequence[Snapshot]) -> list[Curve]:
    """Return the figures that changed, or else the first that was taken twice."""
    found = []
    for name in FIGURES:
        taken = [(each.downloaded_at, getattr(each, name)) for each in snapshots]
        told = [(at, value) for at, value in taken if value is not None]
        if len(told) > 1:
            found.append(Curve(name, tuple(value for _, value in told), told[0][0], told[-1][0]))
    return [each for each in found if len(set(each.values)) > 1] or found[:1]


def sparkline(values: Sequence[int], width: int) -> str:
    """Draw values as a line of blocks, one for each; of more than fit, those at even distances and the last.

    Args:
        values: At least one; the lowest is drawn lowest and the highest highest.
        width: The most columns, at least two.
    """
    if len(values) > width:
        values = [values[place * (len(values) - 1) // (width - 1)] for place in range(width)]
    low, high = min(values), max(values)
    steps = len(_STEPS) - 1
    return "".join(_STEPS[(value - low) * steps // max(high - low, 1)] for value in values)

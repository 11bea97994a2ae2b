"""How long the lists and chunks are that go to and from the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

MAX_ROWS = 500
"""The longest page of any list and the longest chunk of any import."""


def chunks(
    items: Sequence[dict[str, Any]], weigh_by: str, max_weight: int
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Cut a list into pieces of at most 500 items and about a given weight.

    Args:
        items: The items, in order.
        weigh_by: The field whose length in characters is the weight of an item.
        max_weight: Where a piece ends; a heavier single item is a piece of its own.

    Yields:
        The position of the first item, and the items.
    """
    start = 0
    weight = 0
    for index, item in enumerate(items):
        added = len(item[weigh_by])
        if index > start and (index - start == MAX_ROWS or weight + added > max_weight):
            yield start, list(items[start:index])
            start, weight = index, 0
        weight += added
    if start < len(items):
        yield start, list(items[start:])

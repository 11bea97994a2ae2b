"""Makes values from outside fit for the database: PostgreSQL's text and JSON hold less than Python's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_ROWS = 500
"""The longest page of any list and the longest chunk of any import."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """Return a JSON value in which everything can be stored.

    Args:
        value: A JSON value; strings may hold NUL and lone surrogates, numbers NaN and infinity.

    Returns:
        The same value with U+FFFD for what PostgreSQL's text cannot hold
        (https://www.postgresql.org/docs/current/datatype-json.html) and null for what JSON has no
        number for.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


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

"""How often Python looks for unreachable cycles of objects."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collecting_seldom(new_objects: int) -> Iterator[None]:
    """Look for cycles seldom.

    For work that makes very many objects and no cycles of them: what nobody refers to goes at once anyway
    (https://docs.python.org/3/library/gc.html). Blocks may overlap in threads: when all have ended, it is
    looked for as often as before the first.

    Args:
        new_objects: How many new objects there are between two searches; Python's own number is 700 or 2,000.
    """
    before = gc.get_threshold()
    gc.set_threshold(new_objects, *before[1:])
    try:
        yield
    finally:
        # Unless a block that began before this one has ended meanwhile, and has put it back already.
        if gc.get_threshold()[0] == new_objects:
            gc.set_threshold(*before)

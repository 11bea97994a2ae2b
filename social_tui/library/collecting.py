"""How often Python looks for unreachable cycles of objects."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

#: Some batches of posts; the usual 700 objects are those of a few posts.
_NEW_OBJECTS = 100_000


@contextlib.contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look for cycles seldom, and not among what is there already.

    For work that makes very many objects and no cycles of them: what nobody refers to goes at once anyway
    (https://docs.python.org/3/library/gc.html).
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

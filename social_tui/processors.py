"""Which of the machine's processors a process keeps to.

The threads of one Python take turns (the GIL). Where these turns go from one processor to another, each waits
for the other to wake up: a crew of processes that keep to processors of their own does the same work in about
a tenth less time. Linux alone lets a program ask for it (sched_setaffinity(2)); elsewhere nothing happens.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator, Set


def divided(processes: int) -> list[frozenset[int]]:
    """Divide the processors that the calling thread may use among processes.

    Args:
        processes: How many.

    Returns:
        The numbers of the processors of each, by turns; none, which stands for all, where there are fewer
        processors than processes, or the system has no say in it.
    """
    usable = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    if len(usable) < processes:
        return [frozenset()] * processes
    return [frozenset(usable[place::processes]) for place in range(processes)]


@functools.cache
def own_processors() -> frozenset[int]:
    """Return the numbers of the processors that this program was given, whichever it keeps to by itself."""
    return frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" else frozenset()


def keep(processors: Set[int]) -> None:
    """Have the calling thread, and all that it will start, keep to some processors; none stands for all.

    It is a matter of speed alone: a system that refuses is left as it is. Nothing is asked for that is so
    already: it would hold, too, where the system gives the program more processors later.
    """
    own_processors()  # while that can be told
    if sys.platform == "linux" and processors and processors != os.sched_getaffinity(0):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, processors)


@contextlib.contextmanager
def kept_to(processors: Set[int]) -> Iterator[None]:
    """Have the calling thread, and all that it starts meanwhile, keep to some processors."""
    before = os.sched_getaffinity(0) if sys.platform == "linux" else frozenset()
    keep(processors)
    try:
        yield
    finally:
        keep(before)

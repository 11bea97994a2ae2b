"""Which of the machine's processors a process keeps to.

The threads of one Python take turns (the GIL). Where these turns go from one processor to another, each waits
for the other to wake up: a crew of processes that keep to processors of their own does the same work in about
a tenth less time. Linux alone lets a program ask for it (sched_setaffinity(2)); elsewhere nothing happens.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Set


def divided(processes: int) -> list[frozenset[int]]:
    """Divide the processors that the calling thread may use among processes.

    Args:
        processes: How many.

    Returns:
        The numbers of the processors of each, by turns; nothing where there are fewer processors than
        processes, or the system has no say in it.
    """
    if sys.platform != "linux":
        return []
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < processes:
        return []
    return [frozenset(usable[place::processes]) for place in range(processes)]


def keep(pid: int, processors: Set[int]) -> None:
    """Have the main thread of a process (0: the caller), and all that it will start, keep to some processors.

    It is a matter of speed alone: a system that refuses, and a process that is gone, are left as they are.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, processors)


@contextlib.contextmanager
def kept_to(processors: Set[int]) -> Iterator[None]:
    """Have the calling thread, and all that it starts meanwhile, keep to some processors."""
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    keep(0, processors)
    try:
        yield
    finally:
        keep(0, before)


def all_processors() -> frozenset[int]:
    """Return the numbers of all processors; the system leaves out those that are not for this program."""
    # Those that are asleep too: with every second one (no hyper-threading) the others have higher numbers.
    return frozenset(range(os.sysconf("SC_NPROCESSORS_CONF")))

"""Working on many things at once, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], things: Iterator[T], *, threads: int) -> Iterator[tuple[T, R]]:
    """Work on things in threads; of very many only a few are taken at a time.

    Args:
        work: What to do with each.
        things: Taken from by this thread alone.
        threads: How many at once.

    Yields:
        Each with what came of it, in no particular order; what ``work`` raises is raised here.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="side-by-side") as pool:
        running: dict[Future[R], T] = {}
        while True:
            for thing in islice(things, 2 * threads - len(running)):
                running[pool.submit(work, thing)] = thing
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()

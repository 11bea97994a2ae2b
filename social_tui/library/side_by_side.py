"""Working on many things at once, a few at a time, and beside somebody who may be called off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from social_tui.errors import CancelledError

_ASK_SECONDS = 0.2
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


def unless_over(work: Callable[[], R], is_over: Callable[[], bool]) -> R:
    """Do what waits for a network in a thread of its own, and leave it to itself when time is over.

    Args:
        work: What to do. It must not matter whether it is done when it is left.
        is_over: Asked now and then whether to leave it.

    Returns:
        What came of it; what it raises is raised here.

    Raises:
        CancelledError: If it was left.
    """
    done: Future[R] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits
            done.set_exception(error)

    # No pool: its threads are waited for at the end of the process.
    threading.Thread(target=run, name="transfer", daemon=True).start()
    while not wait([done], _ASK_SECONDS).done:
        if is_over():
            raise CancelledError("The work was stopped.")
    return done.result()

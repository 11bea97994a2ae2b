"""Waiting for a condition, for tests whose other side is a thread or a process."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_SECONDS = 30.0


def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Return as soon as a condition holds.

    Raises:
        TimeoutError: If it does not within half a minute.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} never came true")
        time.sleep(0.02)

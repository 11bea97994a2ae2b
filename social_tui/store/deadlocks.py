"""Calls that lost in a deadlock: the database undid them, and they may be made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from social_tui.errors import DatabaseError
from social_tui.store.sqlstates import DEADLOCK

_TRIES = 3

T = TypeVar("T")


def again_after_deadlock(call: Callable[[], T]) -> T:
    """Make a call, and make it again when it was the one that PostgreSQL ended to let others go on.

    All take locks in one order; but what a call concerns may grow between its locks and its change, by what
    others do meanwhile. To repeat it is what PostgreSQL asks of programs:
    https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html

    Args:
        call: Makes one call, which is a transaction of its own.

    Returns:
        What it returns.

    Raises:
        DatabaseError: What it raised; a deadlock only if it lost each time.
    """
    for _ in range(_TRIES - 1):
        try:
            return call()
        except DatabaseError as error:
            if error.sqlstate != DEADLOCK:
                raise
    return call()

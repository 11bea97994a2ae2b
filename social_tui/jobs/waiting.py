"""Waiting with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait until an event is set, but no longer than so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def repeat(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Do some work every so many seconds, until cancelled.

    Before Python 3.12 ``asyncio.wait_for``, which database drivers use, can lose a cancellation that comes
    when its work is just done (python/cpython#86296): hence the question whether there was one.
    """
    task = asyncio.current_task()
    while task is not None and not task.cancelling():
        await asyncio.sleep(seconds)
        await work()

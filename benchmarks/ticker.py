"""A task that wakes every 5 ms and notes how much too late; alone, what the machine itself does to it."""

from __future__ import annotations

import asyncio
import sys
import time

STEP_SECONDS = 0.005


async def tick(late: list[float]) -> None:
    """Note, until cancelled, how many seconds too late each step came."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(STEP_SECONDS)
        late.append(time.perf_counter() - before - STEP_SECONDS)


async def alone() -> None:
    """Tick until the standard input ends, and print the longest delay in seconds."""
    late: list[float] = []
    task = asyncio.create_task(tick(late))
    await asyncio.to_thread(sys.stdin.read)
    task.cancel()
    print(max(late))


if __name__ == "__main__":
    asyncio.run(alone())

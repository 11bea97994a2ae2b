"""The threads in which everything that blocks is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Reads in several threads, and draws pictures in one: a pile of previews must not keep rows waiting."""

    def __init__(self) -> None:
        self._reading = ThreadPoolExecutor(6, thread_name_prefix="app")
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="preview")

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that waits for the database, the disk or the network."""
        return await self._run(self._reading, call, *args, **kwargs)

    async def draw(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that makes or draws a picture."""
        return await self._run(self._drawing, call, *args, **kwargs)

    async def _run(
        self, threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, lambda: call(*args, **kwargs))

    def end(self, *, wait: bool) -> None:
        """Begin nothing more; with ``wait``, return when nothing runs any more."""
        for threads in (self._reading, self._drawing):
            threads.shutdown(wait=wait, cancel_futures=True)

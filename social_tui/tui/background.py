"""Work beside the screen: its end with the screen that it is for, and the threads for all that blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from textual.app import App
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget

P = ParamSpec("P")
T = TypeVar("T")


async def while_open(
    app: App[Any],
    work: Callable[P, Coroutine[Any, Any, None]],
    *args: P.args,
    **named: P.kwargs,
) -> None:
    """Do a widget's work; that it finds nowhere to show it is no fault once its screen or the app closed.

    Args:
        app: Which screens are open.
        work: A widget's method, or anything else.
        args: Its arguments.
        named: Its named arguments.
    """
    try:
        await work(*args, **named)
    except NoMatches:
        owner = getattr(work, "__self__", None)
        if not isinstance(owner, Widget) or (app.is_running and _screen_of(owner) in app.screen_stack):
            raise


def _screen_of(widget: Widget) -> Screen[Any] | None:
    return next((node for node in widget.ancestors_with_self if isinstance(node, Screen)), None)


class Threads:
    """Reads in several threads, and draws pictures in one: a pile of previews must not keep rows waiting.

    A question by meaning, which may wait long for a service and cannot be called off, has one of its own too.
    """

    def __init__(self) -> None:
        self._reading = ThreadPoolExecutor(6, thread_name_prefix="app")
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="meaning")

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that waits for the database, the disk or the network."""
        return await self._run(self._reading, call, *args, **kwargs)

    async def draw(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that makes or draws a picture."""
        return await self._run(self._drawing, call, *args, **kwargs)

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that asks by meaning, after what is asked already."""
        return await self._run(self._asking, call, *args, **kwargs)

    async def _run(
        self, threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, lambda: call(*args, **kwargs))

    def end(self, *, wait: bool) -> None:
        """Begin nothing more; with ``wait``, return when nothing runs any more."""
        for threads in (self._reading, self._drawing, self._asking):
            threads.shutdown(wait=wait, cancel_futures=True)

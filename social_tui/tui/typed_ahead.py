"""Keys that come faster than they are dealt with: each is held back until the one before took effect."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.events import Key, Paste

# A binding may ask a widget, which tells its parent, which tells the screen, which moves the focus.
_HOPS = 3
_LONGEST_SECONDS = 3.0


class TypedAhead:
    """Hands keys on one by one.

    Textual sends a key to what has the focus when the key arrives. Of keys that arrive together, as over a
    slow connection, the letters behind the one that opens a box would be commands.

    Args:
        app: Whose keys they are.
        hand_on: Gives a key to what has the focus.
    """

    def __init__(self, app: App[Any], hand_on: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Key | Paste] = deque()
        self._task: asyncio.Task[None] | None = None

    async def take(self, event: Key | Paste) -> None:
        """Hand a key on, now or when those before it are dealt with."""
        if self._task is not None and not self._task.done():
            self._waiting.append(event)
            return
        if self._task is None:
            # The first one may come while the screen does not have its focus yet.
            self._waiting.append(event)
        else:
            await self._hand_on(event)
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        await self._settled()
        while self._waiting:
            await self._hand_on(self._waiting.popleft())
            await self._settled()

    async def _settled(self) -> None:
        """Wait until all that a key's way leads through has nothing more to do."""
        with contextlib.suppress(TimeoutError):
            # What went away, or is busy for longer, had better not keep keys waiting.
            async with asyncio.timeout(_LONGEST_SECONDS):
                for _ in range(_HOPS):
                    await self._hop()

    async def _hop(self) -> None:
        if not self._app.is_running or not self._app.screen_stack:
            return
        for node in (self._app.focused or self._app.screen).ancestors_with_self:
            done = asyncio.Event()
            if node.call_later(done.set):
                await done.wait()

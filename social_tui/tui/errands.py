"""Reads that nobody may want any more before they end, and that the database then gives up too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel

P = ParamSpec("P")
T = TypeVar("T")


class Errands:
    """Reads lists in threads; where the task that waits is cancelled, so is the statement that runs for it.

    Without that, the counts for every letter of a filter would go on beside those for the next.

    Args:
        app: Runs what blocks in threads.
    """

    def __init__(self, app: SocialTuiApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()
        self._left: list[Callable[[], None]] = []

    async def read(
        self, call: Callable[Concatenate[LibraryModel, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Read something of the library at once."""
        model, cancel = (await self._app.model()).cancellable()
        try:
            return await self._app.offload(call, model, *args, **kwargs)
        except asyncio.CancelledError:
            if self._app.is_running:
                self._app.start_beside("cancel", self._app.offload, cancel)
            else:
                self._left.append(cancel)
            raise

    async def read_in_turn(
        self, call: Callable[Concatenate[LibraryModel, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Read what may take seconds, one after the other, so that they keep one processor busy at most."""
        async with self._turn:
            return await self.read(call, *args, **kwargs)

    def end(self) -> None:
        """End what is still read when the app has ended, so that nobody waits for it; blocks."""
        for cancel in self._left:
            cancel()

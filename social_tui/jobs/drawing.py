"""Small pictures of what was downloaded, drawn while no download is in hand."""

from __future__ import annotations

import asyncio
from collections import deque

from social_tui.errors import SocialTuiError
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.log import get_logger

log = get_logger(__name__)

MOST_WAITING = 1000


class DrawingQueue:
    """Draws one media after the other, so that a list shows them at once and likeness is known.

    Of very many the oldest are left out: they are drawn when somebody looks, or by ``cache draw``.

    Args:
        library: Whose media.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._changed = asyncio.Event()
        self._is_free = True

    def add(self, media_id: str) -> None:
        """Have a media drawn when there is time."""
        self._waiting.append(media_id)
        self._changed.set()

    def be_free(self, is_free: bool) -> None:
        """Learn whether there is time."""
        self._is_free = is_free
        self._changed.set()

    async def run(self) -> None:
        """Draw until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting and self._is_free:
                await asyncio.to_thread(self._draw, self._waiting.pop())

    def _draw(self, media_id: str) -> None:
        try:
            preview(self._library, media_id)
        except SocialTuiError as error:
            # It is drawn when somebody looks, who is then told why it cannot be.
            log.warning("not_drawn", media_id=media_id, error=str(error))

"""Wake-ups over a project's Realtime: when to look at the change feed, sooner than its turn comes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from social_tui.errors import SocialTuiError
from social_tui.log import get_logger

if TYPE_CHECKING:
    from realtime import AsyncRealtimeClient, RealtimeSubscribeStates

    from social_tui.store.supabase_http import Tokens

log = get_logger(__name__)

EVENT = "changed"
MOST_CHANNELS = 20
# The pause before the next try: after a channel that worked, and twice as long after each try that did not,
# up to the longest, which a refused channel waits at once. Not every project has Realtime.
AGAIN_SECONDS = 2.0
RARELY_SECONDS = 600.0
_ANSWER_SECONDS = 10


def topic_of(workspace_id: str) -> str:
    """Name the channel of a workspace, as the database does."""
    return f"social_tui:{workspace_id}"


class WakeUps:
    """Listens on the channels of workspaces in a thread of its own, until it is closed.

    Nothing rests on it: a project without Realtime, a refused channel, a lost or silent connection only mean
    that no wake-up comes. Messages are empty; the project decides who may listen.

    Args:
        url: The project's address.
        key: Its publishable key.
        tokens: Who listens.
        workspaces: Asks for the ids of the workspaces to listen for.
        wake: Called, in that thread, when something changed.
    """

    def __init__(
        self,
        url: str,
        key: str,
        tokens: Tokens,
        workspaces: Callable[[], Sequence[str]],
        wake: Callable[[], None],
    ) -> None:
        self._url = f"{url.rstrip('/')}/realtime/v1"
        self._key = key
        self._tokens = tokens
        self._workspaces = workspaces
        self._wake = wake
        self._pause = AGAIN_SECONDS
        self._closed = threading.Event()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        threading.Thread(target=self._run, name="supabase-realtime", daemon=True).start()

    def close(self) -> None:
        """Stop listening; the connection ends by itself."""
        self._closed.set()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the thread has ended already
                self._loop.call_soon_threadsafe(self._over.set)

    def _run(self) -> None:
        asyncio.run(self._keep_listening())

    async def _keep_listening(self) -> None:
        from websockets.exceptions import WebSocketException

        self._loop = asyncio.get_running_loop()
        while not self._closed.is_set():
            self._over.clear()
            try:
                await self._listen()
            # ImportError: a proxy is set that websockets needs another library for.
            except (OSError, TimeoutError, WebSocketException, ImportError, SocialTuiError) as error:
                log.debug("no wake-ups by Realtime: %s", type(error).__name__)
            if self._closed.is_set():
                return
            self._over.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._pause)
            self._pause = min(2 * self._pause, RARELY_SECONDS)

    async def _listen(self) -> None:
        """Listen until a channel is refused or ends, or this is closed."""
        from realtime import AsyncRealtimeClient

        # Nothing else runs in this thread that could wait for them.
        token, workspaces = self._tokens.current(), self._workspaces()[:MOST_CHANNELS]
        if not workspaces:
            return
        client = AsyncRealtimeClient(
            self._url, self._key, auto_reconnect=False, max_retries=1, timeout=_ANSWER_SECONDS
        )
        try:
            await client.connect()
            await client.set_auth(token)
            for workspace in workspaces:
                # One that was refused ends the others, too: they are joined again together.
                if not self._over.is_set():
                    await self._join(client, topic_of(workspace))
            await self._over.wait()
        finally:
            await client.close()

    async def _join(self, client: AsyncRealtimeClient, topic: str) -> None:
        from realtime import RealtimeSubscribeStates

        is_answered = False

        def note(state: RealtimeSubscribeStates, _: Exception | None) -> None:
            nonlocal is_answered
            if state == RealtimeSubscribeStates.SUBSCRIBED:
                self._pause = AGAIN_SECONDS
                # What changed before this was told to nobody.
                self._wake()
            else:
                # A lost connection ends its channels with the same state.
                is_error = state == RealtimeSubscribeStates.CHANNEL_ERROR
                if is_error and not is_answered and client.is_connected:
                    self._pause = RARELY_SECONDS
                self._over.set()
            is_answered = True

        channel = client.channel(
            topic,
            {
                "config": {
                    "broadcast": {"ack": False, "self": False},
                    "presence": {"key": "", "enabled": False},
                    "private": True,
                }
            },
        )
        await channel.on_broadcast(EVENT, lambda _: self._wake()).subscribe(note)

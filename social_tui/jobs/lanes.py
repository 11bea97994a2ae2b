"""Lanes: how many jobs of a kind run at once in this process, as the queue is steered while they run."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from social_tui.models import JobKind
from social_tui.store import queues as queue_store
from social_tui.store.gateway import Gateway

if TYPE_CHECKING:
    from social_tui.config import Settings

ARCHIVES_AT_ONCE = 8
# They wait for a service, not for this machine.
ANALYSES_AT_ONCE = 8
OTHERS_AT_ONCE = 2


def at_once(settings: Settings, kind: JobKind) -> int:
    """Return how many jobs of a kind run at once with these settings, where the queue does not say."""
    if kind == "download":
        return settings.concurrency
    if kind == "archive":
        return ARCHIVES_AT_ONCE
    is_asked = settings.ai_provider != "local" and (settings.openai_api_key or settings.openai_base_url)
    return ANALYSES_AT_ONCE if kind == "analyze" and is_asked else OTHERS_AT_ONCE


class Lanes:
    """Lets jobs begin while their kind is not paused and fewer run than may run at once.

    The queue is asked before each fetch: so a pause holds from the moment it is written, and no worker needs
    to have heard of it. Limits for each host are the fetcher's and stay whatever runs at once here.

    Args:
        gateway: The way to the queue.
        limits: How many jobs of each kind run at once where the queue does not say.
        is_fixed: Whether these hold whatever the queue says, because somebody asked for them here.
    """

    def __init__(self, gateway: Gateway, limits: Mapping[JobKind, int], *, is_fixed: bool = False) -> None:
        self._gateway = gateway
        self._limits = limits
        self._is_fixed = is_fixed
        self._running: defaultdict[str, set[int | None]] = defaultdict(set)
        self._held_back: set[str] = set()
        self._wakers: dict[str, Callable[[], Awaitable[None]]] = {}

    async def may_begin(self, kind: JobKind) -> bool:
        """Ask whether another job of a kind may begin; if not, its lane is woken when one has ended."""
        lanes = await asyncio.to_thread(queue_store.list_lanes, self._gateway)
        # From here on nothing waits, so no job's end can come between this look and what the lane does next.
        lane = next(each for each in lanes if each.kind == kind)
        chosen = None if self._is_fixed else lane.concurrency
        if lane.paused_at is None and len(self._running[kind]) < (chosen or self._limits[kind]):
            return True
        self._held_back.add(kind)
        return False

    def begin(self, kind: str, job_id: int | None) -> None:
        """Count a job that was fetched."""
        self._running[kind].add(job_id)

    async def end(self, kind: str, job_id: int | None) -> None:
        """Count a job no more, and wake its lane if that waited for it."""
        self._running[kind].discard(job_id)
        if kind in self._held_back and kind in self._wakers:
            self._held_back.discard(kind)
            await self._wakers[kind]()

    def wake_by(self, kind: str, wake: Callable[[], Awaitable[None]]) -> None:
        """Learn how the lane of a kind is woken."""
        self._wakers[kind] = wake

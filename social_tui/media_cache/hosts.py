"""Politeness: how many downloads at once go to one host, and which hosts asked to be left alone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from social_tui.errors import CancelledError
from social_tui.media_cache.failures import HostPausedError


class Hosts:
    """Lets so many downloads at once go to one host, and none while it asked to wait.

    Args:
        limit: Downloads at once for each host.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._busy: dict[str, int] = {}
        self._paused_until: dict[str, float] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def slot(self, host: str, should_stop: Callable[[], bool]) -> Iterator[float]:
        """Wait for a turn; gives the seconds that it took.

        Raises:
            CancelledError: If it was asked to stop.
            HostPausedError: If the host asked to be left alone for now.
        """
        began = time.monotonic()
        with self._changed:
            self._refuse_paused(host)
            while self._busy.get(host, 0) >= self._limit:
                if should_stop():
                    raise CancelledError("The download was stopped.")
                self._changed.wait(timeout=0.5)
                self._refuse_paused(host)
            self._busy[host] = self._busy.get(host, 0) + 1
        try:
            yield time.monotonic() - began
        finally:
            with self._changed:
                self._busy[host] -= 1
                if not self._busy[host]:
                    del self._busy[host]
                self._changed.notify_all()

    def pause(self, host: str, seconds: float) -> None:
        """Leave a host alone for so many seconds from now; whoever waits for a turn there is told at once."""
        with self._changed:
            until = time.monotonic() + seconds
            self._paused_until[host] = max(until, self._paused_until.get(host, until))
            self._changed.notify_all()

    def pause_of(self, host: str) -> float:
        """Return for how many seconds more a host is to be left alone; 0 if it is not."""
        until = self._paused_until.get(host)
        return max(until - time.monotonic(), 0.0) if until is not None else 0.0

    def _refuse_paused(self, host: str) -> None:
        if left := self.pause_of(host):
            raise HostPausedError(host, left)
        self._paused_until.pop(host, None)

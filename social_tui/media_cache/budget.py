"""How long and how much one download may take, enforced at every read of the socket."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from social_tui.errors import CancelledError
from social_tui.media_cache.failures import FetchError, network_failure

_FRAMING_ALLOWANCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may take.

    Args:
        max_bytes: The largest body, in bytes.
        total_seconds: From the first dial to the last byte, redirects included.
        stall_seconds: Without a single byte.
        min_bytes_per_second: Averaged over each stretch of ``stall_seconds``; a timeout for each read
            would never fire on a server that sends a byte now and then.
        resolve_seconds: To look a name up.
        connect_seconds: To connect to one address, and again for the TLS handshake.
        poll_seconds: How often a wait looks whether it should stop.
    """

    max_bytes: int
    total_seconds: float = 60
    stall_seconds: float = 30
    min_bytes_per_second: float = 8192
    resolve_seconds: float = 3
    connect_seconds: float = 5
    poll_seconds: float = 0.5


class Budget:
    """What is left of the limits of one download that is under way."""

    def __init__(self, limits: Limits, should_stop: Callable[[], bool]) -> None:
        self.limits = limits
        self._should_stop = should_stop
        self._deadline = time.monotonic() + limits.total_seconds
        self.forgiven = 0.0
        self._received = 0
        self._last_byte = self._window_start = time.monotonic()
        self._window_bytes = 0

    def slice(self, longest: float | None = None) -> float:
        """Return how many seconds the next wait may take before asking again.

        Args:
            longest: An upper bound in seconds; the polling interval by default.

        Raises:
            CancelledError: If the download should stop.
            FetchError: If a limit is reached.
        """
        if self._should_stop():
            raise CancelledError("The download was stopped.")
        now = time.monotonic()
        if now >= self._deadline:
            raise network_failure(f"It took longer than {self.limits.total_seconds:g} s.")
        if now - self._last_byte >= self.limits.stall_seconds:
            raise network_failure(f"Nothing came for {self.limits.stall_seconds:g} s.")
        self._check_rate(now)
        return min(self.limits.poll_seconds if longest is None else longest, self._deadline - now)

    def restart_clock(self) -> None:
        """Begin to wait for bytes: what was spent on connecting is no stall."""
        self._last_byte = self._window_start = time.monotonic()
        self._window_bytes = 0

    def forgiving(self, seconds: float) -> Self:
        """Move the deadline by what was spent waiting for a turn, and return this very budget."""
        self._deadline += seconds
        self.forgiven += seconds
        return self

    def take(self, count: int) -> None:
        """Account for bytes that came off the wire, headers and framing included.

        Raises:
            CancelledError: If the download should stop.
            FetchError: If a limit is reached.
        """
        self._received += count
        self._window_bytes += count
        if self._received > self.limits.max_bytes + _FRAMING_ALLOWANCE:
            raise self.too_large()
        if count:
            self._last_byte = time.monotonic()
        self.slice()

    def too_large(self) -> FetchError:
        """Make the error of a body beyond the limit."""
        return FetchError("too_large", f"It is larger than {self.limits.max_bytes / 1e6:g} MB.")

    def _check_rate(self, now: float) -> None:
        elapsed = now - self._window_start
        if elapsed < self.limits.stall_seconds:
            return
        if self._window_bytes < self.limits.min_bytes_per_second * elapsed:
            raise network_failure(f"It came slower than {self.limits.min_bytes_per_second:g} bytes a second.")
        self._window_start, self._window_bytes = now, 0

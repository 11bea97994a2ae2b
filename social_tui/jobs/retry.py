"""Which failed jobs run again, and when."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import cast

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from social_tui.errors import (
    AnalysisError,
    ArchiveError,
    BudgetError,
    CancelledError,
    DatabaseUnavailableError,
    StorageError,
)
from social_tui.jobs.failures import concerns_all
from social_tui.media_cache.fetcher import FetchError
from social_tui.models import JobKind

MAX_TRIES = 4
MAX_WAIT_SECONDS = 300.0


def is_retryable(error: BaseException) -> bool:
    """Tell whether the same work may succeed later without anybody changing anything."""
    if isinstance(error, FetchError | ArchiveError | AnalysisError):
        return error.retryable
    return isinstance(error, DatabaseUnavailableError)


def is_no_try(kind: JobKind, error: BaseException) -> bool:
    """Tell whether work was stopped by what it has no part in.

    That is a shutdown, a spent budget, a full disk or a bucket that takes nothing.
    """
    if isinstance(error, CancelledError | BudgetError):
        return True
    return isinstance(error, StorageError | ArchiveError) and concerns_all(kind, error)


def retry_wait(error: BaseException, attempts: int, base_seconds: float, draw: Callable[[], float]) -> float:
    """Compute how long to wait before the next try.

    Args:
        error: Why the last try failed.
        attempts: How many tries came before the last one.
        base_seconds: The longest wait after the first try; it doubles with each.
        draw: A uniform random number in [0, 1).

    Returns:
        Seconds: full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/),
        never less than what the server asked for by ``Retry-After``, never more than five minutes.
    """
    wait = draw() * base_seconds * 2.0**attempts
    asked = error.retry_after if isinstance(error, FetchError) else None
    return min(max(wait, asked or 0.0), MAX_WAIT_SECONDS)


class RetryByOutcome(BaseRetryStrategy):
    """Try again what the network, a rate limit or an outage stopped; everything else fails at once.

    Work that a shutdown or this machine's disk stopped goes back to the queue whatever its number of tries.

    Args:
        base_seconds: The longest wait after the first try; it doubles with each.
    """

    def __init__(self, base_seconds: float) -> None:
        self._base_seconds = base_seconds

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide about one failed job; see procrastinate's ``BaseRetryStrategy``."""
        if is_no_try(cast("JobKind", job.queue), exception):
            return RetryDecision(retry_in={"seconds": 0})
        wait = self.wait_seconds(exception, job.attempts)
        return RetryDecision(retry_in={"milliseconds": round(wait * 1000)}) if wait is not None else None

    def wait_seconds(self, error: BaseException, attempts: int) -> float | None:
        """Return how long to wait before the next try, after so many before the last; None for no other."""
        if not is_retryable(error) or attempts + 1 >= MAX_TRIES:
            return None
        return retry_wait(error, attempts, self._base_seconds, random.random)

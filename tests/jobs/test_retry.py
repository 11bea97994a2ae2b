"""Which failures are tried again, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.jobs import Job

from social_tui.errors import (
    AnalysisError,
    ArchiveError,
    CancelledError,
    DatabaseError,
    DatabaseUnavailableError,
    StorageError,
)
from social_tui.jobs.retry import MAX_WAIT_SECONDS, RetryByOutcome, retry_wait
from social_tui.media_cache.fetcher import FetchError

RETRYABLE = [
    FetchError("network", "broke off", retryable=True),
    FetchError("rate_limited", "slow down", retryable=True),
    ArchiveError("503", retryable=True),
    AnalysisError("429", retryable=True),
    DatabaseUnavailableError("restarting"),
]
FINAL = [
    FetchError("deleted", "gone"),
    FetchError("network", "redirects to nowhere"),
    StorageError("disk full"),
    ArchiveError("403"),
    AnalysisError("no quota", stop_lane=True),
    DatabaseError("refused"),
    ValueError("a fault of ours"),
]


def job(attempts: int) -> Job:
    return Job(
        id=1,
        queue="download",
        lock=None,
        queueing_lock=None,
        task_name="social_tui.download",
        attempts=attempts,
    )


@pytest.mark.parametrize("error", RETRYABLE, ids=repr)
def test_four_tries(error: Exception) -> None:
    strategy = RetryByOutcome(2.0)
    assert all(strategy.get_retry_decision(exception=error, job=job(tries)) for tries in range(3))
    assert strategy.get_retry_decision(exception=error, job=job(3)) is None


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_one_try(error: Exception) -> None:
    assert RetryByOutcome(2.0).get_retry_decision(exception=error, job=job(0)) is None


def test_stopped_work_always_goes_back() -> None:
    decision = RetryByOutcome(2.0).get_retry_decision(exception=CancelledError("stop"), job=job(99))
    assert decision is not None


@given(attempts=st.integers(0, 20), base=st.floats(0.001, 60), luck=st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_to_a_cap(attempts: int, base: float, luck: float) -> None:
    error = FetchError("network", "broke off", retryable=True)
    wait = retry_wait(error, attempts, base, lambda: luck)
    assert 0 <= wait <= min(base * 2.0**attempts, MAX_WAIT_SECONDS)


@pytest.mark.parametrize(
    ("asked", "waits"), [(7.0, 7.0), (0.0, 1.0), (None, 1.0), (9999.0, MAX_WAIT_SECONDS)]
)
def test_what_the_server_asks_is_honoured_up_to_the_cap(asked: float | None, waits: float) -> None:
    error = FetchError("rate_limited", "slow down", retry_after=asked, retryable=True)
    assert retry_wait(error, 0, 2.0, lambda: 0.5) == waits

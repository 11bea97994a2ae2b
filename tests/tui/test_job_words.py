"""How jobs are told: bars that are true and fit, times with their day, reasons in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from social_tui.tui.job_words import (
    about_words,
    bar,
    bytes_words,
    jobs_words,
    moment_words,
    source_words,
    state_words,
    why_words,
)
from tests.tui.driving import CLOCK
from tests.tui.test_job_snapshots import job


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(1, 60))
def test_a_bar_fills_its_cells_and_is_full_at_the_end_alone(received: int, expected: int, width: int) -> None:
    done, rest = bar(received, expected, width)
    assert cell_len(done) + cell_len(rest) == width
    assert (done == "█" * width) == (received >= expected)


def test_a_bar_grows_by_eighths() -> None:
    assert [bar(received, 16, 2) for received in (0, 1, 8, 9, 16)] == [
        ("", "░░"),
        ("▏", "░"),
        ("█", "░"),
        ("█▏", ""),
        ("██", ""),
    ]
    assert bar(5, 0, 3) == ("", "░░░")


@pytest.mark.parametrize(
    ("received", "expected", "words"),
    [
        (None, None, ""),
        (0, None, "0 B"),
        (1_500_000, None, "1.5 MB"),
        (1_500_000, 3_000_000, "1.5 MB of 3.0 MB  50%"),
        (9_999, 10_000, "10.0 kB of 10.0 kB  99%"),
        (20_000, 10_000, "20.0 kB of 10.0 kB 100%"),
    ],
)
def test_bytes_are_told_as_far_as_they_are_known(
    received: int | None, expected: int | None, words: str
) -> None:
    assert bytes_words(job(1, received_bytes=received, expected_bytes=expected)) == words


def test_a_time_of_today_needs_no_date() -> None:
    assert moment_words(CLOCK, CLOCK) == "09:30:00"
    assert moment_words(CLOCK - timedelta(days=1), CLOCK) == "11-20 09:30"
    assert moment_words(CLOCK + timedelta(days=400), CLOCK) == "2026-12-26"
    assert moment_words(None, CLOCK) == ""


@pytest.mark.parametrize(
    ("outcome", "error", "words"),
    [
        ("expired", "It died.", "the link had expired: It died."),
        ("expired", None, "the link had expired"),
        (None, "No bucket.", "No bucket."),
        ("ok", None, "no reason was given"),
        (None, "\x1b[2Jx", "\ufffd[2Jx"),
    ],
)
def test_a_failure_tells_its_outcome_and_its_reason(
    outcome: str | None, error: str | None, words: str
) -> None:
    assert why_words(job(1, status="failed", outcome=outcome, error=error)) == words


def test_a_job_tells_how_it_stands() -> None:
    assert state_words(job(1, received_bytes=5), CLOCK) == "running since 09:29:53, 5 B"
    assert state_words(job(1, abort_requested=True), CLOCK) == "stopping"
    waiting = job(1, status="todo")
    assert state_words(waiting, CLOCK) == "waiting since 09:21:00"
    again = job(1, status="todo", attempts=1, scheduled_at=CLOCK)
    assert state_words(again, CLOCK) == "tried again at 09:30:00, after 1 try"
    over = job(1, status="failed", attempts=4, ended_at=CLOCK)
    assert state_words(over, CLOCK) == "failed 09:30:00 after 4 tries"


def test_what_a_job_is_about_holds_even_where_its_media_is_gone() -> None:
    assert about_words(job(2)).startswith("image  Grace Hopper  We measured")
    assert about_words(job(2, author_name=None, text_content=None)) == "image"
    assert about_words(job(2, media_type=None)) == "a media that is gone"
    assert source_words(job(2)) == "media.example.com"
    assert source_words(job(2, media_url="http://[broken")) == ""
    assert source_words(job(2, media_url=None)) == ""


def test_jobs_are_counted_in_words() -> None:
    assert jobs_words(1) == "1 job"
    assert jobs_words(1234, "analyze") == "1,234 analyse jobs"

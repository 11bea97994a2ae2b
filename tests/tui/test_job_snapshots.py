"""What the queue looks like at 80×24, 120×40 and 200×60, on rows that stand still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from social_tui.models import JOB_KINDS, JobKind, Key
from social_tui.store.queues import QueuedJob, QueuePart, QueueRow
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from social_tui.tui.pages import Read
from social_tui.tui.presentation import JobFigures
from social_tui.tui.queue import QueueModel
from tests.tui.driving import CLOCK, loaded, press

pytestmark = pytest.mark.xdist_group("tui-gallery")

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
SIZES += [pytest.param((200, 60), id="200x60")]
Compare = Callable[..., bool]


def job(job_id: int, kind: JobKind = "download", **changes: Any) -> QueuedJob:
    """Make a job that runs since a while."""
    values: dict[str, Any] = {
        "job_id": job_id,
        "kind": kind,
        "status": "doing",
        "media_id": f"med-{job_id:017}",
        "post_id": f"p-{job_id:017}",
        "attempts": 0,
        "priority": 0,
        "created_at": CLOCK - timedelta(minutes=9),
        "started_at": CLOCK - timedelta(seconds=7 * job_id),
        "media_type": ("image", "video")[job_id % 2],
        "media_url": "https://media.example.com/a.jpg?e=1",
        "author_username": None,
        "author_name": ("Ada Lovelace", "山田 太郎", "Grace Hopper")[job_id % 3],
        "text_content": "We measured it twice, and the second time was even better.",
        "key": {"id": job_id},
    }
    empty = dict.fromkeys(set(QueuedJob.model_fields) - set(values))
    return QueuedJob(**{**empty, "abort_requested": False, **values, **changes})


def failed(job_id: int, outcome: str | None, error: str, kind: JobKind = "download") -> QueuedJob:
    ended = CLOCK - timedelta(minutes=37 * (20 - job_id))
    return job(job_id, kind, status="failed", attempts=4, ended_at=ended, outcome=outcome, error=error)


def later(job_id: int, seconds: int, outcome: str | None, error: str) -> QueuedJob:
    at = CLOCK + timedelta(seconds=seconds)
    return job(job_id, status="todo", attempts=2, scheduled_at=at, outcome=outcome, error=error)


JOBS: dict[QueuePart, list[QueuedJob]] = {
    "running": [
        job(1, received_bytes=12_400_000, expected_bytes=48_000_000),
        job(2, received_bytes=880_000),
        job(3, received_bytes=2_910_000, expected_bytes=3_000_000),
        job(4),
        job(5, abort_requested=True, received_bytes=1, expected_bytes=9),
        job(6, "analyze"),
    ],
    "waiting": [job(number, status="todo", started_at=None) for number in range(7, 27)],
    "later": [
        later(30, 12, "rate_limited", "media.example.com answered 429 and asked for 12 s."),
        later(31, 260, "network", "The connection to media.example.com broke: Connection reset by peer."),
    ],
    "failed": [
        failed(19, "expired", "The link died on 2025-11-19."),
        failed(18, None, "The bucket 'posts' does not let us write.", "archive"),
        failed(17, "deleted", "media.example.com answered 404."),
        failed(3, "not_media", "The server sent a page of HTML."),
    ],
}


def queue(kind: JobKind) -> QueueRow:
    counts = {part: sum(each.kind == kind for each in listed) for part, listed in JOBS.items()}
    return QueueRow(
        kind=kind,
        paused_at=CLOCK - timedelta(minutes=42) if kind == "archive" else None,
        concurrency=5 if kind == "download" else 2,
        ended_per_minute=38.4 if kind == "download" else 0.0,
        **counts,
    )


def page(model: QueueModel, part: QueuePart, read: Read[Key]) -> list[QueuedJob]:
    return JOBS[part]


@pytest.fixture
def app(gallery_app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch) -> SocialTuiApp:
    """Give the app on a queue that stands still."""
    figures = JobFigures([*map(queue, JOB_KINDS)])
    monkeypatch.setattr(QueueModel, "kinds", lambda self: [*map(queue, JOB_KINDS)])
    monkeypatch.setattr(QueueModel, "page", page)
    monkeypatch.setattr(LibraryModel, "figures", lambda self: figures)
    return gallery_app


def _press(*keys: str) -> Callable[[Pilot[None]], object]:
    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, SocialTuiApp)
        await loaded(pilot, app)
        await press(pilot, app, *keys)

    return run


@pytest.mark.parametrize("size", SIZES)
def test_the_queue(snap_compare: Compare, app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The kinds have the focus, and what runs is open."""
    assert snap_compare(app, terminal_size=size, run_before=_press("3"))


@pytest.mark.parametrize("size", SIZES)
def test_a_failure(snap_compare: Compare, app: SocialTuiApp, size: tuple[int, int]) -> None:
    """A failed job is under the cursor, and the lines below tell all of it."""
    assert snap_compare(app, terminal_size=size, run_before=_press("3", "h", "j"))


def test_retries(snap_compare: Compare, app: SocialTuiApp) -> None:
    """What is tried again later, in a low terminal."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=_press("3", "h", "h"))

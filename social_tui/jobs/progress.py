"""Progress: how far running jobs have come, told to the database by one call a second for all of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping

from social_tui.errors import SocialTuiError
from social_tui.log import get_logger
from social_tui.store.gateway import Gateway
from social_tui.store.queues import Progress, tell_progress

log = get_logger(__name__)

TELL_SECONDS = 1.0


class ProgressBook:
    """Keeps what the jobs of this process have got so far; safe to use from their threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[int, Progress] = {}
        self._is_new = False

    def writer(self, job_id: int, worker_id: int) -> Callable[[int, int | None], None]:
        """Return what takes the bytes so far of a job, and how many there will be if that is known."""

        def write(received: int, expected: int | None) -> None:
            with self._lock:
                self._jobs[job_id] = Progress(worker_id, received, expected)
                self._is_new = True

        return write

    def forget(self, job_id: int) -> None:
        """Leave out a job that runs no more."""
        with self._lock:
            if self._jobs.pop(job_id, None) is not None:
                self._is_new = True

    def take_news(self) -> Mapping[int, Progress] | None:
        """Return what is known by job; None if that is what was returned before."""
        with self._lock:
            if not self._is_new:
                return None
            self._is_new = False
            return dict(self._jobs)


async def tell_news(book: ProgressBook, gateway: Gateway) -> None:
    """Tell the database what is new."""
    news = book.take_news()
    if news is None:
        return
    try:
        await asyncio.to_thread(tell_progress, gateway, news)
    except SocialTuiError as error:
        # It is told anew when there is more; the jobs themselves notice whether the database is there.
        log.warning("progress_not_told", error=str(error))

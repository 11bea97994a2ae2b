"""The thread that follows the library: rows, queue, database and worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from social_tui.errors import SocialTuiError
from social_tui.log import get_logger
from social_tui.tui.messages import ConnectionChanged, FiguresChanged, RowsChanged, WorkerChanged
from social_tui.tui.presentation import JobFigures

if TYPE_CHECKING:
    from social_tui.tui.model import LibraryModel

log = get_logger(__name__)

WAIT_SECONDS = 0.5
IDLE_SECONDS = 2.0
REST_SECONDS = 0.15
LONGEST_BACKOFF = 5.0
STEADY_SECONDS = 5.0
LONGEST_PAUSE = 60.0
# To count half a million jobs takes long: so much longer than that, other jobs of the database have peace.
PEACE_AFTER_COUNTING = 9
LONGEST_PEACE = 10.0


class WorkerKeeper(Protocol):
    """What is asked of the worker process (:class:`social_tui.jobs.process.WorkerProcess`)."""

    @property
    def is_running(self) -> bool:
        """Whether the worker runs now."""

    def start(self) -> None:
        """Start the worker unless it runs."""


class Opener(Protocol):
    """What opens the library for the app (:class:`social_tui.tui.session.Session`)."""

    @property
    def worker(self) -> WorkerKeeper | None:
        """The worker process to keep running; None where others do the work."""

    def open(self) -> LibraryModel:
        """Open the library; called in a thread."""


class Watcher:
    """Follows the change feed and says what changed; never touches the screen.

    Args:
        model: The library.
        worker: The worker process to start and to keep; None where others do the work.
        post: Puts a message into the app's queue; safe from any thread.
    """

    def __init__(
        self, model: LibraryModel, worker: WorkerKeeper | None, post: Callable[[Message], object]
    ) -> None:
        self._model = model
        self._worker = worker
        self._post = post
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._changed: set[str] = set()
        self._is_import = False
        self._figures: JobFigures | None = None
        self._counted_at = 0.0
        self._count_from = 0.0
        self._seq: str | None = None
        self._is_placed = False
        self._problem = ""
        self._worker_problem = ""
        self._worker_pause = 0.0
        self._worker_started: float | None = None

    def stop(self) -> None:
        """Make :meth:`run` return soon."""
        self._stop.set()

    def take_changed(self) -> frozenset[str] | None:
        """Return the posts that changed since the last call; None when any may have."""
        with self._lock:
            changed, self._changed = frozenset(self._changed), set()
            is_import, self._is_import = self._is_import, False
        return None if is_import else changed

    def run(self) -> None:
        """Follow until stopped; a database that goes away is waited for."""
        backoff = 0.0
        while not self._stop.is_set():
            try:
                self._follow()
                backoff = 0.0
            except SocialTuiError as error:
                if self._set_problem(error.message):
                    backoff = 0.0
                backoff = min(max(2 * backoff, WAIT_SECONDS / 2), LONGEST_BACKOFF)
                self._stop.wait(backoff)

    def _follow(self) -> None:
        """Look and wait by turns until stopped or cut off."""
        looked = 0.0
        while not self._stop.is_set():
            woken = looked > 0 and self._model.wait_for_change(WAIT_SECONDS)
            is_busy = self._figures is not None and self._figures.all_open
            if woken or is_busy or self._is_outdated or time.monotonic() - looked > IDLE_SECONDS:
                self._look()
                looked = time.monotonic()
                # A burst of changes is one look, not hundreds.
                self._stop.wait(REST_SECONDS)
            self._look_after_worker()

    def _look(self) -> None:
        if not self._is_placed:
            self._seq = self._model.latest_change()
            self._is_placed = True
        changes = self._model.changes(self._seq)
        self._seq = changes.seq
        self.count()
        self._set_problem("")
        if changes.post_ids or changes.is_import:
            with self._lock:
                self._changed |= changes.post_ids
                self._is_import |= changes.is_import
            self._post(RowsChanged())

    @property
    def _is_outdated(self) -> bool:
        """Whether this app changed the queue since it was counted."""
        return self._model.queue.changed_at > self._counted_at

    def count(self, *, anew: bool = False) -> JobFigures:
        """Count the queue, but not all the time where that takes long; safe in any thread.

        Args:
            anew: Whether a person waits for what is so now.
        """
        with self._counting:
            started = time.monotonic()
            if self._figures is not None and started < self._count_from and not (anew or self._is_outdated):
                return self._figures
            figures = self._model.figures()
            ended = time.monotonic()
            self._counted_at = started
            self._count_from = ended + min(PEACE_AFTER_COUNTING * (ended - started), LONGEST_PEACE)
            if figures != self._figures:
                self._figures = figures
                self._post(FiguresChanged(figures))
            return figures

    def _set_problem(self, problem: str) -> bool:
        """Tell when the connection changed; returns whether it did."""
        if bool(problem) == bool(self._problem):
            return False
        if problem:
            log.warning("database_lost", error=problem)
        else:
            log.info("database_back")
        self._problem = problem
        self._post(ConnectionChanged(problem))
        return True

    def _look_after_worker(self) -> None:
        """Start the worker, and start it again when it ended, with growing pauses if it keeps ending."""
        if self._worker is None or self._stop.is_set():
            return
        now = time.monotonic()
        if self._worker.is_running:
            if self._worker_started is None:
                self._worker_started = now
            if now - self._worker_started > STEADY_SECONDS:
                self._worker_pause = 0.0
                self._set_worker_problem("")
            return
        ended = self._worker_started is not None
        if ended and now - (self._worker_started or now) < self._worker_pause:
            return
        self._worker_pause = min(2 * self._worker_pause + 1.0, LONGEST_PAUSE)
        self._worker_started = now
        try:
            self._worker.start()
        except (SocialTuiError, OSError) as error:
            self._set_worker_problem(f"The worker cannot be started: {error}")
            return
        if ended:
            self._set_worker_problem("The worker ended; it was started again.")

    def _set_worker_problem(self, problem: str) -> None:
        if problem != self._worker_problem:
            self._worker_problem = problem
            if problem:
                log.warning("worker_lost", error=problem)
            self._post(WorkerChanged(problem))

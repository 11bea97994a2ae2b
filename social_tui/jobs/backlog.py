"""Jobs in hand: those that wait for a turn, those that run, and those that ended and are not settled."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from social_tui.store.batches import EndedJob, TakenJob

EndedT = TypeVar("EndedT", bound=EndedJob)


@dataclass(eq=False)
class Piece:
    """One job in hand.

    Args:
        job: The job.
        stop: Set when it should stop.
        is_called_off: Whether somebody wants no more of it.
    """

    job: TakenJob
    stop: threading.Event = field(default_factory=threading.Event, kw_only=True)
    is_called_off: bool = field(default=False, kw_only=True)

    @property
    def host(self) -> str:
        """The host that it asks; empty where that is all the same."""
        return ""


PieceT = TypeVar("PieceT", bound=Piece)


class Backlog(Generic[PieceT, EndedT]):
    """Lends jobs to threads in their order, past those whose host is busy; safe to use from threads.

    A thread that waited for a busy host would keep its place from jobs of other hosts.

    Args:
        per_host: How many run at once from one host.
        stopped: Says of a job that was stopped before its end how it ended.
    """

    def __init__(self, per_host: int, stopped: Callable[[PieceT], EndedT]) -> None:
        self._per_host = per_host
        self._stopped = stopped
        self._lock = threading.Lock()
        self._waiting: list[PieceT] = []
        self._running: dict[int, PieceT] = {}
        self._busy: Counter[str] = Counter()
        self._ended: list[EndedT] = []
        self.limit = 0

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many run."""
        return len(self._running)

    @property
    def ended(self) -> int:
        """How many ended and are not settled."""
        return len(self._ended)

    @property
    def has_done(self) -> bool:
        """Whether one of these did more than go back into the queue."""
        return any(each.ended != "put_back" for each in self._ended)

    def add(self, pieces: Iterable[PieceT]) -> None:
        """Put jobs behind those that wait."""
        with self._lock:
            self._waiting += pieces

    def begin(self) -> PieceT | None:
        """Return what runs next; None while as many run as may, or all that wait are of busy hosts."""
        with self._lock:
            return self._begin()

    def end(self, piece: PieceT, ended: EndedT) -> PieceT | None:
        """Note how a job ended; returns what runs next in its place."""
        with self._lock:
            del self._running[piece.job.job_id]
            self._busy[piece.host] -= 1
            self._ended.append(ended)
            return self._begin()

    def settle_later(self, ended: Iterable[EndedT]) -> None:
        """Note what ended without having run, and what could not be settled."""
        with self._lock:
            self._ended += ended

    def take_ended(self, most: int | None = None) -> list[EndedT]:
        """Return what ended, the first first; it is the caller's to settle."""
        with self._lock:
            taken, self._ended = self._ended[:most], self._ended[len(self._ended[:most]) :]
        return taken

    def call_off(self, job_ids: Iterable[int]) -> None:
        """Stop jobs that nobody wants any more."""
        wanted = set(job_ids)
        with self._lock:
            for piece in (*self._waiting, *self._running.values()):
                if piece.job.job_id in wanted:
                    piece.is_called_off = True
                    piece.stop.set()
            self._let_go([each for each in self._waiting if each.is_called_off])

    def put_back_waiting(self) -> None:
        """Let go of all that wait."""
        with self._lock:
            self._let_go(self._waiting)

    def stop(self) -> None:
        """Stop all that run, and let go of all that wait."""
        with self._lock:
            for piece in self._running.values():
                piece.stop.set()
            self._let_go(self._waiting)

    def _let_go(self, pieces: list[PieceT]) -> None:
        self._ended += [self._stopped(each) for each in pieces]
        self._waiting = [each for each in self._waiting if each not in pieces]

    def _begin(self) -> PieceT | None:
        if len(self._running) >= self.limit:
            return None
        for place, piece in enumerate(self._waiting):
            if self._busy[piece.host] < self._per_host:
                del self._waiting[place]
                self._running[piece.job.job_id] = piece
                self._busy[piece.host] += 1
                return piece
        return None

"""Downloads in hand: those that wait for a turn, those that run, and those that ended and are not settled."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from social_tui.models import MediaRow
from social_tui.store.downloads import Ended, EndedDownload, TakenDownload


@dataclass(eq=False)
class Download:
    """One download in hand.

    Args:
        job: The job that asks for it.
        row: Its media, as it was claimed.
        claim: The word that it was claimed by.
        stop: Set when it should stop.
        is_called_off: Whether somebody wants no more of it.
    """

    job: TakenDownload
    row: MediaRow
    claim: str
    stop: threading.Event = field(default_factory=threading.Event)
    is_called_off: bool = False

    @property
    def host(self) -> str:
        """The host of its link; empty where there is none."""
        try:
            return urlsplit(self.row.media_url or "").hostname or ""
        except ValueError:
            return ""

    def end(self, ended: Ended, **details: Any) -> EndedDownload:
        """Say what became of it."""
        return EndedDownload(self.job.job_id, self.row.media_id, ended, self.claim, **details)

    def end_stopped(self) -> EndedDownload:
        """Say that it was stopped before its end."""
        return self.end("aborted" if self.is_called_off else "put_back")


class Backlog:
    """Lends downloads to threads in their order, past those whose host is busy; safe to use from threads.

    A thread that waited for a busy host would keep its place from downloads of other hosts.

    Args:
        per_host: How many run at once from one host.
    """

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._lock = threading.Lock()
        self._waiting: list[Download] = []
        self._running: dict[int, Download] = {}
        self._busy: Counter[str] = Counter()
        self._ended: list[EndedDownload] = []
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

    def add(self, downloads: Iterable[Download]) -> None:
        """Put downloads behind those that wait."""
        with self._lock:
            self._waiting += downloads

    def begin(self) -> Download | None:
        """Return what runs next; None while as many run as may, or all that wait are of busy hosts."""
        with self._lock:
            return self._begin()

    def end(self, download: Download, ended: EndedDownload) -> Download | None:
        """Note how a download ended; returns what runs next in its place."""
        with self._lock:
            del self._running[download.job.job_id]
            self._busy[download.host] -= 1
            self._ended.append(ended)
            return self._begin()

    def settle_later(self, ended: Iterable[EndedDownload]) -> None:
        """Note what ended without having run, and what could not be settled."""
        with self._lock:
            self._ended += ended

    def take_ended(self, most: int | None = None) -> list[EndedDownload]:
        """Return what ended, the first first; it is the caller's to settle."""
        with self._lock:
            taken, self._ended = self._ended[:most], self._ended[len(self._ended[:most]) :]
        return taken

    def call_off(self, job_ids: Iterable[int]) -> None:
        """Stop downloads that nobody wants any more."""
        wanted = set(job_ids)
        with self._lock:
            for download in (*self._waiting, *self._running.values()):
                if download.job.job_id in wanted:
                    download.is_called_off = True
                    download.stop.set()
            self._let_go([each for each in self._waiting if each.is_called_off])

    def put_back_waiting(self) -> None:
        """Let go of all that wait."""
        with self._lock:
            self._let_go(self._waiting)

    def stop(self) -> None:
        """Stop all that run, and let go of all that wait."""
        with self._lock:
            for download in self._running.values():
                download.stop.set()
            self._let_go(self._waiting)

    def _let_go(self, downloads: list[Download]) -> None:
        self._ended += [each.end_stopped() for each in downloads]
        self._waiting = [each for each in self._waiting if each not in downloads]

    def _begin(self) -> Download | None:
        if len(self._running) >= self.limit:
            return None
        for place, download in enumerate(self._waiting):
            if self._busy[download.host] < self._per_host:
                del self._waiting[place]
                self._running[download.job.job_id] = download
                self._busy[download.host] += 1
                return download
        return None

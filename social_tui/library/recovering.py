"""Recovering: a library's media come back from the archive into an empty cache, verified one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import takewhile
from typing import Literal, NamedTuple

from social_tui.errors import ArchiveError, ReadOnlyError, StorageError
from social_tui.filters import Filter
from social_tui.library.findings import RestoreReport
from social_tui.library.lending import recall
from social_tui.library.reading import cached_place, inspect
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads
from social_tui.log import bind_correlation, get_logger
from social_tui.store import fixity as fixity_store
from social_tui.store.fixity import ArchivedBlob

log = get_logger(__name__)

THREADS = 8
_MOST_PROBLEMS = 10
_MOST_ERRORS_IN_A_ROW = 10
Progress = Callable[[RestoreReport], None]
_Fate = Literal["held", "restored", "not_archived", "did_not_fit", "failed"]


class _Outcome(NamedTuple):
    fate: _Fate
    problem: str = ""


def restore_library(
    library: Library,
    *,
    posts: Filter | None = None,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> RestoreReport:
    """Bring media from the archive back into the cache; what is there and whole is left alone.

    So it can be done again after it was cut off. Each file comes whole, with the right hash, or not at all.

    Args:
        library: The open library.
        posts: Only the media of the posts of this filter.
        dry_run: Only tell what would come back.
        on_progress: Told the report so far, after each file.

    Returns:
        What came back, what did not fit within the cache's limit, and what could not be had.

    Raises:
        ReadOnlyError: If the library is only read.
        StorageError: If the cache cannot be read.
    """
    if library.settings.read_only and not dry_run:
        raise ReadOnlyError("Restoring changes the library, and the setting read_only is on.")
    recovery = _Recovery(library, dry_run=dry_run)
    report = RestoreReport(dry_run=dry_run)
    every = fixity_store.iterate_archived(library.gateway, posts=posts, is_archived=False)
    blobs = takewhile(lambda _: not recovery.closed_by, every)
    for blob, outcome in in_threads(recovery.bring_back, blobs, threads=THREADS):
        setattr(report, outcome.fate, getattr(report, outcome.fate) + 1)
        if outcome.fate in ("restored", "did_not_fit"):
            name = f"{outcome.fate}_bytes"
            setattr(report, name, getattr(report, name) + blob.byte_size)
        if outcome.problem and len(report.problems) < _MOST_PROBLEMS:
            report.problems.append(outcome.problem)
        if on_progress is not None:
            on_progress(report)
    if recovery.closed_by:
        report.problems.append(f"Stopped before all came back. {recovery.closed_by}")
    log.info("library_restored", **report.model_dump())
    return report


class _Recovery:
    """Brings back one file after the other while there is room; for several threads."""

    def __init__(self, library: Library, *, dry_run: bool) -> None:
        self._library = library
        self._dry_run = dry_run
        self._lock = threading.Lock()
        self._room = library.cache.limit_bytes - library.cache.usage().total_bytes
        self._errors_in_a_row = 0
        self.closed_by = ""

    def bring_back(self, blob: ArchivedBlob) -> _Outcome:
        with bind_correlation(blob.media_id):
            try:
                outcome = self._bring_back(blob)
            except (ArchiveError, StorageError) as error:
                self._note_error(error)
                log.warning("not_restored", sha256=blob.sha256, error=str(error))
                return _Outcome("failed", str(error))
            self._errors_in_a_row = 0
            return outcome

    def _bring_back(self, blob: ArchivedBlob) -> _Outcome:
        place = cached_place(self._library, blob)
        state = inspect(place, blob.sha256) if place is not None else "missing"
        if state == "ok":
            return _Outcome("held")
        if blob.archive_url is None and self._library.cache.find(blob.md5_sum, blob.sha256) is None:
            return _Outcome("not_archived")
        if not self._take_room(blob.byte_size):
            return _Outcome("did_not_fit")
        if self._dry_run:
            return _Outcome("restored")
        try:
            if place is not None and state == "damaged":
                self._library.cache.quarantine_damaged(place, blob.sha256)
            with self._library.cache.locked(f"recall-{blob.sha256[:2]}"):
                recall(self._library, blob, blob.media_id, state)
        except BaseException:
            self._take_room(-blob.byte_size)
            raise
        return _Outcome("restored")

    def _take_room(self, byte_size: int) -> bool:
        with self._lock:
            fits = byte_size <= self._room
            self._room -= byte_size if fits else 0
            return fits

    def _note_error(self, error: ArchiveError | StorageError) -> None:
        self._errors_in_a_row += getattr(error, "retryable", False)
        if error.stop_lane or self._errors_in_a_row >= _MOST_ERRORS_IN_A_ROW:
            self.closed_by = str(error)

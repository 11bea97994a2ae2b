"""A progress bar on stderr, where stderr is a terminal; silence elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Self

from social_tui.cli.output import complain
from social_tui.text import fit, terminal_safe

_BAR_WIDTH = 24
_SECONDS_BETWEEN = 0.1
_CLEAR = "\r\x1b[K"


class ProgressBar:
    """One line that says how far long work is; wiped at the end, so that only the report stays.

    It may be updated from any thread.

    Args:
        label: What is being done.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._visible = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._drawn_at = float("-inf")

    def update(
        self, done: int, total: int | None = None, note: str = "", *, share: float | None = None
    ) -> None:
        """Draw anew, at most ten times a second.

        Args:
            done: How many items are finished.
            total: How many there are, if that is known.
            note: More words behind the figures.
            share: How much of the work is finished, from 0 to 1, where items cannot tell.
        """
        if not self._visible:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._drawn_at < _SECONDS_BETWEEN and done != total:
                return
            self._drawn_at = now
            sys.stderr.write("\r" + self._line(done, total, note, share))
            sys.stderr.flush()

    def interrupt(self, text: str) -> None:
        """Print one line on stderr, terminal or not; the bar is drawn again below it."""
        with self._lock:
            if self._visible:
                sys.stderr.write(_CLEAR)
            complain(text)
            self._drawn_at = float("-inf")

    def _line(self, done: int, total: int | None, note: str, share: float | None) -> str:
        figures = f"{done:,} of {total:,}" if total else f"{done:,}"
        if total:
            share = done / total
        if share is not None:
            filled = min(int(_BAR_WIDTH * share), _BAR_WIDTH)
            figures = f"[{'#' * filled}{'-' * (_BAR_WIDTH - filled)}] {figures}"
        return fit(terminal_safe(f"{self._label}  {figures}  {note}"), shutil.get_terminal_size().columns - 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._visible:
            with self._lock:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()

"""The guarded processes that untrusted files are decoded in."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

from social_tui.errors import SocialTuiError

_CPU_SECONDS, _SLOW_CPU_SECONDS = 5, 20
# Only a file that cannot be read to its end waits so long; on a busy machine a good one takes seconds, too.
_WALL_SECONDS = 60
# A child leaves by itself when nothing was asked for so long; one that may be on its way out is not asked.
_IDLE_SECONDS, _LEAVING_SECONDS = 60, 15
# What one child does before a new one takes its place, so that nothing can pile up in it. A look at a head is
# a tenth of drawing a picture.
_WORK_PER_CHILD, _PROBE_WORK, _DRAW_WORK = 2000, 1, 10
_MAX_CHILDREN = 4
_LONGEST_LINE = 1 << 16
_LARGEST_PICTURE = 8 << 20


class UndecodableError(SocialTuiError):
    """A file cannot be read as what it seems to be, or would take too much to try."""


@functools.cache
def decoder() -> Decoder:
    """Return the decoder of this process."""
    return Decoder()


class Decoder:
    """A few child processes that decode one file at a time each; safe to share between threads."""

    def __init__(self, children: int = 0) -> None:
        self._slots = threading.BoundedSemaphore(children or min(os.cpu_count() or 1, _MAX_CHILDREN))
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def ask_about(
        self, path: Path, mime_type: str, work: str, **details: Any
    ) -> tuple[dict[str, Any], bytes]:
        """Have a child do one piece of work on one file; see :meth:`ask`.

        Args:
            path: The file.
            mime_type: By its first bytes.
            work: 'probe', 'draw', 'strip', 'marks' or 'camera'.
            details: What else the work needs, as JSON.
        """
        where = {"path": str(path.absolute()), "mime_type": mime_type}
        return self.ask(work, is_slow=not is_image(mime_type), **where, **details)

    def ask(self, work: str, *, is_slow: bool, **details: Any) -> tuple[dict[str, Any], bytes]:
        """Have a child do one piece of work.

        Args:
            work: What to do.
            is_slow: Whether it may take long: what is no picture.
            details: What the work needs, as JSON.

        Returns:
            The facts, and the bytes of a picture or none.

        Raises:
            UndecodableError: If the child says so, crashes, or takes too long.
        """
        request = {
            "work": work,
            "cpu_seconds": _SLOW_CPU_SECONDS if is_slow else _CPU_SECONDS,
            "wall_seconds": _WALL_SECONDS,
            **details,
        }
        with self._slots:
            child = self._take()
            try:
                facts, picture = child.ask(request)
            except BaseException:
                child.end()
                raise
            self._give_back(child)
        if "error" in facts:
            raise UndecodableError(f"It cannot be decoded: {facts['error']}.")
        return facts, picture

    def get_ready(self) -> None:
        """Start a child unless one waits; whoever asks next waits for the rest of its start.

        Raises:
            UndecodableError: If it cannot be started.
        """
        with self._slots:
            self._give_back(self._take())

    def close(self) -> None:
        """End the children that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_waiting():
                    return child
                child.end()
        return _Child()

    def _give_back(self, child: _Child) -> None:
        if child.work_done >= _WORK_PER_CHILD:
            child.end()
            return
        with self._lock:
            self._idle.append(child)


class _Child:
    """One running decoder."""

    def __init__(self) -> None:
        self.work_done = 0
        self._waits_since = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", f"{__package__}.decode_child", str(_IDLE_SECONDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={},
                cwd="/",
                start_new_session=True,  # Ctrl-C on the terminal is for the parent to deal with
            )
        except OSError as error:
            raise UndecodableError(f"The decoder cannot be started: {error.strerror}.") from error

    def is_waiting(self) -> bool:
        """Tell whether it is there for another request, and will be until that reaches it."""
        waited = time.monotonic() - self._waits_since
        return self._process.poll() is None and waited < _IDLE_SECONDS - _LEAVING_SECONDS

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a request and read the answer, of which nothing is believed."""
        is_look = request["work"].startswith("probe")
        self.work_done += len(request.get("files", [0])) * _PROBE_WORK if is_look else _DRAW_WORK
        deadline = time.monotonic() + request["wall_seconds"]
        try:
            cast("BinaryIO", self._process.stdin).write(json.dumps(request).encode("ascii") + b"\n")
            line = self._read(b"", deadline)
            while b"\n" not in line:
                if len(line) > _LONGEST_LINE:
                    raise ValueError
                line = self._read(line, deadline)
            line, _, picture = line.partition(b"\n")
            facts = json.loads(line)
            size = facts["bytes"]
            if not (isinstance(size, int) and len(picture) <= size <= _LARGEST_PICTURE):
                raise ValueError
            pieces = [picture]
            while (missing := size - sum(map(len, pieces))) > 0:
                pieces.append(self._read(b"", deadline, missing))
        except TimeoutError:
            raise UndecodableError(f"It took too long to decode: over {request['wall_seconds']} s.") from None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            raise UndecodableError(
                f"The decoder crashed on it, or needed over {request['cpu_seconds']} s of processor time."
            ) from None
        self._waits_since = time.monotonic()
        return facts, b"".join(pieces)

    def _read(self, before: bytes, deadline: float, most: int = _LONGEST_LINE) -> bytes:
        """Wait for what the child says next and put it behind what it said before.

        Raises:
            OSError: If the child is silent for too long, or gone.
        """
        descriptor = cast("BinaryIO", self._process.stdout).fileno()
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        if not ready.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise TimeoutError
        piece = os.read(descriptor, most)
        if not piece:
            raise ConnectionError
        return before + piece

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()
        self._process.wait()


def is_image(mime_type: str) -> bool:
    """Tell whether a type is one of pictures."""
    return mime_type.startswith("image/")

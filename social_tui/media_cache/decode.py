"""Size, duration and thumbnails of untrusted files, by limited child processes."""

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
from collections.abc import Sequence
from dataclasses import dataclass
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
_PROBED_AT_ONCE = 100
_LARGEST_PICTURE = 8 << 20
_LARGEST_NUMBER = 1 << 53
_LONGEST_MARK, _MOST_MARKS = 200, 10


class UndecodableError(SocialTuiError):
    """A file cannot be read as what it seems to be, or would take too much to try."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the inside of a file says; None where it says nothing.

    Args:
        width: Pixels, as shown: after the orientation that a camera noted.
        height: Likewise.
        duration_ms: Length of video or audio in milliseconds.
        frames: Frames of an animation or a video, pages of a document.
    """

    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A small picture of a file.

    Args:
        jpeg: The picture without metadata, right side up.
        phash: What it looks like, as 64 bits in a signed number, of which pictures that look alike differ in
            few; None where there is hardly anything to see.
    """

    jpeg: bytes
    phash: int | None


def probe(path: Path, mime_type: str, *, whole: bool = False) -> Probe:
    """Read what a file declares about itself.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        whole: Whether to decode it, or compare its length with what it declares, to its end.

    Returns:
        Size, duration, frames.

    Raises:
        UndecodableError: If it cannot be read, is cut short (with ``whole``), or is too large to try.
    """
    facts, _ = decoder().ask_about(path, mime_type, "probe", whole=whole)
    return _probe_of(facts)


def probe_all(files: Sequence[tuple[Path, str]]) -> list[Probe]:
    """Read what files declare about themselves, many by one request.

    Args:
        files: Local files, each with its type by its first bytes.

    Returns:
        Size, duration, frames of each; nothing is known of those that cannot be read.
    """
    found: list[Probe] = []
    for start in range(0, len(files), _PROBED_AT_ONCE):
        some = files[start : start + _PROBED_AT_ONCE]
        try:
            found += _probes(some)
        except UndecodableError:
            # One of them ended the child, or has no answer: the others are not to pay for it.
            found += [_probe_alone(path, mime_type) for path, mime_type in some]
    return found


def _probes(files: Sequence[tuple[Path, str]]) -> list[Probe]:
    named = [{"path": str(path.absolute()), "mime_type": mime_type} for path, mime_type in files]
    answer, _ = decoder().ask("probe_all", files=named, is_slow=not all(_is_image(file[1]) for file in files))
    facts = answer.get("found")
    if not isinstance(facts, list) or len(facts) != len(files):
        raise UndecodableError("The decoder gave no answer for each file.")
    return [_probe_of(each) for each in facts]


def _probe_alone(path: Path, mime_type: str) -> Probe:
    try:
        return probe(path, mime_type)
    except UndecodableError:
        return Probe()


def _probe_of(facts: object) -> Probe:
    known = facts if isinstance(facts, dict) else {}
    return Probe(**{name: _number(known.get(name)) for name in Probe.__slots__})


def _is_image(mime_type: str) -> bool:
    return mime_type.startswith("image/")


def read_marks(path: Path, mime_type: str) -> dict[str, Any]:
    """Read what a file says of how it was made, in XMP and in a C2PA manifest; no network is used.

    Args:
        path: A local file.
        mime_type: By its first bytes.

    Returns:
        By the way it is said: ``xmp`` with ``source_types`` and ``tools``; ``c2pa`` with these and with
        ``signature`` ('valid', 'untrusted': it fits and its signer is not known, 'invalid', 'unreadable', or
        'unread' without the extra ``provenance``), ``signer``, ``signed_at`` and ``source_types_of_parts``.
        What the file does not say is left out.

    Raises:
        UndecodableError: If it cannot be read, or takes too long.
    """
    facts, _ = decoder().ask_about(path, mime_type, "marks")
    marks = facts.get("marks")
    if not isinstance(marks, dict):
        raise UndecodableError("The decoder gave no answer.")
    return {name: _told(marks[name]) for name in ("xmp", "c2pa") if isinstance(marks.get(name), dict)}


def _told(told: dict[str, Any]) -> dict[str, Any]:
    """Take of what the child tells what it may tell, because the file may have taken the child over."""
    found: dict[str, Any] = {}
    for name in ("signature", "signer", "signed_at"):
        if isinstance(told.get(name), str) and told[name]:
            found[name] = told[name][:_LONGEST_MARK]
    for name in ("source_types", "source_types_of_parts", "tools"):
        values = told.get(name)
        if isinstance(values, list):
            found[name] = [value[:_LONGEST_MARK] for value in values[:_MOST_MARKS] if isinstance(value, str)]
    return found


def make_thumbnail(path: Path, mime_type: str, *, max_size: tuple[int, int] = (640, 640)) -> Drawing:
    """Draw a small picture of a file: the picture, the first good frame, the first page, or how loud it is.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        The picture, and what it looks like.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    facts, picture = _draw("draw", path, mime_type, max_size)
    return Drawing(picture, _signed(facts.get("phash")))


def make_strip(path: Path, mime_type: str, *, max_size: tuple[int, int] = (960, 640)) -> bytes:
    """Draw the frames at a quarter, the half and three quarters of a video side by side.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        A JPEG; of a video that is cut short or says no length, with fewer frames.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    _, picture = _draw("strip", path, mime_type, max_size)
    return picture


def make_page(path: Path, number: int, *, max_size: tuple[int, int] = (640, 640)) -> bytes:
    """Draw one page of a PDF small; each page has its own limits, so that a bad one costs only itself.

    Args:
        path: A local file.
        number: The page, counted from 1.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        A JPEG.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    _, picture = _draw("draw", path, "application/pdf", max_size, page=number)
    return picture


def _draw(
    work: str, path: Path, mime_type: str, max_size: tuple[int, int], **details: int
) -> tuple[dict[str, Any], bytes]:
    size = [min(side, 4096) for side in max_size]
    facts, picture = decoder().ask_about(path, mime_type, work, size=size, **details)
    if not picture.startswith(b"\xff\xd8\xff"):
        raise UndecodableError("The decoder gave no picture.")
    return facts, picture


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
        return self.ask(work, is_slow=not _is_image(mime_type), **where, **details)

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


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= _LARGEST_NUMBER else None


def _signed(bits: object) -> int | None:
    """Read 64 bits as PostgreSQL's bigint holds them."""
    if not isinstance(bits, int) or not 0 <= bits < 1 << 64:
        return None
    return bits - (1 << 64) if bits >> 63 else bits

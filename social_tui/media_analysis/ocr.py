"""Text in a picture, read by networks where they are installed, else by Tesseract where it is."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from social_tui.log import get_logger
from social_tui.media_analysis.ocr_child import IDLE_SECONDS, receive, send

log = get_logger(__name__)

_SECONDS = 20.0
# Of the first picture, for which the reader is loaded, on a machine with much other work.
_FIRST_SECONDS = 90.0
_LEAVING_SECONDS = 20  # a child that may be about to leave by itself is not asked
_LEAST_CONFIDENCE = 70.0
_LEAST_SCORE = 0.8
# https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output
_WORD_LEVEL = "5"
_COLUMNS = 12
# What a reader is told of the environment, in which keys and passwords stand too.
_TOLD = frozenset({"PATH", "LANG", "LD_LIBRARY_PATH", "TESSDATA_PREFIX"})


def find_tesseract() -> str | None:
    """Return the path of the Tesseract program, or None where there is none."""
    return shutil.which("tesseract")


def has_networks() -> bool:
    """Tell whether the networks that read text are installed."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def library_of(tesseract: str) -> Path | None:
    """Return the library that belongs to a Tesseract program, by where both are installed, else None."""
    prefix = Path(tesseract).resolve().parent.parent
    places = ("lib/libtesseract.*", "lib/*/libtesseract.*", "lib64/libtesseract.*")
    found = sorted(path for place in places for path in prefix.glob(place) if path.suffix != ".a")
    return found[0] if found else None


class TextReader(Protocol):
    """Something that reads text in pictures; safe to share between threads."""

    def read(self, jpeg: bytes) -> str | None:
        """Read the text of a picture.

        Args:
            jpeg: A picture that this program made itself.

        Returns:
            The text line by line, empty when there is none, None when it could not be read.
        """


class Reader:
    """Reads with the best that is on this machine; where that fails, with the next.

    Args:
        readers: The best first; see ``docs/analysis-local.md`` for how well each reads.
    """

    def __init__(self, *readers: TextReader) -> None:
        self._readers = readers

    def read(self, jpeg: bytes) -> str | None:
        """Read the text of a picture; see :class:`TextReader`."""
        texts = (reader.read(jpeg) for reader in self._readers)
        return next((text for text in texts if text is not None), None)


class TesseractReader:
    """Reads by processes in which Tesseract stays loaded.

    Where its library is not there or fails, the program is started for each picture.

    Args:
        tesseract: The program.
    """

    def __init__(self, tesseract: str) -> None:
        self._tesseract = tesseract
        library = library_of(tesseract)
        self._children = Children("tesseract", str(library)) if library else None

    def read(self, jpeg: bytes) -> str | None:
        """Read the text of a picture; see :func:`read_text`."""
        table = self._children.ask(jpeg) if self._children else None
        if table is not None:
            return _sure_words(table)
        if self._children is not None and self._children.are_useless:
            self._children = None
        return read_text(self._tesseract, jpeg)


class NetworkReader:
    """Reads by processes in which the networks of the extra ``local`` stay loaded."""

    def __init__(self) -> None:
        self._children = Children("network")

    def read(self, jpeg: bytes) -> str | None:
        """Read the text of a picture, keeping only lines that the networks are sure of."""
        if self._children.are_useless:
            return None
        answer = self._children.ask(jpeg)
        if answer is None:
            return None
        return "\n".join(text for text, score in json.loads(answer) if score >= _LEAST_SCORE)


class Children:
    """Processes that read pictures, as many as are asked at once.

    Args:
        engine: What reads in them, as ``ocr_child`` takes it.
    """

    def __init__(self, *engine: str) -> None:
        self._engine = engine
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._stillborn = 0
        self.are_useless = False

    def ask(self, jpeg: bytes) -> str | None:
        """Have a picture read; None when that failed."""
        try:
            child = self._take()
        except OSError:
            return None
        answer = child.ask(jpeg)
        if answer is not None:
            with self._lock:
                self._stillborn = 0
                self._idle.append(child)
            return answer
        if not child.has_answered and not child.was_slow:
            with self._lock:
                # One may have died of its picture.
                self._stillborn += 1
                self.are_useless = self._stillborn > 1
            log.info("ocr_child_died", engine=self._engine[0], are_useless=self.are_useless)
        return None

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_waiting():
                    return child
                child.end()
        return _Child(self._engine)


class _Child:
    """One process in which a reader is loaded."""

    def __init__(self, engine: Sequence[str]) -> None:
        self.has_answered = False
        self.was_slow = False
        self._waits_since = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", f"{__package__}.ocr_child", *engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,  # Ctrl-C on the terminal is for the parent to deal with
        )

    def is_waiting(self) -> bool:
        """Tell whether it is there for another picture, and will be until that reaches it."""
        waited = time.monotonic() - self._waits_since
        return self._process.poll() is None and waited < IDLE_SECONDS - _LEAVING_SECONDS

    def ask(self, jpeg: bytes) -> str | None:
        """Have a picture read; None ends the process, as it crashed or took too long."""
        timer = threading.Timer(_SECONDS if self.has_answered else _FIRST_SECONDS, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            send(cast("BinaryIO", self._process.stdin), jpeg)
            answer = receive(cast("BinaryIO", self._process.stdout))
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            self.end()
            return None
        self.has_answered = True
        self._waits_since = time.monotonic()
        return answer.decode("utf-8", "replace")

    def _give_up(self) -> None:
        self.was_slow = True
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()
        self._process.wait()


def read_text(tesseract: str, jpeg: bytes, *, seconds: float = _SECONDS) -> str | None:
    """Read the text of a picture, keeping only words that Tesseract is sure of.

    With page segmentation 3 and words of a confidence of 70 or more, pictures without text give none.

    Args:
        tesseract: The program.
        jpeg: A picture that this program made itself.
        seconds: The longest it may take.

    Returns:
        The text line by line, empty when there is none, None when it could not be read in time.
    """
    try:
        done = subprocess.run(
            [tesseract, "stdin", "stdout", "--psm", "3", "tsv"],
            input=jpeg,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
            env=_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _sure_words(done.stdout.decode("utf-8", "replace"))


def _environment() -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if name in _TOLD or name.startswith("LC_")}
    return {**told, "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}


def _sure_words(table: str) -> str:
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in table.splitlines():
        cells = row.split("\t", _COLUMNS - 1)
        if len(cells) == _COLUMNS and cells[0] == _WORD_LEVEL and _is_sure(cells[10]) and cells[11].strip():
            lines.setdefault(tuple(cells[1:5]), []).append(cells[11].strip())
    return "\n".join(" ".join(words) for words in lines.values())


def _is_sure(confidence: str) -> bool:
    try:
        return float(confidence) >= _LEAST_CONFIDENCE
    except ValueError:
        return False

"""Text in a picture, read by Tesseract where it is on the machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO, cast

from social_tui.log import get_logger
from social_tui.media_analysis.ocr_child import receive, send

log = get_logger(__name__)

_SECONDS = 20.0
_LEAST_CONFIDENCE = 70.0
# https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output
_WORD_LEVEL = "5"
_COLUMNS = 12


def find_tesseract() -> str | None:
    """Return the path of the Tesseract program, or None where there is none."""
    return shutil.which("tesseract")


def library_of(tesseract: str) -> Path | None:
    """Return the library that belongs to a Tesseract program, by where both are installed, else None."""
    prefix = Path(tesseract).resolve().parent.parent
    places = ("lib/libtesseract.*", "lib/*/libtesseract.*", "lib64/libtesseract.*")
    found = sorted(path for place in places for path in prefix.glob(place) if path.suffix != ".a")
    return found[0] if found else None


class Reader:
    """Reads text in pictures by processes in which Tesseract stays loaded; safe to share between threads.

    Where its library is not there or fails, the program is started for each picture.

    Args:
        tesseract: The program.
    """

    def __init__(self, tesseract: str) -> None:
        self._tesseract = tesseract
        self._library = library_of(tesseract)
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def read(self, jpeg: bytes) -> str | None:
        """Read the text of a picture; see :func:`read_text`."""
        table = self._ask_child(jpeg)
        return read_text(self._tesseract, jpeg) if table is None else _sure_words(table)

    def _ask_child(self, jpeg: bytes) -> str | None:
        if self._library is None:
            return None
        try:
            child = self._take(self._library)
        except OSError:
            return None
        table = child.ask(jpeg)
        if table is not None:
            with self._lock:
                self._idle.append(child)
            return table
        if not child.has_answered:
            log.info("ocr_library_unusable", library=self._library.name)
            self._library = None
        return None

    def _take(self, library: Path) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
        return _Child(library)


class _Child:
    """One process in which Tesseract is loaded."""

    def __init__(self, library: Path) -> None:
        self.has_answered = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", f"{__package__}.ocr_child", str(library)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            cwd="/",
            start_new_session=True,  # Ctrl-C on the terminal is for the parent to deal with
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, jpeg: bytes) -> str | None:
        """Have a picture read; None ends the process, as it crashed or took too long."""
        timer = threading.Timer(_SECONDS, self._process.kill)
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
            self._end()
            return None
        self.has_answered = True
        return answer.decode("utf-8", "replace")

    def _end(self) -> None:
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
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _sure_words(done.stdout.decode("utf-8", "replace"))


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

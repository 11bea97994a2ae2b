"""Text in a picture, read by Tesseract where it is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess

_SECONDS = 20.0
_LEAST_CONFIDENCE = 70.0
# https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output
_WORD_LEVEL = "5"
_COLUMNS = 12


def find_tesseract() -> str | None:
    """Return the path of the Tesseract program, or None where there is none."""
    return shutil.which("tesseract")


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

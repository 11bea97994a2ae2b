"""The lines of the log that tell of a moment, read from its end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_TAIL_BYTES = 256_000
_BEFORE = timedelta(seconds=10)
_MOST = 20
_BAD = ("warning", "error", "critical")


def lines_until(path: Path, moment: datetime, pid: int) -> list[dict[str, Any]]:
    """Return what the log tells of the ten seconds before a moment.

    Args:
        path: The log; the file before it is looked at too, because the lines may have gone there since.
        moment: The moment, with its time zone.
        pid: Of this process every line counts, of others those that tell of something bad.

    Returns:
        The fields of the last 20 such lines, the oldest first.

    Raises:
        OSError: If the log cannot be read.
    """
    tails = b"\n".join(_tail(each) for each in (path.with_name(f"{path.name}.1"), path))
    return [
        fields
        for at, fields in _lines(tails)
        if moment - _BEFORE <= at <= moment and (fields.get("pid") == pid or fields.get("level") in _BAD)
    ][-_MOST:]


def _tail(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL_BYTES, 0))
        return file.read()
    return b""


def _lines(text: bytes) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield every line with its time; half ones and those without a time are no such lines."""
    for each in text.splitlines():
        with contextlib.suppress(ValueError, OverflowError, RecursionError):
            fields = json.loads(each)
            if isinstance(fields, dict):
                yield datetime.fromisoformat(str(fields.get("timestamp"))).astimezone(UTC), fields

"""The media that a bag holds against what its ``media.jsonl`` says of them; only Python is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, NamedTuple

Problem = tuple[Literal["mismatch", "missing", "unexpected", "malformed"], str, str]
_LISTING = "data/media.jsonl"
# The log of the analyses of a media is the longest that a line has.
_LONGEST_LINE = 8 << 20
#: Whoever made a file with so many wrong lines wants to fill the memory.
MOST_BAD_LINES = 1000
READ_NO_FURTHER = "There may be more that is wrong; it was not read on."


class _File(NamedTuple):
    byte_size: int
    sha256: str
    md5_sum: str


@dataclass(slots=True)
class MediaListing:
    """What the files under ``data/media`` really are."""

    _files: dict[str, _File] = field(default_factory=dict)

    def add_file(self, path: str, byte_size: int, digests: dict[str, str]) -> None:
        """Take in a file that is there."""
        self._files[path] = _File(byte_size, digests["sha256"], digests["md5"])

    def compare(self, lines: BinaryIO) -> Iterator[Problem]:
        """Yield how the files differ from what is said of them.

        Args:
            lines: ``media.jsonl``.
        """
        named: set[str] = set()
        number = bad = 0
        while line := lines.readline(_LONGEST_LINE):
            number += 1
            problem = self._look_at(number, line, named)
            if problem is not None:
                yield problem
                bad += 1
            if bad == MOST_BAD_LINES:
                yield "malformed", _LISTING, READ_NO_FURTHER
                return
        for path in sorted(self._files.keys() - named):
            yield "unexpected", path, "No line of media.jsonl tells of it."

    def _look_at(self, number: int, line: bytes, named: set[str]) -> Problem | None:
        """Say what is wrong with a line, and note the file that it names."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            return "malformed", _LISTING, f"Line {number} is no JSON object."
        path = record.get("file")
        if path is None:
            return None
        if not isinstance(path, str) or path not in self._files:
            return "missing", _LISTING, f"Line {number} names a file that is not there."
        named.add(path)
        return _difference(path, self._files[path], record)


def _difference(path: str, file: _File, record: dict[str, Any]) -> Problem | None:
    wrong = [name for name, value in file._asdict().items() if record.get(name) != value]
    if not wrong:
        return None
    said = f"media.jsonl says something else of {str(record.get('media_id'))[:64]}"
    return "mismatch", path, f"Its {', '.join(wrong)}: {said}."

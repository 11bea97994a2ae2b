"""Folders as the import looks at them: calls that block, for threads only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from social_tui.errors import StorageError
from social_tui.importers.sources import SUFFIXES

# A folder with more is looked into by typing the beginning of a name.
ENTRY_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be imported.

    Args:
        path: Where it is.
        name: What it is called there.
        is_folder: Whether it is a folder, which can be imported whole or looked into.
        size: Its bytes; None for a folder.
        changed: When it changed last, in seconds since the epoch.
    """

    path: str
    name: str
    is_folder: bool
    size: int | None
    changed: float


def expand(text: str) -> str:
    """Make what a person typed a path; empty means the current folder."""
    try:
        return os.path.expanduser(text) or f".{os.sep}"  # noqa: PTH111 - Path drops the slash at the end
    except (RuntimeError, ValueError):
        return text


def short(folder: str) -> str:
    """Write a folder whole, with ``~`` for one's own."""
    place, home = Path(os.path.abspath(folder)), Path.home()  # noqa: PTH100 - links stay as they are
    return f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)


def split(text: str) -> tuple[str, str]:
    """Split what was typed into a folder and the beginning of a name."""
    folder, name = os.path.split(expand(text))
    return folder or ".", name


def list_folder(folder: str, prefix: str = "") -> list[Entry]:
    """List what looks importable in a folder: folders first, then files, by name.

    Args:
        folder: The folder; hidden names are passed over, as the import does.
        prefix: How names begin, in capitals or not.

    Raises:
        StorageError: If it cannot be read.
    """
    found: list[Entry] = []
    try:
        with os.scandir(folder) as entries:
            for each in entries:
                if each.name.casefold().startswith(prefix.casefold()) and len(found) < ENTRY_LIMIT:
                    entry = _entry(each)
                    if entry is not None:
                        found.append(entry)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the name is not valid"
        raise StorageError(f"{short(folder)} cannot be read: {why}.") from error
    return sorted(found, key=lambda entry: (not entry.is_folder, entry.name.casefold(), entry.name))


def _entry(found: os.DirEntry[str]) -> Entry | None:
    if found.name.startswith("."):
        return None
    try:
        is_folder, is_file = found.is_dir(), found.is_file()
        if not is_folder and not (is_file and found.name.lower().endswith(SUFFIXES)):
            return None
        status = found.stat()
    except OSError:
        # It went away while we looked.
        return None
    return Entry(
        str(Path(found.path)), found.name, is_folder, None if is_folder else status.st_size, status.st_mtime
    )


def complete(text: str) -> str:
    """Go on with what was typed as far as there is no choice; a folder ends with a slash."""
    folder, prefix = split(text)
    try:
        entries = list_folder(folder, prefix)
    except StorageError:
        return text
    if not entries:
        return text
    # The first and the last by order of characters differ where any two do.
    first, last = min(names := [entry.name for entry in entries]), max(names)
    common = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    if len(entries) == 1:
        common = entries[0].name + (os.sep if entries[0].is_folder else "")
    # Where names differ in capitals only, what was typed stays.
    kept = text[: len(text) - len(prefix)]
    return kept + common if len(common) >= len(prefix) else text


def total_size(entries: Sequence[Entry]) -> int:
    """Add up the bytes of the files among some entries."""
    return sum(entry.size or 0 for entry in entries)

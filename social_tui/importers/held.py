"""Passes over items that the library holds already: known by their bytes, they are not parsed again."""

from __future__ import annotations

import hashlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, TypeVar

from social_tui import __version__
from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers.items import Item, Line
from social_tui.importers.mapped import Mapped

#: Items that are asked about together; while that is answered, those before are worked on.
_BLOCK_ITEMS = 500
#: Blocks that are asked about at once.
ASKED_AT_ONCE = 2
_BLOCK_CHARACTERS = 2_000_000
#: The modules that decide what an item is understood as, in packages of social_tui.
_DECIDING = ("importers", "exports.py", "text.py", "media_cache/links.py", "library/storing.py")

Answer = Callable[[], Sequence[Any]]
Entry = TypeVar("Entry")


class Ledger(Protocol):
    """Knows items that were imported before."""

    def ask(self, keys: Sequence[bytes]) -> Answer:
        """Ask what is known of items, without waiting for it.

        Args:
            keys: Their keys.

        Returns:
            What waits for the answer: one object for each key, None where the item has to be read.
        """


@dataclass(frozen=True, slots=True)
class Held:
    """An item that need not be read.

    Args:
        known: What the ledger knows of it.
        read: Reads it all the same: returns what it holds.
    """

    known: Any
    read: Callable[[], Iterable[Any]]


class Keyed(NamedTuple):
    """The one post that an item holds, with the key of the item."""

    key: bytes
    post: ParsedPost


class Keys:
    """Makes the keys of items: digests of their bytes and of all that decides what is read out of them.

    Args:
        avatars: Whether the pictures of the authors count as media.
        mapped: The map to read by, instead of the known formats.
    """

    def __init__(self, *, avatars: bool, mapped: Mapped | None) -> None:
        start = hashlib.sha256(repr((_reader_version(), avatars, mapped)).encode("utf-8", "surrogatepass"))
        # A line can be read otherwise than a member of a list.
        self._starts = {kind: start.copy() for kind in (Item, Line)}
        for kind, each in self._starts.items():
            each.update(kind.__name__.encode())

    def of(self, entry: Item | Line) -> bytes:
        """Return the key of an item."""
        text = entry.text if isinstance(entry, Line) else entry.raw
        digest = self._starts[type(entry)].copy()
        digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.digest()


@cache
def _reader_version() -> str:
    """Return a digest of the modules that read items: whatever changes there, items are read anew."""
    digest = hashlib.sha256(f"{__version__} {sys.version}".encode())
    root = files("social_tui")
    for name in _DECIDING:
        place = root.joinpath(name)
        for module in sorted(place.iterdir(), key=lambda each: each.name) if place.is_dir() else [place]:
            if module.name.endswith(".py") and module.is_file():
                digest.update(hashlib.sha256(module.read_bytes()).digest())
    return digest.hexdigest()


def answered(
    entries: Iterable[Entry], ledger: Ledger | None, keys: Keys | None
) -> Iterator[tuple[Entry, bytes | None, Any]]:
    """Ask a ledger for the items among some entries, some blocks ahead of where they are worked on.

    Args:
        entries: Items, lines, and what else a file has in their places.
        ledger: Whom to ask; without one nothing is known.
        keys: Makes the keys.

    Yields:
        Each entry, its key (None of what is no item), and what the ledger knows of it.
    """
    if ledger is None or keys is None:
        yield from ((entry, None, None) for entry in entries)
        return
    waiting: deque[tuple[list[tuple[Entry, bytes | None]], Answer]] = deque()
    for block in _blocks(entries, keys):
        waiting.append((block, ledger.ask([key for _, key in block if key is not None])))
        if len(waiting) > ASKED_AT_ONCE:
            yield from _joined(*waiting.popleft())
    while waiting:
        yield from _joined(*waiting.popleft())


def _joined(
    block: list[tuple[Entry, bytes | None]], answer: Answer
) -> Iterator[tuple[Entry, bytes | None, Any]]:
    known = iter(answer())
    for entry, key in block:
        yield entry, key, None if key is None else next(known)


def _blocks(entries: Iterable[Entry], keys: Keys) -> Iterator[list[tuple[Entry, bytes | None]]]:
    block: list[tuple[Entry, bytes | None]] = []
    characters = 0
    try:
        for entry in entries:
            key = None
            if isinstance(entry, (Item, Line)):
                characters += len(entry.raw if isinstance(entry, Item) else entry.text)
                key = keys.of(entry)
            block.append((entry, key))
            if len(block) == _BLOCK_ITEMS or characters > _BLOCK_CHARACTERS:
                yield block
                block, characters = [], 0
    except ImportRefusedError:
        yield block  # what came before stays good
        raise
    if block:
        yield block

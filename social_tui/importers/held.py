"""Passes over items that the library holds already: known by their bytes, they are not parsed again."""

from __future__ import annotations

import hashlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, TypeVar

from social_tui import __version__
from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers.items import Item, Line
from social_tui.importers.mapped import Mapped
from social_tui.importers.text_window import READ_ERRORS

#: Items that are read ahead, while the ledger answers about those before; more, up to the end of a group.
_BLOCK_ITEMS = 500
#: Blocks that are asked about at once.
ASKED_AT_ONCE = 2
_BLOCK_CHARACTERS = 2_000_000
_GROUP_ENTRIES = 64
_GROUP_CHARACTERS = 250_000
#: A group ends with an item whose key begins with a byte below this one: with one of sixteen.
_LAST_BELOW = 16
#: The modules that decide what an item is understood as, in packages of social_tui.
_DECIDING = ("importers", "exports.py", "text.py", "media_cache/links.py", "library/storing.py")

Entry = TypeVar("Entry")
Answer = Callable[[], Sequence[Mapping[int, Any] | None]]


class Ledger(Protocol):
    """Knows items that were imported before."""

    def ask(self, keys: Sequence[bytes]) -> Answer:
        """Ask what is known of groups of items, without waiting for it.

        Args:
            keys: Their keys.

        Returns:
            What waits for the answer: for each key what is known of items, by their place in the group and
            without those that have to be read anyhow; None where all have to be read.
        """


@dataclass(slots=True, eq=False)
class Group:
    """Items that follow each other, noted and known together: a row for each took 3 % of a first import.

    Where a group ends is told by the items themselves, as restic tells where blobs end: what is added to an
    export or taken from it changes only the groups in which it stands
    (https://restic.readthedocs.io/en/stable/100_references.html#backups-and-deduplication).

    Args:
        key: A digest of the keys of its items.
        size: How many items there are.
        posts: How many of them were found to hold one post each.
        is_read: Whether all of them were read.
    """

    key: bytes = b""
    size: int = 0
    posts: int = 0
    is_read: bool = False


_Block = list[tuple[Group, list[Entry]]]


class Slot(NamedTuple):
    """The place of an item in its group, counted from 0."""

    group: Group
    place: int


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
    """The one post that an item holds, with the place of the item in its group."""

    slot: Slot
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
) -> Iterator[tuple[Entry, Slot | None, Any]]:
    """Ask a ledger for the items among some entries, some blocks ahead of where they are worked on.

    Args:
        entries: Items, lines, and what else a file has in their places.
        ledger: Whom to ask; without one nothing is known.
        keys: Makes the keys.

    Yields:
        Each entry, its place in its group where that is to be noted, and what the ledger knows of it.
    """
    if ledger is None or keys is None:
        yield from ((entry, None, None) for entry in entries)
        return
    waiting: deque[tuple[_Block[Entry], Answer]] = deque()
    refused: list[Exception] = []
    for block in _blocks(_until_refused(entries, refused), keys):
        waiting.append((block, ledger.ask([group.key for group, _ in block if group.size])))
        if len(waiting) > ASKED_AT_ONCE:
            yield from _joined(*waiting.popleft())
    while waiting:
        yield from _joined(*waiting.popleft())
    if refused:
        raise refused[0]


def _until_refused(entries: Iterable[Entry], refused: list[Exception]) -> Iterator[Entry]:
    """Yield entries, and note what ended them: what came before stays good."""
    try:
        yield from entries
    except (ImportRefusedError, *READ_ERRORS) as error:
        refused.append(error)


def _joined(block: _Block[Entry], answer: Answer) -> Iterator[tuple[Entry, Slot | None, Any]]:
    answers = iter(answer())
    for group, entries in block:
        known = next(answers) if group.size else None
        place = 0
        for entry in entries:
            if not isinstance(entry, (Item, Line)):
                yield entry, None, None
                continue
            yield (entry, Slot(group, place), None) if known is None else (entry, None, known.get(place))
            place += 1
        group.is_read = True


def _blocks(entries: Iterable[Entry], keys: Keys) -> Iterator[_Block[Entry]]:
    block: _Block[Entry] = []
    count = characters = 0
    for group, members, length in _groups(entries, keys):
        block.append((group, members))
        count += len(members)
        characters += length
        if count >= _BLOCK_ITEMS or characters > _BLOCK_CHARACTERS:
            yield block
            block, count, characters = [], 0, 0
    if block:
        yield block


def _groups(entries: Iterable[Entry], keys: Keys) -> Iterator[tuple[Group, list[Entry], int]]:
    """Yield groups, the entries that belong to each, and how many characters these have."""
    members: list[Entry] = []
    found: list[bytes] = []
    characters = 0
    for entry in entries:
        members.append(entry)
        is_last = len(members) == _GROUP_ENTRIES
        if isinstance(entry, (Item, Line)):
            found.append(keys.of(entry))
            characters += len(entry.raw if isinstance(entry, Item) else entry.text)
            is_last |= found[-1][0] < _LAST_BELOW or characters > _GROUP_CHARACTERS
        if is_last:
            yield _group(found), members, characters
            members, found, characters = [], [], 0
    if members:
        yield _group(found), members, characters


def _group(keys: Sequence[bytes]) -> Group:
    return Group(hashlib.sha256(b"".join(keys)).digest(), len(keys))

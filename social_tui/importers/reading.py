"""Reads posts out of files, whatever their format, and says of every item that is none why."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers.beside import placed
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.items import Fault, Item
from social_tui.importers.json_stream import read_items
from social_tui.importers.mapped import Mapped
from social_tui.importers.protocol import FAULTS, Outcome, PassedOver, Refused, refused_by
from social_tui.importers.registry import KNOWN, Formats
from social_tui.importers.sources import Member, Meter, Peeked, open_source, rejection
from social_tui.importers.strict_json import is_too_deep
from social_tui.importers.text_window import ByteSource

_UNKNOWN_SHAPE = "unknown shape: {} items like this"
_UNKNOWN_COLUMNS = "unknown shape: {} columns like these"
_LINE_SUFFIXES = (".jsonl", ".ndjson")
#: Parts of an X archive, of which only some hold posts.
_ARCHIVE_PART = re.compile(r"\s*window\.YTD\.(\w{1,60})\.part\d")
_ARCHIVE_POSTS = frozenset({"tweet", "tweets", "deleted_tweets", "community_tweet", "deleted_note_tweet"})


def iter_posts(
    source: Path | str | BinaryIO,
    name: str,
    *,
    avatars: bool = False,
    mapped: Mapped | None = None,
    meter: Meter | None = None,
) -> Iterator[ParsedPost | Rejection | PassedOver]:
    """Read the posts of one file in their order, in constant memory.

    Everything that the file holds yields exactly one object, so a post's position is its number in this
    sequence, from 1; the members of a zip file count each for itself. A file that cannot be read at all
    yields one rejection with position 0.

    Args:
        source: A path, ``-`` for the standard input, or an open binary stream.
        name: What to call the file in rejections.
        avatars: Whether the pictures of the authors count as media.
        mapped: The map to read by, instead of the known formats.
        meter: Counts what is read.

    Yields:
        The posts, the rejections in place of what should be one, and what was passed over because it is none.
        Reasons hold nothing of the content.
    """
    reader = Reader(Formats.by(mapped), avatars)
    try:
        with open_source(source, meter) as members:
            for member in members:
                yield from reader.read(member, f"{name}/{member.name}" if member.name else name)
    except ImportRefusedError as refused:
        yield rejection(name, 0, refused.message)


def parse_post(value: Any, raw: str, *, avatars: bool = False, mapped: Mapped | None = None) -> ParsedPost:
    """Take one post out of its export, as ``iter_posts`` does, for posts that are stored already.

    Args:
        value: The decoded post.
        raw: The text that it was decoded from.
        avatars: Whether the pictures of the authors count as media.
        mapped: The map to read by, instead of the known formats.

    Raises:
        ImportRefusedError: If no format has this shape, or it is no single post, or one without an id.
    """
    if is_too_deep(raw):
        raise ImportRefusedError("is nested too deep for a post")
    outcomes = list(Reader(Formats.by(mapped), avatars).parse(value, raw))
    if len(outcomes) != 1:
        raise ImportRefusedError("holds not one post")
    if not isinstance(outcomes[0], ParsedPost):
        raise ImportRefusedError(outcomes[0].reason)
    return placed(outcomes[0], "")


def is_known(value: Any) -> bool:
    """Tell whether a JSON value has the shape of an item of a known format."""
    return KNOWN.detect(value) is not None


def claims_lines(name: str) -> bool:
    """Tell whether a file claims by its name to be JSON lines."""
    return name.lower().removesuffix(".gz").removesuffix(".xz").endswith(_LINE_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads by some formats.

    Args:
        formats: Which.
        avatars: Whether the pictures of the authors count as media.
    """

    formats: Formats
    avatars: bool

    def read(self, member: Member, name: str) -> Iterator[ParsedPost | Rejection | PassedOver]:
        """Yield what a member holds."""
        folder, _, own_name = (member.name or Path(name).name).rpartition("/")
        position = 0
        for item in self.items(member, name):
            if isinstance(item, PassedOver):
                yield item
            elif isinstance(item, Fault):
                position += item.position > 0
                yield rejection(name, position if item.position else 0, item.reason)
            else:
                for outcome in self.parse(item.value, item.raw):
                    position += 1
                    if isinstance(outcome, Refused):
                        yield rejection(name, position, outcome.reason)
                    elif isinstance(outcome, ParsedPost):
                        yield placed(outcome, own_name, folder=folder)
                    else:
                        yield outcome

    def items(self, member: Member, name: str) -> Iterator[Item | Fault | PassedOver]:
        """Yield the items of a member."""
        try:
            source = member.open()
        except ImportRefusedError as refused:
            yield Fault(0, refused.message)
            return
        head = source.head.decode("utf-8", "replace").removeprefix("\ufeff")
        part = _ARCHIVE_PART.match(head)
        if (part and part[1] not in _ARCHIVE_POSTS) or (not part and name.lower().endswith(".js")):
            yield PassedOver("is a part of an X archive that holds no posts, or another script")
            return
        for item in self._items(source, head, name):
            yield from self._leaves(item) if isinstance(item, Item) else (item,)

    def parse(self, value: Any, raw: str) -> Iterator[Outcome]:
        """Yield what an item holds that is none of lists of items; whatever fails costs only this item."""
        try:
            found = self.formats.detect(value)
            if found is None:
                yield Refused(_UNKNOWN_SHAPE.format(self.formats.unknown))
            else:
                yield from found.parse(self.formats.unwrap(value), raw, avatars=self.avatars)
        except ImportRefusedError as refused:
            yield Refused(refused.message)
        except FAULTS as fault:
            yield refused_by(fault)

    def _read_items(self, source: ByteSource, *, by_line: bool = False) -> Iterator[Item | Fault]:
        return read_items(source, streams=self.formats.streams, claims=self.formats.claims, by_line=by_line)

    def _items(self, source: Peeked, head: str, name: str) -> Iterator[Item | Fault]:
        by_line = claims_lines(name)
        if by_line or not looks_like_csv(head):
            yield from self._read_items(source, by_line=by_line)
            return
        for item in read_rows(source):
            if isinstance(item, Item) and item.position == 1 and self.formats.detect(item.value) is None:
                yield Fault(0, _UNKNOWN_COLUMNS.format(self.formats.unknown))
                return
            yield item

    def _leaves(self, item: Item) -> Iterator[Item | Fault]:
        """Yield an item, or those of the lists in it where it is one of several pages."""
        if not self.formats.is_page(item.value):
            yield item
            return
        for inner in self._read_items(io.BytesIO(item.raw.encode())):
            if isinstance(inner, Fault) or inner.raw == item.raw or self.formats.mapped is not None:
                yield inner
            else:
                yield from self._leaves(inner)

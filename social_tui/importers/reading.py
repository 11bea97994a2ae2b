"""Reads posts out of files, whatever their format, and says of every item that is none why."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import fields, graph_batch
from social_tui.importers.beside import placed
from social_tui.importers.chat_lines import looks_like_chat, read_messages
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.held import Held, Keyed, Keys, Ledger, Slot, answered
from social_tui.importers.items import Fault, Item, Line
from social_tui.importers.json_stream import read_items, read_lines
from social_tui.importers.mapped import Mapped
from social_tui.importers.protocol import FAULTS, Outcome, PassedOver, Refused, refused_by
from social_tui.importers.registry import KNOWN, Formats
from social_tui.importers.sources import Member, Meter, Peeked, open_source, rejection
from social_tui.importers.strict_json import is_too_deep
from social_tui.importers.text_window import READ_ERRORS
from social_tui.importers.wrapped import posts_inside

UNKNOWN_SHAPE = "unknown shape"
_UNKNOWN_ITEM = UNKNOWN_SHAPE + ": {} items like this"
_UNKNOWN_COLUMNS = UNKNOWN_SHAPE + ": {} columns like these"
_LACKS_ID = re.compile(r"\bhas n[\w ]*\b(?:id|URI|shortcode|number)\b")
_ROUNDED_ID = "has an id that a spreadsheet has rounded (such as 1.7E+18)"
_LINE_SUFFIXES = (".jsonl", ".ndjson")
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)\Z")
#: Parts of an X archive, of which only some hold posts.
_ARCHIVE_PART = re.compile(r"\s*(?:window\.YTD\.(\w{1,60})\.part\d|Grailbird\.data\.(tweet)s_\d)")
_ARCHIVE_POSTS = frozenset(
    {"tweet", "tweets", "deleted_tweets", "community_tweet", "note_tweet", "deleted_note_tweet"}
)

Entry = Item | Fault | Line | PassedOver
Found = ParsedPost | Keyed | Held | Rejection | PassedOver


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
    for found in iter_outcomes(source, name, avatars=avatars, mapped=mapped, meter=meter):
        if not isinstance(found, Held):  # without a ledger nothing is
            yield found.post if isinstance(found, Keyed) else found


def iter_outcomes(
    source: Path | str | BinaryIO,
    name: str,
    *,
    avatars: bool = False,
    mapped: Mapped | None = None,
    meter: Meter | None = None,
    ledger: Ledger | None = None,
) -> Iterator[Found]:
    """Read the posts of one file as ``iter_posts`` does, but for items that a ledger knows.

    Args:
        source: As of ``iter_posts``, like the following.
        name: What to call the file.
        avatars: Whether the pictures of the authors count as media.
        mapped: The map to read by.
        meter: Counts what is read.
        ledger: What it knows is not read.

    Yields:
        What ``iter_posts`` does; the posts of items that hold one post alone with the key of the item, and in
        place of those that the ledger knows, what it knows.
    """
    reader = Reader(Formats.by(mapped), avatars)
    try:
        with open_source(source, meter) as members:
            for member in members:
                yield from reader.read(member, f"{name}/{member.name}" if member.name else name, ledger)
    except ImportRefusedError as refused:
        yield rejection(name, 0, refused.message)
    except READ_ERRORS:
        yield rejection(name, 0, "cannot be read on")


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
    # Notices beside a message, and places of posts that are gone, do not count.
    outcomes = [each for each in outcomes if not isinstance(each, PassedOver)] or outcomes
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
    return _PACKED.sub("", name.lower()).endswith(_LINE_SUFFIXES)


def _has_rounded_id(value: Any, refused: ImportRefusedError) -> bool:
    """Tell whether an item was refused for its id, and a spreadsheet is why it has none."""
    if not isinstance(value, dict) or not _LACKS_ID.search(refused.message):
        return False
    return any(isinstance(field, str) and fields.is_rounded(field.strip()) for field in value.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a member lies.

    Args:
        file: What to call it in rejections.
        name: Its own name.
        folder: The folder in the archive that it is of.
        around: The folder around a file that is no archive.
    """

    file: str
    name: str
    folder: str
    around: str

    @classmethod
    def of(cls, member: Member, file: str) -> _Place:
        folder, _, name = (member.name or Path(file).name).rpartition("/")
        return cls(file, name, folder, "" if member.name else Path(file).absolute().parent.as_posix())

    def put(self, post: ParsedPost) -> ParsedPost:
        return placed(post, self.name, folder=self.folder, around=self.around)


def _is_one_post(outcomes: Sequence[Outcome | Fault]) -> TypeGuard[Sequence[ParsedPost]]:
    """Tell whether an item holds one post alone, whatever lies beside the file."""
    return len(outcomes) == 1 and isinstance(outcomes[0], ParsedPost) and _stands_alone(outcomes[0])


def _stands_alone(post: ParsedPost) -> bool:
    paths = [media.local_path for media in post.media if media.local_path is not None]
    return not paths and (not post.nested or all(_stands_alone(nested.post) for nested in post.nested))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads by some formats.

    Args:
        formats: Which.
        avatars: Whether the pictures of the authors count as media.
    """

    formats: Formats
    avatars: bool

    def read(self, member: Member, name: str, ledger: Ledger | None = None) -> Iterator[Found]:
        """Yield what a member holds."""
        place = _Place.of(member, name)
        keys = Keys(avatars=self.avatars, mapped=self.formats.mapped) if ledger else None
        position = 0
        for entry, slot, known in answered(self._entries(member, name), ledger, keys):
            if known is not None:
                position += 1
                yield Held(known, partial(self._found, entry, None, place, position))
                continue
            for found in self._found(entry, slot, place, position + 1):
                is_counted = not (isinstance(found, Rejection) and found.position == 0)
                position += is_counted and not isinstance(entry, PassedOver)
                yield found

    def _found(self, entry: Entry, slot: Slot | None, place: _Place, position: int) -> Iterable[Found]:
        """Return what an entry holds, whose first object has a position."""
        outcomes = self._outcomes(entry)
        if slot is not None:
            # Before paths are completed: the standard input, which has no name, leaves some out, and the file
            # with a name would then be known by its bytes although its media were never looked for.
            listed = list(outcomes)
            if _is_one_post(listed):
                slot.group.posts += 1
                return (Keyed(slot, listed[0]),)
            outcomes = iter(listed)
        return self._placed(outcomes, place, position)

    def _placed(self, outcomes: Iterable[Outcome | Fault], place: _Place, position: int) -> Iterator[Found]:
        for number, outcome in enumerate(outcomes, position):
            if isinstance(outcome, Fault):
                yield rejection(place.file, number if outcome.position else 0, outcome.reason)
            elif isinstance(outcome, Refused):
                yield rejection(place.file, number, outcome.reason)
            elif isinstance(outcome, ParsedPost):
                yield place.put(outcome)
            else:
                yield outcome

    def _outcomes(self, entry: Entry) -> Iterator[Outcome | Fault]:
        leaves = self._leaves_of(entry) if isinstance(entry, Line) else (entry,)
        for leaf in leaves:
            if isinstance(leaf, Item):
                yield from self.parse(leaf.value, leaf.raw)
            else:
                yield leaf

    def items(self, member: Member, name: str) -> Iterator[Item | Fault | PassedOver]:
        """Yield the items of a member."""
        for entry in self._entries(member, name):
            if isinstance(entry, Line):
                yield from self._leaves_of(entry)
            else:
                yield entry

    def _entries(self, member: Member, name: str) -> Iterator[Entry]:
        """Yield the items of a member, or its lines where it has lines."""
        try:
            source = member.open()
        except ImportRefusedError as refused:
            yield Fault(0, refused.message)
            return
        head = source.head.decode("utf-8", "replace").removeprefix("\ufeff")
        part = _ARCHIVE_PART.match(head)
        if (part and (part[1] or part[2]) not in _ARCHIVE_POSTS) or (
            not part and name.lower().endswith(".js")
        ):
            yield PassedOver("is a part of an X archive that holds no posts, or another script")
            return
        for item in self._items(source, head, name):
            yield from self._leaves(item) if isinstance(item, Item) else (item,)

    def parse(self, value: Any, raw: str) -> Iterator[Outcome]:
        """Yield what an item holds that is none of lists of items; whatever fails costs only this item."""
        try:
            found = self.formats.detect(value)
            if found is None:
                yield from self._parse_inside(value)
            else:
                yield from found.parse(self.formats.unwrap(value), raw, avatars=self.avatars)
        except ImportRefusedError as refused:
            yield Refused(_ROUNDED_ID if _has_rounded_id(value, refused) else refused.message)
        except FAULTS as fault:
            yield refused_by(fault)

    def _parse_inside(self, value: Any) -> Iterator[Outcome]:
        """Yield the posts that stand inside of an item of no known format, or why it is none."""
        is_refused = True
        if self.formats.mapped is None and isinstance(value, dict | list):
            inside = posts_inside(self.formats.unwrap(value), lambda inner: KNOWN.detect(inner) is not None)
            for inner in inside:
                is_refused = False
                yield from self.parse(inner, fields.dump(inner))
        if is_refused:
            yield Refused(_UNKNOWN_ITEM.format(self.formats.unknown))

    def _items(self, source: Peeked, head: str, name: str) -> Iterator[Item | Fault | Line]:
        by_line = claims_lines(name)
        if self.formats.mapped is None and looks_like_chat(head):
            yield from read_messages(source)
            return
        if by_line or not looks_like_csv(head):
            formats = self.formats
            yield from read_lines(source, streams=formats.streams, claims=formats.claims, by_line=by_line)
            return
        for item in read_rows(source):
            if isinstance(item, Item) and item.position == 1 and self.formats.detect(item.value) is None:
                yield Fault(0, _UNKNOWN_COLUMNS.format(self.formats.unknown))
                return
            yield item

    def _leaves_of(self, line: Line) -> Iterator[Item | Fault | PassedOver]:
        for item in line.read():
            yield from self._leaves(item) if isinstance(item, Item) else (item,)

    def _leaves(self, item: Item) -> Iterable[Item | Fault | PassedOver]:
        """Return an item, or those of the lists in it where it is one of several pages."""
        if self.formats.mapped is None and graph_batch.is_answer(item.value):
            return self._answer(item)
        is_page = item.may_hold_items and self.formats.is_page(item.value)
        return self._inside(item, item.raw.encode()) if is_page else (item,)

    def _answer(self, item: Item) -> Iterator[Item | Fault | PassedOver]:
        body = graph_batch.body(item.value)
        for inner in (body,) if isinstance(body, PassedOver) else self._inside(item, body):
            if isinstance(inner, Fault):
                yield Fault(inner.position, f"the body of an answer: {inner.reason}")
            else:
                yield inner

    def _inside(self, item: Item, data: bytes) -> Iterator[Item | Fault | PassedOver]:
        text = io.BytesIO(data)
        for inner in read_items(text, streams=self.formats.streams, claims=self.formats.claims):
            if isinstance(inner, Fault) or inner.raw == item.raw or self.formats.mapped is not None:
                yield inner
            else:
                yield from self._leaves(inner)

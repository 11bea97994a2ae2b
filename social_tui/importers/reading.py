"""Reads posts out of files, whatever their format, and says of every item that is none why."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from social_tui.errors import ImportRefusedError
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.items import Fault, Item
from social_tui.importers.json_stream import read_items
from social_tui.importers.protocol import Format, Outcome, PassedOver, Refused, has_stream
from social_tui.importers.recorded import unwrap
from social_tui.importers.registry import STREAMS, claims, detect
from social_tui.importers.sources import Member, Peeked, open_source, rejection
from social_tui.importers.strict_json import is_too_deep
from social_tui.models import ParsedPost, Rejection

_UNKNOWN_SHAPE = "unknown shape: no known format has items like this"
_UNKNOWN_COLUMNS = "unknown shape: no known format has columns like these"
_LINE_SUFFIXES = (".jsonl", ".ndjson")
_PATHS = tuple(stream.path for stream in STREAMS)
#: Parts of an X archive, of which only some hold posts.
_ARCHIVE_PART = re.compile(r"\s*window\.YTD\.(\w{1,60})\.part\d")
_ARCHIVE_POSTS = frozenset({"tweet", "tweets", "deleted_tweets", "community_tweet", "deleted_note_tweet"})


def iter_posts(
    source: Path | str | BinaryIO, name: str, *, avatars: bool = False
) -> Iterator[ParsedPost | Rejection | PassedOver]:
    """Read the posts of one file in their order, in constant memory.

    Everything that the file holds yields exactly one object, so a post's position is its number in this
    sequence, from 1; the members of a zip file count each for itself. A file that cannot be read at all
    yields one rejection with position 0.

    Args:
        source: A path, ``-`` for the standard input, or an open binary stream.
        name: What to call the file in rejections.
        avatars: Whether the pictures of the authors count as media.

    Yields:
        The posts, the rejections in place of what should be one, and what was passed over because it is none.
        Reasons hold nothing of the content.
    """
    try:
        with open_source(source) as members:
            for member in members:
                yield from _read_member(
                    member, f"{name}/{member.name}" if member.name else name, avatars=avatars
                )
    except ImportRefusedError as refused:
        yield rejection(name, 0, refused.message)


def parse_post(value: Any, raw: str, *, avatars: bool = False) -> ParsedPost:
    """Take one post out of its export, as ``iter_posts`` does, for posts that are stored already.

    Args:
        value: The decoded post.
        raw: The text that it was decoded from.
        avatars: Whether the pictures of the authors count as media.

    Raises:
        ImportRefusedError: If no format has this shape, or it is no single post, or one without an id.
    """
    if is_too_deep(raw):
        raise ImportRefusedError("is nested too deep for a post")
    outcomes = list(_parse(detect(value), value, raw, avatars=avatars))
    if len(outcomes) != 1:
        raise ImportRefusedError("holds not one post")
    if not isinstance(outcomes[0], ParsedPost):
        raise ImportRefusedError(outcomes[0].reason)
    return outcomes[0]


def _read_member(
    member: Member, name: str, *, avatars: bool
) -> Iterator[ParsedPost | Rejection | PassedOver]:
    try:
        source = member.open()
    except ImportRefusedError as refused:
        yield rejection(name, 0, refused.message)
        return
    head = source.head.decode("utf-8", "replace").removeprefix("\ufeff")
    part = _ARCHIVE_PART.match(head)
    if (part and part[1] not in _ARCHIVE_POSTS) or (not part and name.lower().endswith(".js")):
        yield PassedOver("is a part of an X archive that holds no posts, or another script")
        return
    position = 0
    for each in _items(source, head, name):
        if isinstance(each, Fault):
            position += each.position > 0
            yield rejection(name, position if each.position else 0, each.reason)
            continue
        for outcome in _outcomes(each, avatars=avatars):
            position += 1
            yield rejection(name, position, outcome.reason) if isinstance(outcome, Refused) else outcome


def _items(source: Peeked, head: str, name: str) -> Iterator[Item | Fault]:
    by_line = name.lower().removesuffix(".gz").removesuffix(".xz").endswith(_LINE_SUFFIXES)
    if by_line or not looks_like_csv(head):
        yield from read_items(source, streams=STREAMS, claims=claims, by_line=by_line)
        return
    for item in read_rows(source):
        if isinstance(item, Item) and item.position == 1 and detect(item.value) is None:
            yield Fault(0, _UNKNOWN_COLUMNS)
            return
        yield item


def _outcomes(item: Item, *, avatars: bool) -> Iterator[Outcome]:
    """Yield what an item holds: its posts, or those of the lists in it, as in a list of answers of an API."""
    found = detect(item.value)
    if found is not None or not has_stream(item.value, _PATHS):
        yield from _parse(found, item.value, item.raw, avatars=avatars)
        return
    for inner in read_items(io.BytesIO(item.raw.encode()), streams=STREAMS, claims=claims):
        if isinstance(inner, Fault):
            yield Refused(inner.reason)
        elif inner.raw == item.raw:
            yield Refused(_UNKNOWN_SHAPE)
        else:
            yield from _outcomes(inner, avatars=avatars)


def _parse(found: Format | None, value: Any, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    if found is None:
        yield Refused(_UNKNOWN_SHAPE)
        return
    try:
        yield from found.parse(unwrap(value), raw, avatars=avatars)
    except ImportRefusedError as refused:
        yield Refused(refused.message)

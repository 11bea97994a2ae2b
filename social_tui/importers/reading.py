"""Reads posts out of files, whatever their format, and says of every item that is none why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from social_tui.errors import ImportRefusedError
from social_tui.importers.json_stream import Fault, is_too_deep, read_items
from social_tui.importers.registry import IMPORTERS, detect
from social_tui.importers.sources import open_source, rejection
from social_tui.models import ParsedPost, Rejection

_UNKNOWN_SHAPE = "unknown shape: no known format has items like this"
_LINE_SUFFIXES = (".jsonl", ".ndjson")


def iter_posts(
    source: Path | str | BinaryIO, name: str, *, avatars: bool = False
) -> Iterator[ParsedPost | Rejection]:
    """Read the posts of one file in their order, in constant memory.

    Every item of the file yields exactly one object, so a post's position is its number in this
    sequence, from 1. A file that cannot be read at all yields one rejection with position 0.

    Args:
        source: A path, ``-`` for the standard input, or an open binary stream.
        name: What to call the file in rejections.
        avatars: Whether the pictures of the authors count as media.

    Yields:
        The posts, and the rejections in place of what is none. Reasons hold nothing of the content.
    """
    wrappers = [path for importer in IMPORTERS for path in importer.WRAPPERS]
    by_line = name.lower().removesuffix(".gz").endswith(_LINE_SUFFIXES)
    try:
        with open_source(source) as stream:
            for item in read_items(stream, wrappers=wrappers, by_line=by_line):
                if isinstance(item, Fault):
                    yield rejection(name, item.position, item.reason)
                    continue
                try:
                    post: ParsedPost | Rejection = _parse(item.value, item.raw, avatars=avatars)
                except ImportRefusedError as refused:
                    post = rejection(name, item.position, refused.message)
                yield post
    except ImportRefusedError as refused:
        yield rejection(name, 0, refused.message)


def parse_post(value: Any, raw: str, *, avatars: bool = False) -> ParsedPost:
    """Take one post out of its export, as ``iter_posts`` does, for posts that are stored already.

    Args:
        value: The decoded post.
        raw: The text that it was decoded from.
        avatars: Whether the pictures of the authors count as media.

    Raises:
        ImportRefusedError: If no format has this shape, or the post has no id.
    """
    if is_too_deep(raw):
        raise ImportRefusedError("is nested too deep for a post")
    return _parse(value, raw, avatars=avatars)


def _parse(value: Any, raw: str, *, avatars: bool) -> ParsedPost:
    importer = detect(value)
    if importer is None:
        raise ImportRefusedError(_UNKNOWN_SHAPE)
    return importer.parse(value, raw, avatars=avatars)

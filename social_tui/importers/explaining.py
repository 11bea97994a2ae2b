"""Tells what files of exports are taken for, why, and how their posts are understood; nothing is stored."""

from __future__ import annotations

import contextlib
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers.csv_rows import looks_like_csv, read_rows
from social_tui.importers.deciding import decisive
from social_tui.importers.guessing import Proposal, propose
from social_tui.importers.half_json import closed
from social_tui.importers.items import Fault, Item
from social_tui.importers.json_stream import read_items
from social_tui.importers.known_map import KnownMap
from social_tui.importers.map_files import map_text
from social_tui.importers.mapped import Mapped
from social_tui.importers.protocol import Format, PassedOver, Refused
from social_tui.importers.reading import Reader, claims_lines
from social_tui.importers.registry import Formats
from social_tui.importers.sources import STANDARD_INPUT, Member, find_files, open_source
from social_tui.importers.text_window import READ_ERRORS
from social_tui.importers.wrapped import posts_inside
from social_tui.text import redact, redact_url

MOST_ITEMS = 1_000
_UNKNOWN = "unknown shape"
_NO_ID = "nothing looks like the id or the link of a post, which each has and no two share; a map needs one"
_SHOWN_POSTS = 2
_SHOWN_MEDIA = 20
_LONGEST_TEXT = 600
_GUESSED_FROM = 200
_MOST_MEMBERS = 50
_HEAD_BYTES = 4 * 2**20
_INPUT_BYTES = 64 * 2**20


class MediaShown(BaseModel):
    """One media of a post as it is understood; its link is without its signature."""

    role: str
    type: str
    url: str | None
    alt: str | None


class PostShown(BaseModel):
    """One post as it is understood; links are without their signatures."""

    platform: str
    id: str
    author: str | None
    author_name: str | None
    posted_at_timestamp: int | None
    type: str | None
    url: str | None
    text: str
    figures: dict[str, int | None]
    media: list[MediaShown]


class Taken(BaseModel):
    """A format that items of a file were taken for, and what of the first of them decided."""

    format: str
    about: str
    items: int
    because: list[str]


class Explanation(BaseModel):
    """What a file, or a member of a zip file, is taken for.

    Args:
        items: How many items were looked at.
        is_whole: Whether these are all that the file has.
        nested: Posts that stand inside of these posts.
        reasons: Why items are no posts, with how many of them.
        media: The media of the posts, and of those inside of them, by their types.
        doubts: What a person has to decide of the map.
        map: A map to read it by, as TOML, where its format is not known and a guess was possible.
    """

    file: str
    items: int = 0
    is_whole: bool = True
    posts: int = 0
    nested: int = 0
    formats: list[Taken] = []
    reasons: dict[str, int] = {}
    media: dict[str, int] = {}
    shown: list[PostShown] = []
    doubts: list[str] = []
    map: str | None = None


def explain(
    paths: Sequence[str], *, mapped: Mapped | None = None, avatars: bool = False
) -> Iterator[Explanation | Rejection]:
    """Look at the beginning of files and tell how an import would take them.

    Args:
        paths: Files, folders, or ``-`` for the standard input.
        mapped: The map to read by, instead of the known formats.
        avatars: Whether the pictures of the authors count as media.

    Yields:
        For each file, and each member of a zip file, what it is taken for, or why it cannot be opened.
    """
    files, refused = find_files(paths)
    yield from refused
    reader = Reader(Formats.by(mapped), avatars)
    for file in files:
        source: Path | BinaryIO = Path(file) if file != STANDARD_INPUT else _standard_input()
        for name, member in _members(source, file):
            try:
                yield _Look(reader, name).explained(member)
            except ImportRefusedError as error:
                yield Rejection(file=name, position=0, reason=error.message)


def _standard_input() -> BinaryIO:
    """Take as much of the standard input as can be looked at twice."""
    return io.BytesIO(sys.stdin.buffer.read(_INPUT_BYTES) if sys.stdin is not None else b"")


class _OpenMember:
    """Opens one member of a file anew each time that it is looked at."""

    def __init__(self, source: Path | BinaryIO, index: int) -> None:
        self._source = source
        self._index = index

    def look(self, take: Callable[[Member], Any]) -> Any:
        """Hand the member over, freshly opened."""
        if not isinstance(self._source, Path):
            self._source.seek(0)
        with open_source(self._source) as members:
            return take(next(islice(members, self._index, None)))


def _members(source: Path | BinaryIO, file: str) -> Iterator[tuple[str, _OpenMember]]:
    try:
        with open_source(source) as members:
            names = [member.name for member in islice(members, _MOST_MEMBERS)]
    except ImportRefusedError:
        names = [""]
    for index, name in enumerate(names):
        yield (f"{file}/{name}" if name else file), _OpenMember(source, index)


class _Look:
    """A look at one member."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader = reader
        self._name = name
        self._found = Explanation(file=name)
        self._reasons: Counter[str] = Counter()
        self._media: Counter[str] = Counter()
        self._formats: dict[str, Taken] = {}

    def explained(self, member: _OpenMember) -> Explanation:
        """Tell what the member is taken for."""
        member.look(self._read)
        found = self._found
        found.formats = list(self._formats.values())
        found.reasons = dict(self._reasons.most_common())
        found.media = dict(self._media.most_common())
        if not found.formats and self._reader.formats.mapped is None:
            proposed = member.look(self._guess)
            if proposed is not None:
                found.map, found.doubts = map_text(proposed.mapped), list(proposed.doubts)
            elif any(reason.startswith(_UNKNOWN) for reason in found.reasons):
                found.doubts = [_NO_ID]
        return found

    def _read(self, member: Member) -> None:
        items = self._reader.items(member, self._name)
        for item in islice(items, MOST_ITEMS):
            if isinstance(item, Item):
                self._found.items += 1
                self._take(item)
            else:
                self._found.items += isinstance(item, Fault) and item.position > 0
                self._reasons[item.reason] += 1
        self._found.is_whole = next(items, None) is None

    def _take(self, item: Item) -> None:
        formats = self._reader.formats
        if formats.detect(item.value) is not None:
            self._note(item.value)
        elif formats.mapped is None and isinstance(item.value, dict | list):
            with contextlib.suppress(ImportRefusedError):  # which the import tells of
                for inner in posts_inside(
                    formats.unwrap(item.value), lambda value: formats.detect(value) is not None
                ):
                    self._note(inner)
        for outcome in self._reader.parse(item.value, item.raw):
            if isinstance(outcome, ParsedPost):
                self._found.posts += 1
                self._count(outcome)
                if len(self._found.shown) < _SHOWN_POSTS:
                    self._found.shown.append(_shown(outcome))
            elif isinstance(outcome, PassedOver | Refused):
                self._reasons[outcome.reason] += 1

    def _note(self, value: Any) -> None:
        """Note the format of a value, and of the first of each format what tells it."""
        formats = self._reader.formats
        found = formats.detect(value)
        if found is None:
            return
        name = _name_of(found)
        if name not in self._formats:
            because = decisive(value, lambda other: formats.detect(other) is found)
            self._formats[name] = Taken(format=name, about=_about(found), items=0, because=because)
        self._formats[name].items += 1

    def _count(self, post: ParsedPost) -> None:
        self._media.update(reference.media_type for reference in post.media)
        self._found.nested += len(post.nested)
        for nested in post.nested:
            self._count(nested.post)

    def _guess(self, member: Member) -> Proposal | None:
        data = _beginning(member)
        head = data.decode("utf-8", "replace").removeprefix("\ufeff")
        if looks_like_csv(head) and not claims_lines(self._name):
            items = read_rows(io.BytesIO(data))
        else:
            items = read_items(io.BytesIO(data), by_line=claims_lines(self._name))
        values = [item.value for item in islice(items, _GUESSED_FROM) if isinstance(item, Item)]
        return propose(values or [closed(head)], is_list=head.lstrip().startswith("["))


def _beginning(member: Member) -> bytes:
    """Read the beginning of a member, up to where it is damaged."""
    source = member.open()
    data = b""
    with contextlib.suppress(*READ_ERRORS):
        while len(data) < _HEAD_BYTES and (more := source.read(_HEAD_BYTES - len(data))):
            data += more
    return data


def _name_of(found: Format) -> str:
    """Name a format: a module is called as it is."""
    if isinstance(found, KnownMap):
        return found.name
    return "map" if isinstance(found, Mapped) else str(getattr(found, "__name__", "")).rpartition(".")[2]


def _about(found: Format) -> str:
    if isinstance(found, KnownMap):
        return found.about
    return "" if isinstance(found, Mapped) else (found.__doc__ or "").strip().partition("\n")[0]


def _shown(post: ParsedPost) -> PostShown:
    text = redact(post.text_content)
    return PostShown(
        platform=post.platform,
        id=post.urn,
        author=post.author_username,
        author_name=post.author_name,
        posted_at_timestamp=post.posted_at_timestamp,
        type=post.post_type,
        url=redact_url(post.url) if post.url else None,
        text=text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…",
        figures={name: count for name, count in post.engagement._asdict().items() if count is not None},
        media=[
            MediaShown(
                role=each.role,
                type=each.media_type,
                url=redact_url(each.url) if each.url else None,
                alt=redact(each.alt_text) if each.alt_text else None,
            )
            for each in post.media[:_SHOWN_MEDIA]
        ],
    )

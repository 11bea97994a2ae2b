"""Reads posts by a map that a person wrote: where in an item its id, its text and its media are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import articles, fields
from social_tui.importers.json_paths import JsonPath
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import EVERY, Outcome, Stream
from social_tui.importers.strict_json import decode_cell
from social_tui.models import MediaRole, MediaType, Record
from social_tui.text import web_address

_COUNTS = ("reactions", "comments", "reposts", "views")
#: Several links in one text, as tables have them; a comma may stand inside of a link.
_BETWEEN_LINKS = re.compile(r"[\s,;|]{1,5}(?=https?://)")
#: How tables write that there is nothing.
_NOTHING = frozenset({"null", "None", "nan", "NaN"})
_QUOTED_LINKS = re.compile(r"(?<=['\"])https?://[^'\"\s]+(?=['\"])")
#: Stands for the id in addresses that are put together.
_ID = "{id}"
#: The shapes of paths to lists that can be read of any length: ``*`` for every member, ``n`` for a name.
_LIST = re.compile(r"\*?(?:n+\*)*")
_SECONDS = re.compile(r"\d{9,13}\.\d{1,9}")
#: Words by which exports call the types of media, where they name no MIME type.
_TYPE_WORDS: dict[MediaType, re.Pattern[str]] = {
    "video": re.compile(r"(?i)video|clip|reel|movie|animat|gif"),
    "image": re.compile(r"(?i)image|photo|pic|img"),
    "audio": re.compile(r"(?i)audio|voice|sound|music|podcast"),
    "document": re.compile(r"(?i)document|file|pdf|slides"),
}


def _path(value: Any) -> Any:
    if isinstance(value, JsonPath):
        return value
    if not isinstance(value, str):
        raise ValueError("it is a text that holds a path, such as '$.id'")
    return JsonPath.parse(value)


def _address(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("$"):
        if web_address(value.replace(_ID, "1")) is None or _ID not in value:
            raise ValueError(f"it is a path, or an address with {_ID} in it")
        return value
    return None if value is None else _path(value)


def _paths(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _type(value: Any) -> Any:
    if isinstance(value, str) and value not in get_args(MediaType):
        if not value.startswith("$"):
            raise ValueError(f"it is a path or one of {', '.join(get_args(MediaType))}")
        return JsonPath.parse(value)
    return value


PathField = Annotated[JsonPath, BeforeValidator(_path)]


class MediaMap(Record):
    """Where one kind of media of a post is.

    Args:
        each: What leads from the post to each of the media; the other paths begin there.
        type: Their type, or where it is told: a MIME type or a word. Otherwise the link's extension tells.
    """

    each: PathField = JsonPath()
    url: PathField
    type: Annotated[MediaType | JsonPath | None, BeforeValidator(_type)] = None
    alt: PathField | None = None
    width: PathField | None = None
    height: PathField | None = None
    role: MediaRole = "main"


class Mapped(Record):
    """A map, which is a format as the modules beside this one are.

    Args:
        platform: The network that the posts are of.
        posts: The list of the posts in a file; the other paths begin at each of them.
        text: One path or several, whose texts follow each other.
        time: One path or several, such as to a date and to a time of day.
        time_format: How times are written that are neither ISO 8601 nor seconds or milliseconds since 1970,
            by the codes of Python's ``strptime``.
        time_zone: Which zone times without one are in.
        html: Whether the texts are in HTML: what they say and the media in them count then.
        url: Where the address is, or one with ``{id}`` in it.
    """

    platform: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]
    posts: PathField = JsonPath((True,))
    id: PathField
    text: Annotated[tuple[PathField, ...], BeforeValidator(_paths)] = ()
    author: PathField | None = None
    author_name: PathField | None = None
    time: Annotated[tuple[PathField, ...], BeforeValidator(_paths)] = ()
    time_format: str | None = None
    time_zone: str = "UTC"
    html: bool = False
    url: Annotated[JsonPath | str | None, BeforeValidator(_address)] = None
    type: PathField | None = None
    reactions: PathField | None = None
    comments: PathField | None = None
    reposts: PathField | None = None
    views: PathField | None = None
    media: tuple[MediaMap, ...] = ()

    @field_validator("posts")
    @classmethod
    def _is_a_list(cls, path: JsonPath) -> JsonPath:
        shape = "".join("*" if step is True else "n" if isinstance(step, str) else "0" for step in path.steps)
        if not _LIST.fullmatch(shape):
            raise ValueError(
                "it holds names and, each after a name, [*], with which it ends: $.data.posts[*]"
            )
        return path

    @field_validator("time_format")
    @classmethod
    def _is_a_format(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                datetime.strptime(datetime(2025, 1, 1, tzinfo=UTC).strftime(value), value)  # noqa: DTZ007
            except ValueError as error:
                raise ValueError(f"it is no format of times: {error}") from None
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        _zone(value)
        return value

    @model_validator(mode="after")
    def _has_a_time(self) -> Mapped:
        if self.time_format is not None and not self.time:
            raise ValueError("time_format says how a time is written, and no time is named")
        return self

    @property
    def STREAMS(self) -> tuple[Stream, ...]:  # noqa: N802 - as the constant of the other formats
        """Where the posts are, unless they are the members of the file's own list, its lines or its rows."""
        names = self.posts.steps[self.has_pages :][:-1] if len(self.posts.steps) > 1 else ()
        return (Stream(tuple(EVERY if step is True else str(step) for step in names)),) if names else ()

    @property
    def has_pages(self) -> bool:
        """Whether the file is a list of objects in each of which there is a list of posts."""
        return len(self.posts.steps) > 1 and self.posts.steps[0] is True

    def sniff(self, value: Any) -> bool:
        """Tell whether the path of the id leads anywhere in an item."""
        return bool(self.id.find(value))

    def parse(self, value: Any, raw: str, *, avatars: bool) -> Iterator[Outcome]:
        """Yield the one post that an item is."""
        urn = next(filter(None, map(fields.identifier, self.id.find(value))), None)
        if urn is None:
            raise ImportRefusedError("has no id where the map says it is")
        counts = {name: _first(getattr(self, name), value, fields.whole) for name in _COUNTS}
        texts = [each for path in self.text for each in path.find(value)]
        page = (
            self.url.replace(_ID, quote(urn, safe=""))
            if isinstance(self.url, str)
            else _first(self.url, value, fields.text)
        )
        yield ParsedPost(
            platform=self.platform,
            urn=urn,
            posted_at_timestamp=self._time(value),
            author_username=_first(self.author, value, _name),
            author_name=_first(self.author_name, value, _name),
            text_content=articles.words(*texts)
            if self.html
            else "\n\n".join(filter(None, map(fields.body, texts))),
            post_type=_first(self.type, value, fields.word),
            url=page,
            engagement=Engagement(**counts),
            stats={name: count for name, count in counts.items() if count is not None},
            media=self._media(value, texts if self.html else [], page, avatars=avatars).references(),
            raw_json=raw,
        )

    def _time(self, value: Any) -> int | None:
        if len(self.time) > 1:
            parts = [_first(path, value, fields.text) for path in self.time]
            told: list[Any] = [" ".join(filter(None, parts))]
        else:
            told = [each for path in self.time for each in path.find(value)]
        found = next(filter(None, map(self._milliseconds, told)), None)
        if found is None and self.time_format is None:
            for each in told:
                fields.refuse_local_date(each)
        return found

    def _milliseconds(self, value: Any) -> int | None:
        if not isinstance(value, str):
            return fields.milliseconds(value)
        text = value.strip().strip('"')  # tables that were made of JSON have texts as JSON in them
        if self.time_format is None:
            number = float(text) if _SECONDS.fullmatch(text) else text
            return fields.milliseconds(number) or fields.milliseconds_utc(text, _zone(self.time_zone))
        try:
            moment = datetime.strptime(text, self.time_format)  # noqa: DTZ007 - the zone follows
        except ValueError:
            return None
        return fields.milliseconds_utc(moment.isoformat(), _zone(self.time_zone))

    def _media(self, value: Any, texts: list[Any], page: str | None, *, avatars: bool) -> MediaList:
        media = MediaList()
        for block in self.media:
            if block.role == "avatar" and not avatars:
                continue
            for part in _parts(block.each, value):
                _add(media, block, part)
        for text in texts:
            articles.add_media(media, text, page)
        return media


def _parts(path: JsonPath, value: Any) -> list[Any]:
    """Return what leads to the media, also where a table has it as JSON in one field."""
    found = list(path.find(value))
    cell = value.get(path.steps[0]) if path.steps and isinstance(value, dict) else None
    if not found and isinstance(cell, str) and cell[:1] in ("[", "{"):
        return list(path.find({path.steps[0]: decode_cell(cell)}))
    return found


def _add(media: MediaList, block: MediaMap, part: Any) -> None:
    links = [link for found in block.url.find(part) for link in _links(found)]
    size = (_first(block.width, part, fields.side), _first(block.height, part, fields.side))
    for link in links:
        is_link = web_address(link) is not None
        media.add(
            block.role,
            _type_of(block, part, link),
            link if is_link else None,
            # What stands beside several links can be of one of them only, and of which is not told.
            size=size if len(links) == 1 else (None, None),
            alt=_first(block.alt, part, fields.text) if len(links) == 1 else None,
            media_id=None if is_link else link,
        )


def _links(value: Any) -> list[str]:
    if isinstance(value, list):
        return [link for each in value if isinstance(each, str) for link in _links(each)]
    text = fields.text(value)
    if text is None or text in _NOTHING:
        return []
    if text.startswith("["):  # a list that was written into one field of a table
        if isinstance(told := decode_cell(text), list):
            return _links(told)
        if found := _QUOTED_LINKS.findall(text):  # as Python writes it
            return list(found)
    links = (f"https:{link}" if link.startswith("//") else link for link in _BETWEEN_LINKS.split(text))
    return [link for link in links if link]


def _type_of(block: MediaMap, part: Any, link: str) -> MediaType:
    if isinstance(block.type, str):
        return block.type
    by_name = type_of_name(link, "image")
    declared = _first(block.type, part, fields.text)
    if declared is None:
        return by_name
    if "/" in declared:
        return type_of_mime(declared, by_name)
    return next((name for name, words in _TYPE_WORDS.items() if words.search(declared)), by_name)


def _first(path: JsonPath | None, value: Any, take: Any) -> Any:
    """Return the first of what a path leads to that is what it should be, or None."""
    found = path.find(value) if path is not None else ()
    return next((taken for each in found if (taken := take(each)) is not None), None)


def _name(value: Any) -> str | None:
    return fields.text(value) or fields.identifier(value)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{name!r} is no time zone such as Europe/Berlin") from error
    except KeyError:
        raise ValueError(f"{name!r} is no time zone such as Europe/Berlin") from None

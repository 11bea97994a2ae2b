"""Reads posts of 9GAG as its pages have them, which Zeeschuimer records.

The shape is not documented: it is read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat,
``datasources/ninegag``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.text import storable

PLATFORM = "9gag"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COUNTS = ("upVoteCount", "downVoteCount", "commentsCount")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("images"), dict)
        and value.keys() >= {"id", "creationTs", "upVoteCount"}
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    identifier = fields.identifier(value.get("id"))
    if identifier is None:
        raise ImportRefusedError("has no id")
    creator = fields.mapping(value.get("creator"))
    media = MediaList()
    _add_media(media, value["images"], fields.text(value.get("title")))
    if avatars and fields.text(creator.get("avatarUrl")):
        media.add("avatar", "image", creator["avatarUrl"])
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    words = (fields.body(fields.unescape(str(value.get(name) or ""))) for name in ("title", "description"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=identifier,
        posted_at_timestamp=fields.milliseconds(value.get("creationTs")),
        author_username=fields.text(creator.get("username")),
        author_name=fields.text(creator.get("fullName")),
        text_content="\n\n".join(filter(None, words)),
        post_type=fields.word(value.get("type")),
        url=fields.first(value.get("url")) or f"https://9gag.com/gag/{identifier}",
        engagement=Engagement(reactions=counts["upVoteCount"], comments=counts["commentsCount"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, versions: Object, title: str | None) -> None:
    """Note the film, if there is one, and the largest picture: what it shows, or else its cover."""
    found = [each for each in versions.values() if isinstance(each, dict)]
    found.sort(key=lambda each: fields.side(each.get("width")) or 0, reverse=True)
    films = [each for each in found if "hasAudio" in each or "duration" in each]
    pictures = [each for each in found if each not in films]
    for film in films[:1]:
        links = (film.get(name) for name in ("url", "h265Url", "vp9Url", "vp8Url", "av1Url"))
        media.add(
            "main", "video", fields.first(*links), size=(film.get("width"), film.get("height")), alt=title
        )
    for picture in pictures[:1]:
        size = (picture.get("width"), picture.get("height"))
        media.add("thumbnail" if films else "main", "image", picture.get("url"), size=size)

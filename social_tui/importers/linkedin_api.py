"""Reads posts of LinkedIn as its own API has them: of the Posts API, and of the older UGC Post API.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api and .../ugc-post-api.
Media are ids, which only the API can turn into links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole, MediaType

PLATFORM = "linkedin"

#: ``elements`` of an answer are also what the pages call their lists.
STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_URN = re.compile(r"urn:li:(?:share|ugcPost|groupPost):([0-9]{1,30})", re.ASCII)
_SHARE = "com.linkedin.ugc.ShareContent"
#: What the urns of media call themselves.
_TYPES: dict[str, MediaType] = {"image": "image", "video": "video", "document": "document"}
_CATEGORIES: dict[str, MediaType] = {"IMAGE": "image", "VIDEO": "video", "NATIVE_DOCUMENT": "document"}
#: How texts of the Posts API write hashtags, mentions and letters that would mean something
#: (https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format).
_LITTLE = re.compile(
    r"\{hashtag\|\\?[#\uff03]\|([^{}|]*)\}|@\[([^\[\]]*)\]\(urn:[^()]*(?:\([^()]*\)[^()]*)?\)"
    r"|\\([|{}@\[\]()<>#\\*_~])"
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of one of the two."""
    if not isinstance(value, dict) or not isinstance(value.get("author"), str):
        return False
    is_one = isinstance(value.get("id"), str) and bool(_URN.fullmatch(value["id"]))
    return is_one and (isinstance(value.get("commentary"), str) or bool(_shared(value)))


def _shared(value: Object) -> Object:
    return fields.mapping(fields.mapping(value.get("specificContent")).get(_SHARE))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # authors are ids
    told = _URN.fullmatch(value["id"])
    if told is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    shared = _shared(value)
    if shared:
        _add_shared(media, shared)
        words = fields.body(fields.mapping(shared.get("shareCommentary")).get("text"))
    else:
        _add_content(media, fields.mapping(value.get("content")))
        words = _LITTLE.sub(_plain, fields.body(value["commentary"]))
    times = (value.get("publishedAt"), value.get("firstPublishedAt"), value.get("createdAt"))
    created = fields.mapping(value.get("created")).get("time")
    is_reshare = bool(
        value.get("reshareContext") or fields.mapping(value.get("responseContext")).get("parent")
    )
    yield ParsedPost(
        platform=PLATFORM,
        urn=told[1],
        full_urn=told[0],
        posted_at_timestamp=next(filter(None, map(fields.milliseconds, (*times, created))), None),
        author_username=fields.text(value["author"]),
        text_content=words,
        post_type="quote" if is_reshare else "regular",
        url=f"https://www.linkedin.com/feed/update/{told[0]}",
        media=media.references(),
        raw_json=raw,
    )


def _plain(match: re.Match[str]) -> str:
    if match[1] is not None:
        return f"#{match[1]}"
    return match[2] if match[2] is not None else match[3]


def _add_content(media: MediaList, content: Object) -> None:
    images = fields.objects(fields.mapping(content.get("multiImage")).get("images"))
    for file in (*images, fields.mapping(content.get("media"))):
        if media_id := fields.identifier(file.get("id")):
            media_type = _TYPES.get(media_id.removeprefix("urn:li:").partition(":")[0], "image")
            media.add("main", media_type, None, alt=file.get("altText"), media_id=media_id)
    if card := fields.identifier(fields.mapping(content.get("article")).get("thumbnail")):
        media.add("article", "image", None, media_id=card)


def _add_shared(media: MediaList, shared: Object) -> None:
    category = str(shared.get("shareMediaCategory"))
    for file in fields.objects(shared.get("media")):
        if category in _CATEGORIES:
            media.add("main", _CATEGORIES[category], None, media_id=file.get("media"))
        for picture in fields.objects(file.get("thumbnails"))[:1]:
            role: MediaRole = "article" if category == "ARTICLE" else "thumbnail"
            size = (picture.get("width"), picture.get("height"))
            if category != "IMAGE" and fields.text(picture.get("url")):
                media.add(role, "image", picture["url"], size=size)

"""Reads posts out of answers of CrowdTangle's API, which closed in August 2024.

https://github.com/CrowdTangle/API/wiki/Post; the tables of its web site are those of ``crowdtangle_csv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaType
from social_tui.text import storable

STREAMS = (Stream(("result", "posts")),)

Object = dict[str, Any]
_NETWORKS = frozenset({"Facebook", "Instagram", "Reddit"})
_REACTIONS = ("like", "love", "wow", "haha", "sad", "angry", "thankful", "care", "favorite", "up")
#: Posts that are links and events have the picture of their card.
_CARDS = frozenset({"link", "share", "event", "note"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of this API."""
    return (
        isinstance(value, dict)
        and str(value.get("platform")) in _NETWORKS
        and isinstance(value.get("account"), dict)
        and bool({"platformId", "postUrl"} & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    platform = str(value["platform"]).lower()
    link = fields.text(value.get("postUrl"))
    urn = _shortcode(link) if platform == "instagram" else fields.identifier(value.get("platformId"))
    if urn is None:
        raise ImportRefusedError("has no id of its network")
    account = fields.mapping(value.get("account"))
    media = MediaList()
    _add_media(media, value)
    if avatars and fields.text(account.get("profileImage")):
        media.add("avatar", "image", account["profileImage"])
    actual = fields.mapping(fields.mapping(value.get("statistics")).get("actual"))
    counts = {name: fields.whole(count) for name, count in actual.items()}
    reactions = [counts.get(f"{name}Count") for name in _REACTIONS]
    yield ParsedPost(
        platform=platform,
        urn=urn,
        full_urn=fields.identifier(value.get("platformId")),
        posted_at_timestamp=fields.milliseconds_utc(value.get("date")),
        author_username=fields.first(account.get("handle")) or fields.identifier(account.get("platformId")),
        author_name=fields.text(account.get("name")),
        text_content=_text(value),
        post_type=fields.word(value.get("type")),
        url=link,
        engagement=Engagement(
            reactions=fields.total(reactions),
            comments=counts.get("commentCount"),
            reposts=counts.get("shareCount"),
            views=counts.get("viewCount") or fields.whole(value.get("videoViewCount")),
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _shortcode(link: str | None) -> str | None:
    parts = urlsplit(link or "").path.strip("/").split("/")
    return fields.identifier(parts[1]) if len(parts) > 1 else None


def _text(value: Object) -> str:
    # Of posts of Instagram the description is the text.
    return next(
        filter(None, (fields.body(value.get(name)) for name in ("message", "description", "title"))), ""
    )


def _add_media(media: MediaList, value: Object) -> None:
    is_card = str(value.get("type")) in _CARDS
    found = fields.objects(value.get("media"))
    has_video = any(each.get("type") == "video" for each in found)
    for each in found:
        media_type: MediaType = "video" if each.get("type") == "video" else "image"
        link = fields.first(each.get("full"), each.get("url"))
        size = (each.get("width"), each.get("height"))
        if media_type == "image" and (is_card or has_video):
            media.add("article" if is_card else "thumbnail", media_type, link, size=size)
        else:
            media.add("main", media_type, link, size=size)

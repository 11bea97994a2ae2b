"""Reads posts of Facebook pages and groups as Apify's own actors export them.

https://apify.com/apify/facebook-posts-scraper and https://apify.com/apify/facebook-groups-scraper; their
media are objects of Facebook's pages.
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

PLATFORM = "facebook"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_IDS = ("postId", "legacyId")
_MARKS = frozenset(
    {"facebookUrl", "topLevelUrl", "feedbackId", "pageName", "groupTitle", "topReactionsCount"}
)
_COUNTS = (("likes", "likesCount"), ("comments", "commentsCount"), ("shares", "sharesCount"))
_VIDEOS = ("browser_native_hd_url", "playable_url_quality_hd", "browser_native_sd_url", "playable_url")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these posts."""
    return (
        isinstance(value, dict)
        and any(name in value for name in _IDS)
        and ("time" in value or "timestamp" in value)
        and len(_MARKS & value.keys()) >= 2
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = next(filter(None, (fields.identifier(value.get(name)) for name in _IDS)), None)
    if urn is None:
        raise ImportRefusedError("has no id")
    user = fields.mapping(value.get("user"))
    media = MediaList()
    for part in fields.objects(value.get("media")) or fields.objects(value.get("attachments")):
        _add(media, part)
    if avatars and fields.text(user.get("profilePic")):
        media.add("avatar", "image", user["profilePic"])
    counts = {name: _count(value, name, other) for name, other in _COUNTS}
    counts["views"] = fields.whole(value.get("viewsCount"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(value.get("feedbackId")),
        posted_at_timestamp=fields.milliseconds(value.get("time"))
        or fields.milliseconds(value.get("timestamp")),
        author_username=fields.text(value.get("pageName")) or fields.identifier(user.get("id")),
        author_name=fields.first(user.get("name"), value.get("pageName")),
        text_content=fields.body(value.get("text")),
        url=fields.first(value.get("url"), value.get("topLevelUrl")),
        engagement=Engagement(
            reactions=counts["likes"],
            comments=counts["comments"],
            reposts=counts["shares"],
            views=counts["views"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _count(value: Object, *names: str) -> int | None:
    counts = (fields.whole(value.get(name)) for name in names)
    return next((count for count in counts if count is not None), None)


def _add(media: MediaList, part: Object) -> None:
    kind = part.get("__typename")
    picture, size = _picture(part)
    legacy = fields.mapping(part.get("videoDeliveryLegacyFields"))
    video = fields.first(*(home.get(name) for name in _VIDEOS for home in (part, legacy)))
    if kind == "Video" or video:
        size = (
            part.get("original_width") or part.get("width"),
            part.get("original_height") or part.get("height"),
        )
        media.add("main", "video", video, size=size, media_id=part.get("id"))
        if picture:
            media.add("thumbnail", "image", picture)
    elif kind == "Photo" or (picture and kind is None):
        # The description that Facebook makes itself, or the author's where there is one.
        media.add("main", "image", picture, size=size, alt=part.get("ocrText"), media_id=part.get("id"))
    elif picture:
        media.add("article", "image", picture, size=size)


def _picture(part: Object) -> tuple[str | None, tuple[Any, Any]]:
    """Return the largest copy of a picture that is named, and its size where that is told."""
    for name in ("viewer_image", "photo_image", "image", "large_share_image", "thumbnailImage"):
        found = fields.mapping(part.get(name))
        if fields.text(found.get("uri")):
            return fields.text(found["uri"]), (found.get("width"), found.get("height"))
    return fields.text(part.get("thumbnail")), (None, None)

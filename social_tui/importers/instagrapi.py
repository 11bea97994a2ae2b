"""Reads media of Instagram as instagrapi writes them (``Media.dict()``).

https://subzeroid.github.io/instagrapi/usage-guide/media.html
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

PLATFORM = "instagram"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COUNTS = ("like_count", "comment_count", "play_count", "view_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these media."""
    return isinstance(value, dict) and value.keys() >= {
        "pk",
        "code",
        "taken_at",
        "caption_text",
        "media_type",
    }


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = fields.identifier(value.get("code")) or fields.identifier(value.get("pk"))
    if urn is None:
        raise ImportRefusedError("has no shortcode and no id")
    user = fields.mapping(value.get("user"))
    media = MediaList()
    for part in fields.objects(value.get("resources")) or [value]:
        _add_media(media, part)
    if avatars and fields.text(user.get("profile_pic_url")):
        media.add("avatar", "image", user["profile_pic_url"])
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(value.get("pk")),
        posted_at_timestamp=fields.milliseconds_utc(value.get("taken_at")),
        author_username=fields.text(user.get("username")),
        author_name=fields.text(user.get("full_name")),
        text_content=fields.body(value.get("caption_text")),
        post_type=fields.word(value.get("product_type")),
        url=f"https://www.instagram.com/p/{urn}/",
        engagement=Engagement(
            reactions=counts["like_count"],
            comments=counts["comment_count"],
            views=counts["play_count"] or counts["view_count"] or None,
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, part: Object) -> None:
    candidates = fields.objects(fields.mapping(part.get("image_versions2")).get("candidates"))
    candidates = candidates or fields.objects(part.get("image_versions"))
    candidates.sort(key=lambda each: fields.side(each.get("width")) or 0, reverse=True)
    picture = fields.first(*(each.get("url") for each in candidates), part.get("thumbnail_url"))
    alt, media_id = part.get("accessibility_caption"), part.get("pk")
    video = fields.text(part.get("video_url"))
    if video or fields.whole(part.get("media_type")) == 2:
        media.add("main", "video", video, alt=alt, media_id=media_id)
        if picture:
            media.add("thumbnail", "image", picture)
    else:
        media.add("main", "image", picture, alt=alt, media_id=media_id)

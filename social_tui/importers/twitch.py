"""Reads videos and clips out of answers of Twitch's API (https://dev.twitch.tv/docs/api/reference)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream

PLATFORM = "twitch"

STREAMS = (Stream(("data",)),)

Object = dict[str, Any]
_VIDEO = frozenset({"id", "user_login", "published_at", "viewable", "url"})
_CLIP = frozenset({"id", "embed_url", "broadcaster_id", "creator_id", "url"})
_SIZE = re.compile(r"%?\{width\}x%?\{height\}")
_COVER = "1280x720"


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a video or a clip."""
    return isinstance(value, dict) and (value.keys() >= _VIDEO or value.keys() >= _CLIP)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one video that an item is."""
    del avatars  # the answers name none
    urn = fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    is_clip = value.keys() >= _CLIP
    page = fields.text(value["url"])
    media = MediaList()
    media.add("main", "video", page, media_id=urn)
    if cover := fields.text(value.get("thumbnail_url")):
        media.add("thumbnail", "image", _SIZE.sub(_COVER, cover))
    words = (fields.body(value.get("title")), fields.body(value.get("description")))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("published_at") or value.get("created_at")),
        # A clip is of whoever cut it out of the broadcast of another.
        author_username=fields.text(value.get("creator_name" if is_clip else "user_login")),
        author_name=fields.text(value.get("creator_name" if is_clip else "user_name")),
        text_content="\n\n".join(filter(None, words)),
        post_type="clip" if is_clip else fields.word(value.get("type")),
        url=page,
        engagement=Engagement(views=fields.whole(value.get("view_count"))),
        media=media.references(),
        raw_json=raw,
    )

"""Reads posts of X as twint wrote them, one a line or in a table (https://github.com/twintproject/twint).

Times are in the zone of the machine that it ran on, which ``timezone`` tells; the id tells the same in UTC.
``video`` is 1 for posts with any media, and ``thumbnail`` is the first of these, or the cover of a video.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, x_links
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "tweet", "username", "link", "retweets_count"})
#: Tables have lists as Python writes them: ``['https://…', 'https://…']``.
_LINKS = re.compile(r"https?://[^\s'\",\]]+")
#: The covers of videos and animations have addresses of their own.
_COVER = re.compile(r"/(?:ext_tw_video|amplify_video|tweet_video)_thumb/")
_COUNTS = {"reactions": "likes_count", "comments": "replies_count", "reposts": "retweets_count"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = x_links.post_id(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no post id")
    username = fields.text(value.get("username"))
    counts = {name: fields.whole(value.get(key)) for name, key in _COUNTS.items()}
    yield ParsedPost(
        platform=x_links.PLATFORM,
        urn=urn,
        posted_at_timestamp=x_links.time_of_id(urn) or _time(value),
        author_username=username or fields.identifier(value.get("user_id")),
        author_name=fields.text(value.get("name")),
        text_content=x_links.said(value.get("tweet")),
        post_type=_post_type(value, urn),
        url=x_links.post_url(username, urn),
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=_media(value).references(),
        raw_json=raw,
    )


def _time(value: Object) -> int | None:
    """Return the time of a post that is older than ids with a time in them."""
    words = (fields.text(value.get(name)) for name in ("date", "time", "timezone"))
    return fields.milliseconds("{}T{}{}".format(*words))


def _post_type(value: Object, urn: str) -> str:
    if value.get("retweet") in (True, "True", "true"):
        return "repost"
    if fields.text(value.get("quote_url")):
        return "quote"
    return "regular" if value.get("conversation_id") in (None, "", urn, int(urn)) else "reply"


def _media(value: Object) -> MediaList:
    media = MediaList()
    photos = value.get("photos")
    for link in photos if isinstance(photos, list) else _LINKS.findall(fields.text(photos) or ""):
        media.add("main", "image", link)
    thumbnail = fields.text(value.get("thumbnail"))
    if thumbnail and _COVER.search(thumbnail):
        media.add("main", "video", None)
        media.add("thumbnail", "image", thumbnail)
    elif thumbnail:
        media.add("main", "image", thumbnail)
    return media

"""Reads the videos of the data that TikTok gives people of their own account (``user_data_tiktok.json``).

https://support.tiktok.com/en/account-and-privacy/personalized-ads-and-data/requesting-your-data. TikTok
does not publish the shape: it is read as the files have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream

PLATFORM = "tiktok"

STREAMS = (Stream(("Video", "Videos", "VideoList")), Stream(("Post", "Posts", "VideoList")))

Object = dict[str, Any]
_ID = re.compile(r"/video/(\d{5,20})")
_OWN = frozenset({"whocanview", "allowcomments", "covertext"})
#: What others may have too, such as tables of articles: of it the link tells.
_ANYBODYS = frozenset({"likes", "title", "sound"})
_HOST = re.compile(r"https?://[^/?#]*(?:tiktok|byteoversea|muscdn|akamaized)")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a video of the account; those that it liked have only link and date."""
    own = {name.lower(): value[name] for name in value} if isinstance(value, dict) and len(value) < 30 else {}
    if not (isinstance(own.get("date"), str) and isinstance(own.get("link"), str)):
        return False
    return bool(_OWN & own.keys()) or (bool(_ANYBODYS & own.keys()) and bool(_HOST.match(own["link"])))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one video that an item is."""
    del avatars  # the items name none of the author
    value = {name.lower(): member for name, member in value.items()}
    link, posted_at = fields.text(value.get("link")), fields.milliseconds_utc(value.get("date"))
    found = _ID.search(link or "")
    if link is None or (found is None and posted_at is None):
        raise ImportRefusedError("has no link, or neither an id nor a time, by which it could be known again")
    media = MediaList()
    # What was deleted or is private has no page; the link is that of the file then.
    media.add("main", "video", link, media_id=found[1] if found else None)
    yield ParsedPost(
        platform=PLATFORM,
        urn=found[1] if found else f"{posted_at or 0}",
        posted_at_timestamp=posted_at,
        text_content=fields.body(value.get("title")),
        post_type="video",
        url=link if found else None,
        engagement=Engagement(reactions=fields.whole(value.get("likes"))),
        media=media.references(),
        raw_json=raw,
    )

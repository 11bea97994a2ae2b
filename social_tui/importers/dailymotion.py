"""Reads videos out of answers of Dailymotion's API (https://developers.dailymotion.com/reference/video-fields)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.text import storable

PLATFORM = "dailymotion"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
#: Whoever asks names what is told; each of these only Dailymotion has.
_OWN = frozenset({"views_total", "likes_total", "owner.username", "owner.screenname", "channel.slug"})
_PAGE = re.compile(r"https?://(?:www\.dailymotion\.com/video|dai\.ly)/([0-9a-zA-Z]{1,20})")
#: Covers by what they are called, the widest first.
_COVERS = re.compile(r"thumbnail_(?:(\d{1,4})_)?url")
_COUNTS = ("likes_total", "comments_total", "views_total")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a video."""
    if not isinstance(value, dict) or "id" not in value or "title" not in value:
        return False
    if _OWN & value.keys():
        return True
    # What only links to a video has an id of its own.
    page = _PAGE.match(str(value.get("url") or ""))
    return page is not None and page[1] == value["id"]


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one video that an item is."""
    urn = fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    page = fields.text(value.get("url")) or f"https://www.dailymotion.com/video/{urn}"
    media = MediaList()
    media.add("main", "video", page, size=(value.get("width"), value.get("height")), media_id=urn)
    if cover := _cover(value):
        media.add("thumbnail", "image", cover)
    if avatars and fields.text(value.get("owner.avatar_720_url")):
        media.add("avatar", "image", value["owner.avatar_720_url"])
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    words = (fields.body(value["title"]), fields.plain(value.get("description")))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("created_time")),
        author_username=fields.first(value.get("owner.username"), value.get("owner.id"), value.get("owner")),
        author_name=fields.text(value.get("owner.screenname")),
        text_content="\n\n".join(filter(None, words)),
        post_type="video",
        url=page,
        engagement=Engagement(
            reactions=counts["likes_total"], comments=counts["comments_total"], views=counts["views_total"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _cover(value: Object) -> str | None:
    """Return the widest cover that was asked for; the one without a width in its name is the largest."""
    named = [(int(found[1] or 9999), name) for name in value if (found := _COVERS.fullmatch(name))]
    return fields.first(*(value[name] for _, name in sorted(named, reverse=True)))

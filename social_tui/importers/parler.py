"""Reads posts of Parler as collections of 2021 have them, and as its API had them then.

https://zenodo.org/records/4442460 (fields: https://arxiv.org/abs/2101.03820).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "parler"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "body", "createdAt", "creator", "upvotes"})
_ONE_OF = frozenset({"datatype", "impressions", "depth", "shareLink"})
_TIME = re.compile(r"\d{14}")
_COUNTS = ("upvotes", "comments", "reposts", "impressions")
_FILES = ("image", "video")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post or a comment."""
    if not isinstance(value, dict) or not value.keys() >= _MARKS or not _ONE_OF & value.keys():
        return False
    return bool(_TIME.fullmatch(str(value["createdAt"])))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    del avatars  # the posts name none
    if value.get("datatype") == "comments":
        yield PassedOver("is a comment")
        return
    urn = fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    for file in fields.objects(value.get("urls")):
        link = fields.first(file.get("long"), file.get("short"))
        media_type = type_of_name(link, "document")
        if media_type in _FILES:
            media.add("main", media_type, link, media_id=file.get("id"))
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=_time(value["createdAt"]),
        author_username=fields.first(value.get("username"), value["creator"]),
        author_name=fields.text(value.get("name")),
        text_content=fields.body(value["body"]),
        post_type="repost" if fields.text(value.get("parent")) else "regular",
        url=fields.text(value.get("shareLink")) or f"https://parler.com/post/{urn}",
        engagement=Engagement(
            reactions=counts["upvotes"],
            comments=counts["comments"],
            reposts=counts["reposts"],
            views=counts["impressions"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _time(value: Any) -> int | None:
    """Return a time in UTC, which is written without anything between its parts."""
    text = str(value)
    return fields.milliseconds_utc(f"{text[:8]}T{text[8:]}")

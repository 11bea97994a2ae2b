"""Reads posts of Instagram as Apify's own actor exports them.

https://apify.com/apify/instagram-scraper, whose page shows an item of its output
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
_MARKS = frozenset({"displayUrl", "ownerUsername", "childPosts", "likesCount", "commentsCount", "videoUrl"})
_COUNTS = ("likesCount", "commentsCount", "videoViewCount", "videoPlayCount")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these posts."""
    return isinstance(value, dict) and "shortCode" in value and len(_MARKS & value.keys()) >= 2


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # the items name none of the author
    urn = fields.identifier(value.get("shortCode"))
    if urn is None:
        raise ImportRefusedError("has no shortcode")
    media = MediaList()
    parts = fields.objects(value.get("childPosts")) or [value]
    for part in parts:
        _add(media, part)
    links = value.get("images")
    if len(parts) == 1 and value.get("type") == "Sidecar" and isinstance(links, list):
        # Some items have the pictures of an album as bare links.
        for link in links:
            media.add("main", "image", link)
    # A number below zero says that the author hides it.
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    views = counts["videoPlayCount"] if counts["videoPlayCount"] is not None else counts["videoViewCount"]
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(value.get("id")),
        posted_at_timestamp=fields.milliseconds(value.get("timestamp")),
        author_username=fields.text(value.get("ownerUsername")) or fields.identifier(value.get("ownerId")),
        author_name=fields.text(value.get("ownerFullName")),
        text_content=fields.body(value.get("caption")),
        post_type=fields.word(value.get("productType"), value.get("type")),
        url=fields.text(value.get("url")) or f"https://www.instagram.com/p/{urn}/",
        engagement=Engagement(reactions=counts["likesCount"], comments=counts["commentsCount"], views=views),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add(media: MediaList, part: Object) -> None:
    picture = fields.text(part.get("displayUrl"))
    size = (part.get("dimensionsWidth"), part.get("dimensionsHeight"))
    alt, media_id = part.get("alt"), part.get("id")
    if part.get("type") != "Video" and not fields.text(part.get("videoUrl")):
        media.add("main", "image", picture, size=size, alt=alt, media_id=media_id)
        return
    media.add("main", "video", part.get("videoUrl"), size=size, alt=alt, media_id=media_id)
    if picture:
        media.add("thumbnail", "image", picture)

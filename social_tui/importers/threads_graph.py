"""Reads posts of Threads out of answers of Meta's Threads API.

https://developers.facebook.com/documentation/threads/reference/media-retrieval
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.graph_media import add_media
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import PostRelation

PLATFORM = "threads"

STREAMS = (Stream(("data",)),)

Object = dict[str, Any]
_PRODUCT = "THREADS"
_NO_MEDIA = frozenset({"TEXT_POST", "REPOST_FACADE"})
_KINDS = _NO_MEDIA | {"IMAGE", "VIDEO", "CAROUSEL_ALBUM", "AUDIO"}
#: What a search for words tells of a post, and what the API of Instagram has no names for.
_OWN_NAMES = frozenset({"is_quote_post", "is_reply", "has_replies", "reply_audience", "topic_tag"})
_PERMALINK = re.compile(r"https://(?:www\.)?threads\.(?:net|com)/")
_INNER: tuple[tuple[PostRelation, str], ...] = (
    ("quoted", "quoted_post"),
    ("boosted", "reposted_post"),
    ("replied_to", "replied_to"),
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of Threads."""
    if not isinstance(value, dict) or "id" not in value:
        return False
    kind = str(value.get("media_type"))
    if value.get("media_product_type") == _PRODUCT or kind in _NO_MEDIA:
        return True
    is_there = _PERMALINK.match(fields.text(value.get("permalink")) or "") is not None
    return kind in _KINDS and (is_there or bool(_OWN_NAMES & value.keys()))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    media = _media(value)
    nested = nested_posts(
        value, urn, inner=_inner, avatars=avatars, keep=lambda other: add_media(media, "reshared", other)
    )
    if avatars and fields.text(value.get("profile_picture_url")):
        media.add("avatar", "image", value["profile_picture_url"])
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.text(value.get("shortcode")),
        posted_at_timestamp=fields.milliseconds(value.get("timestamp")),
        author_username=fields.text(value.get("username"))
        or fields.identifier(fields.mapping(value.get("owner")).get("id")),
        text_content=fields.body(value.get("text")),
        post_type=fields.word(value.get("media_type"), value.get("media_product_type")),
        url=fields.text(value.get("permalink")),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _inner(post: Object) -> list[Inner]:
    """Return what a post quotes, reposts or answers, where more than its id was asked for."""
    found = ((relation, fields.mapping(post.get(name))) for relation, name in _INNER)
    # Theirs may have been asked for without the name that tells them from posts of Instagram.
    return [
        (relation, {"media_product_type": _PRODUCT, **other}) for relation, other in found if len(other) > 1
    ]


def _media(post: Object) -> MediaList:
    media = MediaList()
    kind = str(post.get("media_type"))
    if kind not in _NO_MEDIA and (kind in _KINDS or {"media_url", "children"} & post.keys()):
        add_media(media, "main", post)
    if fields.text(post.get("gif_url")):
        media.add("main", "image", post["gif_url"], alt=post.get("alt_text"))
    return media

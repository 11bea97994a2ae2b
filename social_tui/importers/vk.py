"""Reads posts of VK out of answers of its API (https://dev.vk.com/en/reference/objects/post)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "vk"

STREAMS = (Stream(("response", "items")),)

Object = dict[str, Any]
_MARKS = frozenset({"id", "date", "text", "from_id"})
_OWN = frozenset({"attachments", "likes", "reposts", "views", "post_type", "copy_history"})
_COUNTS = ("likes", "comments", "reposts", "views")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of a wall."""
    if _is_comment(value):
        return True
    is_post = (
        isinstance(value, dict) and value.keys() >= _MARKS and bool({"owner_id", "to_id"} & value.keys())
    )
    return is_post and len(_OWN & value.keys()) >= 2


def _is_comment(value: Any) -> bool:
    """Tell whether a value is a comment (https://dev.vk.com/en/reference/objects/comment).

    4CAT notes of either what it is (``datasources/vk/search_vk.py``).
    """
    is_one = isinstance(value, dict) and value.keys() >= _MARKS and "post_id" in value
    return is_one and (
        value.get("4cat_item_type") == "comment" or bool({"parents_stack", "thread"} & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    if _is_comment(value):
        yield PassedOver("is a comment")
        return
    urn = _id(value)
    if urn is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    _add_media(media, "main", value)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", other),
    )
    counts = {name: fields.whole(fields.mapping(value.get(name)).get("count")) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value["date"]),
        author_username=_number(value["from_id"]),
        text_content=fields.body(value["text"]),
        post_type="repost" if _inner(value) else fields.word(value.get("post_type")),
        url=f"https://vk.com/wall{urn}",
        engagement=Engagement(
            reactions=counts["likes"],
            comments=counts["comments"],
            reposts=counts["reposts"],
            views=counts["views"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _number(value: Any) -> str | None:
    """Return the number of an account; those of groups are below zero."""
    return str(value) if type(value) is int and 0 < abs(value) < 2**63 else None


def _id(post: Object) -> str | None:
    owner, number = _number(post.get("owner_id", post.get("to_id"))), fields.identifier(post["id"])
    return f"{owner}_{number}" if owner and number else None


def _inner(post: Object) -> list[Inner]:
    return [("reshared", other) for other in fields.objects(post.get("copy_history"))[:1]]


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    for attachment in fields.objects(post.get("attachments")):
        kind = str(attachment.get("type"))
        facts = fields.mapping(attachment.get(kind))
        media_id = f"{facts.get('owner_id')}_{facts.get('id')}"
        picture = _largest(facts.get("sizes") or facts.get("image"))
        size = (picture.get("width"), picture.get("height"))
        if kind in ("photo", "posted_photo", "graffiti"):
            link = fields.first(picture.get("url"), facts.get("url"), facts.get("photo_604"))
            media.add(role, "image", link, size=size, alt=facts.get("text"), media_id=media_id)
        elif kind == "video":
            media.add(role, "video", facts.get("player"), media_id=media_id)
            if role == "main" and fields.text(picture.get("url")):
                media.add("thumbnail", "image", picture["url"], size=size)
        elif kind in ("audio", "audio_message"):
            media.add(role, "audio", fields.first(facts.get("link_mp3"), facts.get("url")), media_id=media_id)
        elif kind == "doc":
            media_type = type_of_name(f"x.{facts.get('ext')}", "document")
            media.add(role, media_type, facts.get("url"), media_id=media_id)
        elif kind == "link":
            card = _largest(fields.mapping(facts.get("photo")).get("sizes"))
            if role == "main" and fields.text(card.get("url")):
                media.add("article", "image", card["url"], size=(card.get("width"), card.get("height")))


def _largest(sizes: Any) -> Object:
    named = [size for size in fields.objects(sizes) if fields.text(size.get("url"))]
    return max(named, key=lambda size: fields.side(size.get("width")) or 0, default={})

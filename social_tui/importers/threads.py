"""Reads posts of Threads as its pages and its app have them.

They are what Zeeschuimer records and scrapers pass on, bare or as ``thread_items[].post`` of an answer:
objects as those of Instagram's app, with ``text_post_app_info``. Meta does not publish the shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.instagram_node import add_app_media
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole, PostRelation
from social_tui.text import storable

PLATFORM = "threads"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_WITH_MEDIA = frozenset({"image_versions2", "video_versions", "carousel_media"})
_KINDS = {1: "image", 2: "video", 8: "album", 19: "text"}
_SHARED: tuple[tuple[PostRelation, str], ...] = (
    ("boosted", "reposted_post"),
    ("quoted", "quoted_post"),
    ("quoted", "quoted_attachment_post"),
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of Threads."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("text_post_app_info"), dict)
        and "taken_at" in value
        and bool({"code", "pk"} & value.keys())
        and "caption_text" not in value
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = fields.identifier(value.get("code")) or fields.identifier(value.get("pk"))
    if urn is None:
        raise ImportRefusedError("has no shortcode and no id")
    user, info = fields.mapping(value.get("user")), value["text_post_app_info"]
    media = MediaList()
    _add_media(media, "main", value)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", other),
    )
    if avatars and fields.text(user.get("profile_pic_url")):
        media.add("avatar", "image", user["profile_pic_url"])
    counts = {
        "likes": fields.whole(value.get("like_count")),
        "replies": fields.whole(info.get("direct_reply_count")),
        "reposts": fields.whole(info.get("repost_count")),
        "quotes": fields.whole(info.get("quote_count")),
        "shares": fields.whole(info.get("reshare_count")),
        "views": fields.whole(value.get("play_count")) or fields.whole(value.get("view_count")),
    }
    username = fields.text(user.get("username"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(value.get("pk")),
        posted_at_timestamp=fields.milliseconds(value.get("taken_at")),
        author_username=username,
        author_name=fields.text(user.get("full_name")),
        text_content=fields.body(fields.mapping(value.get("caption")).get("text")),
        post_type=fields.word(
            value.get("product_type"), _KINDS.get(fields.whole(value.get("media_type")) or 0)
        ),
        url=f"https://www.threads.net/@{username}/post/{urn}" if username else None,
        engagement=Engagement(
            reactions=counts["likes"],
            comments=counts["replies"],
            reposts=counts["reposts"],
            views=counts["views"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _inner(post: Object) -> list[Inner]:
    """Return what a post reposts and quotes, and the post of Instagram whose card it shows."""
    info = fields.mapping(post.get("text_post_app_info"))
    share = fields.mapping(info.get("share_info"))
    found: list[Inner] = [(relation, fields.mapping(share.get(name))) for relation, name in _SHARED]
    found.append(("reshared", fields.mapping(info.get("linked_inline_media"))))
    return [(relation, other) for relation, other in found if other]


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    if _WITH_MEDIA & post.keys():
        add_app_media(media, role, post)
    sound = fields.mapping(post.get("audio")).get("audio_src")
    if fields.text(sound):
        media.add(role, "audio", sound)
    if animation := _animation(fields.mapping(post.get("giphy_media_info"))):
        size = (animation.get("width"), animation.get("height"))
        media.add(role, "image", animation.get("webp") or animation.get("url"), size=size)
    info = fields.mapping(post.get("text_post_app_info"))
    preview = fields.mapping(info.get("link_preview_attachment"))
    if role == "main" and fields.text(preview.get("image_url")):
        media.add("article", "image", preview["image_url"])


def _animation(info: Object) -> Object:
    """Return the copy of an animation on Meta's own servers, else the one of Giphy."""
    of_meta = fields.mapping(fields.mapping(info.get("first_party_cdn_proxied_images")).get("fixed_height"))
    return of_meta or fields.mapping(fields.mapping(info.get("images")).get("fixed_height"))

"""Reads posts out of answers of the API of Lemmy (https://join-lemmy.org/api)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "lemmy"

#: Not ``comments``: posts of other networks have theirs in a list of that name.
STREAMS = (Stream(("posts",)),)

Object = dict[str, Any]
_COUNTS = ("score", "upvotes", "downvotes", "comments")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post with what stands beside it, such a comment, or a list of these."""
    return isinstance(value, dict) and (_is_view(value) or bool(_comments(value)))


def _is_view(value: Object) -> bool:
    marks = {"post", "creator", "community"}
    return value.keys() >= marks and "ap_id" in fields.mapping(value["post"])


def _comments(value: Object) -> list[Object]:
    found = fields.objects(value.get("comments"))
    return found if all("comment" in each and _is_view(each) for each in found) else []


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    comments = [value] if "comment" in value else _comments(value)
    if comments:
        yield from (PassedOver("is a comment") for _ in comments)
        return
    post, creator = value["post"], fields.mapping(value["creator"])
    address = fields.text(post["ap_id"])
    if address is None:
        raise ImportRefusedError("has no address")
    media = MediaList()
    _add_media(media, post, fields.mapping(value.get("image_details")))
    if avatars and fields.text(creator.get("avatar")):
        media.add("avatar", "image", creator["avatar"])
    # Of version 1 the counts stand in the post.
    stats = {**post, **fields.mapping(value.get("counts"))}
    counts = {name: fields.whole(stats.get(name)) for name in _COUNTS}
    words = (fields.body(post.get(name)) for name in ("name", "body"))
    yield ParsedPost(
        platform=PLATFORM,
        # Its number is that of the server that was asked; the address is the same everywhere.
        urn=address,
        full_urn=fields.identifier(post.get("id")),
        posted_at_timestamp=fields.milliseconds_utc(post.get("published") or post.get("published_at")),
        author_username=fields.text(creator.get("name")),
        author_name=fields.text(creator.get("display_name")),
        text_content="\n\n".join(filter(None, words)),
        post_type=fields.word(fields.mapping(value["community"]).get("name")),
        url=address,
        engagement=Engagement(reactions=counts["score"], comments=counts["comments"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, post: Object, details: Object) -> None:
    link = fields.text(post.get("url"))
    declared = type_of_mime(post.get("url_content_type"), type_of_name(link, "document"))
    if link and declared in ("image", "video", "audio"):
        size = (details.get("width"), details.get("height"))
        media.add("main", declared, link, size=size, alt=post.get("alt_text"))
    thumbnail = fields.text(post.get("thumbnail_url"))
    if thumbnail and declared != "image":  # of a picture it is a smaller copy
        media.add("thumbnail" if media.references() else "article", "image", thumbnail)

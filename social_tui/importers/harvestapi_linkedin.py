"""Reads posts of LinkedIn as the Apify actors of HarvestAPI export them.

https://apify.com/harvestapi/linkedin-post-search and .../linkedin-profile-posts
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.importers import apify_linkedin, fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import Engagement, MediaRole, ParsedPost
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset(
    {"postedAt", "postImages", "engagement", "socialContent", "repostedBy", "content", "author"}
)
_OTHERS = frozenset({"reaction", "comment"})
_ID = re.compile(r"(?:urn:li:[A-Za-z]+:)?([0-9]{10,30})", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these items."""
    return (
        isinstance(value, dict)
        and "linkedinUrl" in value
        and "id" in value
        and len(_MARKS & value.keys()) >= 2
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; reactions and comments are passed over."""
    if str(value.get("type")) in _OTHERS:
        yield PassedOver("is a reaction or a comment")
        return
    match = _ID.fullmatch(fields.identifier(value.get("id")) or "")
    if match is None:
        raise ImportRefusedError("has no activity id")
    author = fields.mapping(value.get("author"))
    reposted = next(
        filter(None, (fields.mapping(value.get(name)) for name in ("repost", "repostedPost"))), None
    )
    engagement = fields.mapping(value.get("engagement"))
    media = MediaList(fields.identity)
    _add_media(media, "main", value)
    if reposted:
        _add_media(media, "reshared", reposted)
    avatar = fields.mapping(author.get("avatar")).get("url")
    if avatars and fields.text(avatar):
        media.add("avatar", "image", avatar)
    counts = {name: fields.whole(engagement.get(name)) for name in ("likes", "comments", "shares")}
    yield ParsedPost(
        platform=apify_linkedin.PLATFORM,
        urn=match[1],
        full_urn=fields.first(value.get("entityId"), value.get("shareUrn")),
        posted_at_timestamp=apify_linkedin.posted_at(value.get("postedAt"), match[1]),
        author_username=fields.first(author.get("publicIdentifier"), author.get("universalName"))
        or fields.slug(author.get("linkedinUrl")),
        author_name=fields.text(author.get("name")),
        text_content=fields.body(value.get("content")),
        post_type="quote" if reposted else "regular",
        url=fields.text(value.get("linkedinUrl")),
        engagement=Engagement(
            reactions=counts["likes"], comments=counts["comments"], reposts=counts["shares"]
        ),
        stats=storable(engagement),
        media=media.references(),
        nested=int(reposted is not None),
        raw_json=raw,
    )


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    for image in fields.objects(post.get("postImages")):
        media.add(
            role,
            "image",
            image.get("url"),
            size=(image.get("width"), image.get("height")),
            alt=image.get("alt"),
        )
    video = fields.mapping(post.get("postVideo"))
    if video:
        media.add(role, "video", fields.first(video.get("videoUrl"), video.get("url")))
        if role == "main" and fields.text(video.get("thumbnailUrl")):
            media.add("thumbnail", "image", video["thumbnailUrl"])
    document = fields.mapping(post.get("document"))
    if document:
        links = (document.get(name) for name in ("transcribedDocumentUrl", "documentUrl", "url"))
        media.add(role, "document", fields.first(*links), alt=document.get("title"))
        pages = document.get("coverPages")
        if role == "main" and isinstance(pages, list) and (cover := fields.first(*pages)):
            media.add("thumbnail", "image", cover)
    picture = fields.mapping(fields.mapping(post.get("article")).get("image"))
    if role == "main" and fields.text(picture.get("url")):
        size = (picture.get("width"), picture.get("height"))
        media.add("article", "image", picture["url"], size=size)

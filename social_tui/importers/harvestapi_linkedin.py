"""Reads posts of LinkedIn as the Apify actors of HarvestAPI export them.

https://apify.com/harvestapi/linkedin-post-search and .../linkedin-profile-posts
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import apify_linkedin, fields
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset(
    {
        "postedAt",
        "postedAgo",
        "postImages",
        "postVideo",
        "engagement",
        "socialContent",
        "repostedBy",
        "content",
    }
)
#: In the exports of today, and in those whose authors were not yet objects.
_LINKS = frozenset({"linkedinUrl", "authorLinkedinUrl"})
_MARKED: Object = {"linkedinUrl": None, "content": None, "engagement": None}
_OTHERS = frozenset({"reaction", "comment"})
_ID = re.compile(r"(?:urn:li:[A-Za-z]+:)?([0-9]{10,30})", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these items."""
    if not isinstance(value, dict) or "id" not in value:
        return False
    is_other = str(value.get("type")) in _OTHERS and "actor" in value
    return is_other or (bool(_LINKS & value.keys()) and len(_MARKS & value.keys()) >= 2)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; reactions and comments are passed over."""
    if str(value.get("type")) in _OTHERS:
        yield PassedOver("is a reaction or a comment")
        return
    match = _ID.fullmatch(fields.identifier(value.get("id")) or "")
    if match is None:
        raise ImportRefusedError("has no activity id")
    author = _author(value)
    engagement = fields.mapping(value.get("engagement"))
    media = MediaList(fields.identity)
    _add_media(media, "main", value)
    nested = nested_posts(
        value,
        match[1],
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", other),
    )
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
        post_type="quote" if _inner(value) else "regular",
        url=fields.text(value.get("linkedinUrl")) or _shared(value),
        engagement=Engagement(
            reactions=counts["likes"], comments=counts["comments"], reposts=counts["shares"]
        ),
        stats=storable(engagement),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _inner(value: Object) -> list[Inner]:
    found = (fields.mapping(value.get(name)) for name in ("repost", "repostedPost"))
    # With the names that mark a post, of which less is told inside of another one.
    return [("reshared", _MARKED | other) for other in found if other][:1]


def _author(value: Object) -> Object:
    """Return the author as an object, also where its parts stand beside those of the post."""
    flat = {
        "publicIdentifier": value.get("authorPublicIdentifier"),
        "universalName": value.get("authorUniversalName"),
        "linkedinUrl": value.get("authorLinkedinUrl"),
        "name": value.get("authorName"),
        "avatar": value.get("authorAvatar"),
    }
    return fields.mapping(value.get("author")) or flat


def _shared(value: Object) -> str | None:
    """Return the link for sharing a post, without the parameters that tell who shared it."""
    link = fields.text(fields.mapping(value.get("socialContent")).get("shareUrl"))
    return link.partition("?")[0] if link else None


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    for image in (*fields.objects(post.get("postImages")), fields.mapping(post.get("postImage"))):
        if image:
            size = (image.get("width"), image.get("height"))
            media.add(role, "image", image.get("url"), size=size, alt=image.get("alt"))
    video = fields.mapping(post.get("postVideo"))
    if video:
        media.add(role, "video", fields.first(video.get("videoUrl"), video.get("url")))
        if role == "main" and fields.text(video.get("thumbnailUrl")):
            media.add("thumbnail", "image", video["thumbnailUrl"])
    _add_document(media, role, fields.mapping(post.get("document")))
    picture = fields.mapping(fields.mapping(post.get("article")).get("image"))
    if role == "main" and fields.text(picture.get("url")):
        size = (picture.get("width"), picture.get("height"))
        media.add("article", "image", picture["url"], size=size)


def _add_document(media: MediaList, role: MediaRole, document: Object) -> None:
    if not document:
        return
    manifest = fields.mapping(document.get("manifest"))
    links = (each.get("transcribedDocumentUrl") for each in (document, manifest))
    url = fields.first(*links, document.get("documentUrl"), document.get("url"))
    media.add(role, "document", url, alt=document.get("title"))
    covers = [
        cover
        for page in fields.objects(document.get("coverPages"))
        for cover in _texts(page.get("imageUrls"))
    ]
    if role == "main" and (cover := fields.first(*_texts(document.get("coverPages")), *covers)):
        media.add("thumbnail", "image", cover)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

"""Reads posts of Facebook pages and groups out of answers of Meta's Graph API.

https://developers.facebook.com/docs/graph-api/reference/page-post/ and .../story-attachment/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import EVERY, Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "facebook"

_PAGE = frozenset({"id", "name", "username"})
STREAMS = (
    Stream(("data",)),
    Stream(("posts", "data"), _PAGE),
    Stream(("feed", "data"), _PAGE),
    Stream(("published_posts", "data"), _PAGE),
    Stream(("data", EVERY, "photos", "data")),
    Stream(("photos", "data")),
)

Object = dict[str, Any]
_MARKS = frozenset(
    {
        "created_time",
        "updated_time",
        "permalink_url",
        "status_type",
        "full_picture",
        "attachments",
        "shares",
        "from",
    }
)
_PHOTO = frozenset({"id", "images", "created_time"})
#: What posts have not: comments count and name what they answer, albums count, businesses are verified.
_OF_OTHERS = frozenset({"comment_count", "can_remove", "like_count", "count", "verification_status"})
#: What ids of private messages begin with: of Messenger today and before, and of Instagram.
_MESSAGE = re.compile(r"m_|mid\.|aWdf")
#: The id of a post: that of the page or group, and its own.
_NUMBERS = re.compile(r"([0-9]+)_([0-9]+)")
_LISTS = ("posts", "feed", "published_posts")
_REACTIONS = ("like", "love", "wow", "haha", "sad", "angry", "care", "thankful")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, or a page with one."""
    return isinstance(value, dict) and (_is_post(value) or _of_page(value) is not None)


def _is_post(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or "created_time" not in value:
        return False
    is_told = bool({"message", "story"} & value.keys()) or value.keys() >= _PHOTO or _is_video(value)
    return is_told or len(_MARKS & value.keys()) >= 2


def _of_page(value: Object) -> Object | None:
    for name in _LISTS:
        data = fields.mapping(value.get(name)).get("data")
        if isinstance(data, list) and len(data) == 1 and _is_post(data[0]):
            post: Object = data[0]
            return post
    return None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments, private messages and albums are passed over."""
    page: Object = {}
    post = value
    if not _is_post(value):
        page, post = value, _of_page(value) or {}
    urn = fields.identifier(post.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    if _is_other(post, urn):
        yield PassedOver("is a comment, a message, an album or another object that is no post")
        return
    author = fields.mapping(post.get("from")) or page
    media = MediaList()
    for attachment in _attachments(post):
        _add(media, attachment)
    if not media.references():
        _add_without_attachments(media, post)
    picture = fields.mapping(fields.mapping(author.get("picture")).get("data")).get("url")
    if avatars and fields.text(picture):
        media.add("avatar", "image", picture)
    stats = _stats(post)
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(post.get("created_time")),
        author_username=fields.first(author.get("username")) or fields.identifier(author.get("id")),
        author_name=fields.text(author.get("name")),
        text_content=_text(post),
        post_type=fields.word(post.get("status_type"), post.get("type")),
        url=_link(post),
        engagement=Engagement(
            reactions=stats.get("reactions"), comments=stats.get("comments"), reposts=stats.get("shares")
        ),
        stats=storable(stats),
        media=media.references(),
        raw_json=raw,
    )


def _is_other(post: Object, urn: str) -> bool:
    """Tell whether an object is a private message, a comment, an album or a business."""
    is_comment = "comment_id=" in (fields.text(post.get("permalink_url")) or "")
    return bool(_MESSAGE.match(urn)) or is_comment or bool(_OF_OTHERS & post.keys())


def _text(post: Object) -> str:
    """Return the words of a post; photos have theirs as ``name``, videos as ``title`` and ``description``."""
    if said := fields.body(post.get("message")) or fields.body(post.get("story")):
        return said
    names = ("name",) if "images" in post else ("title", "description") if _is_video(post) else ()
    return "\n\n".join(filter(None, (fields.body(post.get(name)) for name in names)))


def _is_video(post: Object) -> bool:
    """Tell whether an object is a video and no post with one."""
    return "length" in post or post.keys() >= {"source", "format"}


def _link(post: Object) -> str | None:
    link = fields.first(post.get("permalink_url"), post.get("link"))
    if link is None and (number := _NUMBERS.fullmatch(str(post.get("id")))):
        return f"https://www.facebook.com/{number[1]}/posts/{number[2]}"
    return f"https://www.facebook.com{link}" if link and link.startswith("/") else link


def _stats(post: Object) -> dict[str, int]:
    found = {"shares": fields.whole(fields.mapping(post.get("shares")).get("count"))}
    for name in ("reactions", "comments", *_REACTIONS, "likes"):
        summary = fields.mapping(fields.mapping(post.get(name)).get("summary"))
        found[name] = fields.whole(summary.get("total_count"))
    if found["reactions"] is None:
        found["reactions"] = found["likes"]
    return {name: count for name, count in found.items() if count is not None}


def _attachments(post: Object) -> Iterator[Object]:
    """Yield the attachments; an album repeats its first picture outside of its parts."""
    for attachment in fields.objects(fields.mapping(post.get("attachments")).get("data")):
        parts = fields.objects(fields.mapping(attachment.get("subattachments")).get("data"))
        yield from parts or [attachment]


def _add_without_attachments(media: MediaList, post: Object) -> None:
    """Note what a post tells without its attachments, which have to be asked for and old versions had not."""
    if images := fields.objects(post.get("images")):
        best = max(images, key=lambda each: fields.side(each.get("width")) or 0)
        size = (best.get("width"), best.get("height"))
        media.add("main", "image", best.get("source"), size=size, media_id=post.get("id"))
        return
    picture = fields.first(post.get("full_picture"), post.get("picture"))
    kind = (fields.text(post.get("type")), fields.text(post.get("status_type")))
    is_video = _is_video(post)
    if is_video or fields.text(post.get("source")) or "video" in kind or "added_video" in kind:
        media_id = post.get("id") if is_video else post.get("object_id")
        media.add("main", "video", post.get("source"), media_id=media_id)
        if picture:
            media.add("thumbnail", "image", picture)
    elif picture:
        is_card = "link" in kind or "shared_story" in kind
        media.add("article" if is_card else "main", "image", picture)
    elif "/photos/" in (fields.text(post.get("link")) or ""):
        media.add("main", "image", None, media_id=post.get("id"))


def _add(media: MediaList, attachment: Object) -> None:
    facts = fields.mapping(attachment.get("media"))
    picture = fields.mapping(facts.get("image"))
    link, size = fields.text(picture.get("src")), (picture.get("width"), picture.get("height"))
    kind = f"{attachment.get('media_type')} {attachment.get('type')}".lower()
    target = fields.mapping(attachment.get("target")).get("id")
    if "video" in kind or fields.text(facts.get("source")):
        media.add("main", "video", facts.get("source"), size=size, media_id=target)
        if link:
            media.add("thumbnail", "image", link, size=size)
    elif link is None:
        return
    elif "photo" in kind or "album" in kind or "profile_media" in kind or "animated_image" in kind:
        media.add("main", "image", link, size=size, media_id=target)
    else:
        media.add("article", "image", link, size=size)

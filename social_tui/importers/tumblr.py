"""Reads posts of Tumblr out of answers of its API (https://www.tumblr.com/docs/en/api/v2).

A reblog shows the posts before it in its ``trail``, in the older form with itself as the last of them. There
its ``body`` has the words of all of them, and its title and files are those of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole, MediaType

PLATFORM = "tumblr"

STREAMS = (Stream(("response", "posts")),)

Object = dict[str, Any]
_MARKS = frozenset({"id", "blog_name", "post_url", "timestamp"})
_TEXTS = ("title", "body", "caption", "text", "question", "answer")
#: What a reblog in the older form has of the first post.
_OF_ROOT = ("title", "text", "question", "photos", "video_url", "thumbnail_url", "audio_url")
_BLOCKS: dict[str, MediaType] = {"image": "image", "video": "video", "audio": "audio"}
#: Blocks that have a picture beside, and what it is to the post.
_PICTURED: dict[str, MediaRole] = {"video": "thumbnail", "audio": "thumbnail", "link": "article"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, in the older form or in that of blocks."""
    return isinstance(value, dict) and value.keys() >= _MARKS and "category" not in value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = _urn(value)
    if urn is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    own = _own(value)
    _add_media(media, "main", own)
    nested = nested_posts(
        value, urn, inner=_inner, avatars=avatars, keep=lambda other: _add_media(media, "reshared", other)
    )
    is_reblog = bool(_others(value) or value.get("reblogged_from_id") or value.get("parent_post_url"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value["timestamp"]),
        author_username=fields.text(value["blog_name"]),
        author_name=fields.text(fields.mapping(value.get("blog")).get("title")),
        text_content=_text(own),
        post_type="repost" if is_reblog else fields.word(value.get("type")),
        url=fields.text(value["post_url"]),
        engagement=Engagement(reactions=fields.whole(value.get("note_count"))),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _urn(post: Object) -> str | None:
    return fields.identifier(post.get("id_string")) or fields.identifier(post["id"])


def _text(own: Object) -> str:
    words = [fields.plain(own.get(name)) for name in _TEXTS]
    words += [fields.body(block.get("text")) for block in fields.objects(own.get("content"))]
    return "\n\n".join(filter(None, words))


def _own(post: Object) -> Object:
    """Return what of a post is its own, by the names that posts have."""
    others = _others(post)
    if not others:
        return post
    known = [] if _root(others) is None else [*_OF_ROOT]
    # The words of the others are in these.
    own = {name: post[name] for name in post if name not in ("body", "caption", "answer", *known)}
    parts = [part for part in fields.objects(post.get("trail")) if _is_of(part, post)]
    if parts:
        return {**own, **_content(parts[-1])}
    # In the form of blocks they are the post's own words.
    comment = None if "content" in post else fields.mapping(post.get("reblog")).get("comment")
    return {**own, "body": comment}


def _is_of(part: Object, post: Object) -> bool:
    """Tell whether a part of the trail is the post itself."""
    number = _number(part)
    is_named = part.get("is_current_item") is True or _name(part) == fields.text(post["blog_name"])
    return is_named if number is None else number == _urn(post)


def _content(part: Object) -> Object:
    """Return what a part of the trail says: a list of blocks, or HTML."""
    content = part.get("content")
    if isinstance(content, list):
        return {"content": content}
    return {"body": fields.first(part.get("content_raw"), content)}


def _others(post: Object) -> list[Object]:
    """Return the posts before a reblog, the first of them first, each as a post that can stand alone."""
    return [_standing(part) for part in fields.objects(post.get("trail")) if not _is_of(part, post)]


def _standing(part: Object) -> Object:
    number, name = _number(part), _name(part)
    blog, facts = fields.mapping(part.get("blog")), fields.mapping(part.get("post"))
    home = fields.text(blog.get("url"))
    page = f"{home.rstrip('/')}/post/{number}" if home else f"https://www.tumblr.com/{name}/{number}"
    return {
        "id": number,
        "blog_name": name,
        "post_url": page,
        "timestamp": facts.get("timestamp"),
        "blog": {"name": name, "title": blog.get("title")},
        **_content(part),
    }


def _number(part: Object) -> str | None:
    return fields.identifier(fields.mapping(part.get("post")).get("id"))


def _name(part: Object) -> str | None:
    return fields.first(fields.mapping(part.get("blog")).get("name"), part.get("broken_blog_name"))


def _root(others: list[Object]) -> Object | None:
    """Return the first post of a trail if it can be told from others."""
    return others[0] if others and others[0]["id"] is not None else None


def _inner(post: Object) -> list[Inner]:
    """Return the posts that a reblog shows."""
    others = _others(post)
    if (root := _root(others)) is not None:
        root |= {name: post[name] for name in _OF_ROOT if post.get(name)}
    said = _own(post)
    is_bare = not _text(said) and not fields.objects(said.get("content"))
    return [("boosted" if is_bare else "reshared", other) for other in others]


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    _add_files(media, role, post)
    for block in fields.objects(post.get("content")):
        _add_block(media, role, block)


def _add_files(media: MediaList, role: MediaRole, post: Object) -> None:
    for photo in fields.objects(post.get("photos")):
        original = fields.mapping(photo.get("original_size"))
        size = (original.get("width"), original.get("height"))
        media.add(role, "image", original.get("url"), size=size, alt=photo.get("caption"))
    if fields.text(post.get("video_url")):
        media.add(role, "video", post["video_url"])
        if role == "main" and fields.text(post.get("thumbnail_url")):
            media.add("thumbnail", "image", post["thumbnail_url"])
    if fields.text(post.get("audio_url")):
        media.add(role, "audio", post["audio_url"])


def _add_block(media: MediaList, role: MediaRole, block: Object) -> None:
    kind = str(block.get("type"))
    poster = (fields.objects(block.get("poster")) or [{}])[0]
    if role == "main" and kind in _PICTURED and fields.text(poster.get("url")):
        media.add(_PICTURED[kind], "image", poster["url"])
    media_type = _BLOCKS.get(kind)
    if media_type is None:
        return
    facts = block.get("media")
    # A picture names its sizes, the largest first; a film has one file, or another network's page.
    best = (fields.objects(facts) or [{}])[0] if isinstance(facts, list) else fields.mapping(facts)
    link = fields.first(best.get("url"), block.get("url"))
    size = (best.get("width"), best.get("height"))
    media.add(role, media_type, link, size=size, alt=block.get("alt_text"))

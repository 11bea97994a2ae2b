"""Reads posts of Tumblr out of answers of its API (https://www.tumblr.com/docs/en/api/v2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole, MediaType

PLATFORM = "tumblr"

STREAMS = (Stream(("response", "posts")),)

Object = dict[str, Any]
_MARKS = frozenset({"id", "blog_name", "post_url", "timestamp"})
_TEXTS = ("title", "body", "caption", "text", "question", "answer")
_BLOCKS: dict[str, MediaType] = {"image": "image", "video": "video", "audio": "audio"}
#: Blocks that have a picture beside, and what it is to the post.
_PICTURED: dict[str, MediaRole] = {"video": "thumbnail", "audio": "thumbnail", "link": "article"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, in the older form or in that of blocks."""
    return isinstance(value, dict) and value.keys() >= _MARKS and "category" not in value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # the answers name none
    urn = fields.identifier(value.get("id_string")) or fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    blocks = fields.objects(value.get("content"))
    # What a reblog shows of the posts before it, the first of them first.
    trail = [
        block for part in fields.objects(value.get("trail")) for block in fields.objects(part.get("content"))
    ]
    media = MediaList()
    _add_media(media, value)
    for block in blocks:
        _add_block(media, "main", block)
    for block in trail:
        _add_block(media, "reshared", block)
    is_reblog = bool(trail or value.get("reblogged_from_id") or value.get("parent_post_url"))
    words = [fields.plain(value.get(name)) for name in _TEXTS]
    words += [fields.body(block.get("text")) for block in (*trail, *blocks)]
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value["timestamp"]),
        author_username=fields.text(value["blog_name"]),
        author_name=fields.text(fields.mapping(value.get("blog")).get("title")),
        text_content="\n\n".join(filter(None, words)),
        post_type="repost" if is_reblog else fields.word(value.get("type")),
        url=fields.text(value["post_url"]),
        engagement=Engagement(reactions=fields.whole(value.get("note_count"))),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, post: Object) -> None:
    for photo in fields.objects(post.get("photos")):
        original = fields.mapping(photo.get("original_size"))
        size = (original.get("width"), original.get("height"))
        media.add("main", "image", original.get("url"), size=size, alt=photo.get("caption"))
    if fields.text(post.get("video_url")):
        media.add("main", "video", post["video_url"])
        if fields.text(post.get("thumbnail_url")):
            media.add("thumbnail", "image", post["thumbnail_url"])
    if fields.text(post.get("audio_url")):
        media.add("main", "audio", post["audio_url"])


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

"""Reads posts of RedNote (Xiaohongshu) as its pages have them, which Zeeschuimer records.

The shape is not documented: it is read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat,
``datasources/xiaohongshu``). Answers of its API name the fields with underscores, its pages in camel case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "rednote"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COUNTS = ("liked_count", "collected_count", "comment_count", "share_count")
_COMMENT = frozenset({"content", "sub_comment_count", "user_info"})
_COMMENT_IN_CAMEL_CASE = frozenset({"content", "subCommentCount", "userInfo"})
#: What Zeeschuimer makes of the cards on a page.
_OF_HTML = frozenset({"id", "_zs-origin", "author_name", "thumbnail_url"})
_MARKS = frozenset({"interact_info", "interactInfo", "image_list", "imageList"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts, or a comment."""
    if not isinstance(value, dict):
        return False
    if _is_comment(value) or value.keys() >= _OF_HTML:
        return True
    note = _note(value)
    return "user" in note and not _MARKS.isdisjoint(note)


def _is_comment(value: Object) -> bool:
    return value.keys() >= _COMMENT or value.keys() >= _COMMENT_IN_CAMEL_CASE


def _note(value: Object) -> Object:
    return fields.mapping(value.get("note_card")) or fields.mapping(value.get("note")) or value


def _of_html(card: Object) -> Object:
    """Return a card as the API has a post."""
    return {
        "id": card["id"],
        "title": card.get("title"),
        "user": {"nickname": card["author_name"], "avatar": card.get("author_avatar_url")},
        "cover": {"url": card["thumbnail_url"]},
        "interact_info": {"liked_count": card.get("likes")},
    }


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    if _is_comment(value):
        yield PassedOver("is a comment")
        return
    if value.keys() >= _OF_HTML:
        value = _of_html(value)
    note = fields.in_snake_case(_note(value))
    identifiers = map(fields.identifier, (value.get("id"), note.get("note_id"), note.get("id")))
    urn = next(filter(None, identifiers), None)
    if urn is None:
        raise ImportRefusedError("has no id")
    user = fields.mapping(note.get("user"))
    media = MediaList()
    is_film = _add_media(media, note, urn)
    if avatars and fields.text(user.get("avatar")):
        media.add("avatar", "image", user["avatar"])
    facts = fields.mapping(note.get("interact_info"))
    counts = {name: fields.whole(facts.get(name)) for name in _COUNTS}
    words = (fields.first(note.get("title"), note.get("display_title")), fields.body(note.get("desc")))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(note.get("time")),
        author_username=fields.identifier(user.get("user_id")) or fields.text(user.get("nickname")),
        author_name=fields.first(user.get("nickname"), user.get("nick_name")),
        text_content="\n\n".join(filter(None, words)),
        post_type="video" if is_film else "image",
        url=f"https://www.xiaohongshu.com/explore/{urn}",
        engagement=Engagement(
            reactions=counts["liked_count"], comments=counts["comment_count"], reposts=counts["share_count"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, note: Object, urn: str) -> bool:
    """Note the film, if there is one, and the pictures; tell whether there is a film."""
    streams = fields.mapping(fields.mapping(fields.mapping(note.get("video")).get("media")).get("stream"))
    films = [film for codec in ("h264", "h265", "av1", "h266") for film in fields.objects(streams.get(codec))]
    is_film = bool(films) or note.get("type") == "video"
    if is_film:
        film = films[0] if films else {}
        size = (film.get("width"), film.get("height"))
        media.add("main", "video", film.get("master_url"), size=size, media_id=urn)
    for image in fields.objects(note.get("image_list")) or fields.objects([note.get("cover")]):
        shown = [each.get("url") for each in fields.objects(image.get("info_list"))]
        link = fields.first(image.get("url_default"), *reversed(shown), image.get("url"))
        size = (image.get("width"), image.get("height"))
        media.add("thumbnail" if is_film else "main", "image", link, size=size)
    return is_film

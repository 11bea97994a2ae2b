"""Reads notes of Misskey and of its relatives (Firefish, Sharkey, CherryPick) as their API has them.

https://misskey-hub.net/docs/for-developers/api/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "misskey"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "createdAt", "userId", "visibility", "text"})
_OWN = frozenset({"fileIds", "files", "renoteId", "reactions"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a note."""
    return isinstance(value, dict) and value.keys() >= _MARKS and len(_OWN & value.keys()) >= 2


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    user = fields.mapping(value.get("user"))
    media = MediaList()
    _add_media(media, "main", value)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", other),
    )
    if avatars and fields.text(user.get("avatarUrl")):
        media.add("avatar", "image", user["avatarUrl"])
    # By their emoji.
    reactions = fields.mapping(value.get("reactions")).values()
    counts = {
        "reactions": fields.total([0, *reactions]) if "reactions" in value else None,
        "replies": fields.whole(value.get("repliesCount")),
        "renotes": fields.whole(value.get("renoteCount")),
    }
    words = (fields.body(value.get(name)) for name in ("cw", "text"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.text(value.get("uri")),
        posted_at_timestamp=fields.milliseconds(value["createdAt"]),
        author_username=_handle(user) or fields.identifier(value["userId"]),
        author_name=fields.text(user.get("name")),
        text_content="\n\n".join(filter(None, words)),
        post_type=_post_type(value),
        url=fields.first(value.get("url"), value.get("uri")),
        engagement=Engagement(
            reactions=counts["reactions"], comments=counts["replies"], reposts=counts["renotes"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _handle(user: Object) -> str | None:
    """Return the name of an account, with its server where that is another one."""
    name, host = fields.text(user.get("username")), fields.text(user.get("host"))
    return f"{name}@{host}" if name and host else name


def _inner(note: Object) -> list[Inner]:
    renoted, answered = fields.mapping(note.get("renote")), fields.mapping(note.get("reply"))
    found: list[Inner] = [("quoted" if _has_words(note) else "boosted", renoted)] if renoted else []
    return [*found, ("replied_to", answered)] if answered else found


def _has_words(note: Object) -> bool:
    return bool(fields.text(note.get("text")) or note.get("files"))


def _post_type(note: Object) -> str:
    if note.get("renoteId"):
        return "quote" if _has_words(note) else "repost"
    return "reply" if note.get("replyId") else "regular"


def _add_media(media: MediaList, role: MediaRole, note: Object) -> None:
    for file in fields.objects(note.get("files")):
        media_type = type_of_mime(file.get("type"), type_of_name(fields.text(file.get("name")), "document"))
        properties = fields.mapping(file.get("properties"))
        media.add(
            role,
            media_type,
            file.get("url"),
            size=(properties.get("width"), properties.get("height")),
            alt=file.get("comment"),
            media_id=file.get("id"),
        )
        if role == "main" and media_type == "video" and fields.text(file.get("thumbnailUrl")):
            media.add("thumbnail", "image", file["thumbnailUrl"])

"""Reads posts of Minds out of answers of its API (https://gitlab.com/minds/engine)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.articles import address
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "minds"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"guid", "owner_guid", "time_created", "ownerObj"})
_SITE = "https://www.minds.com/"
_COUNTS = ("thumbs:up:count", "thumbs:down:count", "comments:count", "reminds", "quotes", "impressions")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, alone or in an entry of a feed."""
    return isinstance(value, dict) and (_is_post(value) or _is_post(value.get("entity")))


def _is_post(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    post = value if _is_post(value) else value["entity"]
    if post.get("type") == "comment":
        yield PassedOver("is a comment")
        return
    if post.get("type") in ("user", "group"):
        yield PassedOver("is an account or a group")
        return
    urn = fields.identifier(post["guid"])
    if urn is None:
        raise ImportRefusedError("has no id")
    author = fields.mapping(post["ownerObj"])
    media = MediaList()
    nested = nested_posts(
        post, urn, inner=_inner, avatars=avatars, keep=lambda other: _add_media(media, "reshared", other)
    )
    words = [fields.body(post.get(name)) for name in ("title", "message")]
    is_repost = bool(nested) and not any(words)
    if not is_repost:
        _add_media(media, "main", post)
    if avatars and (picture := address(author.get("avatar_url"), _SITE)):
        media.add("avatar", "image", picture)
    counts = {name: fields.whole(post.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(post["time_created"]),
        author_username=fields.text(author.get("username")) or fields.identifier(post["owner_guid"]),
        author_name=fields.text(author.get("name")),
        text_content="\n\n".join(filter(None, words)),
        post_type="repost" if is_repost else "quote" if nested else fields.word(post.get("custom_type")),
        url=f"{_SITE}newsfeed/{urn}",
        engagement=Engagement(
            reactions=counts["thumbs:up:count"],
            comments=counts["comments:count"],
            reposts=counts["reminds"],
            views=counts["impressions"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _inner(value: Object) -> list[Inner]:
    post = value if _is_post(value) else fields.mapping(value.get("entity"))
    other = fields.mapping(post.get("remind_object"))
    is_quote = bool(fields.text(post.get("message"))) or post.get("is_remind") is False
    return [("quoted" if is_quote else "boosted", other)] if _is_post(other) else []


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    told = post.get("custom_data")
    if post.get("custom_type") == "video":
        facts = fields.mapping(told)
        size = (facts.get("width"), facts.get("height"))
        number = facts.get("guid") or post.get("entity_guid")
        media.add(role, "video", address(facts.get("src"), _SITE), size=size, media_id=number)
        if role == "main" and (cover := address(facts.get("thumbnail_src"), _SITE)):
            media.add("thumbnail", "image", cover)
        return
    for picture in fields.objects(told):
        link = address(picture.get("src"), _SITE)
        if link:
            size = (picture.get("width"), picture.get("height"))
            media.add(role, type_of_name(link, "image"), link, size=size, media_id=post.get("entity_guid"))
    card = address(post.get("thumbnail_src"), _SITE) if fields.text(post.get("perma_url")) else None
    if role == "main" and card:
        media.add("article", "image", card)

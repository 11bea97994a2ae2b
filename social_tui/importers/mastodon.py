"""Reads posts out of answers of the Mastodon API, which Pleroma, Pixelfed and Truth Social speak too.

https://docs.joinmastodon.org/entities/Status/ and .../MediaAttachment/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole, MediaType
from social_tui.text import storable

PLATFORM = "mastodon"

#: The context of a post, and the answer of a search.
STREAMS = (Stream(("ancestors",)), Stream(("descendants",)), Stream(("statuses",)))

Object = dict[str, Any]
_MARKS = frozenset(
    {
        "media_attachments",
        "reblogs_count",
        "reposts_count",
        "favourites_count",
        "spoiler_text",
        "visibility",
        "reblog",
        "uri",
    }
)
_ACCOUNT = frozenset({"id", "username", "acct", "followers_count", "statuses_count"})
_COUNTS = ("favourites_count", "replies_count", "reblogs_count", "quotes_count")
#: What Gab calls the same.
_GABS = {"favourites_count": "reaction_count", "reblogs_count": "reposts_count"}
_TYPES: dict[str, MediaType] = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of this API, or an account."""
    return _is_status(value) or _is_account(value)


def _is_status(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("account"), dict)
        and "id" in value
        and "content" in value
        and len(_MARKS & value.keys()) >= 2
    )


def _is_account(value: Any) -> bool:
    """Tell whether a value is an account (https://docs.joinmastodon.org/entities/Account/) without posts."""
    is_one = isinstance(value, dict) and value.keys() >= _ACCOUNT and "content" not in value
    return is_one and not any(
        _is_status(each) for inner in value.values() for each in (inner, *fields.objects(inner))
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; accounts are passed over."""
    if _is_account(value):
        yield PassedOver("is an account, which is no post")
        return
    urn = fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    account = fields.mapping(value.get("account"))
    media = MediaList()
    # A boost repeats the media of the post that it boosts.
    if not fields.mapping(value.get("reblog")):
        _add_media(media, "main", value)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", other),
    )
    if avatars and fields.text(account.get("avatar")):
        media.add("avatar", "image", account["avatar"])
    counts = {name: fields.whole(value.get(name, value.get(_GABS.get(name, name)))) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.text(value.get("uri")),
        posted_at_timestamp=fields.milliseconds(value.get("created_at")),
        author_username=fields.first(account.get("acct"), account.get("username")),
        author_name=fields.text(account.get("display_name")),
        text_content=_text(value),
        post_type=_post_type(value),
        url=fields.first(value.get("url"), value.get("uri")),
        engagement=Engagement(
            reactions=counts["favourites_count"],
            comments=counts["replies_count"],
            reposts=counts["reblogs_count"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _text(status: Object) -> str:
    """Return the words of a post, after the warning that its author put before them."""
    return "\n\n".join(filter(None, (fields.plain(status.get(name)) for name in ("spoiler_text", "content"))))


def _inner(status: Object) -> list[Inner]:
    found: tuple[Inner, ...] = (
        ("boosted", fields.mapping(status.get("reblog"))),
        ("quoted", _quoted(status)),
    )
    return [(relation, other) for relation, other in found if other]


def _quoted(status: Object) -> Object:
    """Return the quoted post: inside its approval since Mastodon 4.5, bare in what had quotes before."""
    quote = fields.mapping(status.get("quote"))
    return fields.mapping(quote.get("quoted_status")) or (quote if "account" in quote else {})


def _post_type(status: Object) -> str:
    relations = [relation for relation, _ in _inner(status)]
    if "boosted" in relations:
        return "repost"
    if "quoted" in relations:
        return "quote"
    return "reply" if status.get("in_reply_to_id") else "regular"


def _add_media(media: MediaList, role: MediaRole, status: Object) -> None:
    for attachment in fields.objects(status.get("media_attachments")):
        # On the author's own server, for media that this one has not fetched or has thrown away.
        url = fields.first(attachment.get("url"), attachment.get("remote_url"))
        media_type = _TYPES.get(str(attachment.get("type"))) or type_of_name(url, "document")
        if attachment.get("type") == "tv":  # films of Truth Social's own channels, which have a picture alone
            media.add(role, "video", None, media_id=attachment.get("id"))
            if role == "main" and url:
                media.add("thumbnail", "image", url)
            continue
        meta = fields.mapping(attachment.get("meta"))
        original = fields.mapping(meta.get("original")) or meta
        media.add(
            role,
            media_type,
            url,
            size=(original.get("width"), original.get("height")),
            alt=attachment.get("description"),
            media_id=attachment.get("id"),
        )
        preview = fields.first(attachment.get("preview_url"), attachment.get("preview_remote_url"))
        if role == "main" and media_type in ("video", "audio") and preview not in (None, url):
            media.add("thumbnail", "image", preview)
    card = fields.mapping(status.get("card"))
    if role == "main" and fields.text(card.get("image")):
        size = (card.get("width"), card.get("height")) if card.get("type") == "photo" else (None, None)
        media.add("article", "image", card["image"], size=size, alt=card.get("image_description"))

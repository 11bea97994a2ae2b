"""Reads posts of Imgur as its API has them, and as its pages have them, which Zeeschuimer records.

https://api.imgur.com/models/gallery_album and its like. The shape of the pages is not documented: it is read
as 4CAT does (https://github.com/digitalmethodsinitiative/4cat, ``datasources/imgur``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, Stream
from social_tui.text import storable

PLATFORM = "imgur"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COUNTS = ("point_count", "upvote_count", "downvote_count", "comment_count", "favorite_count", "view_count")


_OF_PAGES = frozenset({"id", "account_id", "point_count", "image_count"})
_OF_API = frozenset({"id", "datetime", "link", "account_url", "views", "favorite"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return isinstance(value, dict) and (value.keys() >= _OF_PAGES or value.keys() >= _OF_API)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    if "point_count" not in value:
        value = _as_of_pages(value)
    identifier = fields.identifier(value.get("id"))
    if identifier is None:
        raise ImportRefusedError("has no id")
    account = fields.mapping(value.get("account"))
    media = MediaList()
    # Lists of posts tell the cover alone.
    for part in fields.objects(value.get("media")) or [fields.mapping(value.get("cover"))]:
        link = fields.text(part.get("url"))
        declared = type_of_mime(part.get("mime_type"), type_of_name(link, "image"))
        media_type = "video" if part.get("type") == "video" else declared
        size = (part.get("width"), part.get("height"))
        alt = fields.mapping(part.get("metadata")).get("description")
        media.add(
            "main", media_type, link, size=size, alt=alt, media_id=part.get("id") or value.get("cover_id")
        )
    if avatars and fields.text(account.get("avatar_url")):
        media.add("avatar", "image", account["avatar_url"])
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=identifier,
        posted_at_timestamp=fields.milliseconds_utc(value.get("created_at")),
        author_username=fields.text(account.get("username")) or fields.identifier(value.get("account_id")),
        text_content="\n\n".join(
            filter(None, (fields.body(value.get(name)) for name in ("title", "description")))
        ),
        post_type="album" if value.get("is_album") is True else None,
        url=fields.text(value.get("url")) or f"https://imgur.com/gallery/{identifier}",
        engagement=Engagement(
            reactions=counts["upvote_count"] if counts["upvote_count"] is not None else counts["point_count"],
            comments=counts["comment_count"],
            views=counts["view_count"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _as_of_pages(value: Object) -> Object:
    """Return a post of the API with the names that the pages have for the same."""
    # Whoever asks for an album by its id is not told that it is one.
    is_album = value.get("is_album", "images" in value) is True
    pictures = fields.objects(value.get("images")) if is_album else [value]
    return {
        **value,
        "account": {"username": value["account_url"]},
        "created_at": value["datetime"],
        "cover_id": value.get("cover"),
        "point_count": value.get("points"),
        "upvote_count": value.get("ups"),
        "downvote_count": value.get("downs"),
        "view_count": value["views"],
        "url": value["link"] if is_album else None,
        # The link of what moves is that of a picture, or of the film itself.
        "media": [
            {
                "id": picture.get("id"),
                "url": fields.first(picture.get("mp4"), picture.get("link")),
                "width": picture.get("width"),
                "height": picture.get("height"),
                "metadata": {"description": None if picture is value else picture.get("description")},
            }
            for picture in pictures
        ],
    }

"""Reads posts out of the tables that 4CAT exports, whichever network they are of.

https://github.com/digitalmethodsinitiative/4cat, ``map_item`` of each data source: they share the names of
the columns for the post and its author, and differ in those for media and counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole, MediaType

STREAMS: tuple[Stream, ...] = ()

Row = dict[str, Any]
_COLUMNS = frozenset({"id", "thread_id", "body", "timestamp", "author"})
_HOSTS = {
    "instagram.com": "instagram",
    "tiktok.com": "tiktok",
    "x.com": "x",
    "twitter.com": "x",
    "facebook.com": "facebook",
    "linkedin.com": "linkedin",
    "bsky.app": "bluesky",
    "t.me": "telegram",
    "reddit.com": "reddit",
    "youtube.com": "youtube",
    "threads.net": "threads",
    "threads.com": "threads",
    "truthsocial.com": "mastodon",
}
_LINKS = ("link", "post_url", "tiktok_url", "url")
#: Columns that only the tables of one network have, where no link tells which it is.
_OWN_COLUMNS: dict[frozenset[str], str] = {
    frozenset({"chat"}): "telegram",
    frozenset({"subreddit", "score"}): "reddit",
    frozenset({"video_id", "channel_id"}): "youtube",
}
_NAMES = ("author_fullname", "author_full", "author_name", "author_display_name", "account_display_name")
_COUNTS = {
    "reactions": ("likes", "num_likes", "like_count", "favourites_count", "video_like_count", "score"),
    "comments": ("comments", "num_comments", "reply_count", "replies_count", "video_comment_count"),
    "reposts": ("shares", "retweet_count", "repost_count", "reblogs_count"),
    "views": ("plays", "impression_count", "views", "video_view_count"),
}
#: Columns of links with commas between them; what stands first is what the post itself carries.
_MEDIA: tuple[tuple[str, MediaRole, MediaType], ...] = (
    ("media_urls", "main", "image"),
    ("images", "main", "image"),
    ("image_url", "main", "image"),
    ("videos", "main", "video"),
    ("video_url", "main", "video"),
    ("video_urls", "main", "video"),
    ("thumbnail_url", "thumbnail", "image"),
    ("video_thumb_url", "thumbnail", "image"),
    ("video_thumbnail", "thumbnail", "image"),
    ("video_thumbs", "thumbnail", "image"),
    ("quote_images", "reshared", "image"),
    ("quote_videos", "reshared", "video"),
)
_AVATARS = ("author_avatar_url", "author_avatar", "account_avatar")
#: A comma may stand inside of a link: the next one begins where its scheme does.
_BETWEEN_LINKS = re.compile(r",\s*(?=https?://)")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return (
        isinstance(value, dict)
        and value.keys() >= _COLUMNS
        and all(isinstance(field, str) for field in value.values())
    )


def parse(value: Row, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    urn = fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    link = next((link for name in _LINKS if (link := fields.text(value.get(name))) and _platform(link)), None)
    platform = _platform(link) or next(
        (name for columns, name in _OWN_COLUMNS.items() if columns <= value.keys()), "web"
    )
    if platform == "reddit" and urn != value["thread_id"]:
        yield PassedOver("is a comment")
        return
    counts = {
        name: next((count for each in names if (count := fields.whole(value.get(each))) is not None), None)
        for name, names in _COUNTS.items()
    }
    yield ParsedPost(
        platform=platform,
        urn=f"t3_{urn}" if platform == "reddit" and not urn.startswith("t3_") else urn,
        posted_at_timestamp=_time(value),
        author_username=fields.text(value["author"]),
        author_name=fields.first(*(value.get(name) for name in _NAMES)),
        text_content="\n\n".join(
            filter(None, (fields.body(value.get(name)) for name in ("subject", "body")))
        ),
        post_type=fields.word(value.get("media_type"), value.get("type")),
        url=link,
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=_media(value, avatars=avatars).references(),
        raw_json=raw,
    )


def _platform(link: str | None) -> str | None:
    try:
        host = urlsplit(link or "").hostname or ""
    except ValueError:
        return None
    return next((name for end, name in _HOSTS.items() if host == end or host.endswith(f".{end}")), None)


def _time(row: Row) -> int | None:
    exact = fields.milliseconds(row.get("unix_timestamp")) or fields.milliseconds(row.get("created_at"))
    return exact or fields.milliseconds_utc(row["timestamp"])


def _links(value: Any) -> list[str]:
    return [link for link in _BETWEEN_LINKS.split(value) if link.strip()] if isinstance(value, str) else []


def _media(row: Row, *, avatars: bool) -> MediaList:
    media = MediaList()
    for name, role, media_type in _MEDIA:
        for link in _links(row.get(name)):
            media.add(role, type_of_name(link, media_type), link)
    # Of Reddit the link may be the picture itself.
    if "subreddit" in row and type_of_name(row.get("url"), "document") in ("image", "video"):
        media.add("main", type_of_name(row["url"], "image"), row["url"])
    # What Instagram shows of a post: its pictures, or the covers of its videos where the media stand apart.
    for link in _links(row.get("image_urls")):
        media.add("thumbnail" if _links(row.get("media_urls")) else "main", "image", link)
    if avatars and (avatar := fields.first(*(row.get(name) for name in _AVATARS))):
        media.add("avatar", "image", avatar)
    return media

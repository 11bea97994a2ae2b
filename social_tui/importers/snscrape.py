"""Reads posts as snscrape writes them one a line, whatever their network, and as twscrape does after it.

https://github.com/JustAnotherArchivist/snscrape, https://github.com/vladkens/twscrape. Every object names its
class in ``_type``: ``snscrape.modules.twitter.Tweet``; twscrape's have the names of that class alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, x_links
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.python_text import opened
from social_tui.models import MediaRole
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MODULES = "snscrape.modules."
_PLATFORMS = {"twitter": "x", "vkontakte": "vk"}
_TWSCRAPE = frozenset({"rawContent", "id_str", "user", "date"})
#: Tables that pandas made of posts of X do not name the class; lists and objects are printed in their cells.
_TABLE = frozenset({"url", "date", "id", "user", "renderedContent", "conversationId"})
_PRINTED = frozenset({"user", "media", "photos", "videos", "animated", "retweetedTweet", "quotedTweet"})
_STATUS = re.compile(r"https://(?:x|twitter)\.com/(?!i/)(\w{1,15})/status/", re.ASCII)
_TEXTS = ("rawContent", "content", "renderedContent", "selftext", "body", "title")
_PICTURES = ("displayUrl", "linkedImage", "photo", "image")
_COUNTS = {
    "reactions": ("likeCount", "likes", "favouritesCount", "score"),
    "comments": ("replyCount", "comments", "commentCount"),
    "reposts": ("retweetCount", "boostCount", "repostsCount", "shareCount"),
    "views": ("viewCount", "views"),
}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    if not isinstance(value, dict):
        return False
    is_bare = value.keys() >= _TWSCRAPE or value.keys() >= _TABLE
    return is_bare or str(value.get("_type")).startswith(_MODULES)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; accounts and places of posts that are gone are passed over."""
    if any(isinstance(value.get(name), str) for name in _PRINTED):
        value = opened(value, _PRINTED)
    named = str(value.get("_type", "twitter.Tweet")).removeprefix(_MODULES)
    module, _, kind = named.partition(".")
    link = fields.first(value.get("url"), value.get("cleanUrl"))
    if "date" not in value or kind in ("User", "Channel", "Group", "Comment"):
        yield PassedOver("is an account, a comment or a place of a post that is gone")
        return
    platform = _PLATFORMS.get(module, module)
    urn = _id(platform, value, link)
    user = fields.mapping(value.get("user"))
    username = fields.first(
        user.get("username"),
        value.get("username"),
        value.get("author"),
        _channel(link) if module == "telegram" else None,
        _account(link) if platform == x_links.PLATFORM else None,
    )
    media = MediaList()
    nested = nested_posts(
        value, urn, inner=_inner, avatars=avatars, keep=lambda other: _add_media(media, "reshared", other)
    )
    if "boosted" not in (each.relation for each in nested):
        _add_media(media, "main", value)
    if avatars and fields.text(user.get("profileImageUrl")):
        media.add("avatar", "image", user["profileImageUrl"])
    counts = {
        name: next((count for each in names if (count := fields.whole(value.get(each))) is not None), None)
        for name, names in _COUNTS.items()
    }
    yield ParsedPost(
        platform=platform,
        urn=urn,
        posted_at_timestamp=fields.milliseconds_utc(value.get("date")),
        author_username=username,
        author_name=fields.first(user.get("displayname"), user.get("displayName"), user.get("name")),
        text_content=x_links.said(_text(value)) if platform == x_links.PLATFORM else _text(value),
        post_type=_post_type(value),
        url=link,
        engagement=Engagement(**counts),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _id(platform: str, value: Object, link: str | None) -> str:
    """Return the id as other formats of the network have it, else the last part of the link."""
    own = fields.identifier(value.get("id_str")) or fields.identifier(value.get("id"))
    parts = [part for part in (link or "").partition("?")[0].split("/") if part]
    last = fields.identifier(parts[-1]) if parts else None
    found = x_links.post_id(own, last) if platform == "x" else own or last
    if found is None:
        raise ImportRefusedError("has no id")
    known = platform in ("x", "reddit", "instagram", "facebook", "mastodon")
    return found if known or link is None else link


def _channel(link: str | None) -> str | None:
    parts = (link or "").rstrip("/").split("/")
    return parts[-2] if len(parts) > 2 else None


def _account(link: str | None) -> str | None:
    """Return the author of a post of X by its link, as tables have the link of the account in its place."""
    match = _STATUS.match(link or "")
    return match[1] if match else None


def _text(value: Object) -> str:
    title = fields.body(value.get("title"))
    words = next(filter(None, (fields.body(value.get(name)) for name in _TEXTS)), "")
    return "\n\n".join(filter(None, (title, words if words != title else "")))


def _inner(value: Object) -> list[Inner]:
    found: tuple[Inner, ...] = (
        ("boosted", fields.mapping(value.get("retweetedTweet"))),
        ("quoted", fields.mapping(value.get("quotedTweet"))),
    )
    return [(relation, other) for relation, other in found if "date" in other]


def _post_type(value: Object) -> str:
    relations = [relation for relation, _ in _inner(value)]
    if "boosted" in relations:
        return "repost"
    if "quoted" in relations:
        return "quote"
    return "reply" if value.get("inReplyToTweetId") else "regular"


def _add_media(media: MediaList, role: MediaRole, value: Object) -> None:
    found = value.get("media")
    if isinstance(found, dict):  # twscrape's, by their kinds
        found = [
            each for kind in ("photos", "videos", "animated") for each in fields.objects(found.get(kind))
        ]
    for each in fields.objects(found):
        thumbnail = fields.text(each.get("thumbnailUrl"))
        video = x_links.best_variant(_variants(each.get("variants")), "bitrate") or fields.text(
            each.get("videoUrl")
        )
        if video or thumbnail:
            media.add(role, "video", video, alt=each.get("altText"))
            if role == "main" and thumbnail:
                media.add("thumbnail", "image", thumbnail)
        else:
            picture = fields.first(each.get("fullUrl"), each.get("url"), each.get("previewUrl"))
            media.add(role, "image", picture, alt=each.get("altText"))
    if not found:
        for name in (*_PICTURES, "link"):
            link = fields.text(value.get(name))
            if link and (name != "link" or type_of_name(link, "document") in ("image", "video")):
                media.add(role, type_of_name(link, "image"), link)


def _variants(value: Any) -> list[Object]:
    """Return variants with the name that X has for their type."""
    return [{**each, "content_type": each.get("contentType")} for each in fields.objects(value)]

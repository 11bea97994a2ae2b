"""Reads posts of X as actors of Apify export them, whose names are those of apidojo's tweet scraper.

https://apify.com/apidojo/tweet-scraper; their media are X's own objects, so ``x_tweet`` reads the posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers import fields, x_links, x_tweet
from social_tui.importers.media import type_of_name
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"likeCount", "retweetCount", "replyCount", "twitterUrl", "isRetweet", "isQuote"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these posts."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("author"), dict)
        and "userName" in value["author"]
        and "id" in value
        and bool({"text", "fullText"} & value.keys())
        and len(_MARKS & value.keys()) >= 2
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    yield from x_tweet.parse(_page(value), raw, avatars=avatars)


def _page(value: Object) -> Object:
    """Return a post as the pages of X have it."""
    author = fields.mapping(value.get("author"))
    tweet = {
        "id_str": value.get("id"),
        "full_text": value.get("fullText") or value.get("text"),
        "created_at": value.get("createdAt"),
        "user_id_str": author.get("id"),
        "favorite_count": value.get("likeCount"),
        "reply_count": value.get("replyCount"),
        "retweet_count": value.get("retweetCount"),
        "quote_count": value.get("quoteCount"),
        "bookmark_count": value.get("bookmarkCount"),
        "is_quote_status": value.get("isQuote"),
        "in_reply_to_status_id_str": value.get("inReplyToId") or (value.get("isReply") is True),
        "retweeted_status": _inner(value, "retweet", "retweeted_tweet"),
        "quoted_status": _inner(value, "quote", "quoted_tweet"),
        "extended_entities": value.get("extendedEntities"),
        "entities": value.get("entities"),
        "mediaDetails": _links(value.get("media")),
    }
    user = {
        "screen_name": author.get("userName"),
        "name": author.get("name"),
        "profile_image_url_https": author.get("profilePicture"),
    }
    return {
        "rest_id": value.get("id"),
        "legacy": tweet,
        "core": {"user_results": {"result": {"legacy": user}}},
        "views": {"count": value.get("viewCount")},
    }


def _links(media: Any) -> list[Object]:
    """Return media that are told as bare links, which count where the objects were left out."""
    links = list(filter(None, map(fields.text, media))) if isinstance(media, list) else []
    return fields.objects(media) + [
        {"type": "video", "video_info": {"variants": [{"url": link}]}}
        if type_of_name(link, "image") == "video"
        else {"type": "photo", "media_url_https": link}
        for link in links
    ]


def _inner(value: Object, *names: str) -> Object:
    """Return a post inside of a post as it stands; one without an id, for its media, as the pages have it."""
    other = next(filter(None, (fields.mapping(value.get(name)) for name in names)), {})
    return _page(other)["legacy"] if other and x_links.post_id(other.get("id")) is None else other

"""Reads posts of X out of the tables of tools that write rows of their own, by giving them the classic shape.

DMI-TCAT (https://github.com/digitalmethodsinitiative/dmi-tcat, ``analysis/mod.export_tweets.php``), NodeXL
(its sheet of edges, with a row for each account that a post mentions), Vicinitas, Social Feed Manager
(https://github.com/gwu-libraries/social-feed-manager), X's own analytics, what tutorials of snscrape write,
rtweet (https://docs.ropensci.org/rtweet) and academictwitteR (https://github.com/cjbarrie/academictwitteR).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from social_tui.importers import fields, x_links, x_tweet
from social_tui.importers.network_links import in_zone_of_id
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import web_address

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_BETWEEN = re.compile(r"[;,|\s]+")
_TYPES = {
    "photo": "photo",
    "image": "photo",
    "video": "video",
    "animated_gif": "animated_gif",
    "gif": "animated_gif",
}


@dataclass(frozen=True)
class _Table:
    """The columns of one tool.

    Args:
        mark: The rarest of what all its tables have.
        has: What all its tables have, and no other all together.
        kind: What says in a word what a post is.
        repost_of: What is there of reposts alone.
        media: Links of media, several in one field or one in each.
        types: The types of the media, in their order.
        sides: Their widths and heights, likewise.
    """

    mark: str
    has: frozenset[str]
    id: str
    text: str
    time: tuple[str, ...]
    link: str = ""
    author: str = ""
    name: str = ""
    reactions: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    reposts: tuple[str, ...] = ()
    views: str = ""
    kind: str = ""
    repost_of: str = ""
    reply_to: str = ""
    quote_of: str = ""
    media: tuple[str, ...] = ()
    types: str = ""
    sides: tuple[str, str] = ("", "")
    avatar: str = ""


_TABLES = (
    _Table(
        "from_user_name",
        frozenset({"id", "time", "created_at", "from_user_name", "text", "from_user_followercount"}),
        id="id",
        text="text",
        time=("time", "created_at"),
        author="from_user_name",
        name="from_user_realname",
        reactions=("favorite_count",),
        reposts=("retweet_count",),
        reply_to="in_reply_to_status_id",
        quote_of="quoted_status_id",
        media=("media_urls",),
        types="media_type",
        sides=("photo_sizes_width", "photo_sizes_height"),
        avatar="from_user_profile_image_url",
    ),
    _Table(
        "Vertex 1",
        frozenset({"Vertex 1", "Vertex 2", "Relationship", "Tweet", "Imported ID"}),
        id="Imported ID",
        text="Tweet",
        time=("Tweet Date (UTC)", "Relationship Date (UTC)"),
        link="Twitter Page for Tweet",
        author="Vertex 1",
        reactions=("Favorite Count",),
        reposts=("Retweet Count",),
        reply_to="In-Reply-To Tweet ID",
        quote_of="Quoted Status ID",
        repost_of="Retweet ID",
        media=("Media in Tweet",),
    ),
    _Table(
        "Tweet Type",
        frozenset({"Tweet Id", "Text", "Screen Name", "UTC", "Tweet Type"}),
        id="Tweet Id",
        text="Text",
        time=("UTC", "Created At"),
        author="Screen Name",
        name="Name",
        reactions=("Favorites",),
        reposts=("Retweets",),
        kind="Tweet Type",
        media=("Media URLs", *(f"Media URL {number}" for number in range(1, 5))),
        types="Media Type",
    ),
    _Table(
        "sfm_id",
        frozenset({"sfm_id", "twitter_id", "screen_name", "text", "created_at"}),
        id="twitter_id",
        text="text",
        time=("created_at",),
        author="screen_name",
        reposts=("retweet_count",),
    ),
    _Table(
        "Tweet permalink",
        frozenset({"Tweet id", "Tweet permalink", "Tweet text", "time", "impressions"}),
        id="Tweet id",
        text="Tweet text",
        time=("time",),
        link="Tweet permalink",
        reactions=("likes", "favorites"),
        comments=("replies",),
        reposts=("retweets",),
        views="impressions",
    ),
    _Table(
        "Post Link",
        frozenset({"Post id", "Post text", "Post Link", "Impressions"}),
        id="Post id",
        text="Post text",
        time=("Date",),
        link="Post Link",
        reactions=("Likes",),
        comments=("Replies",),
        reposts=("Reposts",),
        views="Impressions",
    ),
    _Table(
        "status_id",
        frozenset({"status_id", "screen_name", "text", "created_at", "is_retweet"}),
        id="status_id",
        text="text",
        time=("created_at",),
        link="status_url",
        author="screen_name",
        name="name",
        reactions=("favorite_count",),
        comments=("reply_count",),
        reposts=("retweet_count",),
        repost_of="retweet_status_id",
        reply_to="reply_to_status_id",
        quote_of="quoted_status_id",
        media=("ext_media_url", "media_url"),
        types="media_type",
        avatar="profile_image_url",
    ),
    _Table(
        "user_username",
        frozenset({"tweet_id", "user_username", "text", "created_at", "author_id"}),
        id="tweet_id",
        text="text",
        time=("created_at",),
        author="user_username",
        name="user_name",
        reactions=("like_count",),
        reposts=("retweet_count",),
        kind="sourcetweet_type",
        avatar="user_profile_image_url",
    ),
    _Table(
        "Datetime",
        frozenset({"Datetime", "Tweet Id", "Text", "Username"}),
        id="Tweet Id",
        text="Text",
        time=("Datetime",),
        author="Username",
    ),
)
_BY_MARK = tuple((table.mark, table) for table in _TABLES)
#: Tables of DMI-TCAT with a row for each thing that a post has.
_OF_POSTS = (
    frozenset({"tweet_id", "hashtag"}),
    frozenset({"tweet_id", "user_from_id", "user_from_name", "user_to_id", "user_to_name", "mention_type"}),
    frozenset({"tweet_id", "url", "url_expanded", "url_followed"}),
)
_AUTHOR = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?!i/)(\w{1,15})/status(?:es)?/", re.ASCII
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    if not isinstance(value, dict):
        return False
    return _table(value) is not None or ("tweet_id" in value and value.keys() in _OF_POSTS)


def _table(value: Object) -> _Table | None:
    for mark, table in _BY_MARK:
        if mark in value and value.keys() >= table.has:
            return table
    return None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is; edges without one are passed over."""
    table = _table(value)
    if table is None:
        yield PassedOver("is a hashtag, a link or a mention of a post")
        return
    if "Vertex 1" in table.has and not fields.text(_at(value, table.text)):
        yield PassedOver("is an edge between two accounts without a post")
        return
    yield from x_tweet.parse(_classic(value, table), raw, avatars=avatars)


def _classic(row: Object, table: _Table) -> Object:
    identifier = fields.identifier(_at(row, table.id)) or ""
    # Quotes or, of rtweet, an x keep spreadsheets from taking it for a number.
    link = fields.text(_at(row, table.link)) or ""
    urn = x_links.whole_id(identifier.strip("\"'x"), link)
    text = fields.body(_at(row, table.text))
    kind = (fields.word(_at(row, table.kind)) or "").lower()
    of_link = _AUTHOR.match(link)
    author = fields.text(_at(row, table.author)) or (of_link[1] if of_link else "")
    return {
        "id_str": urn,
        "created_at": _time(row, table, urn),
        "full_text": text,
        "user": {
            "screen_name": author.removeprefix("@"),
            "name": _at(row, table.name),
            "profile_image_url_https": _at(row, table.avatar),
        },
        "favorite_count": _first(row, table.reactions),
        "reply_count": _first(row, table.comments),
        "retweet_count": _first(row, table.reposts),
        "ext_views": {"count": _at(row, table.views)},
        "in_reply_to_status_id": kind in ("reply", "replied_to") or fields.text(_at(row, table.reply_to)),
        "is_quote_status": kind in ("quote", "quoted") or fields.text(_at(row, table.quote_of)) is not None,
        "is_retweet": (
            kind in ("retweet", "retweeted")
            or text.startswith("RT @")
            or fields.text(_at(row, table.repost_of)) is not None
        ),
        "entities": {"media": list(_media(row, table))},
    }


def _time(row: Object, table: _Table, urn: str | None) -> int | None:
    """Return the time of a post in ms; None leaves it to the id."""
    for name in table.time:
        told = row.get(name)
        if (exact := fields.milliseconds(told)) is not None:
            return exact
        if (moment := fields.milliseconds_utc(told)) is not None:
            return in_zone_of_id(moment, x_links.time_of_id(urn) if urn else None)
    return None


def _at(row: Object, name: str) -> Any:
    # The first column of pandas has no name, too; R writes NA for what is not there.
    found = row.get(name) if name else None
    return None if found == "NA" else found


def _first(row: Object, names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "", "-", "NA")), None)


def _parts(row: Object, name: str) -> list[str]:
    return [part for part in _BETWEEN.split(fields.text(_at(row, name)) or "") if part]


def _media(row: Object, table: _Table) -> Iterator[Object]:
    # rtweet has the first of several in a column of its own, too.
    named = dict.fromkeys(link for name in table.media for link in _parts(row, name) if web_address(link))
    links = list(named)
    types = _parts(row, table.types)
    widths, heights = (_parts(row, name) for name in table.sides)
    are_told = len(widths) == len(heights) == len(links)
    for number, link in enumerate(links):
        is_film = link.partition("?")[0].endswith(".mp4")
        told = types[number] if len(types) == len(links) else types[0] if types else ""
        kind = "video" if is_film or "video_thumb/" in link else _TYPES.get(told.lower(), "photo")
        yield {
            "type": kind,
            "media_url_https": None if is_film else link,
            "video_info": {"variants": [{"content_type": "video/mp4", "url": link}] if is_film else []},
            "original_info": {"width": widths[number], "height": heights[number]} if are_told else {},
        }

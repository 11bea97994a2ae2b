"""Tells by its link which network a post is of, what its id is there, and when the id says that it was made.

For tables of tools that watch several networks and know posts by numbers of their own: with the network's id
a post is the same one as where it came another way.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from social_tui.importers import apify_linkedin, fields, x_links
from social_tui.text import web_address

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
    "youtu.be": "youtube",
    "threads.net": "threads",
    "threads.com": "threads",
    "truthsocial.com": "mastodon",
    "gab.com": "mastodon",
    "9gag.com": "9gag",
    "imgur.com": "imgur",
    "douyin.com": "douyin",
    "xiaohongshu.com": "rednote",
    "pinterest.com": "pinterest",
    "tumblr.com": "tumblr",
    "vk.com": "vk",
    "weibo.com": "weibo",
    "bilibili.com": "bilibili",
    "bitchute.com": "bitchute",
}
NETWORKS = frozenset(_HOSTS.values())
"""All networks that are told by their links."""
#: What hosts and paths of posts hold, with the id; of several the first that fits.
_PATHS: dict[str, tuple[re.Pattern[str], ...]] = {
    network: tuple(re.compile(path, re.ASCII) for path in paths)
    for network, paths in {
        "x": (r"/status(?:es)?/([0-9]{1,20})",),
        "instagram": (r"/(?:p|reel|reels|tv)/([\w-]{5,40})",),
        "tiktok": (r"/(?:video|photo)/([0-9]{10,20})",),
        "linkedin": (r"(?:activity|share|ugcPost)[:-]([0-9]{15,20})",),
        "telegram": (r"/(?:s/)?(\w{4,32}/[0-9]{1,12})\Z",),
        "reddit": (r"/comments/([0-9a-z]{1,13})",),
        "youtube": (r"/(?:shorts|embed|live|v)/([\w-]{11})", r"youtu\.be/([\w-]{11})\Z"),
        "threads": (r"/(?:post|t)/([\w-]{5,40})",),
        "mastodon": (r"/(?:posts|statuses)/([0-9]{10,20})", r"/@\w+/([0-9]{10,20})\Z"),
        "tumblr": (r"tumblr\.com/(?:blog/view/)?[\w-]{1,32}/([0-9]{5,20})(?:/|\Z)",),
        "9gag": (r"/gag/(\w{5,10})",),
        "vk": (r"/wall(-?[0-9]{1,20}_[0-9]{1,20})",),
        "pinterest": (r"/pin/([0-9]{1,20})",),
        "rednote": (r"/(?:explore|item)/([0-9a-f]{24})",),
        "douyin": (r"/(?:video|note)/([0-9]{10,20})",),
    }.items()
}
#: What the paths of posts begin with, with the name of the author.
_NAMES: dict[str, re.Pattern[str]] = {
    "x": re.compile(r"/(?!i/)(\w{1,15})/status", re.ASCII),
    "tiktok": re.compile(r"/@([\w.]{1,40})/", re.ASCII),
    "threads": re.compile(r"/@([\w.]{1,40})/", re.ASCII),
    "mastodon": re.compile(r"/@(\w{1,40})/", re.ASCII),
    "telegram": re.compile(r"/(?:s/)?([A-Za-z]\w{3,31})/[0-9]", re.ASCII),
    "bluesky": re.compile(r"/profile/(?!did:)([\w.-]{1,253})/post/", re.ASCII),
}
_FACEBOOK_PAIR = re.compile(
    r"\A/(?:groups/)?([0-9]+)/(?:posts|permalink|videos)/(?:[^/]+/)?([0-9]+)", re.ASCII
)
_FACEBOOK = re.compile(
    r"/(?:posts|permalink|videos|reel|photos/[^/]+)/(?:[^/]+/)?([0-9]{5,}|pfbid\w+)", re.ASCII
)
_BLUESKY = re.compile(r"/profile/(did:[\w:.%-]+)/post/(\w+)", re.ASCII)
#: A comment stands behind the post that it is on.
_REDDIT_COMMENT = re.compile(r"/comments/[0-9a-z]+/[^/]*/[0-9a-z]+", re.ASCII)
_LONGEST_NAME = 100
#: Zones are whole quarters of an hour away from UTC, at most fourteen hours; clocks may tell minutes alone.
_MINUTE_MS = 60_000
_QUARTER_MS = 15 * _MINUTE_MS
_MOST_QUARTERS = 56
_FARTHEST_MS = _MOST_QUARTERS * _QUARTER_MS
_DAY_MS = 86_400_000
_COMMENT_NAMES = frozenset({"comment_id", "reply_comment_id", "lc", "commentUrn"})


class Linked(NamedTuple):
    """What a link says of a post.

    Args:
        platform: The network; the host of others.
        urn: Its id as the network's own objects have it; None where the link does not say.
        made_at: When it was made, in ms UTC, where the id tells.
        author: The short name of who posted it, where it stands in the link.
        is_comment: Whether the link leads to a comment on a post.
    """

    platform: str
    urn: str | None
    made_at: int | None
    author: str | None
    is_comment: bool


def network_of(address: str | None) -> str | None:
    """Return the network that a link leads to, or None for another place."""
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return None
    return next((name for end, name in _HOSTS.items() if host == end or host.endswith(f".{end}")), None)


def linked(address: str | None) -> Linked | None:
    """Tell what a link says of the post that it leads to; None for what is no link."""
    parts = web_address(address or "")
    if address is None or parts is None:
        return None
    platform = network_of(address)
    if platform is None:
        host = (parts.hostname or "").removeprefix("www.")
        return Linked(host if len(host) <= _LONGEST_NAME else "web", None, None, None, is_comment=False)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    urn = _urn(platform, parts.hostname or "", parts.path, asked)
    is_comment = bool(_COMMENT_NAMES & asked.keys()) or (
        platform == "reddit" and _REDDIT_COMMENT.search(parts.path) is not None
    )
    name = _NAMES[platform].match(parts.path) if platform in _NAMES else None
    return Linked(platform, urn, _made_at(platform, urn), name[1] if name else None, is_comment)


def in_zone_of_id(told: int, made_at: int | None) -> int:
    """Move a time that was told without its zone to UTC, where the id of the post says when it was made.

    Args:
        told: The time as if it were UTC, in ms.
        made_at: The time in the id, in ms UTC; one that is not off by a time zone is not that of this post.
            Of a day without a time, which is its midnight, it is any on that day.
    """
    if made_at is None:
        return told
    if told % _DAY_MS == 0 and -_FARTHEST_MS <= made_at - told <= _DAY_MS + _FARTHEST_MS:
        return made_at
    quarters = round((made_at - told) / _QUARTER_MS)
    moved = told + quarters * _QUARTER_MS
    is_zone = abs(quarters) <= _MOST_QUARTERS and abs(moved - made_at) <= _MINUTE_MS
    return moved if is_zone else told


def _urn(platform: str, host: str, path: str, asked: dict[str, str]) -> str | None:
    if platform == "facebook":
        return _facebook(path, asked)
    if platform == "youtube" and "v" in asked:
        return asked["v"] if re.fullmatch(r"[\w-]{11}", asked["v"], re.ASCII) else None
    if platform == "bluesky":
        # A name may be another one tomorrow; only with the account's number there is an id.
        found = _BLUESKY.search(path)
        return f"at://{found[1]}/app.bsky.feed.post/{found[2]}" if found else None
    match = next(filter(None, (each.search(host + path) for each in _PATHS.get(platform, ()))), None)
    if match is None:
        return None
    return f"t3_{match[1]}" if platform == "reddit" else match[1]


def _facebook(path: str, asked: dict[str, str]) -> str | None:
    """Return the id as the Graph API has it, page and post, else that of the post alone."""
    if pair := _FACEBOOK_PAIR.search(path):
        return f"{pair[1]}_{pair[2]}"
    post, page = asked.get("story_fbid") or asked.get("fbid") or asked.get("v"), asked.get("id", "")
    if post and re.fullmatch(r"[0-9]{5,}|pfbid\w+", post, re.ASCII):
        return f"{page}_{post}" if page.isdigit() and post.isdigit() else post
    found = _FACEBOOK.search(path)
    return found[1] if found else None


def _made_at(platform: str, urn: str | None) -> int | None:
    if urn is None:
        return None
    if platform == "x":
        return x_links.time_of_id(urn)
    if platform == "linkedin":
        return apify_linkedin.posted_at(None, urn)
    # Its upper bits are seconds (https://dfir.blog/tinkering-with-tiktok-timestamps/).
    return fields.milliseconds(int(urn) >> 32) if platform == "tiktok" else None

"""Reads posts as the apps of TikTok and Douyin have them, which Zeeschuimer records on the pages of Douyin.

``aweme_id`` and names with underscores; Douyin's pages have the same in camel case. Neither is documented:
they are read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat, ``datasources/douyin``).
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

STREAMS = (Stream(("aweme_list",)), Stream(("aweme_details",)))

Object = dict[str, Any]
_ROOM = frozenset({"id_str", "title", "owner"})
_OF_ROOMS = frozenset({"stream_url", "live_room_mode", "room_view_stats"})
_COUNTS = ("digg_count", "comment_count", "share_count", "play_count", "collect_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of these apps, or a live room."""
    if not isinstance(value, dict):
        return False
    if {"aweme_id", "awemeId"} & value.keys():
        return bool({"video", "images", "image_post_info", "cid"} & value.keys()) or _is_room(value)
    return value.keys() >= _ROOM and bool(_OF_ROOMS & value.keys())


def _is_room(value: Object) -> bool:
    """Tell whether a place in a list of posts is that of somebody who is live."""
    cells = (value, fields.mapping(value.get("cell_room")), fields.mapping(value.get("cellRoom")))
    return any(cell.get("rawdata") for cell in cells)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments and live rooms are passed over."""
    if "cid" in value:
        yield PassedOver("is a comment")
        return
    if _is_room(value) or not {"aweme_id", "awemeId"} & value.keys():
        yield PassedOver("is a live room")
        return
    value = fields.in_snake_case(value) if "awemeId" in value else value
    urn = fields.identifier(value.get("aweme_id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    author = fields.mapping(value.get("author")) or fields.mapping(value.get("author_info"))
    video = fields.mapping(value.get("video"))
    username = fields.first(author.get("unique_id"), author.get("short_id")) or fields.identifier(
        author.get("uid")
    )
    media = MediaList()
    pictures = _pictures(value)
    for size, link in pictures:
        media.add("main", "image", link, size=size)
    if not pictures:
        play = fields.mapping(video.get("play_addr"))
        size = (play.get("width") or video.get("width"), play.get("height") or video.get("height"))
        media.add("main", "video", _best(video), size=size, media_id=urn)
        if cover := _link(video.get("origin_cover")) or _link(video.get("cover")):
            media.add("thumbnail", "image", cover)
    if avatars and (avatar := _link(author.get("avatar_larger")) or _link(author.get("avatar_thumb"))):
        media.add("avatar", "image", avatar)
    stats = fields.mapping(value.get("statistics")) or fields.mapping(value.get("stats"))
    counts = {name: fields.whole(stats.get(name)) for name in _COUNTS}
    is_douyin = _is_douyin(value, media)
    page = f"https://www.tiktok.com/@{username}/video/{urn}" if username else None
    yield ParsedPost(
        platform="douyin" if is_douyin else "tiktok",
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("create_time")),
        author_username=username,
        author_name=fields.text(author.get("nickname")),
        text_content=fields.body(value.get("desc")),
        post_type="slideshow" if pictures else "video",
        url=f"https://www.douyin.com/video/{urn}" if is_douyin else page,
        engagement=Engagement(
            reactions=counts["digg_count"],
            comments=counts["comment_count"],
            reposts=counts["share_count"],
            views=counts["play_count"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _pictures(value: Object) -> list[tuple[tuple[Any, Any], str | None]]:
    shown = fields.objects(fields.mapping(value.get("image_post_info")).get("images"))
    found = [fields.mapping(each.get("display_image")) for each in shown] or fields.objects(
        value.get("images")
    )
    return [((each.get("width"), each.get("height")), _link(each)) for each in found]


def _best(video: Object) -> str | None:
    """Return the link of the variant with the highest bit rate."""
    variants = fields.objects(video.get("bit_rate")) or fields.objects(video.get("bit_rate_list"))
    variants.sort(key=lambda each: fields.whole(each.get("bit_rate")) or 0, reverse=True)
    links = [_link(each.get("play_addr")) or _whole(each.get("play_api")) for each in variants]
    return fields.first(*links, _link(video.get("play_addr")), _whole(video.get("play_api")))


def _link(address: Any) -> str | None:
    """Return the first link of an address: an object with a list of them, a list, or the link itself."""
    if isinstance(address, dict):
        links = address.get("url_list")
        return fields.first(*map(_whole, links)) if isinstance(links, list) else None
    if isinstance(address, list):
        return fields.first(*(_whole(fields.mapping(each).get("src")) for each in address))
    return _whole(address)


def _whole(link: Any) -> str | None:
    found = fields.text(link)
    return f"https:{found}" if found and found.startswith("//") else found


def _is_douyin(value: Object, media: MediaList) -> bool:
    """Tell Douyin's posts from TikTok's by their links."""
    shared = (
        fields.first(value.get("share_url"), fields.mapping(value.get("share_info")).get("share_url")) or ""
    )
    links = [shared, *(each.url or "" for each in media.references())]
    return "author_info" in value or any("douyin" in link for link in links)

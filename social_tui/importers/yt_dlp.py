"""Reads the ``.info.json`` files that yt-dlp writes beside what it fetched.

https://github.com/yt-dlp/yt-dlp#output-template names the fields. The links of the formats die within hours:
the media is the page, from which they can be had again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, MediaReference, ParsedPost
from social_tui.importers import fields
from social_tui.importers.beside import ANY_ENDING, OWN_NAME
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Refused, Stream
from social_tui.models import MediaType
from social_tui.text import storable

#: A playlist that was written whole.
STREAMS = (Stream(("entries",)),)

Object = dict[str, Any]
#: Networks whose ids of accounts are numbers, and where their names are.
_USERNAMES = {"tiktok": "uploader", "instagram": "channel", "reddit": "uploader"}
#: Networks whose posts have no title; theirs is put together out of the author and the words.
_WITHOUT_TITLES = frozenset({"x", "instagram", "tiktok", "threads", "bluesky"})
#: Titles that say nothing of a post without words.
_MADE_UP = re.compile(r"(Video|Post|Story) by \S+|\w+ (video|photo|post) #\S+|Video \d+", re.IGNORECASE)
_FAR = 9_999
#: What the library calls the networks that it knows from other formats too.
_PLATFORMS = {
    "youtube": "youtube",
    "tiktok": "tiktok",
    "instagram": "instagram",
    "facebook": "facebook",
    "twitter": "x",
    "reddit": "reddit",
    "bluesky": "bluesky",
    "douyin": "douyin",
    "vimeo": "vimeo",
    "dailymotion": "dailymotion",
    "flickr": "flickr",
    "lbry": "odysee",
    "bitchute": "bitchute",
    "gettr": "gettr",
    "substack": "substack",
}
_PLAYLISTS = frozenset({"playlist", "multi_video"})
#: Entries of a playlist whose videos were not looked at (``--flat-playlist``).
_LINKS = frozenset({"url", "url_transparent"})
#: How extractors are called whose links lead to lists of videos, such as the playlists of a channel.
_OF_LISTS = re.compile(r"\w*(?:Tab|Playlists?|User|Channel|Season|Series|Search(?:URL)?)")
_EMPTY_ENTRY = {"entries": [None]}
_EMPTY_PLACES = frozenset({"[Private video]", "[Deleted video]"})
_NOTHING = "is a place of a video that could not be had"
_COUNTS = ("like_count", "comment_count", "repost_count", "view_count", "dislike_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these files, or an empty place in the list of a playlist."""
    return value == _EMPTY_ENTRY or (
        isinstance(value, dict)
        and bool({"extractor", "ie_key"} & value.keys())
        and ("id" in value or value.get("_type") in _PLAYLISTS)
        and bool({"webpage_url", "formats", "_type", "original_url"} & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the video or recording that an item is; playlists without entries are passed over."""
    kind = str(value.get("_type", "video"))
    entries = value.get("entries")
    if (kind in _PLAYLISTS or value == _EMPTY_ENTRY) and isinstance(entries, list) and entries:
        yield from _entries(entries, avatars=avatars)
        return
    if kind != "video" and not (kind in _LINKS and _is_of_video(value.get("ie_key"))):
        yield PassedOver("is a playlist or a link, which is no post")
        return
    if kind in _LINKS and value.get("title") in _EMPTY_PLACES:
        yield PassedOver(_NOTHING)
        return
    identifier = fields.identifier(value.get("id"))
    if identifier is None:
        raise ImportRefusedError("has no id")
    extractor = (fields.first(value.get("ie_key"), value.get("extractor")) or "").lower().partition(":")[0]
    platform = _PLATFORMS.get(extractor)
    page = fields.first(value.get("webpage_url"), value.get("original_url"))
    album, place = _place(value, page)
    urn = album if platform == "instagram" and album else _urn(value, extractor, identifier)
    if kind in _LINKS:
        page = fields.first(value.get("url"), page)
    media_type: MediaType = "audio" if value.get("vcodec") == "none" else "video"
    names = ("channel", "uploader") if platform == "tiktok" else ("uploader", "channel")
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=platform or (extractor[:50] or "web"),
        urn=urn,
        posted_at_timestamp=_time(value),
        author_username=fields.first(
            value.get(_USERNAMES.get(platform or "", "uploader_id")),
            *(value.get(name) for name in ("uploader_id", "channel_id", "uploader")),
            value.get("playlist_channel") if album else None,
        ),
        author_name=_subreddit(value)
        if platform == "reddit"
        else fields.first(*(value.get(name) for name in names), value.get("creator")),
        text_content=_text(value, has_title=platform not in _WITHOUT_TITLES),
        post_type=media_type,
        url=page,
        engagement=Engagement(
            reactions=counts["like_count"],
            comments=counts["comment_count"],
            reposts=counts["repost_count"],
            views=counts["view_count"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        # The page is one and the same for all videos of an album, which are told apart by their ids.
        media=_media(value, None if album else page, place, media_type),
        raw_json=raw,
    )


def _urn(value: Object, extractor: str, identifier: str) -> str:
    """Return the id of the post, which networks that are known from nowhere else count from small numbers."""
    platform = _PLATFORMS.get(extractor)
    display_id = fields.identifier(value.get("display_id"))
    account = fields.text(value.get("channel_id")) or ""
    if platform in ("x", "reddit") and display_id:
        # There the id is that of the video.
        return display_id if platform == "x" else f"t3_{display_id}"
    if platform == "bluesky" and account.startswith("did:"):
        return f"at://{account}/app.bsky.feed.post/{identifier}"
    return identifier if platform else f"{extractor}:{identifier}"


def _media(value: Object, page: str | None, place: int, media_type: MediaType) -> tuple[MediaReference, ...]:
    media = MediaList()
    size = (value.get("width"), value.get("height"))
    # What was not looked at was not fetched either.
    beside = None if value.get("_type") in _LINKS else OWN_NAME + ANY_ENDING
    alt = value.get("alt_title") if value.get("extractor") == "Bluesky" else None
    identifier = fields.identifier(value.get("id"))
    media.add("main", media_type, page, size=size, alt=alt, media_id=identifier, beside=beside)
    if thumbnail := fields.text(value.get("thumbnail")) or _best(value.get("thumbnails")):
        media.add("thumbnail", "image", thumbnail, beside=beside)
    references = media.references()
    return tuple(each._replace(position=place) for each in references) if place else references


def _is_of_video(extractor: Any) -> bool:
    name = fields.identifier(extractor)
    return name is not None and not _OF_LISTS.fullmatch(name)


def _entries(entries: list[Any], *, avatars: bool) -> Iterator[Outcome]:
    """Yield the videos of a playlist inside of another one, such as a tab of a channel."""
    for entry in entries:
        if not sniff(entry):
            yield PassedOver(_NOTHING)
            continue
        try:
            yield from parse(entry, fields.dump(entry), avatars=avatars)
        except ImportRefusedError as refused:
            yield Refused(refused.message)


def _place(value: Object, page: str | None) -> tuple[str | None, int]:
    """Return the id of a post with several videos, each of which has a file, and the place of this one."""
    album = fields.identifier(value.get("playlist_id"))
    if album is None or album not in (page or "").partition("?")[0].split("/"):
        return None, 0
    return album, max((fields.whole(value.get("playlist_index"), largest=_FAR) or 1) - 1, 0)


def _subreddit(value: Object) -> str | None:
    name = fields.text(value.get("channel_id"))
    return f"r/{name}" if name else None


def _time(value: Object) -> int | None:
    """Return when it was published; older files know the day only."""
    day = fields.text(value.get("upload_date"))
    exact = fields.milliseconds(value.get("timestamp")) or fields.milliseconds(value.get("release_timestamp"))
    return exact or (fields.milliseconds_utc(day) if day and len(day) == len("20240131") else None)


def _text(value: Object, *, has_title: bool) -> str:
    """Return title and description; posts that have no title are given one that says nothing new."""
    # Of Reddit the title is cut, and whole beside it.
    names = (
        ("alt_title", "fulltitle", "title") if value.get("extractor") == "Reddit" else ("fulltitle", "title")
    )
    title = next(filter(None, (fields.body(value.get(name)) for name in names)), "")
    description = fields.body(value.get("description"))
    if not has_title and (description or _MADE_UP.fullmatch(title)):
        return description
    start = title.removesuffix("...").removesuffix("…").rstrip()
    if start and description.startswith(start):
        return description
    return "\n\n".join(filter(None, (title, description)))


def _best(thumbnails: Any) -> str | None:
    """Return the last of the thumbnails with a link: they are listed from the worst to the best."""
    links = [fields.text(each.get("url")) for each in fields.objects(thumbnails)]
    return next(filter(None, reversed(links)), None)

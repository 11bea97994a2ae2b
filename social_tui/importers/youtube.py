"""Reads videos out of answers of the YouTube Data API.

https://developers.google.com/youtube/v3/docs: videos, search results, playlist items and activities. The API
tells no link of a video file: its media is the page on which it is watched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "youtube"

_EMPTY_PLACES = frozenset({"Private video", "Deleted video"})

STREAMS = (Stream(("items",)),)

Object = dict[str, Any]
_OF_COMMENTS = frozenset({"topLevelComment", "textDisplay", "textOriginal"})
_VIDEO_ID = re.compile(r"[\w-]{11}")
_PREFIX = "youtube#"
_COUNTS = ("viewCount", "likeCount", "commentCount", "favoriteCount")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a resource of this API, whatever it is of."""
    if not isinstance(value, dict) or "items" in value:
        return False
    return str(value.get("kind")).startswith(_PREFIX) or ("kind" not in value and _is_unnamed(value))


def _is_unnamed(value: Object) -> bool:
    """Tell whether a value is a video or a comment whose kind was not asked for (``fields`` of a request)."""
    snippet = fields.mapping(value.get("snippet"))
    return _is_comment(snippet) or _is_video(value, snippet)


def _is_comment(snippet: Object) -> bool:
    """Tell comments and threads of them, of which neither has a title."""
    return bool(_OF_COMMENTS & snippet.keys()) and "title" not in snippet


def _is_video(value: Object, snippet: Object) -> bool:
    return snippet.keys() >= {"title", "publishedAt"} and _unnamed_id(value, snippet) is not None


def _unnamed_id(value: Object, snippet: Object) -> str | None:
    within = fields.mapping(snippet.get("resourceId")) or fields.mapping(value.get("id"))
    found = fields.identifier(within.get("videoId") if within else value.get("id"))
    return found if found is not None and _VIDEO_ID.fullmatch(found) else None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the video of an item; channels, playlists and comments are passed over."""
    del avatars  # the API tells them of channels only
    snippet = fields.mapping(value.get("snippet"))
    details = fields.mapping(value.get("contentDetails"))
    urn = _video_id(value, snippet, details)
    if urn is None:
        yield PassedOver("is a resource of YouTube that is no video")
        return
    if _is_empty_place(snippet, details):
        yield PassedOver("is a place of a video that is private or deleted")
        return
    link = f"https://www.youtube.com/watch?v={urn}"
    media = MediaList()
    media.add("main", "video", link, media_id=urn)
    if thumbnail := _largest(snippet.get("thumbnails")):
        size = (thumbnail.get("width"), thumbnail.get("height"))
        media.add("thumbnail", "image", thumbnail["url"], size=size)
    counts = {name: fields.whole(fields.mapping(value.get("statistics")).get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(details.get("videoPublishedAt"))
        or fields.milliseconds(snippet.get("publishedAt")),
        author_username=fields.first(snippet.get("videoOwnerChannelId"), snippet.get("channelId")),
        author_name=fields.first(snippet.get("videoOwnerChannelTitle"), snippet.get("channelTitle")),
        text_content=_text(value, snippet),
        post_type="video",
        url=link,
        engagement=Engagement(
            reactions=counts["likeCount"], comments=counts["commentCount"], views=counts["viewCount"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _is_empty_place(snippet: Object, details: Object) -> bool:
    """Tell whether an item of a playlist tells of the list's owner and nothing of the video."""
    told = snippet.get("videoOwnerChannelId") or details.get("videoPublishedAt")
    return "resourceId" in snippet and not told and snippet.get("title") in _EMPTY_PLACES


def _video_id(value: Object, snippet: Object, details: Object) -> str | None:
    kind = str(value.get("kind")).removeprefix(_PREFIX)
    if kind == "video":
        return fields.identifier(value.get("id"))
    if kind == "searchResult":
        return fields.identifier(fields.mapping(value.get("id")).get("videoId"))
    if kind == "playlistItem":
        resource = fields.mapping(snippet.get("resourceId")).get("videoId")
        return fields.identifier(resource) or fields.identifier(details.get("videoId"))
    if "kind" not in value:
        return _unnamed_id(value, snippet) if _is_video(value, snippet) else None
    if kind == "activity":
        return fields.identifier(fields.mapping(details.get("upload")).get("videoId"))
    return None


def _text(value: Object, snippet: Object) -> str:
    words = [fields.body(snippet.get(name)) for name in ("title", "description")]
    if value.get("kind") == "youtube#searchResult" or isinstance(value.get("id"), dict):
        # Only searches escape what they return.
        words = [fields.body(fields.unescape(each)) for each in words]
    return "\n\n".join(filter(None, words))


def _largest(thumbnails: Any) -> Object | None:
    found = [
        each
        for each in fields.mapping(thumbnails).values()
        if isinstance(each, dict) and fields.text(each.get("url"))
    ]
    return max(found, key=lambda each: fields.side(each.get("width")) or 0, default=None)

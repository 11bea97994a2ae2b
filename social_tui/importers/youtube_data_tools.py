"""Reads videos in tables of the YouTube Data Tools, which ask the Data API (https://ytdt.digitalmethods.net)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers import youtube
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"videoId", "videoTitle", "channelId", "publishedAt", "viewCount"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    yield from youtube.parse(_as_the_api_has_it(value), raw, avatars=avatars)


def _as_the_api_has_it(row: Object) -> Object:
    """Return a row as the resource that it was made of."""
    return {
        "kind": "youtube#video",
        "id": row.get("videoId"),
        "snippet": {
            "publishedAt": row.get("publishedAt"),
            "channelId": row.get("channelId"),
            "channelTitle": row.get("channelTitle"),
            "title": row.get("videoTitle"),
            "description": row.get("videoDescription"),
            "thumbnails": {"maxres": {"url": row.get("thumbnail_maxres") or None}},
        },
        "statistics": {name: row.get(name) for name in ("viewCount", "likeCount", "commentCount")},
    }

"""Reads posts of Weibo as weibo-crawler writes them (https://github.com/dataabc/weibo-crawler).

Its rows are what phones get, made flat; times are in the zone of China, and of older versions days alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import Any

from social_tui.importers import fields, weibo
from social_tui.importers.protocol import Outcome, Stream

STREAMS = (Stream(("weibo",)),)

Object = dict[str, Any]
_MARKS = frozenset({"id", "bid", "user_id", "screen_name", "text", "pics", "attitudes_count"})
_CHINA = timezone(timedelta(hours=8))
_BETWEEN_LINKS = re.compile(r"[,;](?=https?://)")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    yield weibo.post_of(_as_phones_have_it(value), raw, avatars=avatars)


def _as_phones_have_it(row: Object) -> Object:
    films = [*_links(row.get("video_url")), *_links(row.get("live_photo_url"))]
    pictures = [{"type": "pic", "data": {"large": {"url": link}}} for link in _links(row.get("pics"))]
    return {
        "id": row.get("id"),
        "created_at": fields.milliseconds_utc(row.get("full_created_at") or row.get("created_at"), _CHINA),
        "text_raw": row.get("text"),
        "text": "",
        "user": {"id": row.get("user_id"), "screen_name": row.get("screen_name")},
        **{name: row.get(name) for name in ("attitudes_count", "comments_count", "reposts_count")},
        "mix_media_info": {
            "items": pictures
            + [{"type": "video", "data": {"media_info": {"stream_url": link}}} for link in films]
        },
        "retweeted_status": row.get("retweet"),
    }


def _links(value: Any) -> list[str]:
    if isinstance(value, list):
        return [link for each in value for link in _links(each)]
    return _BETWEEN_LINKS.split(text) if (text := fields.text(value)) else []

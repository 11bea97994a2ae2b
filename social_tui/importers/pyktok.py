"""Reads videos of TikTok in tables of pyktok (https://github.com/dfreelon/pyktok).

Its times are in the zone of the machine that it ran on, which it does not tell. Ids have seconds since 1970
in their upper half, so these are the times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.importers import fields, tiktok
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"video_id", "video_timestamp", "video_diggcount", "author_username"})
_COUNTS = ("digg", "share", "comment", "play")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    urn = fields.identifier(value.get("video_id"))
    if urn is None or not (urn.isascii() and urn.isdigit()):
        raise ImportRefusedError("has no id of digits")
    counts = {f"{name}Count": fields.whole(value.get(f"video_{name}count")) for name in _COUNTS}
    video = {
        "id": urn,
        "createTime": int(urn) >> 32,
        "desc": value.get("video_description"),
        "author": {"uniqueId": value.get("author_username"), "nickname": value.get("author_name")},
        "stats": counts,
        "video": {},
    }
    yield from tiktok.parse(video, raw, avatars=avatars)

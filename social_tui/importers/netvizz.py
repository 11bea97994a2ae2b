"""Reads posts of Facebook out of the tables of Netvizz, which asked the Graph API until 2019.

https://github.com/bernorieder/netvizz, ``mods/mod_pages.php``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers import facebook_graph, fields
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_POST = frozenset({"type", "by", "post_id", "post_link", "post_message", "post_published_unix"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return isinstance(value, dict) and value.keys() >= _POST


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    yield from facebook_graph.parse(_as_the_api_has_it(value), raw, avatars=avatars)


def _as_the_api_has_it(row: Object) -> Object:
    """Return a row as the post that it was made of; it tells of no author but the page."""
    kind, _, page = (fields.text(row["by"]) or "").rpartition("_")
    return {
        "id": row["post_id"],
        "message": row["post_message"],
        "created_time": row["post_published_unix"],
        "permalink_url": row["post_link"],
        "type": row["type"],
        "from": {"id": page if kind == "post_page" else None},
        "full_picture": row.get("full_picture") or row.get("picture") or None,
        "reactions": _count(row, "reactions_count_fb", "likes_count_fb"),
        "comments": _count(row, "comments_count_fb", "comments_all"),
        "shares": {"count": row.get("shares_count_fb", row.get("shares"))},
    }


def _count(row: Object, *names: str) -> Object:
    count = next((row[name] for name in names if row.get(name)), None)
    return {"summary": {"total_count": count}}

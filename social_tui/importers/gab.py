"""Reads posts of Gab as its pages get them, under short names, which Zeeschuimer records.

The shape is not documented: it is read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat,
``datasources/gab``). Under its long names Gab speaks the API of Mastodon.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from social_tui.importers import fields, mastodon
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"i", "c", "ca", "ul"})
_NAMES = {"i": "id", "ca": "created_at", "ul": "url", "fbc": "favourites_count", "rc": "replies_count"}
_AUTHOR = {"i": "id", "un": "username", "ac": "acct", "dn": "display_name"}
_MEDIA = {"i": "id", "t": "type", "u": "url"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return isinstance(value, dict) and value.keys() >= _MARKS and isinstance(value.get("author_info"), dict)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    status = {
        **_named(value, {**_NAMES, "rbc": "reblogs_count"}),
        "account": _named(value["author_info"], _AUTHOR),
        # Zeeschuimer takes the tags off.
        "content": html.escape(fields.body(value["c"])),
        "media_attachments": [_media(each) for each in fields.objects(value.get("image_info"))],
    }
    yield from mastodon.parse(status, raw, avatars=avatars)


def _named(value: Object, names: dict[str, str]) -> Object:
    return {long: value[short] for short, long in names.items() if short in value}


def _media(value: Object) -> Object:
    return {**_named(value, _MEDIA), **_named(value, {"smp4": "url"} if value.get("t") == "video" else {})}

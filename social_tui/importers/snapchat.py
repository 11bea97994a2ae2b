"""Reads the memories in the data that Snapchat gives people of their own account (``memories_history.json``).

https://help.snapchat.com/hc/en-us/articles/7012305371156. Snapchat does not publish the shape: it is read as
the files have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaType

PLATFORM = "snapchat"

STREAMS = (Stream(("Saved Media",)),)

Object = dict[str, Any]
_MEMORY = frozenset({"Date", "Media Type", "Download Link"})
_MESSAGE = frozenset({"From", "Media Type", "Created", "IsSender"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a memory, or a message of a chat."""
    return isinstance(value, dict) and (value.keys() >= _MEMORY or value.keys() >= _MESSAGE)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one memory that an item is; messages are passed over."""
    del avatars  # the items name none of the author
    if "Download Link" not in value:
        yield PassedOver("is a private message")
        return
    page = fields.text(value["Download Link"])
    urn = _id(page)
    if urn is None:
        raise ImportRefusedError("has no link with an id, by which it could be known again")
    media = MediaList()
    media_type: MediaType = "video" if "video" in str(value["Media Type"]).lower() else "image"
    # The older link is that of a page, which gives the file's to whoever posts to it.
    media.add("main", media_type, value.get("Media Download Url"), media_id=urn)
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds_utc(value["Date"]),
        post_type=media_type,
        media=media.references(),
        raw_json=raw,
    )


def _id(link: str | None) -> str | None:
    try:
        told = parse_qs(urlsplit(link or "").query)
    except ValueError:
        return None
    return next(
        (found for name in ("mid", "sid") if (found := fields.identifier(told.get(name, [""])[0]))), None
    )

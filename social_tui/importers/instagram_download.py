"""Reads posts out of the data that Instagram gives people of their own account ("Download your information").

https://help.instagram.com/181231772500920; ``posts_1.json`` and, in envelopes of their own, reels, IGTV,
archived posts and stories. Meta does not publish the shape: it is read as the files have it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields, meta_notes
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, Stream

PLATFORM = "instagram"

STREAMS = (
    Stream(("ig_reels_media",)),
    Stream(("ig_igtv_media",)),
    Stream(("ig_archived_post_media",)),
    Stream(("ig_stories",)),
)

Object = dict[str, Any]


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post with files of the download, or a story, which is a bare file."""
    parts = _parts(value)
    return bool(parts) and all(
        isinstance(part.get("uri"), str) and "creation_timestamp" in part for part in parts
    )


def _parts(value: Any) -> list[Object]:
    if not isinstance(value, dict):
        return []
    return fields.objects(value["media"]) if "media" in value else [value]


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # the items name none of the author
    parts = _parts(value)
    if note := meta_notes.with_files(parts):
        yield note
        return
    posted_at = fields.milliseconds(value.get("creation_timestamp")) or fields.milliseconds(
        parts[0].get("creation_timestamp")
    )
    media = MediaList()
    for part in parts:
        path = mended(part["uri"])
        is_link = "://" in path
        media.add(
            "main",
            type_of_name(path, "image"),
            path if is_link else None,
            beside=None if is_link else path,
            is_from_top=True,
        )
    yield ParsedPost(
        platform=PLATFORM,
        urn=_urn(posted_at, parts[0]["uri"]),
        posted_at_timestamp=posted_at,
        text_content=next(filter(None, (mended(each.get("title")) for each in (value, *parts))), ""),
        media=media.references(),
        raw_json=raw,
    )


def _urn(posted_at: int | None, uri: str) -> str:
    """Return an id out of the time of a post and the name of its first file: the download has none."""
    name = fields.identifier(uri.rpartition("/")[2].partition("?")[0].partition(".")[0])
    if name is None or posted_at is None:
        raise ImportRefusedError("has no time or no name of a file, by which it could be known again")
    return f"{posted_at // 1000}-{name}"


def mended(value: Any) -> str:
    """Return a text whose bytes in UTF-8 Meta has written as letters of Latin-1, one by one."""
    if not isinstance(value, str):
        return ""
    with contextlib.suppress(UnicodeError):  # otherwise it is as it should be
        value = value.encode("latin-1").decode()
    return fields.body(value)

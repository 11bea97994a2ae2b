"""Reads posts out of the data that Instagram gives people of their own account ("Download your information").

https://help.instagram.com/181231772500920; ``posts_1.json`` and, in envelopes of their own, reels, IGTV,
archived posts, stories and posts of Threads, which come with it; ``media.json`` of downloads before 2020.
Meta does not publish the shape: it is read as the files have it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields, meta_notes
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream

PLATFORM = "instagram"
THREADS = "threads"

STREAMS = (
    Stream(("ig_reels_media",)),
    Stream(("ig_igtv_media",)),
    Stream(("ig_archived_post_media",)),
    Stream(("ig_stories",)),
    Stream(("text_post_app_text_posts",)),
)

Object = dict[str, Any]
#: Where files lie of which ``media.json`` tells; those of the last two are no posts.
_OLD_PATH = re.compile(r"(photos|videos|stories|direct|profile)/.*[^/]", re.ASCII)
_NO_POSTS = {"direct": "is a file of a private message", "profile": "is a picture of an account"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post with files of the download, or a story, which is a bare file."""
    if _is_old(value):
        return True
    parts = _parts(value)
    return bool(parts) and all(
        isinstance(part.get("uri"), str) and "creation_timestamp" in part for part in parts
    )


def _is_old(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("taken_at"), str)
        and isinstance(value.get("path"), str)
        and bool(_OLD_PATH.fullmatch(value["path"]))
    )


def _parts(value: Any) -> list[Object]:
    if not isinstance(value, dict):
        return []
    return fields.objects(value["media"]) if "media" in value else [value]


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # the items name none of the author
    if _is_old(value):
        yield _of_old(value, raw)
        return
    parts = _parts(value)
    if note := meta_notes.with_files(parts):
        yield note
        return
    posted_at = fields.milliseconds(value.get("creation_timestamp")) or fields.milliseconds(
        parts[0].get("creation_timestamp")
    )
    media = MediaList()
    for path in filter(None, (mended(part["uri"]) for part in parts)):
        is_link = "://" in path
        media.add(
            "main",
            type_of_name(path, "image"),
            path if is_link else None,
            beside=None if is_link else path,
            is_from_top=True,
        )
    words = next(filter(None, (mended(each.get("title")) for each in (value, *parts))), "")
    # Posts of Instagram always have a file.
    is_thread = any("text_app_post" in part or not part["uri"] for part in parts)
    is_reply = any(fields.mapping(part.get("text_app_post")).get("is_reply") is True for part in parts)
    yield ParsedPost(
        platform=THREADS if is_thread else PLATFORM,
        urn=urn(posted_at, parts[0]["uri"], words),
        posted_at_timestamp=posted_at,
        text_content=words,
        post_type="reply" if is_reply else None,
        media=media.references(),
        raw_json=raw,
    )


def _of_old(value: Object, raw: str) -> Outcome:
    """Take one of the files of which ``media.json`` tells; those of one post are not told to be its own."""
    path, words = mended(value["path"]), mended(value.get("caption"))
    if reason := _NO_POSTS.get(path.partition("/")[0]):
        return PassedOver(reason)
    posted_at = fields.milliseconds_utc(value["taken_at"])
    media = MediaList()
    media.add("main", type_of_name(path, "image"), None, beside=path)
    return ParsedPost(
        platform=PLATFORM,
        urn=urn(posted_at, path, words),
        posted_at_timestamp=posted_at,
        text_content=words,
        media=media.references(),
        raw_json=raw,
    )


def urn(posted_at: int | None, uri: str, words: str) -> str:
    """Return an id for a post of a download of Meta, which has none.

    Args:
        posted_at: Its time, in milliseconds since 1970.
        uri: The path of its first file; empty where it has none.
        words: Its text, which tells it from others where no file does.

    Raises:
        ImportRefusedError: If there is too little.
    """
    if posted_at is None or not (uri or words):
        raise ImportRefusedError("has no time, or neither words nor files, by which it could be known again")
    name = fields.identifier(uri.rpartition("/")[2].partition("?")[0].partition(".")[0])
    # A file whose name is an ending alone is told from others by its folder and the words.
    told = f"{uri}\n{words}" if uri else words
    return f"{posted_at // 1000}-{name or hashlib.sha256(told.encode(errors='replace')).hexdigest()[:16]}"


def mended(value: Any) -> str:
    """Return a text whose bytes in UTF-8 Meta has written as letters of Latin-1, one by one."""
    if not isinstance(value, str):
        return ""
    with contextlib.suppress(UnicodeError):  # otherwise it is as it should be
        value = value.encode("latin-1").decode()
    return fields.body(value)

"""Reads posts of 4chan out of answers of its API and collections of them, and of boards that run on vichan.

https://github.com/4chan/4chan-API/blob/master/pages/Threads.md and https://github.com/vichan-devel/vichan-API.
Neither names the board, which is in the address that was asked; some collections have it beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, Stream

#: ``posts`` of a thread are a stream of other networks, too.
STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"no", "resto", "time"})
#: What 4chan alone tells: the time as its pages show it.
_FOURCHAN = "now"
#: Fractions tell no larger whole numbers from each other.
_LARGEST_EXACT = 2**53
_BOARD = re.compile(r"[a-z0-9]{1,10}", re.ASCII)
_NAME = re.compile(r"[0-9A-Za-z-]{1,100}\.[a-z0-9]{1,5}", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of a thread."""
    return (
        isinstance(value, dict)
        and value.keys() >= _MARKS
        and bool({"com", "tim", "sub", _FOURCHAN} & value.keys())
        and "category" not in value  # which gallery-dl has beside the same names
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # authors have none
    number, posted_at = _name(value["no"]), fields.milliseconds(value["time"])
    if number is None or posted_at is None:
        raise ImportRefusedError("has no number or no time, by which it could be known again")
    told = fields.text(value.get("board"))
    board = told if told and _BOARD.fullmatch(told) else None
    is_fourchan = _FOURCHAN in value
    thread = fields.whole(value["resto"]) or None  # of the first post 0, which tables have as a text
    media = MediaList()
    for file in (value, *fields.objects(value.get("extra_files"))):
        _add_file(media, file, board if is_fourchan else None)
    name = fields.first(value.get("name"))
    replies = fields.whole(value.get("replies"))
    yield ParsedPost(
        platform="4chan" if is_fourchan else "vichan",
        # Every board counts its own posts.
        urn=f"{board}/{number}" if board else f"{number}-{posted_at // 1000}",
        posted_at_timestamp=posted_at,
        author_username=fields.first(value.get("trip"), name),
        author_name=name,
        text_content="\n\n".join(filter(None, (fields.plain(value.get(each)) for each in ("sub", "com")))),
        post_type="reply" if thread else "regular",
        url=f"https://boards.4chan.org/{board}/thread/{thread or number}#p{number}"
        if board and is_fourchan
        else None,
        engagement=Engagement(comments=replies),
        stats={} if replies is None else {"replies": replies},
        media=media.references(),
        raw_json=raw,
    )


def _name(value: Any) -> str | None:
    """Return a number or another name; tables have numbers as fractions where some posts have none."""
    if isinstance(value, float) or (isinstance(value, str) and value.endswith(".0")):
        value = fields.whole(value, largest=_LARGEST_EXACT)
    return fields.identifier(value)


def _add_file(media: MediaList, file: Object, board: str | None) -> None:
    """Note a file by its name on the server, with a link where the board is known."""
    stem = _name(file.get("tim"))
    name = f"{stem}{file.get('ext')}"
    if stem is None or not _NAME.fullmatch(name) or fields.whole(file.get("filedeleted")) == 1:
        return
    media_type = type_of_name(name, "image")
    size = (file.get("w"), file.get("h"))
    home = f"https://i.4cdn.org/{board}/" if board else None
    media.add("main", media_type, home and f"{home}{name}", size=size, media_id=name)
    if home and media_type == "video":
        media.add("thumbnail", "image", f"{home}{stem}s.jpg")

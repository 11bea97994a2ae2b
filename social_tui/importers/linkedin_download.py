"""Reads one's own posts in ``Shares.csv`` of the data that LinkedIn gives people of their own account.

https://www.linkedin.com/help/linkedin/answer/a1339364. LinkedIn puts every line of a text in quotes of its
own before it writes the table, so that ``"`` stands on both sides of every line break.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, Stream

PLATFORM = "linkedin"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"Date", "ShareLink", "ShareCommentary"})
_BREAK = '"\n"'


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of the table."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is; the picture beside a shared link is that of its card."""
    link = fields.text(value.get("ShareLink"))
    if link is None:
        raise ImportRefusedError("has no link, by which posts of this table are known")
    media = MediaList()
    if picture := fields.text(value.get("MediaUrl")):
        is_card = fields.text(value.get("SharedUrl")) is not None
        media.add("article" if is_card else "main", type_of_name(picture, "image"), picture)
    yield ParsedPost(
        platform=PLATFORM,
        urn=link,
        posted_at_timestamp=fields.milliseconds_utc(value.get("Date")),
        text_content=_text(value.get("ShareCommentary")),
        url=link,
        media=media.references(),
        raw_json=raw,
    )


def _text(value: Any) -> str:
    """Return a text without the quotes around its lines."""
    text = fields.body(value).replace("\r\n", "\n")
    return text.replace(_BREAK, "\n") if _BREAK in text else text

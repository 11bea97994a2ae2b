"""Knows tables of comments, which tools write beside posts or instead of them.

Netvizz (https://github.com/bernorieder/netvizz) and ExportComments (https://exportcomments.com).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers.protocol import Outcome, PassedOver, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_NETVIZZ = frozenset({"post_id", "comment_id", "comment_message", "comment_published"})
_EXPORT_COMMENTS = frozenset({"Name", "Profile ID", "Date", "Likes", "Comment"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return isinstance(value, dict) and (value.keys() >= _NETVIZZ or value.keys() >= _EXPORT_COMMENTS)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield that the row is passed over."""
    del value, raw, avatars
    yield PassedOver("is a comment")

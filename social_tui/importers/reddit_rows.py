"""Reads posts of Reddit out of the tables that people make of its dumps.

https://github.com/Watchful1/PushshiftDumps/blob/master/scripts/to_csv.py, with the columns that it writes
where it is asked for none. It has the link in place of the id, and a time in the zone of an unknown machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.importers import fields, reddit
from social_tui.importers.protocol import Outcome, PassedOver, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_POST = frozenset({"author", "title", "score", "created", "link", "text", "url"})
_COMMENT = frozenset({"author", "score", "created", "link", "body"})
_LINK = re.compile(r"https://www\.reddit\.com/(?:r|user)/([^/]{1,60})/comments/([0-9a-z]{1,13})(?:/.*)?")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    if not isinstance(value, dict) or not (value.keys() >= _POST or value.keys() >= _COMMENT):
        return False
    return isinstance(value["link"], str) and bool(_LINK.fullmatch(value["link"]))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is; comments are passed over."""
    told = _LINK.fullmatch(value["link"])
    if told is None or not value.keys() >= _POST:
        yield PassedOver("is a comment")
        return
    post = {
        "id": told[2],
        "title": value["title"],
        "selftext": value["text"],
        "author": (fields.text(value["author"]) or "").removeprefix("u/"),
        "subreddit": told[1],
        "permalink": value["link"],
        "url": value["url"],
        "is_self": value["url"] == value["link"],
        "score": value["score"],
    }
    yield from reddit.parse(post, raw, avatars=avatars)

"""Knows what is no post in the tables and histories that Reddit, LinkedIn and Google give people.

They lie beside the posts in the download of their own account: comments, votes, what was saved or watched,
messages. None of the three publishes the columns: they are as the files have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers.protocol import Outcome, PassedOver, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COMMENT = "is a comment"
_NOTE = "is a note of an account, such as a vote or what was saved"
_MESSAGE = "is a private message"
#: Columns that a table has at least.
_TABLES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"id", "permalink", "date", "subreddit", "gildings", "link", "parent"}), _COMMENT),
    (frozenset({"id", "permalink", "thread_id", "date", "from", "to"}), _MESSAGE),
    (frozenset({"Comment ID", "Channel ID", "Comment Create Timestamp", "Video ID"}), _COMMENT),
    (frozenset({"Live Chat ID", "Channel ID", "Live Chat Create Timestamp", "Video ID"}), _COMMENT),
    (frozenset({"Video ID", "Playlist Video Creation Timestamp"}), _NOTE),
    (frozenset({"Playlist ID", "Playlist Title (Original)"}), _NOTE),
    (frozenset({"Channel Id", "Channel Url", "Channel Title"}), _NOTE),
    (frozenset({"CONVERSATION ID", "FROM", "DATE", "CONTENT", "FOLDER"}), _MESSAGE),
)
#: What an entry of a history of Google has, such as watch-history.json.
_HISTORY = frozenset({"header", "title", "time", "products"})
#: All columns of a table, the one that links to the network and its host, for what others may have too.
_WHOLE_TABLES: tuple[tuple[frozenset[str], str, str, str], ...] = (
    (frozenset({"id", "permalink", "direction"}), "permalink", "reddit.com/", _NOTE),
    (frozenset({"id", "permalink"}), "permalink", "reddit.com/", _NOTE),
    (frozenset({"Date", "Link", "Message"}), "Link", "linkedin.com/", _COMMENT),
    (frozenset({"Date", "Type", "Link"}), "Link", "linkedin.com/", _NOTE),
    (frozenset({"Date", "OptionText", "Link"}), "Link", "linkedin.com/", _NOTE),
    (
        frozenset({"Date", "Link"}),
        "Link",
        "linkedin.com/",
        "is a repost without words, of which only the link is told",
    ),
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of one of these tables, or an entry of a history."""
    return _reason(value) is not None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield that the row is passed over."""
    del raw, avatars
    yield PassedOver(_reason(value) or "is no post")


def _reason(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    columns = value.keys()
    if columns >= _HISTORY and isinstance(value["products"], list):
        return "is an entry of a history, such as what was watched or searched for"
    reason = next((reason for names, reason in _TABLES if columns >= names), None)
    for names, link, host, told in _WHOLE_TABLES:
        if columns == names and host in str(value[link]):
            reason = told
    # Rows of tables have texts alone, and objects of an API with the same names have not.
    return reason if reason and all(isinstance(field, str) for field in value.values()) else None

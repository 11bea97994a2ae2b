"""Knows what is no post in the data that Instagram and Facebook give people of their own account.

Messages, comments and reactions have files in the shape that posts have; likes, followers and settings are
lists of words. The download has all of them beside the posts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from social_tui.importers import fields
from social_tui.importers.protocol import Outcome, PassedOver, Stream

_LISTS = (
    "comments_v2", "group_comments_v2", "comments_media_comments", "comments_reels_comments",
    "likes_media_likes", "likes_comment_likes", "relationships_following", "saved_saved_media",
)  # fmt: skip
STREAMS = tuple(Stream((name,)) for name in _LISTS)

Object = dict[str, Any]
_MESSAGE = frozenset({"sender_name", "timestamp_ms"})
_MESSAGE_IN_CAMEL_CASE = frozenset({"senderName", "timestamp"})
_FOLDERS = ("/messages/", "/comments_and_reactions/")
_NOTES = frozenset({"string_list_data", "string_map_data"})
_ANSWERS = frozenset({"comment", "reaction"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these."""
    return _reason(value) is not None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield that the item is passed over."""
    del raw, avatars
    yield PassedOver(_reason(value) or "is no post")


def with_files(files: Sequence[Object]) -> PassedOver | None:
    """Say that an item is no post whose files lie in the folders of messages and comments, as it may look.

    Args:
        files: Each with its path as ``uri``.

    Returns:
        Why it is none; None where its files lie elsewhere.
    """
    is_note = any(folder in f"/{file['uri']}" for file in files for folder in _FOLDERS)
    return PassedOver("is a message or a comment with files") if is_note else None


def _reason(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    if value.keys() >= _MESSAGE or value.keys() >= _MESSAGE_IN_CAMEL_CASE:
        return "is a private message"
    if _NOTES & value.keys():
        return "is a note of an account, such as a like, a comment or a follower"
    if "timestamp" not in value or "id" in value:
        return None
    parts = fields.objects(value.get("data"))
    answers = any(isinstance(part.get(name), dict) for part in parts for name in _ANSWERS)
    return "is a comment or a reaction" if answers else None

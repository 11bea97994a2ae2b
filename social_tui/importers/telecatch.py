"""Reads messages of Telegram as TeleCatch exports them, as JSON and as tables.

https://github.com/labaffa/telecatch (``teledash/schemas.py`` names the fields). Of media it tells the kind
and how it calls the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.exports import ParsedPost
from social_tui.importers import fields, telegram_api
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole, MediaType

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset(
    {"id", "channel_id", "message", "timestamp", "author_type", "fwd_from_author_id", "media_type"}
)
_TYPES: dict[str, MediaType] = {"photo": "image", "webpage": "image", "video": "video", "audio": "audio"}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these messages."""
    return isinstance(value, dict) and value.keys() >= _MARKS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one message that an item is."""
    del avatars  # it names none
    channel = (fields.text(value.get("username")) or "").rpartition("/")[2].removeprefix("@")
    message = {
        "_": "Message",
        "id": value["id"],
        "peer_id": {"channel_id": _number(value["channel_id"])},
        "date": value["timestamp"],
        "message": value["message"] or "",
        "views": value.get("views"),
        "fwd_from": _number(value["fwd_from_author_id"]),
        "reply_to": _number(value.get("reply_to_author_id")),
        "_chat": {"username": channel},
        "_sender": {
            "id": _number(value.get("author_id")),
            "username": value.get("author_username"),
            "title": value.get("author_name"),
        },
    }
    media = MediaList()
    if kind := fields.text(value["media_type"]):
        name = fields.identifier(value.get("media_filename"))
        role: MediaRole = "article" if kind == "webpage" else "main"
        media.add(role, _TYPES.get(kind, "document"), value.get("media_url"), media_id=name)
    for outcome in telegram_api.parse(message, raw, avatars=False):
        if isinstance(outcome, ParsedPost):
            yield outcome.model_copy(update={"media": media.references()})
        else:
            yield outcome


def _number(value: Any) -> str | None:
    """Return an id, which tables made of numbers with gaps in them have with a fraction of 0."""
    number = fields.whole(value)
    return str(number) if number else None

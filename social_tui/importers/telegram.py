"""Reads messages out of JSON exports of Telegram Desktop, of one chat or of a whole account.

https://core.telegram.org/import-export; what the fields are called is told by the program itself
(https://github.com/telegramdesktop/tdesktop, ``export/output/export_output_json.cpp``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.beside import left_out
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import EVERY, Outcome, PassedOver, Stream, each
from social_tui.models import MediaType

PLATFORM = "telegram"

#: A message cannot be told from those of other chats without the id of its own.
_CHAT = frozenset({"id", "name", "type"})
STREAMS = (
    Stream(("messages",), _CHAT),
    Stream(("chats", "list", EVERY, "messages"), _CHAT),
    Stream(("left_chats", "list", EVERY, "messages"), _CHAT),
)

Object = dict[str, Any]
_KINDS = frozenset({"message", "service", "unsupported"})
_TYPES: dict[str, MediaType] = {
    "sticker": "image",
    "animation": "video",
    "video_file": "video",
    "video_message": "video",
    "voice_message": "audio",
    "audio_file": "audio",
}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a chat with messages in it."""
    messages = value.get("messages") if isinstance(value, dict) else None
    return isinstance(messages, list) and bool(messages) and _is_message(messages[0])


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("type")) in _KINDS and "date" in value and "id" in value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the messages of a chat; notices of what happened in it are passed over."""
    del avatars  # exports have none
    chat = {name: value[name] for name in value if name in _CHAT}
    messages = value["messages"]
    if len(messages) == 1:
        yield _outcome(messages[0], chat, raw)
    else:
        yield from each(
            messages, lambda message: _outcome(message, chat, fields.dump({**chat, "messages": [message]}))
        )


def _outcome(message: Any, chat: Object, raw: str) -> Outcome:
    if not _is_message(message):
        raise ImportRefusedError("is no message")
    if message["type"] != "message":
        return PassedOver(f"is a message of the kind {message['type']!r}, which has no content of its own")
    chat_id, message_id = fields.identifier(chat.get("id")), fields.identifier(message.get("id"))
    if chat_id is None or message_id is None:
        raise ImportRefusedError("has no id of its own or of its chat")
    media = MediaList()
    _add_media(media, message)
    return ParsedPost(
        platform=PLATFORM,
        # Messages are counted anew in every chat.
        urn=f"{chat_id}/{message_id}",
        posted_at_timestamp=fields.milliseconds(message.get("date_unixtime")),
        author_username=fields.identifier(message.get("from_id")),
        author_name=fields.first(message.get("from"), chat.get("name")),
        text_content=_text(message),
        post_type=_post_type(message),
        url=_link(chat, chat_id, message_id),
        engagement=_engagement(message),
        media=media.references(),
        raw_json=raw,
    )


def _text(message: Object) -> str:
    """Put a text together again, which is a list as soon as something in it is set off."""
    asked = fields.mapping(message.get("poll")).get("question")
    listed = fields.mapping(message.get("todo_list")).get("title")
    texts = (message.get("text"), message.get("text_entities"), asked, listed)
    return next(filter(None, map(_joined, texts)), "")


def _joined(text: Any) -> str:
    parts = text if isinstance(text, list) else [text]
    return "".join(fields.body(part.get("text") if isinstance(part, dict) else part) for part in parts)


def _post_type(message: Object) -> str:
    if message.get("forwarded_from") or message.get("forwarded_from_id"):
        return "repost"
    return "reply" if message.get("reply_to_message_id") else "regular"


def _link(chat: Object, chat_id: str, message_id: str) -> str | None:
    """Return the link of a message, which only groups and channels have; members can open it."""
    kind = str(chat.get("type"))
    if not kind.endswith(("_channel", "_supergroup")):
        return None
    return f"https://t.me/c/{chat_id}/{message_id}"


def _engagement(message: Object) -> Engagement:
    reactions = fields.objects(message.get("reactions"))
    return Engagement(reactions=fields.total(each.get("count") for each in reactions))


def _add_media(media: MediaList, message: Object) -> None:
    """Note the media of a message, which lie beside the export or were left out of it: neither is a link."""
    size = (message.get("width"), message.get("height"))
    if photo := fields.text(message.get("photo")):
        media.add("main", "image", None, size=size, beside=message["photo"])
    if name := fields.text(message.get("file")):
        declared = _TYPES.get(str(message.get("media_type")))
        by_mime = type_of_mime(message.get("mime_type"), type_of_name(name, "document"))
        # Some stickers are films.
        media_type = by_mime if by_mime == "video" else declared or by_mime
        media.add("main", media_type, None, size=size, beside=message["file"])
    if fields.text(message.get("contact_vcard")):
        media.add("main", "document", None, beside=message["contact_vcard"])
    # Of what was left out, the small picture was left out too.
    if (photo or name) and fields.text(message.get("thumbnail")) and not left_out(message["thumbnail"]):
        media.add("thumbnail", "image", None, beside=message["thumbnail"])
    for paid in fields.objects(message.get("paid_media")):
        if "photo" in paid or "file" in paid:
            by_mime = type_of_mime(paid.get("mime_type"), "image" if "photo" in paid else "document")
            size = (paid.get("width"), paid.get("height"))
            media.add("main", by_mime, None, size=size, beside=paid.get("photo") or paid.get("file"))

"""Reads messages of Telegram as its APIs have them: of Telethon, which 4CAT keeps, and of the Bot API.

https://core.telegram.org/constructor/message (``to_json`` of https://docs.telethon.dev), and
https://core.telegram.org/bots/api#message. Neither names a link of a file: the media have the ids alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaType
from social_tui.text import storable

PLATFORM = "telegram"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_BOT_FILES: dict[str, MediaType] = {
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "audio": "audio",
    "voice": "audio",
    "sticker": "image",
    "document": "document",
}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a message of one of these APIs."""
    return isinstance(value, dict) and (_is_bots(value) or _is_telethons(value) or _is_pyrograms(value))


def _is_bots(value: Object) -> bool:
    return "message_id" in value and "date" in value and "id" in fields.mapping(value.get("chat"))


def _is_pyrograms(value: Object) -> bool:
    return value.get("_") == "Message" and "id" in value and "id" in fields.mapping(value.get("chat"))


def _is_telethons(value: Object) -> bool:
    home = fields.mapping(value.get("peer_id")) or fields.mapping(value.get("_chat"))
    return bool(home) and value.keys() >= {"id", "date"} and bool({"message", "action"} & value.keys())


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one message that an item is; notices of what happened in a chat are passed over."""
    del avatars  # objects of accounts name none
    if _is_pyrograms(value):
        yield _of_bot(_as_bots_have_it(value), raw)
    else:
        yield _of_bot(value, raw) if _is_bots(value) else _of_telethon(value, raw)


def _as_bots_have_it(value: Object) -> Object:
    """Return a message of Pyrogram, which has the names of the Bot API for most, and times without a zone."""
    chat, photo = fields.mapping(value.get("chat")), value.get("photo")
    return {
        **value,
        "message_id": value["id"],
        "from": value.get("from_user"),
        "chat": {**chat, "type": str(chat.get("type")).rpartition(".")[2].lower()},
        "photo": [photo] if isinstance(photo, dict) else photo,
    }


def _of_telethon(value: Object, raw: str) -> Outcome:
    chat, sender = fields.mapping(value.get("_chat")), fields.mapping(value.get("_sender"))
    peer = fields.mapping(value.get("peer_id"))
    if not isinstance(value.get("message"), str):
        return PassedOver("is a notice of what happened in a chat")
    chat_id = _first_id(*(peer.get(name) for name in ("channel_id", "chat_id", "user_id")), chat.get("id"))
    author = fields.mapping(value.get("from_id"))
    author_id = _first_id(author.get("user_id"), author.get("channel_id"), sender.get("id"))
    media = MediaList()
    _add_media(media, fields.mapping(value.get("media")))
    results = fields.objects(fields.mapping(value.get("reactions")).get("results"))
    counts = {
        "reactions": fields.total(each.get("count") for each in results),
        "comments": fields.whole(fields.mapping(value.get("replies")).get("replies")),
        "reposts": fields.whole(value.get("forwards")),
        "views": fields.whole(value.get("views")),
    }
    message_id = _message_id(chat_id, value.get("id"))
    names = fields.text(
        " ".join(filter(None, map(fields.text, (sender.get("first_name"), sender.get("last_name")))))
    )
    username = fields.first(chat.get("username"))
    return ParsedPost(
        platform=PLATFORM,
        urn=message_id,
        posted_at_timestamp=fields.milliseconds_utc(value.get("date")),
        author_username=fields.first(sender.get("username"), username) or author_id or chat_id,
        author_name=fields.first(names, value.get("post_author"), sender.get("title"), chat.get("title")),
        text_content=fields.body(value.get("message")),
        post_type="repost" if value.get("fwd_from") else "reply" if value.get("reply_to") else "regular",
        url=_link(username, message_id, is_public="channel_id" in peer),
        engagement=Engagement(**counts),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _of_bot(value: Object, raw: str) -> Outcome:
    chat = fields.mapping(value.get("chat"))
    sender = fields.mapping(value.get("from")) or fields.mapping(value.get("sender_chat"))
    media = MediaList()
    sizes = fields.objects(value.get("photo"))
    if sizes:
        best = max(sizes, key=lambda each: fields.side(each.get("width")) or 0)
        _add_file(media, "image", best)
    for name, media_type in _BOT_FILES.items():
        # An animation is told as a document once more.
        if isinstance(value.get(name), dict) and not (name == "document" and "animation" in value):
            facts = value[name]
            _add_file(media, type_of_mime(facts.get("mime_type"), media_type), facts)
    text = fields.body(value.get("text")) or fields.body(value.get("caption"))
    if not text and not media.references():
        return PassedOver("is a notice of what happened in a chat")
    # Groups and channels are numbered below zero there, with 100 before the number of all but the oldest.
    chat_id = str(chat.get("id")).removeprefix("-100").removeprefix("-")
    message_id = _message_id(chat_id, value.get("message_id"))
    names = " ".join(filter(None, map(fields.text, (sender.get("first_name"), sender.get("last_name")))))
    is_forwarded = any(name.startswith("forward") for name in value if name != "forwards")
    counts = {"reposts": fields.whole(value.get("forwards")), "views": fields.whole(value.get("views"))}
    return ParsedPost(
        platform=PLATFORM,
        urn=message_id,
        posted_at_timestamp=fields.milliseconds(value.get("date")),
        author_username=fields.first(sender.get("username"), chat.get("username"))
        or _first_id(sender.get("id")),
        author_name=fields.first(names, sender.get("title"), chat.get("title")),
        text_content=text,
        post_type="repost" if is_forwarded else "reply" if value.get("reply_to_message") else "regular",
        url=_link(
            fields.first(chat.get("username")),
            message_id,
            is_public=str(chat.get("type")) in ("channel", "supergroup"),
        ),
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=media.references(),
        raw_json=raw,
    )


def _add_file(media: MediaList, media_type: MediaType, facts: Object) -> None:
    size = (facts.get("width") or facts.get("length"), facts.get("height") or facts.get("length"))
    media.add(
        "main", media_type, None, size=size, media_id=facts.get("file_unique_id") or facts.get("file_id")
    )


def _add_media(media: MediaList, found: Object) -> None:
    """Note the photo or the document of a message, and the picture of a link's card."""
    if photo := fields.mapping(found.get("photo")):
        media.add("main", "image", None, size=_size(photo.get("sizes")), media_id=photo.get("id"))
    if document := fields.mapping(found.get("document")):
        media_type = type_of_mime(document.get("mime_type"), "document")
        size = _size(document.get("attributes"))
        media.add("main", media_type, None, size=size, media_id=document.get("id"))
    if card := fields.mapping(fields.mapping(found.get("webpage")).get("photo")):
        media.add("article", "image", None, size=_size(card.get("sizes")), media_id=card.get("id"))


def _size(parts: Any) -> tuple[Any, Any]:
    best = max(fields.objects(parts), key=lambda each: fields.side(each.get("w")) or 0, default={})
    return best.get("w"), best.get("h")


def _first_id(*values: Any) -> str | None:
    return next(filter(None, map(fields.identifier, values)), None)


def _message_id(chat_id: str | None, value: Any) -> str:
    """Return the id of a message as exports of Telegram Desktop have it: every chat counts its own."""
    message_id = fields.identifier(value)
    if not chat_id or not chat_id.isdigit() or message_id is None:
        raise ImportRefusedError("has no id of its own or of its chat")
    return f"{chat_id}/{message_id}"


def _link(username: str | None, message_id: str, *, is_public: bool) -> str | None:
    if username:
        return f"https://t.me/{username}/{message_id.rpartition('/')[2]}"
    return f"https://t.me/c/{message_id}" if is_public else None

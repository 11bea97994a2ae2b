"""Reads messages of Discord: of DiscordChatExporter, and as the network's API has them.

https://github.com/Tyrrrz/DiscordChatExporter (``JsonMessageWriter.cs`` names the fields) and
https://discord.com/developers/docs/resources/message. Where the exporter fetched the media
itself, it has paths in place of links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaRole, MediaType
from social_tui.text import web_address

PLATFORM = "discord"

#: ``messages`` of an export are a stream of other messengers, too.
STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "type", "timestamp", "author", "content", "attachments", "embeds"})
#: What was written, in the exporter's words and in the numbers of the API: messages, answers, commands.
_WRITTEN = frozenset({"Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23"})
_REPLIES = frozenset({"Reply", "19"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a message, or an export with messages in it."""
    if not isinstance(value, dict):
        return False
    messages = value.get("messages")
    return _is_message(messages[0] if isinstance(messages, list) and messages else value)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _MARKS and isinstance(value["author"], dict)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the messages of an item; notices of what happened in a channel are passed over."""
    messages = value.get("messages")
    if not isinstance(messages, list):
        yield _outcome(value, raw, avatars=avatars)
    elif len(messages) == 1:
        yield _outcome(messages[0], raw, avatars=avatars)
    else:
        yield from each(messages, lambda message: _outcome(message, fields.dump(message), avatars=avatars))


def _outcome(message: Any, raw: str, *, avatars: bool) -> Outcome:
    if not _is_message(message):
        raise ImportRefusedError("is no message")
    kind = str(message["type"])
    if kind not in _WRITTEN:
        return PassedOver("is a notice of what happened in a channel")
    urn = fields.identifier(message["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    author = message["author"]
    media = MediaList()
    _add_media(media, "main", message)
    for forwarded in _forwarded(message):
        _add_media(media, "reshared", forwarded)
    avatar = author.get("avatarUrl")
    if avatars and web_address(fields.text(avatar) or ""):
        media.add("avatar", "image", avatar)
    nested = nested_posts(message, urn, inner=_inner, avatars=avatars, keep=lambda _: None)
    reactions = fields.total(each.get("count") for each in fields.objects(message.get("reactions")))
    words = [fields.body(part.get("content")) for part in (message, *_forwarded(message))]
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(message["timestamp"]),
        author_username=fields.first(author.get("username"), author.get("name"))
        or fields.identifier(author.get("id")),
        author_name=fields.first(author.get("nickname"), author.get("global_name"), author.get("name")),
        text_content="\n\n".join(filter(None, words)),
        post_type="repost" if _forwarded(message) else "reply" if kind in _REPLIES else "regular",
        engagement=Engagement(reactions=reactions),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _forwarded(message: Object) -> list[Object]:
    """Return what a message forwards, which has no id of its own."""
    snapshots = fields.objects(message.get("message_snapshots"))
    found = [fields.mapping(message.get("forwardedMessage"))]
    return list(filter(None, [*found, *(fields.mapping(each.get("message")) for each in snapshots)]))


def _inner(message: Object) -> list[Inner]:
    answered = fields.mapping(message.get("referenced_message"))
    return [("replied_to", answered)] if answered else []


def _add_media(media: MediaList, role: MediaRole, message: Object) -> None:
    for file in fields.objects(message.get("attachments")):
        name = fields.first(file.get("fileName"), file.get("filename"), file.get("url"))
        size = (file.get("width"), file.get("height"))
        media_type = type_of_mime(file.get("content_type"), type_of_name(name, "document"))
        _add(media, role, media_type, file, size=size)
    for sticker in fields.objects(message.get("stickers")):
        _add(media, role, "image", {"url": sticker.get("sourceUrl"), "id": sticker.get("id")})
    card: MediaRole = "article" if role == "main" else role
    for embed in fields.objects(message.get("embeds")):
        pictures = [fields.mapping(embed.get(name)) for name in ("image", "thumbnail")]
        for picture in (*pictures, *fields.objects(embed.get("images"))):
            if fields.text(picture.get("url")):
                size = (picture.get("width"), picture.get("height"))
                _add(media, card, type_of_name(picture["url"], "image"), picture, size=size)


def _add(
    media: MediaList,
    role: MediaRole,
    media_type: MediaType,
    facts: Object,
    *,
    size: tuple[Any, Any] = (None, None),
) -> None:
    """Note a media, whose address is a link or the path of the file that the exporter fetched."""
    link = fields.text(facts.get("url"))
    is_link = link is not None and web_address(link) is not None
    media.add(
        role,
        media_type,
        link if is_link else None,
        size=size,
        alt=facts.get("description"),
        media_id=facts.get("id"),
        beside=None if is_link else link,
    )

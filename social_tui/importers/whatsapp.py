"""Reads messages out of webhooks of the WhatsApp Cloud API and of the on-premises API before it.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components. Media are ids, which only Meta
can turn into links, for five minutes each.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaType

PLATFORM = "whatsapp"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_TYPES: dict[str, MediaType] = {
    "image": "image",
    "sticker": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "document",
}
_NO_CONTENT = frozenset({"reaction", "revoke", "system", "unsupported", "unknown", "errors"})
_LISTS = frozenset({"messages", "statuses", "message_echoes", "history"})
#: Every webhook, part of one and description has one of these names.
_MARKS = _LISTS | {"entry", "changes", "field", "messaging_product", "from"}
_STATUS = frozenset({"recipient_id", "status", "timestamp"})
_DESCRIPTION = frozenset({"messaging_product", "mime_type", "sha256", "id"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a webhook of this API, or its answer about one media."""
    if not isinstance(value, dict) or _MARKS.isdisjoint(value):
        return False
    return _webhook(value) is not None or _is_description(value)


def _is_description(value: Object) -> bool:
    return value.get("messaging_product") == "whatsapp" and value.keys() >= _DESCRIPTION


def _webhook(value: Object) -> Object | None:
    """Return a webhook, also where a part of one was kept: an entry, a change, its value, a message."""
    if value.get("object") == "whatsapp_business_account" and isinstance(value.get("entry"), list):
        return value
    if isinstance(value.get("changes"), list):
        inner = [fields.mapping(change.get("value")) for change in fields.objects(value["changes"])]
        is_ours = any(each.get("messaging_product") == "whatsapp" for each in inner)
        return {"object": "whatsapp_business_account", "entry": [value]} if is_ours else None
    if isinstance(value.get("value"), dict) and "field" in value:
        return _webhook({"changes": [value]})
    if _is_value(value):
        return _webhook({"changes": [{"value": {"messaging_product": "whatsapp", **value}}]})
    return _webhook({"messages": [value]}) if _is_message(value) else None


def _is_value(value: Object) -> bool:
    if value.get("messaging_product") == "whatsapp" and _LISTS & value.keys():
        return True
    if any("wa_id" in contact for contact in fields.objects(value.get("contacts"))[:1]):
        # The older API, which ran on one's own machines, and those of resellers have no name on it.
        return isinstance(value.get("messages"), list)
    if any(each.keys() >= _STATUS for each in fields.objects(value.get("statuses"))[:1]):
        return True
    return any(_is_message(message) for message in fields.objects(value.get("messages"))[:1])


def _is_message(value: Object) -> bool:
    return str(value.get("id")).startswith("wamid.") and {"from", "timestamp", "type"} <= value.keys()


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the messages of a webhook; what happened to messages is passed over."""
    del avatars  # webhooks have none
    webhook = _webhook(value)
    if webhook is None:
        yield PassedOver("tells of a media and is no message")
        return
    found = list(_messages(webhook))
    if len(found) == 1:
        yield _outcome(*found[0][:2], raw)
    else:
        yield from each(found, lambda one: _outcome(one[0], one[1], fields.dump(one[2])))
    for _ in range(_count_of_notices(webhook) if found else max(_count_of_notices(webhook), 1)):
        yield PassedOver("is a notice of what happened to a message or an account")
    for _ in range(sum(_count_of_bad_hashes(message) for message, _, _ in found)):
        yield PassedOver("is a stated hash that is no SHA-256: the media goes without")


def _changes(value: Object) -> Iterator[tuple[Object, Object, Object]]:
    for entry in fields.objects(value.get("entry")):
        for change in fields.objects(entry.get("changes")):
            yield entry, change, fields.mapping(change.get("value"))


def _messages(value: Object) -> Iterator[tuple[Object, Object, Object]]:
    """Yield every message with what stands beside it, and the smallest webhook that holds it alone."""
    for entry, change, inner in _changes(value):
        beside: Object = {
            name: inner[name] for name in ("messaging_product", "metadata", "contacts") if name in inner
        }
        for name in ("messages", "message_echoes"):
            for message in fields.objects(inner.get(name)):
                alone = {**change, "value": {**beside, name: [message]}}
                yield message, inner, {**value, "entry": [{**entry, "changes": [alone]}]}
        for part in fields.objects(inner.get("history")):
            for thread in fields.objects(part.get("threads")):
                for message in fields.objects(thread.get("messages")):
                    alone_in_thread: Object = {"threads": [{**thread, "messages": [message]}]}
                    alone = {**change, "value": {**beside, "history": [alone_in_thread]}}
                    yield message, inner, {**value, "entry": [{**entry, "changes": [alone]}]}


def _count_of_notices(value: Object) -> int:
    return sum(len(fields.objects(inner.get("statuses"))) for _, _, inner in _changes(value))


def _outcome(message: Object, beside: Object, raw: str) -> Outcome:
    kind = str(message.get("type"))
    if kind in _NO_CONTENT:
        return PassedOver("is a reaction or a notice, which has no content of its own")
    urn = fields.identifier(message.get("id"))
    if urn is None:
        raise ImportRefusedError("has no message id")
    sender = fields.identifier(message.get("from"))
    context = fields.mapping(message.get("context"))
    # What somebody edited stands whole in the notice of it.
    message = {**fields.mapping(fields.mapping(message.get("edit")).get("message")), **message}
    media = MediaList()
    _add_media(media, message)
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(message.get("timestamp")),
        author_username=sender,
        author_name=_name(beside, sender),
        text_content=_text(message),
        post_type="reply" if context.get("id") else fields.word(kind),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, message: Object) -> None:
    for name, media_type in _TYPES.items():
        facts = message.get(name)
        if isinstance(facts, dict):
            link, stated = facts.get("url") or facts.get("link"), _sha256(facts.get("sha256"))
            media.add("main", media_type, link, media_id=facts.get("id"), sha256=stated)
    # The advertisement by which somebody came to write.
    referral = fields.mapping(message.get("referral"))
    if fields.text(referral.get("video_url")):
        media.add("article", "video", referral["video_url"])
    if picture := fields.first(referral.get("image_url"), referral.get("thumbnail_url")):
        media.add("article", "image", picture)


def _count_of_bad_hashes(message: Object) -> int:
    stated = (fields.mapping(message.get(name)).get("sha256") for name in _TYPES)
    return sum(each is not None and _sha256(each) is None for each in stated)


def _sha256(value: Any) -> str | None:
    """Return a SHA-256 in 64 lower-case hexadecimal digits, where it is written so or in Base64."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        digest = bytes.fromhex(value) if len(value) == 64 else base64.b64decode(value, validate=True)
    except ValueError:
        return None
    return digest.hex() if len(digest) == 32 else None


def _name(beside: Object, sender: str | None) -> str | None:
    for contact in fields.objects(beside.get("contacts")):
        if sender is not None and fields.identifier(contact.get("wa_id")) == sender:
            return fields.text(fields.mapping(contact.get("profile")).get("name"))
    return None


def _text(message: Object) -> str:
    interactive = fields.mapping(message.get("interactive"))
    candidates = [
        fields.mapping(message.get("text")).get("body"),
        *(fields.mapping(message.get(name)).get("caption") for name in _TYPES),
        fields.mapping(message.get("button")).get("text"),
        fields.mapping(message.get("order")).get("text"),
        fields.mapping(interactive.get("body")).get("text"),
        *(fields.mapping(interactive.get(name)).get("title") for name in ("button_reply", "list_reply")),
    ]
    return next(filter(None, map(fields.body, candidates)), "")

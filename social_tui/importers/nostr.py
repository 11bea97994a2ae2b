"""Reads posts out of events of Nostr, as relays send them and clients save them.

https://github.com/nostr-protocol/nips: events (NIP-01), their media (NIP-92, NIP-94), reposts and quotes
(NIP-18), answers (NIP-10, NIP-22), articles (NIP-23), pictures (NIP-68) and videos (NIP-71).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, names_media, type_of_mime, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.strict_json import decode_text
from social_tui.models import MediaType

PLATFORM = "nostr"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "pubkey", "created_at", "kind", "tags", "content"})
#: What relays and clients tell each other besides (NIP-01, NIP-42, NIP-45), with how many parts it has.
_MESSAGES = {
    "EVENT": (2, 3),
    "REQ": range(3, 100),
    "COUNT": range(3, 100),
    "OK": (3, 4),
    "EOSE": (2,),
    "NOTICE": (2,),
    "CLOSE": (2,),
    "CLOSED": (2, 3),
    "AUTH": (2,),
}
_WITH_OBJECT = frozenset({"EVENT", "REQ", "COUNT"})
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REPOSTS = frozenset({6, 16})
_FILE = 1063
_REPLACED = range(30000, 40000)
#: The kinds of events that are posts, with the type of the media in them whose kind nothing else tells.
_POSTS: dict[int, MediaType] = {
    1: "image",
    20: "image",
    21: "video",
    22: "video",
    34235: "video",
    34236: "video",
    1111: "image",
    30023: "image",
    _FILE: "document",
    **dict.fromkeys(_REPOSTS, "image"),
}
_ANSWER = 1111
_LINK = re.compile(r"https?://[^\s<>\"'\]]+")
_SIDES = re.compile(r"([0-9]{1,9})x([0-9]{1,9})", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is an event, or a message between a relay and a client."""
    return _is_message(value) if isinstance(value, list) else _is_event(value)


def _is_message(value: list[Any]) -> bool:
    kind = value[0] if value else None
    sizes = _MESSAGES.get(kind) if isinstance(kind, str) else None
    if sizes is None or len(value) not in sizes:
        return False
    if kind == "OK":
        return isinstance(value[1], str) and isinstance(value[2], bool)
    if kind in _WITH_OBJECT:
        return isinstance(value[-1], dict)
    return all(isinstance(part, str) for part in value[1:]) or (kind == "AUTH" and _is_event(value[1]))


def _is_event(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() >= _MARKS
        and type(value["kind"]) is int
        and isinstance(value["tags"], list)
        and all(isinstance(value[name], str) and _HEX.fullmatch(value[name]) for name in ("id", "pubkey"))
    )


def parse(value: Any, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an event is; profiles, reactions, messages without an event are passed over."""
    if isinstance(value, list):
        if value[0] != "EVENT":
            yield PassedOver("is a message of a relay of Nostr without an event")
            return
        value = value[-1]
        if not _is_event(value):
            raise ImportRefusedError("is a message of a relay of Nostr whose event is not whole")
        raw = fields.dump(value)
    kind = value["kind"]
    if kind not in _POSTS:
        yield PassedOver("is an event of Nostr that is no post")
        return
    media = MediaList()
    if kind not in _REPOSTS:
        _add_media(media, value)
    words = (*(fields.body(value) for value in _values(value, "title")), _words(value))
    urn = _urn(value)
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=value["id"],
        posted_at_timestamp=fields.milliseconds(value["created_at"]),
        author_username=value["pubkey"],
        text_content="\n\n".join(filter(None, words)),
        post_type=_kind(value),
        media=media.references(),
        nested=nested_posts(value, urn, inner=_inner, avatars=avatars, keep=lambda _: None),
        raw_json=raw,
    )


def _urn(event: Object) -> str:
    """Return the id of an event, or the address under which its author replaces it by newer ones (NIP-01)."""
    if event["kind"] in _REPLACED:
        return f"{event['kind']}:{event['pubkey']}:{next(iter(_values(event, 'd')), '')}"
    return str(event["id"])


def _words(event: Object) -> str:
    return "" if event["kind"] in _REPOSTS else fields.body(event["content"])


def _kind(event: Object) -> str:
    if event["kind"] in _REPOSTS:
        return "repost"
    if _values(event, "q"):
        return "quote"
    # Of what is only mentioned older events say so (NIP-10).
    answers = [tag for tag in _tags(event) if tag[0] == "e" and "mention" not in tag[3:4]]
    return "reply" if answers or event["kind"] == _ANSWER else "regular"


def _inner(event: Object) -> list[Inner]:
    """Return what is reposted, which is whole in the text of its repost."""
    if event["kind"] not in _REPOSTS or not isinstance(event["content"], str):
        return []
    try:
        other = decode_text(event["content"])
    except ValueError:
        return []
    return [("boosted", other)] if _is_event(other) else []


def _tags(event: Object) -> list[list[str]]:
    return [
        tag
        for tag in event["tags"]
        if isinstance(tag, list) and tag and all(isinstance(part, str) for part in tag)
    ]


def _values(event: Object, name: str) -> list[str]:
    return [tag[1] for tag in _tags(event) if tag[0] == name and len(tag) > 1]


def _add_media(media: MediaList, event: Object) -> None:
    """Note what tags describe, then the links in the text that are named like media."""
    otherwise = _POSTS[event["kind"]]
    for tag in _tags(event):
        if tag[0] == "imeta":
            _add(media, otherwise, [part.partition(" ")[::2] for part in tag[1:]])
    if event["kind"] == _FILE:
        _add(media, otherwise, [(tag[0], tag[1]) for tag in _tags(event) if len(tag) > 1])
    for link in _LINK.findall(_words(event)):
        address = link.rstrip(".,;:!?)")
        if names_media(address.partition("?")[0].partition("#")[0]):
            media.add("main", type_of_name(address, "image"), address)
    for name in ("image", "thumb"):
        for picture in [] if event["kind"] == _FILE else _values(event, name):
            media.add("article" if event["kind"] == 30023 else "thumbnail", "image", picture)


def _add(media: MediaList, otherwise: MediaType, facts: list[tuple[str, ...]]) -> None:
    """Note a media by its description, whose names NIP-94 tells; of one that comes twice the first counts."""
    known = {each[0]: each[1] for each in reversed(facts)}
    link = fields.text(known.get("url"))
    if link is None:
        return
    sides = _SIDES.fullmatch(known.get("dim", ""))
    hashed = known.get("x", "").lower()
    media_type = type_of_mime(known.get("m"), type_of_name(link, otherwise))
    media.add(
        "main",
        media_type,
        link,
        size=(sides[1], sides[2]) if sides else (None, None),
        alt=known.get("alt"),
        sha256=hashed if _HEX.fullmatch(hashed) else None,
    )
    for name in ("image", "thumb"):
        if media_type != "image" and (picture := fields.text(known.get(name))):
            media.add("thumbnail", "image", picture)

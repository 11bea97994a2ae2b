"""Reads messages of Slack out of exports of workspaces and answers of its API.

https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports: a folder for each channel with a
file for each day, which is a list of messages as https://docs.slack.dev/reference/events/message tells them.
Neither names the channel in the message.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaRole
from social_tui.text import storable, web_address

PLATFORM = "slack"

#: ``messages`` of an answer are a stream of other messengers, too.
STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_TIME = re.compile(r"[0-9]{9,11}\.[0-9]{6}", re.ASCII)
#: What was written; all else is a notice of what happened in a channel.
_WRITTEN = frozenset(
    {
        "",
        "assistant_app_thread",
        "bot_message",
        "file_comment",
        "file_share",
        "me_message",
        "reply_broadcast",
        "slackbot_response",
        "thread_broadcast",
    }
)
_MEMBER = frozenset({"id", "team_id", "name", "profile"})
_CHANNEL = frozenset({"id", "created", "members"})
_NUMBER = re.compile(r"[CDGUW][A-Z0-9]{5,20}", re.ASCII)
#: Where slackdump puts the answers to a message (https://github.com/rusq/slackdump).
_REPLIES = "slackdump_thread_replies"
_REFERENCE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_OWN_WORDS = ("pretext", "title", "text")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a message, a page of them, a member or a channel."""
    if not isinstance(value, dict):
        return False
    messages = value.get("messages")
    if isinstance(messages, list) and messages:
        return _is_message(messages[0])
    return _is_message(value) or _is_of_workspace(value)


def _is_message(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "message"
        and isinstance(value.get("ts"), str)
        and bool(_TIME.fullmatch(value["ts"]))
    )


def _is_of_workspace(value: Object) -> bool:
    number = value.get("id")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return False
    is_member = value.keys() >= _MEMBER and isinstance(value["profile"], dict) and number[0] in "UW"
    is_channel = value.keys() >= _CHANNEL and isinstance(value["members"], list) and number[0] in "CDG"
    return is_member or is_channel


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the messages of an item; notices, members and channels are passed over."""
    listed = value.get("messages")
    messages = _with_replies(listed if isinstance(listed, list) else [value])
    if len(messages) == 1:
        yield _outcome(messages[0], raw, avatars=avatars)
    else:
        yield from each(messages, lambda message: _outcome(message, fields.dump(message), avatars=avatars))


def _with_replies(messages: list[Any]) -> list[Any]:
    """Put the answers that slackdump keeps inside of messages behind these."""
    found: list[Any] = []
    for message in messages:
        if isinstance(message, dict) and (replies := fields.objects(message.get(_REPLIES))):
            found += [{name: told for name, told in message.items() if name != _REPLIES}, *replies]
        else:
            found.append(message)
    return found


def _urn(message: Object, author: str | None, words: str) -> str:
    """Return what tells a message from all others, though it does not say in which channel it stands.

    Every channel counts its own times, and nobody writes into two of them at once. Programs do, so that what
    they say counts, too.
    """
    if fields.identifier(message.get("user")):
        return f"{author}/{message['ts']}"
    digest = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{author or fields.text(message.get('username')) or ''}/{message['ts']}/{digest}"


def _outcome(message: Any, raw: str, *, avatars: bool) -> Outcome:
    if not _is_message(message):
        if isinstance(message, dict) and _is_of_workspace(message):
            return PassedOver("is a member or a channel of a workspace")
        raise ImportRefusedError("is no message")
    if str(message.get("subtype") or "") not in _WRITTEN:
        return PassedOver("is a notice of what happened in a channel")
    profile, bot = fields.mapping(message.get("user_profile")), fields.mapping(message.get("bot_profile"))
    author = next(filter(None, map(fields.identifier, (message.get("user"), message.get("bot_id")))), None)
    words, media = _text(message), MediaList()
    _add_media(media, message)
    if avatars and (picture := fields.text(profile.get("image_72"))):
        media.add("avatar", "image", picture)
    reactions = fields.objects(message.get("reactions"))
    figures = {
        "reactions": fields.total(reaction.get("count") for reaction in reactions),
        "comments": fields.whole(message.get("reply_count")),
    }
    return ParsedPost(
        platform=PLATFORM,
        urn=_urn(message, author, words),
        posted_at_timestamp=fields.milliseconds(float(message["ts"])),
        # The name is not in every message of the same person.
        author_username=author or fields.text(message.get("username")),
        author_name=fields.first(
            profile.get("real_name"), profile.get("display_name"), message.get("username"), bot.get("name")
        ),
        text_content=words,
        post_type="reply" if message.get("thread_ts", message["ts"]) != message["ts"] else "regular",
        url=fields.text(message.get("permalink")),
        engagement=Engagement(**figures),
        stats=storable({name: count for name, count in figures.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _text(message: Object) -> str:
    """Return the words of a message, else those of the cards that programs write in their place."""
    if words := _plain(message.get("text")):
        return words
    cards = fields.objects(message.get("attachments"))
    own = ((_plain(card.get(name)) for name in _OWN_WORDS) for card in cards)
    found = ("\n\n".join(filter(None, parts)) for parts in own)
    return "\n\n".join(
        filter(
            None, (words or _plain(card.get("fallback")) for words, card in zip(found, cards, strict=True))
        )
    )


def _plain(value: Any) -> str:
    """Return a text with what Slack writes in angle brackets and as entities as its readers see it.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    if not isinstance(value, str):
        return ""
    shown = _REFERENCE.sub(_shown, fields.body(value))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(reference: re.Match[str]) -> str:
    target, label = reference[1], reference[2] or ""
    if target.startswith("!date^"):
        return label
    if target[:1] in ("@", "#", "!"):
        name = label or target[1:].partition("^")[0]
        return name if name[:1] in ("@", "#") else f"{'#' if target[0] == '#' else '@'}{name}"
    if not label or label in target:
        return target
    return f"{label} ({target})"


def _add_media(media: MediaList, message: Object) -> None:
    # Before 2018 a message had one file at most.
    files = fields.objects(message.get("files")) or [fields.mapping(message.get("file"))]
    for file in files:
        _add_file(media, "main", file)
    for card in fields.objects(message.get("attachments")):
        for file in fields.objects(card.get("files")):
            _add_file(media, "reshared", file)
        for name in ("image_url", "thumb_url"):
            if picture := fields.text(card.get(name)):
                media.add("article", "image", picture)
                break


def _add_file(media: MediaList, role: MediaRole, file: Object) -> None:
    """Note a file; of one that is gone there is its id alone."""
    if not file:
        return
    name = fields.first(file.get("name"), file.get("title"))
    link = next(
        (found for key in ("url_private_download", "url_private") if (found := fields.text(file.get(key)))),
        None,
    )
    media.add(
        role,
        type_of_mime(file.get("mimetype"), type_of_name(name, "document")),
        link if link and web_address(link) else None,
        size=(file.get("original_w"), file.get("original_h")),
        alt=file.get("alt_txt"),
        media_id=file.get("id"),
    )
    if role == "main" and (cover := fields.first(file.get("thumb_video"), file.get("thumb_pdf"))):
        media.add("thumbnail", "image", cover)

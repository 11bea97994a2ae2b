"""Reads posts of all networks out of exports and answers of tools that watch them (social listening).

Meltwater (https://developer.meltwater.com/api-reference/templates/api-json), Brandwatch
(https://developers.brandwatch.com/docs/mention-metadata-field-definitions), Talkwalker
(https://developer.talkwalker.com/docs/talkwalker-documents), Junkipedia
(https://docs.junkipedia.org/reference-material/api), Sprinklr and Netlytic; ``listening_tools.py`` has
their names. They know posts by numbers of their own; the link tells the network and the id there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, x_links
from social_tui.importers.listening_tools import TOOLS, Names, Tool
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.network_links import NETWORKS, Linked, in_zone_of_id, linked, network_of
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole, MediaType
from social_tui.text import web_address

STREAMS = (
    Stream(("documents",)),
    Stream(("result", "documents")),
    Stream(("results",)),
    Stream(("result_content", "data")),
)

Object = dict[str, Any]
#: The tools with the rarest of their names, which is looked for first.
_BY_MARK = tuple((tool.mark, tool) for tool in TOOLS)
#: Networks by the words that the tools have for them, where there is no link.
_NETWORKS = {"twitter": "x", "truthsocial": "mastodon", "vkontakte": "vk"}
#: Where an answer to a post is a comment and no post of its own.
_WITH_COMMENTS = frozenset({"facebook", "instagram", "youtube", "reddit", "tiktok", "linkedin", "vk"})
#: Whose posts are films, with a picture as their cover.
_FILMS = frozenset({"youtube", "tiktok", "bilibili", "bitchute"})
#: Whose posts have no titles; those that tools give them are made of the author and the words.
_WITHOUT_TITLES = frozenset({"x", "instagram", "facebook", "tiktok", "threads", "bluesky"})
_KINDS = {
    "repost": ("repost", "retweet", "share", "shared"),
    "quote": ("quote", "quoted", "quoted_post", "quote_tweet"),
    "reply": ("reply", "comment"),
}
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
#: As Meltwater writes times: ``03-Apr-2024 02:30PM``.
_WORDY = re.compile(
    r"(?:(\d{4}-\d\d-\d\d)|(\d{1,2})-([A-Za-z]{3})-(\d{4}))"
    r"(?: (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp][Mm]))?)?"
)
_BETWEEN_LINKS = re.compile(r"[\s,;|]{1,5}(?=https?://)")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post as one of these tools has it."""
    return _tool(value) is not None


def _tool(value: Any) -> tuple[Tool, Object] | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("data") if value.keys() <= {"data", "highlighted_data"} else value.get("attributes")
    for item in (value, inner):
        if isinstance(item, dict):
            for mark, tool in _BY_MARK:
                if mark in item and _is_of(tool, item):
                    return tool, item
    return None


def _is_of(tool: Tool, item: Object) -> bool:
    if not item.keys() >= tool.has or not all(isinstance(item[name], dict) for name in tool.objects):
        return False
    return not tool.is_of_networks or network_of(fields.first(*_all(item, tool.link))) is not None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    found = _tool(value)
    if found is None:
        raise ImportRefusedError("has not the columns that it should have")
    tool, item = found
    link = fields.first(*_all(item, tool.link))
    told = linked(link)
    platform = told.platform if told else _named(item, tool)
    text = _text(item, tool, platform)
    kind = _kind(item, tool, is_retweet=platform == x_links.PLATFORM and text.startswith("RT @"))
    if (told and told.is_comment) or (kind == "reply" and platform in _WITH_COMMENTS):
        yield PassedOver("is a comment")
        return
    urn = _id(item, tool, told, link)
    handle = _handle(item, tool)
    # Of some networks tools have the number of an account for its name, which the link may tell.
    if told and told.author and (handle is None or handle.isdigit()):
        handle = told.author
    counts = {name: _count(item, names) for name, names in tool.counts.items()}
    yield ParsedPost(
        platform=platform,
        urn=urn,
        posted_at_timestamp=_time(item, tool, told),
        author_username=handle,
        author_name=fields.first(*_all(item, tool.author_name)),
        text_content=text,
        post_type=kind,
        url=link or (x_links.post_url(handle, urn) if platform == x_links.PLATFORM else None),
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=_media(item, tool, told, avatars=avatars).references(),
        raw_json=raw,
    )


def _all(item: Object, names: Names) -> Iterator[Any]:
    """Yield what stands at some places, whose names have dots between those of objects."""
    for name in names:
        at: Any = item
        for part in name.split("."):
            at = at.get(part) if isinstance(at, dict) else None
        if at is not None:
            yield at


def _named(item: Object, tool: Tool) -> str:
    name = (fields.first(*_all(item, tool.network)) or "web").lower().replace(" ", "")
    name = _NETWORKS.get(name, name)
    return name if re.fullmatch(r"[\w.-]{1,100}", name, re.ASCII) else "web"


def _id(item: Object, tool: Tool, told: Linked | None, link: str | None) -> str:
    """Return the id that the network has for the post, else the link, else the number of the tool."""
    if told and told.urn:
        return told.urn
    ids = (fields.identifier(_bare(each)) for each in _all(item, tool.id_there))
    there = next(filter(None, ids), None) if told is None or told.platform in ("x", "bluesky") else None
    own = (fields.identifier(_bare(each)) for each in _all(item, tool.id_here))
    found = there or link or next(filter(None, own), None)
    if found is None:
        raise ImportRefusedError("has neither a link nor an id")
    return found


def _bare(value: Any) -> Any:
    # Meltwater puts ids of X into quotes, so that no spreadsheet takes them for numbers.
    return value.strip().strip("\"'") if isinstance(value, str) else value


def _time(item: Object, tool: Tool, told: Linked | None) -> int | None:
    """Return when the post was made; of a time without a zone the id tells how far it is from UTC."""
    told_times = [time for each in _all(item, tool.time) if (time := _bare(each))]
    exact = next(filter(None, map(fields.milliseconds, told_times)), None)
    if exact is not None:
        return exact
    clock = fields.first(*_all(item, tool.clock))
    made_at = told.made_at if told else None
    for each in told_times:
        text = f"{each} {clock}" if clock and isinstance(each, str) and ":" not in each else each
        moment = fields.milliseconds_utc(_in_numbers(text)) or fields.milliseconds_utc(_in_numbers(each))
        if moment is not None:
            return in_zone_of_id(moment, made_at)
    if made_at is None:
        for each in told_times:
            fields.refuse_local_date(each)
    return made_at


def _in_numbers(value: Any) -> Any:
    """Return a time as ISO 8601 has it, where it is written with the name of the month or with AM and PM."""
    match = _WORDY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value
    date, day, month, year, hour, minute, second, half = match.groups()
    if month:
        date = f"{year}-{_MONTHS.find(month.capitalize()) // 3 + 1:02}-{int(day):02}"
    number = int(hour or 0) % 12 + 12 * (half.lower() == "pm") if half else int(hour or 0)
    return f"{date} {number:02}:{minute or '00'}:{second or '00'}"


def _handle(item: Object, tool: Tool) -> str | None:
    found = fields.first(*_all(item, tool.author))
    return found.removeprefix("@") or None if found else None


def _text(item: Object, tool: Tool, platform: str) -> str:
    words = next(filter(None, map(fields.body, _all(item, tool.text))), "")
    titles = () if platform in _WITHOUT_TITLES else tool.title
    head = next(filter(None, map(fields.body, _all(item, titles))), "")
    return "\n\n".join(filter(None, (head if not words.startswith(head) else "", words)))


def _kind(item: Object, tool: Tool, *, is_retweet: bool) -> str | None:
    told = next((each for each in _all(item, tool.kind) if each), None)
    word = fields.word(told[0] if isinstance(told, list) else told)
    kind = next((kind for kind, words in _KINDS.items() if word and word.lower() in words), None)
    if kind is None and (is_retweet or fields.first(*_all(item, tool.repost_of))):
        return "repost"
    return kind or (word.lower() if word else None)


def _count(item: Object, names: Names) -> int | None:
    known = map(fields.whole, _all(item, names))
    found = [number for number in known if number is not None]
    return max(found, default=None)


def _media(item: Object, tool: Tool, told: Linked | None, *, avatars: bool) -> MediaList:
    media = MediaList()
    platform = told.platform if told else _named(item, tool)
    if platform == "youtube" and told and told.urn:
        media.add("main", "video", f"https://www.youtube.com/watch?v={told.urn}", media_id=told.urn)
    for media_type, names in tool.media.items():
        role: MediaRole = (
            # What an article of a newspaper shows is no picture that somebody posted.
            ("thumbnail" if media_type == "image" and platform in _FILMS else "main")
            if platform in NETWORKS
            else "article"
        )
        for each in _all(item, names):
            for part in each if isinstance(each, list) else [each]:
                # YouTube's film is the page itself.
                if platform != "youtube" or role == "thumbnail":
                    _add(media, role, media_type, part)
    if avatars and (avatar := fields.first(*_all(item, tool.avatar))):
        media.add("avatar", "image", avatar)
    return media


def _add(media: MediaList, role: MediaRole, media_type: MediaType, part: Any) -> None:
    facts = fields.mapping(part)
    links = fields.text(facts.get("url")) if facts else fields.text(part)
    size = (facts.get("width"), facts.get("height"))
    for link in _BETWEEN_LINKS.split(links or ""):
        if web_address(link) is not None:
            media.add(role, type_of_name(link, media_type), link, size=size, alt=facts.get("legend"))

"""Reads posts that the Auto Archiver of Bellingcat saved (https://github.com/bellingcat/auto-archiver).

Its sheet, its table, and the objects that it writes about each link: ``modules/gsheet_feeder_db``,
``csv_db`` and ``core/metadata.py``. The link tells the network. Media are those that it stored, with the link
that they have there; screenshots and other copies of the page are none of the post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.network_links import in_zone_of_id, linked
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.python_text import opened
from social_tui.text import web_address

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_OBJECT = frozenset({"status", "metadata", "media"})
_STATUS = ("Archive status", "Archive Status", "archive status")
#: Copies of the page and what is told of it, by what the tool calls them.
_COPIES = re.compile(r"screenshot|html|pdf|json|certificate|browsertrix|hashes|profile_picture|_final_media")
_COVERS = re.compile(r"cover|thumbnail")
_FORMULA = re.compile(r'=IMAGE\("(https?://[^"\s]+)"\)')
_SHA256 = re.compile(r"SHA-?256:([0-9a-f]{64})", re.IGNORECASE)
_NOT_SAVED = re.compile(r"no archiver|nothing archived|failed|in progress|error", re.IGNORECASE)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these objects or a row of one of these tables."""
    if not isinstance(value, dict):
        return False
    if value.keys() >= _OBJECT:
        told = value if isinstance(value["metadata"], dict) else opened(value, _OBJECT)
        return "url" in fields.mapping(told["metadata"]) and isinstance(told["media"], list)
    return any(name in value for name in _STATUS) and ("Link" in value or "link" in value)


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that was saved; links that were not are passed over."""
    del avatars
    saved = opened(value, _OBJECT) if "metadata" in value else _of_sheet(value)
    about = fields.mapping(saved["metadata"])
    link = fields.text(about.get("url"))
    told = linked(link)
    if told is None or link is None:
        raise ImportRefusedError("has no link of a post")
    status = fields.text(saved["status"]) or ""
    if not status or (_NOT_SAVED.search(status) and not saved["media"]):
        yield PassedOver("is a link that was not archived")
        return
    moment = fields.milliseconds(about.get("timestamp")) or fields.milliseconds_utc(about.get("timestamp"))
    yield ParsedPost(
        platform=told.platform,
        urn=told.urn or link,
        posted_at_timestamp=in_zone_of_id(moment, told.made_at) if moment else told.made_at,
        author_username=fields.first(
            about.get("username"), about.get("uploader_id"), about.get("author"), told.author
        ),
        author_name=fields.first(about.get("uploader"), about.get("name")),
        text_content=_text(about),
        url=link,
        media=_media(fields.objects(saved["media"])).references(),
        raw_json=raw,
    )


def _of_sheet(row: Object) -> Object:
    """Return a row of the sheet as the object that it was made of."""
    told = {name.lower(): fields.text(field) for name, field in row.items()}
    stored = told.get("archive location") or ""
    cover = _FORMULA.fullmatch(told.get("thumbnail") or "")
    return {
        "status": told["archive status"],
        "metadata": {
            "url": told["link"],
            "title": told.get("upload title"),
            "content": told.get("text content"),
            "timestamp": told.get("upload timestamp"),
        },
        "media": [
            *({"urls": [link]} for link in stored.split()),
            *([{"urls": [cover[1]], "properties": {"id": "cover"}}] if cover else []),
        ],
    }


def _text(about: Object) -> str:
    title, content = fields.body(about.get("title")), fields.body(about.get("content")).strip()
    # What the network tells stands as JSON in some; its words are the title.
    if content.startswith("{") and title:
        content = ""
    return "\n\n".join(filter(None, (title if not content.startswith(title) else "", content)))


def _media(found: list[Object]) -> MediaList:
    media = MediaList()
    for each in found:
        facts = fields.mapping(each.get("properties"))
        name = fields.first(each.get("_key"), each.get("filename")) or ""
        stored = next(_links(each.get("urls")), None)
        mime = each.get("_mimetype") or each.get("mimetype")
        media_type = type_of_mime(mime, type_of_name(name or stored, "document"))
        kind = str(facts.get("id", ""))
        if media_type == "document" or _COPIES.search(kind):
            continue
        digest = _SHA256.fullmatch(fields.text(facts.get("hash")) or "")
        media.add(
            "thumbnail" if _COVERS.match(kind) else "main",
            media_type,
            stored or next(_links([facts.get("src")]), None),
            media_id=None if stored else name or None,
            sha256=digest[1].lower() if digest else None,
        )
    return media


def _links(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, str) and web_address(each) is not None:
            yield each

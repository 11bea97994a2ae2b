"""Reads posts of LinkedIn as its own pages get them, which Zeeschuimer records.

LinkedIn documents nothing of it; the fields are those that 4CAT reads
(https://github.com/digitalmethodsinitiative/4cat, ``datasources/linkedin``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import apify_linkedin, fields
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"updateMetadata", "preDashEntityUrn", "*socialDetail"})
# Posts that are shown as one name several activities: the first is the post's own.
_ACTIVITY = re.compile(r"urn:li:activity:([0-9]{10,30})", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return (
        isinstance(value, dict)
        and "commentary" in value
        and isinstance(fields.mapping(value.get("actor")).get("name"), dict)
        and bool(_MARKS & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    names = (fields.mapping(value.get("updateMetadata")).get("urn"), value.get("preDashEntityUrn"))
    match = _ACTIVITY.search(fields.first(*names) or "")
    if match is None:
        raise ImportRefusedError("has no activity id")
    actor = fields.mapping(value.get("actor"))
    page = fields.text(fields.mapping(actor.get("navigationContext")).get("actionTarget"))
    media = MediaList(fields.identity)
    _add_media(media, "main", fields.mapping(value.get("content")))
    nested = nested_posts(
        value,
        match[1],
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", fields.mapping(other.get("content"))),
    )
    if avatars and (picture := next(_pictures(actor.get("image")), None)):
        media.add("avatar", "image", picture[0], size=picture[1])
    counts = _counts(fields.mapping(value.get("*socialDetail")))
    yield ParsedPost(
        platform=apify_linkedin.PLATFORM,
        urn=match[1],
        full_urn=match[0],
        # The page tells a time as "18h" only; the id tells it exactly.
        posted_at_timestamp=apify_linkedin.posted_at(None, match[1]),
        author_username=fields.slug(page),
        author_name=fields.text(fields.mapping(actor.get("name")).get("text")),
        text_content=fields.body(
            fields.mapping(fields.mapping(value.get("commentary")).get("text")).get("text")
        ),
        post_type="quote" if _inner(value) else "regular",
        url=f"https://www.linkedin.com/feed/update/{match[0]}",
        engagement=Engagement(
            reactions=counts["numLikes"], comments=counts["numComments"], reposts=counts["numShares"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _inner(value: Object) -> list[Inner]:
    shared = fields.mapping(value.get("*resharedUpdate")) or fields.mapping(value.get("resharedUpdate"))
    return [("reshared", shared)] if shared else []


def _counts(detail: Object) -> dict[str, int | None]:
    totals = fields.mapping(detail.get("*totalSocialActivityCounts"))
    older = {
        "numComments": fields.mapping(fields.mapping(detail.get("comments")).get("paging")).get("total"),
        "numLikes": fields.mapping(fields.mapping(detail.get("likes")).get("paging")).get("total"),
        "numShares": detail.get("totalShares"),
    }
    return {name: fields.whole(totals.get(name, otherwise)) for name, otherwise in older.items()}


def _add_media(media: MediaList, role: MediaRole, content: Object) -> None:
    for name in ("images", "imageComponent"):
        for url, size in _pictures(content.get(name)):
            media.add(role, "image", url, size=size)
    video = fields.mapping(content.get("linkedInVideoComponent")) or content
    if facts := fields.mapping(video.get("*videoPlayMetadata")):
        _add_video(media, role, facts)
    document = fields.mapping(fields.mapping(content.get("documentComponent")).get("document"))
    if document:
        media.add(role, "document", document.get("transcribedDocumentUrl"), alt=document.get("title"))
    if role == "main":
        for name in ("articleComponent", "externalVideoComponent"):
            for url, size in _pictures(content.get(name)):
                media.add("article", "image", url, size=size)


def _add_video(media: MediaList, role: MediaRole, facts: Object) -> None:
    streams = fields.objects(facts.get("progressiveStreams"))
    best = max(streams, key=lambda each: fields.whole(each.get("bitRate")) or 0, default={})
    locations = (location.get("url") for location in fields.objects(best.get("streamingLocations")))
    size = (best.get("width"), best.get("height"))
    media.add(role, "video", fields.first(*locations), size=size, media_id=facts.get("entityUrn"))
    for url, cover_size in _pictures(facts.get("thumbnail")):
        if role == "main":
            media.add("thumbnail", "image", url, size=cover_size)


def _pictures(value: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield link and size of every picture in a value, each in the largest of its sizes."""
    if isinstance(value, list):
        for member in value:
            yield from _pictures(member)
    elif isinstance(value, dict):
        artifacts = fields.objects(value.get("artifacts"))
        if not artifacts:
            for member in value.values():
                yield from _pictures(member)
            return
        best = max(artifacts, key=lambda each: fields.side(each.get("width")) or 0)
        segment = fields.text(best.get("fileIdentifyingUrlPathSegment"))
        if segment:
            root = fields.text(value.get("rootUrl")) or ""
            yield f"{root}{segment}", (best.get("width"), best.get("height"))

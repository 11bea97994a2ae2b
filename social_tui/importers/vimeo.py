"""Reads videos out of answers of Vimeo's API (https://developer.vimeo.com/api/reference/response/video)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "vimeo"

STREAMS = (Stream(("data",)),)

Object = dict[str, Any]
_PLACE = re.compile(r"/videos/([0-9]{1,19})(?::\w{1,40})?(/comments/[0-9]{1,19})?")
_ASKED_FOR = frozenset({"name", "link", "created_time", "pictures", "description", "text", "duration"})
_ACCOUNT = re.compile(r"https?://(?:www\.)?vimeo\.com/([^/?#\s]{1,100})/?")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a video, or a comment on one."""
    if not isinstance(value, dict) or not isinstance(uri := value.get("uri"), str):
        return False
    return uri.startswith("/videos/") and bool(_PLACE.fullmatch(uri)) and bool(_ASKED_FOR & value.keys())


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one video that an item is; comments are passed over."""
    found = _PLACE.fullmatch(value["uri"])
    if found is None or found[2]:
        yield PassedOver("is a comment")
        return
    page, user = fields.text(value.get("link")), fields.mapping(value.get("user"))
    told = fields.mapping(fields.mapping(value.get("metadata")).get("connections"))
    counts = {
        name: fields.whole(fields.mapping(told.get(name)).get("total")) for name in ("likes", "comments")
    }
    counts["plays"] = fields.whole(fields.mapping(value.get("stats")).get("plays"))
    media = MediaList()
    file = _best(value)
    size = (file.get("width") or value.get("width"), file.get("height") or value.get("height"))
    media.add("main", "video", file.get("link") or page, size=size, media_id=found[1])
    if cover := _picture(value):
        media.add("thumbnail", "image", cover.get("link"), size=(cover.get("width"), cover.get("height")))
    if avatars and (portrait := _picture(user)):
        media.add("avatar", "image", portrait.get("link"))
    account = _ACCOUNT.fullmatch(fields.text(user.get("link")) or "")
    words = (fields.body(value.get("name")), fields.body(value.get("description")))
    yield ParsedPost(
        platform=PLATFORM,
        urn=found[1],
        posted_at_timestamp=fields.milliseconds(value.get("created_time"))
        or fields.milliseconds(value.get("release_time")),
        author_username=account[1] if account else fields.text(user.get("uri")),
        author_name=fields.text(user.get("name")),
        text_content="\n\n".join(filter(None, words)),
        post_type=fields.word(value.get("type")) or "video",
        url=page,
        engagement=Engagement(reactions=counts["likes"], comments=counts["comments"], views=counts["plays"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _best(video: Object) -> Object:
    """Return the widest file, which only who owns the video is told of."""
    files = fields.objects(video.get("files")) + fields.objects(video.get("download"))
    files += fields.objects(fields.mapping(video.get("play")).get("progressive"))
    return _widest(files)


def _picture(value: Object) -> Object:
    """Return the widest of the pictures of a video or an account, or the link that has no size."""
    pictures = fields.mapping(value.get("pictures"))
    sizes = _widest(fields.objects(pictures.get("sizes")))
    base = fields.text(pictures.get("base_link"))
    return sizes or ({"link": base} if base else {})


def _widest(files: list[Object]) -> Object:
    named = [file for file in files if fields.text(file.get("link"))]
    return max(named, key=lambda file: fields.side(file.get("width")) or 0, default={})

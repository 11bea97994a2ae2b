"""Reads pins of Pinterest as its pages have them, which Zeeschuimer records, and as its API does.

The shape of the pages is not documented: it is read as 4CAT does
(https://github.com/digitalmethodsinitiative/4cat, ``datasources/pinterest``). What is recorded of the HTML of
a page has a mark and fewer fields. The API is https://developers.pinterest.com/docs/api/v5/pins-list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.text import storable

PLATFORM = "pinterest"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_PICTURES = frozenset({"images", "imageSpec_orig"})
_COUNTS = ("repin_count", "comment_count", "reaction_counts")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these pins."""
    if not isinstance(value, dict):
        return False
    is_of_html = value.get("_zs-origin") == "html" and value.keys() >= {"id", "body", "image", "tags"}
    is_of_page = isinstance(value.get("pinner"), dict) and bool(_PICTURES & value.keys())
    return is_of_html or is_of_page or _is_of_api(value)


def _is_of_api(value: Object) -> bool:
    return value.keys() >= {"id", "board_id", "title"} and "media_type" in fields.mapping(value.get("media"))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one pin that an item is."""
    urn = fields.identifier(value.get("entityId")) or fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    pinner = fields.mapping(value.get("pinner")) or fields.mapping(value.get("board_owner"))
    media = MediaList()
    is_film = _add_media_of_api(media, value) if _is_of_api(value) else _add_media(media, value)
    avatar = fields.first(pinner.get("image_medium_url"), pinner.get("imageMediumUrl"))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    words = (fields.body(value.get(name)).strip() for name in ("title", "description", "body"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds_utc(value.get("created_at"))
        or fields.milliseconds(value.get("createdAt")),
        author_username=fields.text(pinner.get("username")),
        author_name=fields.first(pinner.get("full_name"), pinner.get("fullName")),
        text_content="\n\n".join(dict.fromkeys(filter(None, words))),
        post_type="video" if is_film else "image",
        url=f"https://www.pinterest.com/pin/{urn}",
        engagement=Engagement(comments=counts["comment_count"], reposts=counts["repin_count"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _add_media(media: MediaList, value: Object) -> bool:
    """Note the film, if there is one, and the picture; tell whether there is a film."""
    alt = fields.first(value.get("alt_text"), value.get("auto_alt_text"))
    films = fields.mapping(fields.mapping(value.get("videos")).get("video_list") or value.get("videoList"))
    found = [each for each in films.values() if isinstance(each, dict) and fields.text(each.get("url"))]
    found.sort(key=lambda each: (".mp4" in each["url"], fields.side(each.get("width")) or 0), reverse=True)
    for film in found[:1]:
        media.add("main", "video", film["url"], size=(film.get("width"), film.get("height")), alt=alt)
    picture = fields.mapping(fields.mapping(value.get("images")).get("orig"))
    picture = picture or fields.mapping(value.get("imageSpec_orig")) or {"url": value.get("image")}
    size = (picture.get("width"), picture.get("height"))
    media.add("thumbnail" if found else "main", "image", picture.get("url"), size=size, alt=alt)
    return bool(found)


def _add_media_of_api(media: MediaList, pin: Object) -> bool:
    """Note the films and pictures of a pin of the API; tell whether there is a film."""
    told = pin["media"]
    is_film = False
    for part in fields.objects(told.get("items")) or [told]:
        sizes = [each for each in fields.mapping(part.get("images")).values() if isinstance(each, dict)]
        best = max(sizes, key=lambda each: fields.side(each.get("width")) or 0, default={})
        kind = str(part.get("item_type") or part.get("media_type"))
        if "video_url" in part or kind == "video":
            size = (part.get("width"), part.get("height"))
            media.add("main", "video", part.get("video_url"), size=size, alt=pin.get("alt_text"))
            if cover := fields.first(part.get("cover_image_url"), best.get("url")):
                media.add("thumbnail", "image", cover)
            is_film = True
        else:
            size = (best.get("width"), best.get("height"))
            media.add("main", "image", best.get("url"), size=size, alt=pin.get("alt_text"))
    return is_film

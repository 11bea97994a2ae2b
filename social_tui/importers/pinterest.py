"""Reads pins of Pinterest as its pages have them, which Zeeschuimer records.

The shape is not documented: it is read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat,
``datasources/pinterest``). What is recorded of the HTML of a page has a mark and fewer fields.
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
    return is_of_html or (isinstance(value.get("pinner"), dict) and bool(_PICTURES & value.keys()))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one pin that an item is."""
    urn = fields.identifier(value.get("entityId")) or fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    pinner = fields.mapping(value.get("pinner"))
    media = MediaList()
    is_film = _add_media(media, value)
    avatar = fields.first(pinner.get("image_medium_url"), pinner.get("imageMediumUrl"))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    words = (fields.body(value.get(name)).strip() for name in ("title", "description", "body"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("created_at"))
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

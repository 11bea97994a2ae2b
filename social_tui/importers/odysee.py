"""Reads claims of LBRY, on which Odysee runs, out of answers of its API (https://lbry.tech/api/sdk#claim_search)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaType

PLATFORM = "odysee"

STREAMS = (Stream(("result", "items")),)

Object = dict[str, Any]
_MARKS = frozenset({"claim_id", "value", "value_type"})
_TYPES: dict[str, MediaType] = {"video": "video", "audio": "audio", "image": "image"}
#: Media that can be had from their page.
_OF_PAGES = frozenset({"video", "audio"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a claim."""
    return (
        isinstance(value, dict)
        and value.keys() >= _MARKS
        and bool({"permanent_url", "canonical_url"} & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a claim is; channels and lists are passed over."""
    if value["value_type"] not in ("stream", "repost"):
        yield PassedOver("is a channel or a list, which is no post")
        return
    urn = fields.identifier(value["claim_id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    told = fields.mapping(value["value"])
    channel = fields.mapping(value.get("signing_channel"))
    about = fields.mapping(channel.get("value"))
    page = _page(value)
    media = MediaList()
    if value["value_type"] == "stream":
        _add_media(media, told, page, urn)
    avatar = fields.mapping(about.get("thumbnail")).get("url")
    if avatars and fields.text(avatar):
        media.add("avatar", "image", avatar)
    words = (fields.body(told.get("title")), fields.body(told.get("description")))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(told.get("release_time"))
        or fields.milliseconds(value.get("timestamp")),
        author_username=fields.text(channel.get("name")),
        author_name=fields.text(about.get("title")),
        text_content="\n\n".join(filter(None, words)),
        post_type="repost" if value["value_type"] == "repost" else fields.word(told.get("stream_type")),
        url=page,
        media=media.references(),
        nested=nested_posts(value, urn, inner=_inner, avatars=avatars, keep=lambda _: None),
        raw_json=raw,
    )


def _inner(value: Object) -> list[Inner]:
    other = fields.mapping(value.get("reposted_claim"))
    return [("boosted", other)] if other else []


def _page(value: Object) -> str | None:
    """Return the page of a claim: ``lbry://@ada#1/boats#2`` is shown at ``odysee.com/@ada:1/boats:2``."""
    for name in ("canonical_url", "short_url", "permanent_url"):
        address = fields.text(value.get(name))
        if address and address.startswith("lbry://"):
            return f"https://odysee.com/{address.removeprefix('lbry://').replace('#', ':')}"
    return None


def _add_media(media: MediaList, told: Object, page: str | None, urn: str) -> None:
    source = fields.mapping(told.get("source"))
    kind = str(told.get("stream_type"))
    media_type = _TYPES.get(kind) or type_of_mime(source.get("media_type"), "document")
    shown = fields.mapping(told.get(kind))
    size = (shown.get("width"), shown.get("height"))
    media.add("main", media_type, page if media_type in _OF_PAGES else None, size=size, media_id=urn)
    if cover := fields.text(fields.mapping(told.get("thumbnail")).get("url")):
        media.add("thumbnail", "image", cover)

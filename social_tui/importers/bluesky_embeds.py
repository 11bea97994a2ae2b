"""Reads the media that posts of Bluesky embed: as the API shows them, and as the records have them."""

from __future__ import annotations

from typing import Any

from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.models import MediaRole

Object = dict[str, Any]
# Records name their blobs by a hash; these are the addresses that the network's own app shows them under.
_IMAGE = "https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg"
_VIDEO = "https://video.bsky.app/watch/{did}/{cid}/playlist.m3u8"


def add_media(media: MediaList, role: MediaRole, embed: Object, did: str) -> None:
    """Note the media of an embed, but not those of a post that it quotes.

    Args:
        media: Where to note them.
        role: What the media are to the post.
        embed: The embed: as the API shows it, or as the record has it.
        did: Whose post it is; blobs of records lie with their owner.
    """
    kind = str(embed.get("$type")).removesuffix("#view")
    size = _size(embed)
    if kind == "app.bsky.embed.images":
        for image in fields.objects(embed.get("images")):
            _add_image(media, role, image, did)
    elif kind == "app.bsky.embed.gallery":
        for image in fields.objects(embed.get("items")):
            _add_image(media, role, image, did)
    elif kind == "app.bsky.embed.video":
        cid = fields.identifier(embed.get("cid")) or _cid(embed.get("video"))
        url = fields.text(embed.get("playlist")) or _address(_VIDEO, did, cid)
        media.add(role, "video", url, size=size, alt=embed.get("alt"), media_id=cid)
        if role == "main" and fields.text(embed.get("thumbnail")):
            media.add("thumbnail", "image", embed["thumbnail"])
    elif kind == "app.bsky.embed.external":
        thumb = fields.mapping(embed.get("external")).get("thumb")
        url = fields.text(thumb) or _address(_IMAGE, did, _cid(thumb))
        if (url or _cid(thumb)) and role == "main":
            media.add("article", "image", url, media_id=_cid(thumb))
    elif kind == "app.bsky.embed.recordWithMedia":
        add_media(media, role, fields.mapping(embed.get("media")), did)


def quoted(embed: Object) -> Object | None:
    """Return the post that an embed shows; lists, feeds and starter packs can be quoted too and are none."""
    kind = str(embed.get("$type")).removesuffix("#view")
    if kind == "app.bsky.embed.recordWithMedia":
        embed = fields.mapping(embed.get("record"))
    elif kind != "app.bsky.embed.record":
        return None
    record = fields.mapping(embed.get("record"))
    value = fields.mapping(record.get("value"))
    is_post = value.get("$type", "app.bsky.feed.post") == "app.bsky.feed.post" and "author" in record
    return record if is_post else None


def _add_image(media: MediaList, role: MediaRole, image: Object, did: str) -> None:
    cid = _cid(image.get("image"))
    url = fields.text(image.get("fullsize")) or _address(_IMAGE, did, cid)
    url = url or fields.first(image.get("thumb"), image.get("thumbnail"))
    media.add(role, "image", url, size=_size(image), alt=image.get("alt"), media_id=cid)


def _size(value: Object) -> tuple[Any, Any]:
    ratio = fields.mapping(value.get("aspectRatio"))
    return ratio.get("width"), ratio.get("height")


def _cid(blob: Any) -> str | None:
    """Return the hash of a blob: in the form of today, of the SDK for Python, or of the first posts."""
    blob = fields.mapping(blob)
    reference = fields.mapping(blob.get("ref"))
    candidates = (reference.get("$link"), reference.get("link"), blob.get("cid"))
    return next(filter(None, map(fields.identifier, candidates)), None)


def _address(template: str, did: str, cid: str | None) -> str | None:
    return template.format(did=did, cid=cid) if did and cid else None

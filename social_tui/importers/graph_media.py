"""Takes the media of a post out of an answer of Meta's Graph APIs, which Instagram and Threads have alike."""

from __future__ import annotations

from typing import Any

from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.models import MediaRole, MediaType

_TYPES: dict[str, MediaType] = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio"}


def add_media(media: MediaList, role: MediaRole, post: dict[str, Any]) -> None:
    """Note the media of a post: those of an album, or its only one.

    Args:
        media: Where to.
        role: What they are to the post.
        post: The object of the API, which has ``children`` where it is an album.
    """
    children = fields.mapping(post.get("children")).get("data")
    # An album repeats the link of its first picture.
    for part in fields.objects(children) or [post]:
        # The type of a child is told only where it was asked for.
        otherwise: MediaType = "video" if "thumbnail_url" in part else "image"
        media_type = _TYPES.get(str(part.get("media_type")), otherwise)
        media.add(role, media_type, part.get("media_url"), alt=part.get("alt_text"), media_id=part.get("id"))
        if role == "main" and fields.text(part.get("thumbnail_url")):
            media.add("thumbnail", "image", part["thumbnail_url"])

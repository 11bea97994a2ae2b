"""Reads the media of posts of Reddit: galleries, pictures inside texts, single pictures, videos, previews."""

from __future__ import annotations

from typing import Any

from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.models import MediaRole

Object = dict[str, Any]


def unescape(value: Any) -> Any:
    """Undo what Reddit does to texts and links, in which ``&``, ``<`` and ``>`` stand as entities."""
    return fields.unescape(value) if isinstance(value, str) else value


def add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    """Note the media of a post.

    Args:
        media: Where to note them.
        role: What the media of the post itself are: ``main``, or ``reshared`` of one that is crossposted.
        post: The post's own object.
    """
    found = (
        _add_gallery(media, role, post) or _add_video(media, role, post) or _add_picture(media, role, post)
    )
    source = _preview(post)
    preview = unescape(source.get("url"))
    if role == "main" and preview and (found != "picture"):
        size = (source.get("width"), source.get("height"))
        media.add("thumbnail" if found else "article", "image", preview, size=size)


def _add_gallery(media: MediaList, role: MediaRole, post: Object) -> str:
    metadata = fields.mapping(post.get("media_metadata"))
    items = fields.objects(fields.mapping(post.get("gallery_data")).get("items"))
    names = list(dict.fromkeys(str(item.get("media_id")) for item in items)) if items else list(metadata)
    for name in names:
        facts = fields.mapping(metadata.get(name))
        source = fields.mapping(facts.get("s"))
        size = (source.get("x") or facts.get("x"), source.get("y") or facts.get("y"))
        is_video = facts.get("e") == "RedditVideo"
        links = (
            source.get("gif"),
            source.get("u"),
            source.get("mp4"),
            facts.get("hlsUrl"),
            facts.get("dashUrl"),
        )
        url = fields.first(*map(unescape, links))
        media_type = "video" if is_video else type_of_name(url, "image")
        media.add(role, media_type, url, size=size, media_id=name)
    return "gallery" if names else ""


def _add_video(media: MediaList, role: MediaRole, post: Object) -> str:
    preview = fields.mapping(post.get("preview")).get("reddit_video_preview")
    homes = [fields.mapping(post.get(name)).get("reddit_video") for name in ("secure_media", "media")]
    for video in map(fields.mapping, [*homes, preview]):
        # Without sound, which is a file of its own; the playlists have both.
        url = fields.first(*(unescape(video.get(name)) for name in ("fallback_url", "hls_url", "dash_url")))
        if url:
            media.add(role, "video", url, size=(video.get("width"), video.get("height")))
            return "video"
    # BDFR tells of a film by its address alone, which is that of a page.
    if post.get("is_video", str(post.get("url")).startswith("https://v.redd.it/")) is True:
        media.add(role, "video", None, media_id=post.get("id"))
        return "video"
    return ""


def _add_picture(media: MediaList, role: MediaRole, post: Object) -> str:
    url = fields.first(*(unescape(post.get(name)) for name in ("url_overridden_by_dest", "url")))
    if url and "imgur.com/" in url and url.endswith(".gifv"):
        url = url.removesuffix("gifv") + "mp4"  # that name is of a page around the film
    if url is None or post.get("is_self") is True:
        return ""
    media_type = type_of_name(url, "image" if post.get("post_hint") == "image" else "document")
    if media_type not in ("image", "video", "audio") or (media_type != "image" and "://v.redd.it/" in url):
        return ""
    source = _preview(post)
    media.add(role, media_type, url, size=(source.get("width"), source.get("height")))
    return "picture"


def _preview(post: Object) -> Object:
    images = fields.objects(fields.mapping(post.get("preview")).get("images"))
    return fields.mapping(images[0].get("source")) if images else {}

"""Gathers the media that a post names, each of them once, in the order in which it names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import MediaReference
from social_tui.importers import fields
from social_tui.importers.beside import stated
from social_tui.models import MediaRole, MediaType

#: More media than any post has; what names more is an attempt to fill the library up.
MAX_MEDIA = 10_000

_EXTENSIONS: dict[str, MediaType] = {
    **dict.fromkeys(
        ("jpg", "jpeg", "png", "gif", "webp", "avif", "heic", "bmp", "svg", "tif", "tiff"), "image"
    ),
    **dict.fromkeys(("mp4", "mov", "webm", "m4v", "mkv", "avi", "m3u8", "mpd", "3gp"), "video"),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "wav", "flac", "aac"), "audio"),
    **dict.fromkeys(("pdf", "pptx", "docx", "xlsx", "ppt", "doc", "xls", "zip", "epub"), "document"),
}


def check_count(count: int) -> None:
    """Refuse a post that names more media than any post has.

    Raises:
        ImportRefusedError: If it does.
    """
    if count > MAX_MEDIA:
        raise ImportRefusedError(f"names more than {MAX_MEDIA:,} media")


def type_of_name(name: str | None, otherwise: MediaType) -> MediaType:
    """Tell the type of media by the extension of a link or a file name."""
    path = (name or "").partition("?")[0].partition("#")[0].lower()
    return _EXTENSIONS.get(path.rpartition(".")[2], otherwise)


def names_media(name: str) -> bool:
    """Tell whether a file name ends as those of media do."""
    return name.lower().rpartition(".")[2] in _EXTENSIONS


def type_of_mime(mime_type: Any, otherwise: MediaType) -> MediaType:
    """Tell the type of media by its MIME type, such as ``audio/ogg; codecs=opus``."""
    word = mime_type.partition("/")[0].lower() if isinstance(mime_type, str) else ""
    if word == "image":
        return "image"
    if word == "video":
        return "video"
    if word == "audio":
        return "audio"
    return "document" if word in ("application", "text") else otherwise


class MediaList:
    """The media of one post.

    Args:
        identity: What of a link tells one media from another; by default the whole link.
    """

    def __init__(self, identity: Callable[[str], str] = str) -> None:
        self._identity = identity
        self._found: dict[object, dict[str, Any]] = {}

    def add(
        self,
        role: MediaRole,
        media_type: MediaType,
        url: Any,
        *,
        size: tuple[Any, Any] = (None, None),
        alt: Any = None,
        media_id: Any = None,
        sha256: str | None = None,
        beside: Any = None,
        is_from_top: bool = False,
    ) -> None:
        """Note a media; one that is there already keeps its role and takes what it does not know yet.

        One without a link is known by its id; without an id, too, it cannot be told from others and counts.

        Args:
            role: What it is to the post.
            media_type: What it is.
            url: Its link; what is no text is none.
            size: Width and height in pixels.
            alt: The description that its author gave it.
            media_id: Its id on its platform.
            sha256: What its source says that its bytes hash to.
            beside: The path of its file beside the export, as ``importers/beside.py`` takes it.
            is_from_top: Whether that counts from the top folder of the export.

        Raises:
            ImportRefusedError: If there are more than any post has.
        """
        link = fields.text(url)
        known = {
            "role": role,
            "media_type": media_type,
            "url": link,
            "width": fields.side(size[0]),
            "height": fields.side(size[1]),
            "alt_text": fields.text(alt),
            "provider_media_id": None if media_id is None else fields.identifier(media_id),
            "stated_sha256": sha256,
            "local_path": None if beside is None else stated(beside, is_from_top=is_from_top),
        }
        key: object = len(self._found)
        if link is not None:
            key = self._identity(link)
        elif known["provider_media_id"] is not None:
            key = (role, known["provider_media_id"])
        first = self._found.setdefault(key, known)
        if first is not known:
            first.update({name: fact for name, fact in known.items() if first[name] is None})
        check_count(len(self._found))

    def references(self) -> tuple[MediaReference, ...]:
        """Return the references, counted from 0 within each role."""
        positions: dict[MediaRole, int] = {}
        for known in self._found.values():
            role = known["role"]
            known["position"] = positions[role] = positions.get(role, -1) + 1
        return tuple([MediaReference(**known) for known in self._found.values()])

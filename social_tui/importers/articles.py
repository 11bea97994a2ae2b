"""What blogs, feeds and forums have in common: texts in HTML with the media in them, and ids."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from social_tui.errors import ImportRefusedError
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_name
from social_tui.models import MediaType
from social_tui.text import web_address

_MEDIA = re.compile(r"<(img|video|audio|source)\b([^<>]*)>", re.IGNORECASE)
#: All of them, so that what stands within the quotes of one is none.
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]++))")
#: Pages that fetch pictures when they are seen have the link beside that of a placeholder.
_SOURCES = ("data-lazy-src", "data-src", "src")
#: What is drawn in the place of a sign, and what only counts readers.
_SIGN = re.compile(r"emoji|wp-smiley")
#: What pages do not show. One that is not closed goes to the end, so that a text full of them is gone through
#: once.
_UNSEEN = re.compile(r"(?is)<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
_PARAGRAPH = re.compile(r"(?i)<p\b[^<>]*>")
_TYPES: dict[str, MediaType] = {"img": "image", "video": "video", "audio": "audio"}


def words(*parts: Any) -> str:
    """Return what texts in HTML say, the first of them its title, with an empty line between them."""
    return "\n\n".join(filter(None, (_plain(part) for part in parts if isinstance(part, str))))


def _plain(html: str) -> str:
    shown = _UNSEEN.sub("", html)
    # Paragraphs need not be closed, and Hacker News closes none.
    return fields.plain(shown if "</p" in shown.lower() else _PARAGRAPH.sub("\n", shown))


def add_media(media: MediaList, html: Any, page: str | None, *, cover: str | None = None) -> None:
    """Note the pictures, films and sounds in a text in HTML.

    Args:
        media: Where to note them.
        html: The text; what is none has none.
        page: The address that links without a server count from.
        cover: The class that a picture has which is noted already, in another size.
    """
    around: MediaType = "video"
    for tag in _MEDIA.finditer(_UNSEEN.sub("", html)) if isinstance(html, str) else ():
        found = {name.lower(): fields.unescape("".join(value)) for name, *value in _ATTRIBUTE.findall(tag[2])}
        name = tag[1].lower()
        around = _TYPES.get(name, around) if name != "img" else around
        link = next(filter(None, (address(found.get(source), page) for source in _SOURCES)), None)
        size = (fields.whole(found.get("width")), fields.whole(found.get("height")))
        classes = found.get("class", "")
        if link and not _SIGN.search(classes) and size != (1, 1) and cover not in classes.split():
            media_type = type_of_name(link, "image") if name == "img" else around
            media.add("main", media_type, link, size=size, alt=found.get("alt"))
        if poster := address(found.get("poster"), page):
            media.add("thumbnail", "image", poster)


def address(link: Any, page: str | None) -> str | None:
    """Return a link whole, or None for what is none, such as a picture that stands in the page itself."""
    text = fields.text(link)
    if text is None:
        return None
    try:
        joined = urljoin(page or "", text)
    except ValueError:
        return None
    return joined if web_address(joined) is not None else None


def numbered_at(page: Any, number: Any) -> str:
    """Return the id of a post on a site that counts its own: the server of the site, and the number.

    Raises:
        ImportRefusedError: If one of them is not told.
    """
    address, identifier = fields.text(page), fields.identifier(number)
    try:
        host = urlsplit(address or "").hostname
    except ValueError:
        host = None
    if host is None or identifier is None:
        raise ImportRefusedError("has no number, or no address that says of which site it is")
    return f"{host}/{identifier}"

"""Reads messages of a chat that WhatsApp exported as a text, with or without the media beside it.

``chat_lines`` makes the items out of the text; https://faq.whatsapp.com/1180414079177245
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, names_media, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaType

PLATFORM = "whatsapp"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MEMBERS = frozenset({"whatsapp_chat", "sent", "from", "text", "again"})
#: The app marks its own words with U+200E, but not in every version.
_MARK = "\u200e"
#: ``<attached: 0001-PHOTO.jpg>`` of iPhones, in the language of the phone.
_ATTACHED = re.compile(r"\u200e?<\w[\w \u00a0]{1,40}: ?([^<>:/\\\n]{1,200}\.\w{2,5})>")
#: ``IMG-20240201-WA0001.jpg (file attached)`` of other phones.
_FILE_BEFORE = re.compile(r"\A\u200e?([^<>:/\\\n]{1,200}\.\w{2,5}) \([^()\n]{3,40}\)(?:\n|\Z)")
#: ``0001-PHOTO.jpg <attached>`` of iPhones before 2019.
_ATTACHED_BEFORE = re.compile(r"\A\u200e?([^<>:/\\\n]{1,200}\.\w{2,5}) <\u200e?\w[\w ]{1,20}>\Z")
#: A name that the app gives to a file or a contact.
_APP_NAME = re.compile(r"(?:-WA\d{4}\.\w{2,5}|\.vcf)\Z")
#: ``image omitted`` of iPhones, and ``<Media omitted>``, with the mark.
_OMITTED = re.compile(
    r"\u200e(?P<word>\w{2,20})[ \u00a0](?:[^\W\d_]{2,12}[ \u00a0])?[^\W\d_]{3,14}"
    r"|(?:\u200e<|<\u200e)[^<>:\n]{3,40}>"
)
#: ``<Media omitted>`` of other phones without a mark, in some of the languages of the app.
_OMITTED_UNMARKED = re.compile(
    r"<(?:(?:media|medien|médias|multimedia|archivo|fichier|mídia|arquivo de mídia|medier|mediefil)[ \u00a0]"
    r"(?:omitted|ausgeschlossen|weggelassen|omitid[ao]|omis|omess[io]|ocult[ao]|weggelaten|udeladt|utelämna[dt]"
    r"|utelatt|tidak disertakan)|без медиафайлов|medya dahil edilmedi|pominięto multimedia)>",
    re.IGNORECASE,
)
_LEFT_OUT = "(File not included. The chat was exported without its media)"
#: How the words for what was left out begin, in some of the languages of the app.
_WORDS: tuple[tuple[MediaType, tuple[str, ...]], ...] = (
    ("image", ("imag", "immag", "bild", "afbeelding", "photo", "foto", "sticker", "adesivo", "figurinha")),
    ("video", ("video", "vídeo", "vidéo", "gif")),
    ("audio", ("audio", "áudio", "sprach")),
    ("document", ("docu", "doku", "contact", "kontakt")),
)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a message out of such a text."""
    return isinstance(value, dict) and value.keys() >= _MEMBERS


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one message that an item is; what the app itself says in the chat is passed over."""
    del avatars  # texts have none
    sent, sender = fields.text(value["sent"]), fields.text(value["from"])
    text = fields.body(value["text"])
    media = MediaList()
    words = _add_media(media, text)
    # The app speaks in the name of a person or a group, too, and marks what it says.
    if sender is None or (text.startswith(_MARK) and not media.references()):
        yield PassedOver("is a notice of the app in the chat")
        return
    if sent is None:
        raise ImportRefusedError("has no time")
    yield ParsedPost(
        platform=PLATFORM,
        urn=_urn(sent, sender, text, fields.whole(value["again"])),
        posted_at_timestamp=fields.milliseconds_utc(sent),
        author_username=sender,
        author_name=sender,
        text_content=words.replace(_MARK, "").strip(),
        post_type="media" if media.references() else "text",
        media=media.references(),
        raw_json=raw,
    )


def _urn(sent: str, sender: str, text: str, again: int | None) -> str:
    """Return an id, which the text has none of: the same message is the same one in a later export too."""
    digest = hashlib.sha256(f"{sender}\0{text}\0{again or 0}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{sent}-{digest[:16]}"


def _add_media(media: MediaList, text: str) -> str:
    """Note the files that a message names, and return what else it says."""
    patterns = (_ATTACHED, _FILE_BEFORE, _ATTACHED_BEFORE)
    named = next((each for one in patterns for each in one.finditer(text) if _is_file(each)), None)
    if named:
        name = named[1].lstrip(_MARK)
        media.add("main", type_of_name(name, "document"), None, beside=name)
        return text[: named.start()] + text[named.end() :]
    omitted = _OMITTED.fullmatch(text) or _OMITTED_UNMARKED.fullmatch(text)
    if omitted and (media_type := _kind_of(omitted.groupdict().get("word"))):
        media.add("main", media_type, None, beside=_LEFT_OUT)
        return ""
    return text


def _is_file(named: re.Match[str]) -> bool:
    """Tell whether the app names a file, and not a person something like one."""
    return _MARK in named[0] or names_media(named[1]) or _APP_NAME.search(named[1]) is not None


def _kind_of(word: str | None) -> MediaType | None:
    """Tell what was left out; other phones than iPhones do not say, and mostly it is a picture."""
    if word is None:
        return "image"
    return next((kind for kind, starts in _WORDS if word.lower().startswith(starts)), None)

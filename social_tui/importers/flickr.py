"""Reads photos and videos of Flickr: out of answers of its API and of its public feeds.

https://www.flickr.com/services/api/flickr.photos.search.html (with what ``extras`` adds),
https://www.flickr.com/services/api/flickr.photos.getInfo.html and https://www.flickr.com/services/feeds;
https://www.flickr.com/services/api/misc.urls.html says how links are put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream, each
from social_tui.text import storable

PLATFORM = "flickr"

STREAMS = (
    Stream(("photos", "photo")),
    Stream(("photoset", "photo"), frozenset({"owner", "ownername"})),
)

Object = dict[str, Any]
_MARKS = frozenset({"id", "secret", "server", "title"})
_FEED = frozenset({"title", "link", "media", "author_id", "published"})
_PAGE = re.compile(r"https?://www\.flickr\.com/photos/[^/]{1,100}/(\d{1,20})/?")
_IN_MAIL = re.compile(r'[^()]{0,100}\("(.{1,100})"\)')
_NAME = re.compile(r"\w{1,40}", re.ASCII)
_PARAGRAPH = re.compile(r"<p>([^<]*(?:<(?!/?p>)[^<]*)*)</p>")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a photo, an answer with one, a set of them, or an entry of a feed."""
    if not isinstance(value, dict):
        return False
    if "photoset" in value:
        photos = fields.mapping(value["photoset"]).get("photo")
        return isinstance(photos, list) and bool(photos) and _is_photo(photos[0])
    return _is_photo(value) or _is_photo(value.get("photo")) or _is_of_feed(value)


def _is_photo(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _MARKS and bool({"farm", "owner"} & value.keys())


def _is_of_feed(value: Object) -> bool:
    if not value.keys() >= _FEED or not isinstance(value["media"], dict):
        return False
    return bool(_PAGE.fullmatch(str(value["link"])))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the photos that an item is or holds."""
    del avatars  # the answers name none
    if "photoset" not in value:
        photo = value if _is_photo(value) else fields.mapping(value.get("photo"))
        yield _of_feed(value, raw) if _is_of_feed(value) else _photo(photo, {}, raw)
        return
    around = fields.mapping(value["photoset"])
    known: Object = {name: around[name] for name in ("owner", "ownername") if name in around}
    photos = around["photo"]
    if len(photos) == 1:
        yield _photo(photos[0], known, raw)
        return
    yield from each(
        photos, lambda photo: _photo(photo, known, fields.dump({"photoset": {**known, "photo": [photo]}}))
    )


def _photo(value: Object, around: Object, raw: str) -> ParsedPost:
    urn = fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    owner = {**around, **value}.get("owner")
    account = fields.mapping(owner)
    number = fields.identifier(
        account.get("nsid") or owner if isinstance(owner, str) else account.get("nsid")
    )
    name = fields.first(value.get("pathalias"), account.get("path_alias"))
    place = name or number
    dates = fields.mapping(value.get("dates"))
    posted = next(
        filter(None, (value.get("dateupload"), value.get("dateuploaded"), dates.get("posted"))), None
    )
    page = f"https://www.flickr.com/photos/{place}/{urn}/" if place else None
    counts = {
        "count_faves": fields.whole(value.get("count_faves")),
        "count_comments": fields.whole(value.get("count_comments", _content(value.get("comments")))),
        "views": fields.whole(value.get("views")),
    }
    media = MediaList()
    picture, size = _largest(value)
    if value.get("media") == "video":
        media.add("main", "video", page, media_id=urn)
        media.add("thumbnail", "image", picture, size=size)
    else:
        media.add("main", "image", picture, size=size, media_id=urn)
    words = (fields.body(_content(value["title"])), fields.plain(_content(value.get("description"))))
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(posted),
        author_username=place,
        author_name=fields.first(
            value.get("ownername"), account.get("realname"), account.get("username"), around.get("ownername")
        ),
        text_content="\n\n".join(filter(None, words)),
        post_type=fields.word(value.get("media")),
        url=page,
        engagement=Engagement(
            reactions=counts["count_faves"], comments=counts["count_comments"], views=counts["views"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _content(value: Any) -> Any:
    """Return a text or a number, around which most answers have an object."""
    return value.get("_content") if isinstance(value, dict) else value


def _largest(photo: Object) -> tuple[str | None, tuple[Any, Any]]:
    """Return the link of the largest picture that is named, else the one that its names make; its size."""
    named = [
        name.removeprefix("url_") for name in photo if name.startswith("url_") and fields.text(photo[name])
    ]
    if named:
        best = max(named, key=lambda name: fields.side(photo.get(f"width_{name}")) or 0)
        size = (fields.whole(photo.get(f"width_{best}")), fields.whole(photo.get(f"height_{best}")))
        return fields.text(photo[f"url_{best}"]), size
    server, number, secret, original, ending = (
        str(photo.get(name)) for name in ("server", "id", "secret", "originalsecret", "originalformat")
    )
    if not all(map(_NAME.fullmatch, (server, number, secret))):
        return None, (None, None)
    name = f"{number}_{secret}_b.jpg"
    if photo.get("originalsecret") and _NAME.fullmatch(original) and _NAME.fullmatch(ending):
        name = f"{number}_{original}_o.{ending}"
    return f"https://live.staticflickr.com/{server}/{name}", (None, None)


def _of_feed(value: Object, raw: str) -> ParsedPost:
    page = str(value["link"])
    found = _PAGE.fullmatch(page)
    if found is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    media.add("main", "image", fields.mapping(value["media"]).get("m"), media_id=found[1])
    author = fields.text(value.get("author")) or ""
    in_mail = _IN_MAIL.fullmatch(author)
    # The description shows the picture and who posted it before the words.
    shown = _PARAGRAPH.findall(fields.body(value.get("description")))
    words = (fields.body(value["title"]).strip(), *(fields.plain(words) for words in shown[2:]))
    return ParsedPost(
        platform=PLATFORM,
        urn=found[1],
        posted_at_timestamp=fields.milliseconds(value["published"]),
        author_username=fields.text(value["author_id"]),
        author_name=in_mail[1] if in_mail else author or None,
        text_content="\n\n".join(filter(None, words)),
        post_type="photo",
        url=page,
        media=media.references(),
        raw_json=raw,
    )

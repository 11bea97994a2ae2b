"""Reads posts of Weibo as its pages for computers (weibo.com) and for phones (m.weibo.cn) get them.

The shape is not documented: it is read as gallery-dl does (https://github.com/mikf/gallery-dl,
``gallery_dl/extractor/weibo.py``). Computers get ``pic_infos``, phones ``pics``; ``mix_media_info`` has what
stands in one row there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "weibo"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset({"id", "created_at", "text", "attitudes_count"})
_COUNTS = ("attitudes_count", "comments_count", "reposts_count")
#: Names of a film in the answers that phones get, the best first.
_FILMS = ("mp4_720p_mp4", "mp4_hd_mp4", "mp4_ld_mp4")
_AVATARS = ("avatar_hd", "avatar_large", "profile_image_url")
#: An emoticon is a picture there that has its name, such as ``[doge]``, as its alternative text.
_PICTURE = re.compile(r"<img\b([^<>]*)>", re.IGNORECASE)
_NAME = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'/]+))""", re.IGNORECASE)
#: The link to the whole of a post that breaks off.
_WHOLE = re.compile(r"<a [^<>]*>\s*全文\s*</a>\s*")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    return isinstance(value, dict) and value.keys() >= _MARKS and "screen_name" not in value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    yield post_of(value, raw, avatars=avatars)


def post_of(value: Object, raw: str, *, avatars: bool) -> ParsedPost:
    """Return the post that an item is.

    Args:
        value: The decoded item.
        raw: Its text.
        avatars: Whether the picture of the author is media too.

    Raises:
        ImportRefusedError: If it has no id.
    """
    urn = fields.identifier(value.get("idstr")) or fields.identifier(value["id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    user = fields.mapping(value.get("user"))
    media = MediaList()
    _add_media(media, "main", value)
    if _is_film_of_other(value):
        _add_film(media, "reshared", fields.mapping(value["page_info"]))
    nested = nested_posts(
        value, urn, inner=_inner, avatars=avatars, keep=lambda other: _add_media(media, "reshared", other)
    )
    avatar = fields.first(*(user.get(name) for name in _AVATARS))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    account = fields.identifier(user.get("idstr")) or fields.identifier(user.get("id"))
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value["created_at"]),
        author_username=account,
        author_name=fields.text(user.get("screen_name")),
        text_content=_text(value),
        post_type="repost" if _inner(value) else "regular",
        url=f"https://weibo.com/{account}/{urn}" if account else f"https://m.weibo.cn/detail/{urn}",
        engagement=Engagement(
            reactions=counts["attitudes_count"],
            comments=counts["comments_count"],
            reposts=counts["reposts_count"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _text(status: Object) -> str:
    """Return the words of a post: all of a long one where they were fetched, which else breaks off."""
    long = fields.mapping(status.get("longText"))
    written = fields.body(long.get("longTextContent_raw")) or _plain(long.get("longTextContent"))
    return written or fields.body(status.get("text_raw")) or _plain(status["text"])


def _plain(value: Any) -> str:
    """Return what a text in HTML says, with the names of its emoticons, without the link to more of it."""
    if not isinstance(value, str):
        return ""
    link = _WHOLE.fullmatch(value, max(value.rfind("<a "), 0))
    if link is not None and "/status/" in link[0]:
        value = value[: link.start()]
    return fields.plain(_PICTURE.sub(_emoticon, value))


def _emoticon(picture: re.Match[str]) -> str:
    name = _NAME.search(picture[1])
    return fields.first(*name.groups()) or "" if name is not None else ""


def _inner(status: Object) -> list[Inner]:
    other = fields.mapping(status.get("retweeted_status"))
    return [("reshared", other)] if other else []


def _is_film_of_other(status: Object) -> bool:
    """Tell whether a post repeats the film of another one, which does not name it itself."""
    other = fields.mapping(status.get("retweeted_status"))
    return bool(other) and "page_info" in status and "page_info" not in other


def _add_media(media: MediaList, role: MediaRole, status: Object) -> None:
    mixed = fields.objects(fields.mapping(status.get("mix_media_info")).get("items"))
    for item in mixed:
        data = fields.mapping(item.get("data"))
        if item.get("type") == "video":
            _add_film(media, role, data)
        else:
            _add_picture(media, role, data)
    if mixed:
        return
    for picture in _pictures(status):
        _add_picture(media, role, picture)
    # Of a post inside of another one the page repeats what is there.
    if not fields.mapping(status.get("retweeted_status")):
        _add_film(media, role, fields.mapping(status.get("page_info")))


def _pictures(status: Object) -> list[Object]:
    """Return the pictures in the order of the post."""
    known = fields.mapping(status.get("pic_infos"))
    listed = status.get("pic_ids")
    if known and isinstance(listed, list):
        return fields.objects([known.get(each) for each in listed if isinstance(each, str)])
    shown = status.get("pics") or known
    return fields.objects(list(shown.values()) if isinstance(shown, dict) else shown)


def _add_picture(media: MediaList, role: MediaRole, picture: Object) -> None:
    large = fields.mapping(picture.get("largest")) or fields.mapping(picture.get("large"))
    geometry = fields.mapping(large.get("geo"))
    size = (large.get("width", geometry.get("width")), large.get("height", geometry.get("height")))
    media_id = picture.get("pic_id") or picture.get("pid")
    media.add(role, "image", large.get("url") or picture.get("url"), size=size, media_id=media_id)
    film = fields.first(picture.get("video"), picture.get("videoSrc"))
    if film and picture.get("type") != "gif":  # what moves in a live photo; a GIF is the same once more
        media.add(role, "video", film)


def _add_film(media: MediaList, role: MediaRole, page: Object) -> None:
    """Note the film that a page shows, with its cover; a page without one is a link or a place."""
    facts = fields.mapping(page.get("media_info"))
    if not facts:
        return
    plays = [fields.mapping(each.get("play_info")) for each in fields.objects(facts.get("playback_list"))]
    best = max(plays, key=lambda play: fields.side(play.get("width")) or 0, default={})
    urls = fields.mapping(page.get("urls"))
    link = fields.first(
        best.get("url"),
        *(urls.get(name) for name in _FILMS),
        facts.get("stream_url_hd"),
        facts.get("stream_url"),
    )
    size = (best.get("width"), best.get("height"))
    media.add(role, "video", link, size=size, media_id=page.get("object_id"))
    cover = page.get("page_pic")
    cover = fields.mapping(cover).get("url") if isinstance(cover, dict) else cover
    if role == "main" and fields.text(cover):
        media.add("thumbnail", "image", cover)

"""Reads entries of feeds: JSON Feed, and feeds of RSS and Atom that a program made into JSON.

https://www.jsonfeed.org/version/1.1; https://rss2json.com/docs, https://github.com/rbren/rss-parser and
https://feedparser.readthedocs.io.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.articles import add_media, address, numbered_at, words
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each

PLATFORM = "web"

STREAMS = (Stream(("items",)),)

Object = dict[str, Any]
_VERSION = "https://jsonfeed.org/version/1"
_TEXTS = frozenset({"content_html", "content_text"})
#: All names that an entry of JSON Feed has; those of others begin with an underscore.
_ENTRY = frozenset(
    {
        "id", "url", "external_url", "title", "summary", "image", "banner_image", "date_published",
        "date_modified", "author", "authors", "tags", "language", "attachments", *_TEXTS,
    }
)  # fmt: skip
_RSS = frozenset({"title", "pubDate", "link", "guid"})
#: What feedparser makes of an entry, whether the feed is RSS or Atom.
_PARSED = frozenset({"title_detail", "link", "published", "published_parsed"})
_RSS_TEXTS = ("content:encoded", "content", "description", "summary", "contentSnippet")
#: What entries take from the feed around them.
_AROUND = ("version", "status", "author", "authors", "feed", "feed_url", "home_page_url")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a feed, or an entry of one."""
    if not isinstance(value, dict):
        return False
    items = value.get("items")
    if isinstance(items, list):
        version = value.get("version")
        is_feed = isinstance(version, str) and version.replace("//www.", "//").startswith(_VERSION)
        return is_feed or (bool(items) and _is_entry(items[0]))
    return _is_entry(value)


def _is_entry(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if _is_of_rss(value):
        return True
    if "id" not in value or not _TEXTS & value.keys():
        return False
    return "date_published" in value or all(name in _ENTRY or name.startswith("_") for name in value)


def _is_of_rss(value: Object) -> bool:
    return value.keys() >= _RSS or value.keys() >= _PARSED


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of a feed, or the one that an entry is."""
    items = value.get("items")
    if not isinstance(items, list):
        yield _post(value, {}, raw, avatars=avatars)
    elif len(items) == 1:
        yield _post(items[0], value, raw, avatars=avatars)
    elif items:
        around = {name: value[name] for name in _AROUND if name in value}
        yield from each(
            items,
            lambda item: _post(item, value, fields.dump({**around, "items": [item]}), avatars=avatars),
        )
    else:
        yield PassedOver("is a feed without entries")


def _post(item: Any, feed: Object, raw: str, *, avatars: bool) -> ParsedPost:
    if not _is_entry(item):
        raise ImportRefusedError("is no entry of a feed")
    media = MediaList()
    post = (
        _of_rss(item, feed, media) if _is_of_rss(item) else _of_json_feed(item, feed, media, avatars=avatars)
    )
    return post.model_copy(update={"media": media.references(), "raw_json": raw})


def _of_json_feed(item: Object, feed: Object, media: MediaList, *, avatars: bool) -> ParsedPost:
    page = fields.text(item.get("url"))
    own, its = _author(item), _author(feed)
    author = own or its
    for name in ("image", "banner_image"):
        if link := address(item.get(name), page):
            media.add("main", "image", link)
    add_media(media, item.get("content_html"), page)
    for file in fields.objects(item.get("attachments")):
        if link := address(file.get("url"), page):
            media_type = type_of_mime(file.get("mime_type"), type_of_name(link, "document"))
            media.add("main", media_type, link, alt=file.get("title"))
    if avatars and (link := address(author.get("avatar"), page)):
        media.add("avatar", "image", link)
    text = words(item.get("content_html")) or fields.body(item.get("content_text"))
    title = fields.body(item.get("title")).strip()
    return ParsedPost(
        platform=PLATFORM,
        urn=_urn(item["id"], page or fields.text(item.get("external_url")), feed),
        posted_at_timestamp=fields.milliseconds(item.get("date_published") or item.get("date_modified")),
        author_username=fields.text(author.get("url")),
        author_name=fields.text(author.get("name")),
        text_content="\n\n".join(filter(None, (title, text or fields.body(item.get("summary"))))),
        url=page or fields.text(item.get("external_url")),
        raw_json="",
    )


def _author(value: Object) -> Object:
    """Return the first author of an entry or a feed, which version 1 names without a list."""
    return next(iter(fields.objects(value.get("authors"))), fields.mapping(value.get("author")))


def _of_rss(item: Object, feed: Object, media: MediaList) -> ParsedPost:
    page, around = fields.text(item["link"]), fields.mapping(feed.get("feed"))
    text = next(filter(None, (_text(item.get(name)) for name in _RSS_TEXTS)), None)
    cover = item.get("thumbnail")
    for file in _files(item):
        link = address(file.get("url") or file.get("link") or file.get("href"), page)
        cover = cover or file.get("thumbnail")
        if link:
            declared = file.get("type") or f"{file.get('medium')}/"
            media.add("main", type_of_mime(declared, type_of_name(link, "document")), link)
    add_media(media, text, page)
    if not media.references() and (link := address(cover, page)):
        media.add("main", "image", link)
    names = ("author", "creator", "dc:creator")
    return ParsedPost(
        platform=PLATFORM,
        urn=_urn(_text(item.get("guid")) or item.get("id") or page, page, feed),
        posted_at_timestamp=fields.milliseconds_utc(
            item.get("isoDate") or item.get("pubDate") or item.get("published")
        ),
        author_name=fields.first(
            *(item.get(name) for name in names), around.get("author"), around.get("title")
        ),
        text_content=words(_text(item.get("title")), text),
        url=page,
        raw_json="",
    )


def _text(value: Any) -> str | None:
    """Return a text, which may stand in an object with what XML says about it, or in a list of such."""
    if isinstance(value, list):
        value = next(iter(fields.objects(value)), None)
    if isinstance(value, dict):
        value = next((value[name] for name in ("value", "_", "#text") if name in value), None)
    return fields.text(value)


def _files(item: Object) -> list[Object]:
    """Return what an entry encloses: one file or several, by whatever name."""
    enclosure = item.get("enclosure")
    found = [enclosure] if isinstance(enclosure, dict) else fields.objects(enclosure)
    for name in ("enclosures", "media_content"):
        found += fields.objects(item.get(name))
    return found


def _urn(value: Any, page: str | None, feed: Object) -> str:
    """Return the id of an entry; one that is no address is the feed's own, so that its address is taken.

    An entry without an address has the server of its feed before the id, where that is told.
    """
    found = fields.identifier(value)
    around = address(feed.get("feed_url"), None) or address(feed.get("home_page_url"), None)
    if found is not None and ":" not in found and page is None and around:
        return numbered_at(around, found)
    urn = found if found is not None and (":" in found or page is None) else fields.identifier(page)
    if urn is None:
        raise ImportRefusedError("has no id")
    return urn

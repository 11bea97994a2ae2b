"""Reads posts of blogs out of answers of their programs' APIs: WordPress, Ghost, Substack and Blogger.

https://developer.wordpress.org/rest-api/reference/posts, https://developer.wordpress.com/docs/api,
https://docs.ghost.org/content-api, https://developers.google.com/blogger/docs/3.0/reference/posts. Substack
does not publish the shape: it is read as its pages get it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.articles import add_media, numbered_at, words
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COMMENT = frozenset({"post", "author_name", "content", "date_gmt"})
_FILE = frozenset({"media_type", "source_url", "date_gmt"})
_GHOST = frozenset({"uuid", "slug", "title", "published_at", "feature_image"})
_SUBSTACK = frozenset({"id", "slug", "title", "post_date", "canonical_url"})
_WORDPRESS_COM = frozenset({"ID", "site_ID", "URL", "title", "content"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of a blog, or a comment or a file of WordPress."""
    return isinstance(value, dict) and _reader(value) is not None


def _reader(value: Object) -> Callable[[Object, MediaList, bool], ParsedPost] | None:
    if "date_gmt" in value or "link" in value:
        return _wordpress if _is_wordpress(value) or _aside(value) else None
    if value.keys() >= _WORDPRESS_COM:
        return _wordpress_com
    if value.keys() >= _GHOST:
        return _ghost
    if value.keys() >= _SUBSTACK:
        return _substack
    return _blogger if value.get("kind") == "blogger#post" else None


def _is_wordpress(value: Object) -> bool:
    texts = [value.get(name) for name in ("title", "content", "excerpt")]
    is_rendered = any(isinstance(text, dict) and "rendered" in text for text in texts)
    return is_rendered and "id" in value and "post" not in value


def _aside(value: Object) -> str | None:
    """Say what of WordPress beside its posts a value is."""
    if value.keys() >= _FILE:
        return "is a file of a blog, which is no post"
    return "is a comment" if value.keys() >= _COMMENT and "title" not in value else None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    if "date_gmt" in value and (reason := _aside(value)):
        yield PassedOver(reason)
        return
    reader = _reader(value)
    if reader is None:
        raise ImportRefusedError("is no post of a blog")
    media = MediaList()
    post = reader(value, media, avatars)
    yield post.model_copy(update={"media": media.references(), "raw_json": raw})


def _rendered(value: Any) -> Any:
    """Return a text of WordPress, around which there is an object; its editors get it as it was written."""
    text = fields.mapping(value)
    return text.get("rendered", text.get("raw"))


def _avatar(media: MediaList, url: Any, *, wanted: bool) -> None:
    if wanted and fields.text(url):
        media.add("avatar", "image", url)


def _wordpress(value: Object, media: MediaList, avatars: bool) -> ParsedPost:
    page = fields.first(value.get("link"), _rendered(value.get("guid")))
    beside = fields.mapping(value.get("_embedded"))
    author = next(iter(fields.objects(beside.get("author"))), {})
    for file in fields.objects(beside.get("wp:featuredmedia")):
        details = fields.mapping(file.get("media_details"))
        link = fields.text(file.get("source_url"))
        media_type = type_of_mime(file.get("mime_type"), type_of_name(link, "image"))
        size = (details.get("width"), details.get("height"))
        if link or "media_type" in file:  # one that is gone or private is an error in its place
            media.add("main", media_type, link, size=size, alt=file.get("alt_text"), media_id=file.get("id"))
    if "wp:featuredmedia" not in beside and (cover := fields.text(value.get("jetpack_featured_media_url"))):
        media.add("main", "image", cover)
    text = _rendered(value.get("content"))
    is_noted = bool(media.references())
    add_media(media, text, page, cover=f"wp-image-{value.get('featured_media')}" if is_noted else None)
    avatar_urls = fields.mapping(author.get("avatar_urls"))
    _avatar(media, avatar_urls.get("96") or next(iter(avatar_urls.values()), None), wanted=avatars)
    return ParsedPost(
        platform="wordpress",
        urn=numbered_at(page, value["id"]),
        full_urn=fields.text(_rendered(value.get("guid"))),
        # Its date is that of the clocks at the blog, and where these stand is not told.
        posted_at_timestamp=fields.milliseconds_utc(value.get("date_gmt")),
        author_username=fields.text(author.get("slug")) or fields.identifier(value.get("author")),
        author_name=fields.text(author.get("name")),
        text_content=words(_rendered(value.get("title")), text or _rendered(value.get("excerpt"))),
        post_type=fields.word(value.get("type")),
        url=page,
        raw_json="",
    )


def _wordpress_com(value: Object, media: MediaList, avatars: bool) -> ParsedPost:
    page, author = fields.text(value["URL"]), fields.mapping(value.get("author"))
    if cover := fields.text(value.get("featured_image")):
        media.add("main", "image", cover)
    add_media(media, value["content"], page)
    for file in fields.mapping(value.get("attachments")).values():
        facts = fields.mapping(file)
        media_type = type_of_mime(facts.get("mime_type"), "image")
        size = (facts.get("width"), facts.get("height"))
        if fields.text(facts.get("URL")):
            media.add(
                "main", media_type, facts["URL"], size=size, alt=facts.get("alt"), media_id=facts.get("ID")
            )
    _avatar(media, author.get("avatar_URL"), wanted=avatars)
    return ParsedPost(
        platform="wordpress",
        urn=numbered_at(page, value["ID"]),
        full_urn=fields.text(value.get("guid")),
        posted_at_timestamp=fields.milliseconds(value.get("date")),
        author_username=fields.first(author.get("nice_name"), author.get("login")),
        author_name=fields.text(author.get("name")),
        text_content=words(value["title"], value["content"] or value.get("excerpt")),
        post_type=fields.word(value.get("type")),
        url=page,
        engagement=Engagement(
            reactions=fields.whole(value.get("like_count")),
            comments=fields.whole(fields.mapping(value.get("discussion")).get("comment_count")),
        ),
        raw_json="",
    )


def _ghost(value: Object, media: MediaList, avatars: bool) -> ParsedPost:
    page = fields.text(value.get("url"))
    authors = [value.get("primary_author"), *fields.objects(value.get("authors"))]
    author = next(filter(None, map(fields.mapping, authors)), {})
    if cover := fields.text(value.get("feature_image")):
        media.add("main", "image", cover, alt=value.get("feature_image_alt"))
    add_media(media, value.get("html"), page)
    _avatar(media, author.get("profile_image"), wanted=avatars)
    return ParsedPost(
        platform="ghost",
        # Older versions only numbered the posts of a blog.
        urn=_identifier(value["uuid"] if type(value.get("id")) is int else value.get("id") or value["uuid"]),
        full_urn=fields.identifier(value["uuid"]),
        posted_at_timestamp=fields.milliseconds_utc(value.get("published_at")),
        author_username=fields.text(author.get("slug")),
        author_name=fields.text(author.get("name")),
        text_content=words(value["title"], value.get("html") or value.get("excerpt")),
        post_type=fields.word(value.get("type")),
        url=page,
        raw_json="",
    )


def _substack(value: Object, media: MediaList, avatars: bool) -> ParsedPost:
    page = fields.text(value["canonical_url"])
    author = next(iter(fields.objects(value.get("publishedBylines"))), {})
    if cover := fields.text(value.get("cover_image")):
        media.add("main", "image", cover)
    add_media(media, value.get("body_html"), page)
    if sound := fields.text(value.get("podcast_url")):
        media.add("main", "audio", sound)
    _avatar(media, author.get("photo_url"), wanted=avatars)
    reactions = fields.whole(value.get("reaction_count"))
    if reactions is None:
        reactions = fields.total(fields.mapping(value.get("reactions")).values())
    text = value.get("body_html") or value.get("truncated_body_text")
    return ParsedPost(
        platform="substack",
        urn=_identifier(value["id"]),
        posted_at_timestamp=fields.milliseconds(value["post_date"]),
        author_username=fields.text(author.get("handle")) or fields.identifier(author.get("id")),
        author_name=fields.text(author.get("name")),
        text_content=words(value["title"], value.get("subtitle"), text),
        post_type=fields.word(value.get("type")),
        url=page,
        engagement=Engagement(
            reactions=reactions,
            comments=fields.whole(value.get("comment_count")),
            reposts=fields.whole(value.get("restacks")),
        ),
        raw_json="",
    )


def _blogger(value: Object, media: MediaList, avatars: bool) -> ParsedPost:
    page, author = fields.text(value.get("url")), fields.mapping(value.get("author"))
    add_media(media, value.get("content"), page)
    for picture in fields.objects(value.get("images")):
        if fields.text(picture.get("url")):
            media.add("main", "image", picture["url"])
    _avatar(media, fields.mapping(author.get("image")).get("url"), wanted=avatars)
    return ParsedPost(
        platform="blogger",
        urn=_identifier(value.get("id")),
        posted_at_timestamp=fields.milliseconds(value.get("published")),
        author_username=fields.identifier(author.get("id")),
        author_name=fields.text(author.get("displayName")),
        text_content=words(value.get("title"), value.get("content")),
        url=page,
        engagement=Engagement(comments=fields.whole(fields.mapping(value.get("replies")).get("totalItems"))),
        raw_json="",
    )


def _identifier(value: Any) -> str:
    found = fields.identifier(value)
    if found is None:
        raise ImportRefusedError("has no id")
    return found

"""Reads posts of LinkedIn as the Apify actors for profile and company posts export them.

The actors publish no schema; the fields were read off their exports and samples
(https://apify.com/apimaestro/linkedin-profile-posts, https://apify.com/apimaestro/linkedin-company-posts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, NestedPost, ParsedPost
from social_tui.importers import fields
from social_tui.importers.linkedin_actors import renamed
from social_tui.importers.media import MAX_MEDIA, MediaList, check_count
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Stream
from social_tui.models import MediaRole, MediaType
from social_tui.text import storable, storable_text

PLATFORM = "linkedin"

#: In the export of the older tool, and in an answer of the actor's API.
STREAMS = (Stream(("matching_elements",)), Stream(("data", "posts")))

_IDS = frozenset({"urn", "activity_urn", "full_urn"})
_PARTS = frozenset(
    {"posted_at", "author", "text", "post_type", "stats", "media", "post_url", "reshared_post"}
)
_ID = re.compile(r"(?:urn:li:[A-Za-z]+:)?([A-Za-z0-9_.-]{1,100})", re.ASCII)
_DECLARED: dict[str, MediaType] = {
    "image": "image",
    "images": "image",
    "photo": "image",
    "video": "video",
    "videos": "video",
    "audio": "audio",
    "document": "document",
    "documents": "document",
}
#: Folders of LinkedIn's media hosts, which tell more than the declared type: a video's cover is an image.
_FOLDERS: tuple[tuple[str, MediaType], ...] = (
    ("/playlist/vid/", "video"),
    ("/dms/document/", "document"),
    ("/dms/image/", "image"),
)
_EXTENSIONS: dict[str, MediaType] = {
    "mp4": "video",
    "mov": "video",
    "webm": "video",
    "m4v": "video",
    "pdf": "document",
    "pptx": "document",
    "docx": "document",
    "mp3": "audio",
    "m4a": "audio",
}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value has the shape of one of these posts, with or without its id."""
    if not isinstance(value, dict):
        return False
    if not _IDS.isdisjoint(value):
        return not _PARTS.isdisjoint(value)
    return "posted_at" in value and len(_PARTS & value.keys()) >= 3


def parse(value: dict[str, Any], raw: str, *, avatars: bool) -> Iterator[ParsedPost]:
    """Yield the one post that an item is.

    Args:
        value: The decoded post.
        raw: Its text as it stands in the export.
        avatars: Whether the pictures of the authors count as media.

    Raises:
        ImportRefusedError: If the post has no id of its own, so that it could not be told from others, or
            more media than any post has.
    """
    value = renamed(value)
    urn = _activity_id(value)
    if urn is None:
        raise ImportRefusedError("has no activity id")
    author = fields.mapping(value.get("author"))
    stats = storable(fields.mapping(value.get("stats")))
    media = MediaList(fields.identity)
    nested = _gather(media, value, urn, avatars=avatars)
    text = value.get("text")
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.text(value.get("full_urn")),
        posted_at_timestamp=posted_at(value.get("posted_at"), urn),
        author_username=_username(author, value),
        author_name=_full_name(author),
        text_content=storable_text(text) if isinstance(text, str) else "",
        post_type=fields.word(value.get("post_type")),
        url=fields.text(value.get("url")) or fields.text(value.get("post_url")),
        engagement=Engagement(
            reactions=fields.whole(stats.get("total_reactions")),
            comments=fields.whole(stats.get("comments")),
            reposts=fields.whole(stats.get("reposts")),
            views=fields.whole(stats.get("views")),
        ),
        stats=stats,
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _activity_id(post: dict[str, Any]) -> str | None:
    """Return the id by which libraries know the post: the digits of its activity.

    ``full_urn`` and the URL of a repost name the original, as do its share and user content ids: they
    would make two posts one, and so they never count for a repost.
    """
    urn = post.get("urn")
    candidates = [post.get("activity_urn")]
    if isinstance(urn, dict):
        candidates.append(urn.get("activity_urn"))
        if post.get("post_type") != "repost":
            candidates += [urn.get("ugcPost_urn"), urn.get("share_urn")]
    else:
        candidates.append(urn)
    for candidate in candidates:
        if (own := _plain_id(candidate)) is not None:
            return own
    return None


def _plain_id(value: Any) -> str | None:
    if type(value) is int:
        value = str(value) if 0 < value < 10**100 else None
    match = _ID.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else None


def posted_at(value: Any, urn: str) -> int | None:
    """Return when a post of LinkedIn was made, in ms UTC.

    The ``date`` beside the timestamp is in the zone of the actor's machine, which nobody knows. Where
    the timestamp is missing the id tells: its upper bits are the milliseconds at which it was given
    (https://ollie-boyd.github.io/Linkedin-post-timestamp-extractor/).
    """
    stamp = value.get("timestamp") if isinstance(value, dict) else value
    moment = fields.milliseconds(stamp)
    if moment is None and urn.isdigit() and len(urn) == 19:
        moment = fields.milliseconds(int(urn) >> 22)
    return moment


def _username(author: dict[str, Any], post: dict[str, Any]) -> str | None:
    return (
        fields.text(author.get("username"))
        or fields.slug(author.get("profile_url"))
        or fields.slug(author.get("company_url"))
        or fields.slug(post.get("source_company"))
        or fields.text(post.get("source_company"))
    )


def _full_name(author: dict[str, Any]) -> str | None:
    parts = [fields.text(author.get("first_name")), fields.text(author.get("last_name"))]
    return " ".join(filter(None, parts)) or fields.text(author.get("name"))


def _add(media: MediaList, role: MediaRole, media_type: MediaType, facts: dict[str, Any]) -> None:
    url = fields.text(facts.get("url"))
    media.add(
        role,
        _media_type(url, media_type) if url else media_type,
        url,
        size=(facts.get("width"), facts.get("height")),
        alt=fields.first(facts.get("alt_text"), facts.get("alt")),
    )


def _gather(media: MediaList, post: dict[str, Any], urn: str, *, avatars: bool) -> tuple[NestedPost, ...]:
    """Note the media that a post names, and return the posts inside it.

    What the post itself carries is main, and goes before its thumbnails, the picture of the article to
    which it links, the media of shared posts that have no id, and the authors' pictures: a link that stands
    in several places is counted in the first.
    """
    own = list(islice(_references(post), MAX_MEDIA + 1))
    check_count(len(own))
    for wanted in ("main", "thumbnail", "article"):
        for role, media_type, facts in own:
            if role == wanted:
                _add(media, role, media_type, facts)
    unknown: list[dict[str, Any]] = []
    nested = nested_posts(post, urn, inner=_inner, avatars=avatars, keep=unknown.append)
    for other in unknown:
        for _, media_type, facts in _references(other):
            _add(media, "reshared", media_type, facts)
    if avatars:
        for author in (fields.mapping(each.get("author")) for each in (post, *unknown)):
            for name in ("profile_picture", "logo_url"):
                for facts in _entries(author.get(name)):
                    _add(media, "avatar", "image", facts)
    return nested


def _inner(post: dict[str, Any]) -> list[Inner]:
    inner = post.get("reshared_post")
    return [("reshared", inner)] if isinstance(inner, dict) and inner else []


def _references(post: dict[str, Any]) -> Iterator[tuple[MediaRole, MediaType, dict[str, Any]]]:
    """Yield what one post names, nested posts aside: role, declared type, and the facts beside the link."""
    for part in _entries(post.get("media")):
        declared = _declared(part, "image")
        entries = _main(part)
        for entry in entries:
            yield "main", _declared(entry, declared), entry
        for entry in entries if part in entries else (part, *entries):
            for facts in _entries(entry.get("thumbnail")):
                yield "thumbnail", "image", facts
    for document in _entries(post.get("document")):
        yield "main", "document", {**document, "alt_text": document.get("title")}
        for facts in _entries(document.get("thumbnail")):
            yield "thumbnail", "image", facts
    for article in _entries(post.get("article")):
        for facts in _entries(article.get("thumbnail")):
            yield "article", "image", facts


def _main(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the media of one part: its own, and every entry of its lists.

    Beside a list the part's own link repeats that of an entry, so it stands in for a first one without.
    """
    images, items = part.get("images"), part.get("items")
    listed = _entries(images) + _entries(items)
    own = fields.text(part.get("url"))
    first = []
    if own is None:
        if not listed:
            # An empty list says that there is nothing, unless a link that is none or a thumbnail says
            # otherwise.
            is_said = _tells(part.get("url")) or _tells(part.get("thumbnail"))
            listed = [part] if is_said or not (isinstance(images, list) or isinstance(items, list)) else []
    elif not listed or fields.text(listed[0].get("url")) or _is_among(own, listed):
        first = [part]
    else:
        listed[0] = {**listed[0], "url": own}
    return first + [entry for entry in listed if not _is_other(entry)]


def _is_among(url: str, entries: list[dict[str, Any]]) -> bool:
    links = filter(None, (fields.text(entry.get("url")) for entry in entries))
    return fields.identity(url) in map(fields.identity, links)


def _is_other(entry: dict[str, Any]) -> bool:
    """Tell whether an entry declares to be something else than media, such as a poll, and has no link."""
    kind = fields.text(entry.get("type"))
    if kind is None or kind.lower() in _DECLARED:
        return False
    return not (_tells(entry.get("url")) or _tells(entry.get("thumbnail")))


def _entries(value: Any) -> list[dict[str, Any]]:
    """Return what is named as objects: all entries of a list, or a single value with something in it."""
    if value is None:  # as most are
        return []
    entries = value if isinstance(value, list) else [value] if _tells(value) else []
    check_count(len(entries))
    return [each if isinstance(each, dict) else {"url": each} for each in entries]


def _tells(value: Any) -> bool:
    """Tell whether there is anything in a value: empty texts, lists and objects, 0 and false are nothing."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, dict | list):
        return any(map(_tells, value.values() if isinstance(value, dict) else value))
    return bool(value)


def _declared(entry: dict[str, Any], otherwise: MediaType) -> MediaType:
    kind = entry.get("type")
    return otherwise if kind is None else _DECLARED.get(str(kind).lower(), otherwise)


def _media_type(url: str, declared: MediaType) -> MediaType:
    path = url.partition("?")[0].lower()
    for folder, media_type in _FOLDERS:
        if folder in path:
            return media_type
    # An extension may correct the usual "image", which is also said where nothing is known.
    return _EXTENSIONS.get(path.rpartition(".")[2], declared) if declared == "image" else declared

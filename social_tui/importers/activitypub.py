"""Reads posts out of ActivityPub's own objects: ``outbox.json`` of a Mastodon archive, pages of outboxes.

https://www.w3.org/TR/activitypub/#outbox and https://docs.joinmastodon.org/spec/activitypub/; the archive is
written by Mastodon's ``app/services/backup_service.rb``, which leaves the media beside the outbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaRole, MediaType
from social_tui.text import storable

PLATFORM = "mastodon"

#: With its type, by which a list of bare addresses (likes, bookmarks) is known.
STREAMS = (Stream(("orderedItems",), frozenset({"type"})),)

Object = dict[str, Any]
_COLLECTIONS = frozenset({"OrderedCollection", "OrderedCollectionPage"})
_POSTS = frozenset({"Note", "Question", "Article", "Page"})
_ACTORS = frozenset({"Person", "Service", "Group", "Organization", "Application"})
#: What groups of Lemmy and others announce whole, besides posts (https://codeberg.org/fediverse/fep, 1b12).
_ACTIVITIES = frozenset(
    {"Create", "Update", "Delete", "Like", "Dislike", "Undo", "Add", "Remove", "Lock", "Block"}
)
_TYPES: dict[str, MediaType] = {"Image": "image", "Video": "video", "Audio": "audio"}
#: Ids that are the same in the server's API: a time and a count since Mastodon 2, a ULID in GoToSocial.
_OWN_ID = re.compile(r"/statuses/([0-9]{17,20}|[0-9A-Z]{26})\Z")
_AMPERSAND = re.compile(r"&(?:#0?38|amp);")
_NAME = re.compile(r"/(?:@|users/|u/|accounts/|profile/)([^/@]+)")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a collection with items, a post or a profile of ActivityPub."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    if value["type"] in _COLLECTIONS:
        return isinstance(value.get("orderedItems"), list) and bool(value["orderedItems"])
    return _is_post(value) or (value["type"] in _ACTORS and "outbox" in value)


def _is_post(value: Object) -> bool:
    return str(value.get("type")) in _POSTS and "attributedTo" in value and "id" in value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts and boosts of a collection, or the one post that an item is."""
    if value["type"] not in _COLLECTIONS:
        yield _post(value, raw) if _is_post(value) else PassedOver("is a profile, which is no post")
        return
    items = value["orderedItems"]
    if len(items) == 1:
        yield _outcome(items[0], raw, avatars=avatars)
        return
    yield from each(
        items,
        lambda item: _outcome(
            item, fields.dump({"type": value["type"], "orderedItems": [item]}), avatars=avatars
        ),
    )


def _outcome(item: Any, raw: str, *, avatars: bool) -> Outcome:
    if isinstance(item, str):
        return PassedOver("is the address of a post, as lists of likes and bookmarks have them")
    activity = fields.mapping(item)
    if _is_post(activity):
        return _post(activity, raw)
    announced = fields.mapping(activity.get("object"))
    if activity.get("type") == "Announce" and announced.get("type") in _ACTIVITIES:
        return _outcome(announced, raw, avatars=avatars)  # a group hands on what its members do
    if activity.get("type") == "Announce":
        return _boost(activity, raw, avatars=avatars)
    if activity.get("type") != "Create":
        return PassedOver("is an activity that makes no post")
    post = fields.mapping(activity.get("object"))
    if not _is_post(post):
        raise ImportRefusedError("has its post elsewhere, or it is of no known type")
    return _post(post, raw)


def _post(post: Object, raw: str) -> ParsedPost:
    address = _address(post.get("id"))
    media = MediaList()
    _add_media(media, "main", post)
    counts = {
        name: fields.whole(fields.mapping(post.get(name)).get("totalItems")) for name in ("likes", "shares")
    }
    words = (fields.plain(post.get(name)) for name in ("name", "summary", "content"))
    return ParsedPost(
        platform=PLATFORM,
        urn=_urn(address),
        full_urn=address,
        posted_at_timestamp=fields.milliseconds(post.get("published")),
        author_username=_author(post.get("url"), post.get("attributedTo")),
        text_content="\n\n".join(filter(None, words)),
        post_type=_post_type(post),
        url=_link(post.get("url")) or address,
        engagement=Engagement(reactions=counts["likes"], reposts=counts["shares"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _boost(activity: Object, raw: str, *, avatars: bool) -> ParsedPost:
    address = _address(activity.get("id")).removesuffix("/activity")
    urn = _urn(address)
    media = MediaList()
    boosted = activity.get("object")
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=address,
        posted_at_timestamp=fields.milliseconds(activity.get("published")),
        author_username=_author(activity.get("actor")),
        post_type="repost",
        # A boost has no page of its own.
        url=fields.first(boosted, fields.mapping(boosted).get("id")) or address,
        nested=nested_posts(
            activity,
            urn,
            inner=_inner,
            avatars=avatars,
            keep=lambda other: _add_media(media, "reshared", other),
        ),
        media=media.references(),
        raw_json=raw,
    )


def _inner(activity: Object) -> list[Inner]:
    """Return the boosted post, which is there whole where its author boosts a post for followers only."""
    boosted = fields.mapping(activity.get("object"))
    return [("boosted", boosted)] if activity.get("type") == "Announce" and boosted else []


def _address(value: Any) -> str:
    address = fields.identifier(value)
    if address is None:
        raise ImportRefusedError("has no id")
    return address


def _urn(address: str) -> str:
    """Return the id that the API of the server has for a post, or its address where that does not tell it."""
    own = _OWN_ID.search(address)
    return own[1] if own else address


def _author(*addresses: Any) -> str | None:
    """Return ``name@server`` by the first address that has the name, else the last address."""
    found = [link for link in map(_link, addresses) if link]
    for link in found:
        try:
            parts = urlsplit(link)
            name = _NAME.match(parts.path)
        except ValueError:  # brackets that hold no address of a host
            continue
        if name and parts.hostname:
            return f"{name[1]}@{parts.hostname}"
    return found[-1] if found else None


def _link(value: Any) -> str | None:
    """Return an address, which may be a text, an object that has it, or a list of such."""
    first = value[0] if isinstance(value, list) and value else value
    facts = fields.mapping(first)
    return fields.first(first, facts.get("href"), facts.get("id"))


def _post_type(post: Object) -> str:
    if any(post.get(name) for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote")):
        return "quote"
    return "reply" if post.get("inReplyTo") else "regular"


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    attached = post.get("attachment")
    for facts in fields.objects(attached if isinstance(attached, list) else [attached]):
        place = _link(facts.get("url")) or _link(facts.get("href"))
        if facts.get("type") == "Link":  # the page that a post links to
            continue
        is_link = place is not None and "://" in place
        kind = _TYPES.get(str(facts.get("type")), "document")
        media.add(
            role,
            type_of_mime(facts.get("mediaType"), type_of_name(place, kind)),
            # WordPress writes ``&#038;``. Nothing else: ``&region=`` would become ``®ion=``.
            _AMPERSAND.sub("&", place) if is_link and place else None,
            size=(facts.get("width"), facts.get("height")),
            alt=facts.get("name"),
            beside=None if is_link or place is None else _beside(place),
        )


def _beside(path: str) -> str:
    """Return where an archive has a file: its address less the server and what storage puts before."""
    if not path.startswith("/"):
        return path
    start = path.find("/media_attachments/")
    return path[start + 1 :] if start >= 0 else path.lstrip("/")

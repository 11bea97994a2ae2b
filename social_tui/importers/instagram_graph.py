"""Reads posts of Instagram out of answers of Meta's Graph API.

https://developers.facebook.com/docs/instagram-platform/reference/instagram-media
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, threads_graph
from social_tui.importers.graph_media import add_media
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.text import storable

PLATFORM = "instagram"

#: A page of posts, and an account whose posts were asked for with it.
STREAMS = (
    Stream(("data",)),
    Stream(("media", "data"), frozenset({"username", "name"})),
    Stream(("stories", "data"), frozenset({"username", "name"})),
    Stream(("business_discovery", "media", "data"), frozenset({"username", "name"})),
)

Object = dict[str, Any]
_KINDS = frozenset({"IMAGE", "VIDEO", "CAROUSEL_ALBUM", "REELS", "AUDIO"})
#: What the API tells of a comment where nothing else is asked for, and what it can tell
#: (https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment).
_COMMENT = frozenset({"id", "text", "timestamp"})
_COMMENT_NAMES = _COMMENT | {
    "from",
    "hidden",
    "legacy_instagram_comment_id",
    "like_count",
    "media",
    "parent_id",
    "replies",
    "user",
    "username",
}
#: Posts of Threads look so where nothing else was asked for.
_LIKE_THREADS = "is a comment of Instagram, or a post of Threads without its media_type"
_NUMBER = re.compile(r"[0-9]{15,20}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", re.ASCII)
_COUNTS = ("like_count", "comments_count", "view_count", "shares", "saved")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, several under their ids, an account with one, or comments."""
    return isinstance(value, dict) and (
        _is_post(value) or _is_by_id(value) or _of_account(value) is not None or _is_of_comments(value)
    )


def _is_of_comments(value: Object) -> bool:
    """Tell whether an object is a comment, or a post of which nothing but its comments was asked for."""
    if value.keys() == {"id", "comments"}:
        inner = fields.objects(fields.mapping(value["comments"]).get("data"))
        return bool(inner) and all(map(_is_comment, inner))
    return _is_comment(value)


def _is_comment(value: Object) -> bool:
    return (
        _COMMENT <= value.keys() <= _COMMENT_NAMES
        and bool(_NUMBER.fullmatch(str(value["id"])))
        and bool(_TIME.fullmatch(str(value["timestamp"])))
    )


def _is_post(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "id" in value
        and str(value.get("media_type")) in _KINDS
        and isinstance(value.get("permalink", value.get("media_url")), str | None)
        and bool({"permalink", "media_url", "timestamp", "children", "like_count", "ig_id"} & value.keys())
        and not threads_graph.sniff(value)
    )


def _is_by_id(value: Object) -> bool:
    return bool(value) and all(_is_post(each) and str(each["id"]) == name for name, each in value.items())


def _of_account(value: Object) -> Object | None:
    account = _account(value)
    for name in ("media", "stories"):
        data = fields.mapping(account.get(name)).get("data")
        if isinstance(data, list) and len(data) == 1 and _is_post(data[0]):
            post: Object = data[0]
            return post
    return None


def _account(value: Object) -> Object:
    return fields.mapping(value.get("business_discovery")) or value


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of an item; comments are passed over."""
    del avatars  # the API tells them of accounts only
    if _is_of_comments(value):
        yield PassedOver(_LIKE_THREADS if value.keys() <= _COMMENT | {"username"} else "is a comment")
    elif _is_post(value):
        yield _post(value, {}, raw)
    elif (post := _of_account(value)) is not None:
        yield _post(post, _account(value), raw)
    else:
        yield from each(value.values(), lambda post: _post(post, {}, fields.dump(post)))


def _post(post: Object, account: Object, raw: str) -> ParsedPost:
    urn = fields.identifier(post.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    counts = {name: fields.whole(post.get(name)) for name in _COUNTS}
    owner = fields.mapping(post.get("owner"))
    media = MediaList()
    add_media(media, "main", post)
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.first(post.get("shortcode"), post.get("ig_id")),
        posted_at_timestamp=fields.milliseconds(post.get("timestamp")),
        author_username=fields.first(post.get("username"), owner.get("username"), account.get("username"))
        or fields.identifier(owner.get("id")),
        author_name=fields.text(account.get("name")),
        text_content=fields.body(post.get("caption")),
        post_type=fields.word(post.get("media_product_type"), post.get("media_type")),
        url=fields.text(post.get("permalink")),
        engagement=Engagement(
            reactions=counts["like_count"], comments=counts["comments_count"], views=counts["view_count"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )

"""Reads posts of Bluesky: out of answers of its API, lists of records, and the stream of all records.

Lexicons: https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (``feed/defs``, ``feed/post``,
``embed/*``); the streams: https://github.com/bluesky-social/jetstream and Tap
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import bluesky_embeds, fields
from social_tui.importers.bluesky_cid import cid
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each

PLATFORM = "bluesky"

STREAMS = (Stream(("feed",)), Stream(("posts",)), Stream(("records",)), Stream(("thread",)))

Object = dict[str, Any]
_SNAKE = re.compile(r"(?<=[a-z])_([a-z])")
_POST = "app.bsky.feed.post"
_GONE = (
    "#notFoundPost",
    "#blockedPost",
    "#threadItemNotFound",
    "#threadItemBlocked",
    "#threadItemNoUnauthenticated",
)
#: What Jetstream tells beside commits.
_EVENTS = frozenset({"identity", "account"})
#: The kinds of events of Tap, which have their content under the same name.
_TAP = ("record", "identity")
_OTHERS = ("app.bsky.feed.", "app.bsky.graph.")
#: What the API says of an account whose name leads nowhere.
_NO_HANDLE = "handle.invalid"
#: Every wrapping has one of these names.
_MARKS = frozenset({"$type", "py_type", "record", "post", "thread", "value", "commit", "identity", "did"})
_COUNTS = ("likeCount", "replyCount", "repostCount", "quoteCount", "bookmarkCount")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of Bluesky or a thread of them, in any of their wrappings."""
    if not isinstance(value, dict) or _MARKS.isdisjoint(value):
        return False
    value = _as_the_api_has_it(value)
    return isinstance(value, dict) and (
        _is_thread(value.get("thread")) or _is_thread(value) or _is_one(value)
    )


def _as_the_api_has_it(value: Any) -> Any:
    """Undo how the SDK for Python names things, which 4CAT keeps: ``like_count``, ``py_type``.

    Events of Tap (https://github.com/bluesky-social/indigo/tree/main/cmd/tap) are read as those of Jetstream.
    """
    if isinstance(value, dict) and value.get("type") in _TAP and isinstance(value.get(value["type"]), dict):
        event = value[value["type"]]
        return {"did": event.get("did"), "kind": value["type"], "commit": event}
    post = value.get("post", value) if isinstance(value, dict) else None
    record = post.get("record", post) if isinstance(post, dict) else None
    return _renamed(value) if isinstance(record, dict) and "py_type" in record else value


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(member) for member in value]
    if not isinstance(value, dict):
        return value
    names = {name: "$type" if name == "py_type" else _SNAKE.sub(_upper, name) for name in value}
    return {names[name]: _renamed(member) for name, member in value.items()}


def _upper(match: re.Match[str]) -> str:
    return match[1].upper()


def _is_thread(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = str(value.get("$type"))
    is_node = "replies" in value or "parent" in value or kind.endswith("#threadViewPost")
    return (is_node and _is_view(value.get("post"))) or kind.endswith(_GONE)


def _is_one(value: Object) -> bool:
    wrapped = fields.mapping(value.get("value")).get("post")
    if any(_is_view(view) for view in (value, value.get("post"), wrapped)):
        return True
    if _is_record(value.get("value")) or str(fields.mapping(value.get("value")).get("$type")).endswith(_GONE):
        return _is_uri(value.get("uri"))
    return (
        _is_record(value) or _is_record(fields.mapping(value.get("commit")).get("record")) or _is_other(value)
    )


def _is_other(value: Object) -> bool:
    """Tell whether a value is a like, a follow or another record of the network, or an event without one."""
    commit = fields.mapping(value.get("commit"))
    if "did" in value and ("collection" in commit or str(value.get("kind")) in _EVENTS):
        return True
    record = fields.mapping(value.get("value")) if _is_uri(value.get("uri")) else value
    return str(record.get("$type")).startswith(_OTHERS) and "createdAt" in record


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("at://")


def _is_view(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_uri(value.get("uri"))
        and isinstance(value.get("author"), dict)
        and isinstance(value.get("record"), dict)
    )


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and value.get("$type") == _POST


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of an item; a thread gives the posts above, the post itself and all answers."""
    value = _as_the_api_has_it(value)
    thread = value.get("thread") if isinstance(value.get("thread"), dict) else value
    if not _is_thread(thread):
        yield _one(value, raw, avatars=avatars)
        return
    nodes = list(_nodes(thread))
    if len(nodes) == 1:
        yield _node(nodes[0], raw, avatars=avatars)
        return
    yield from each(nodes, lambda node: _node(node, fields.dump(_alone(node)), avatars=avatars))


def _alone(node: Object) -> Object:
    return {name: member for name, member in node.items() if name not in ("parent", "replies")}


def _nodes(thread: Any) -> Iterator[Object]:
    """Yield the posts of a thread: the topmost first, then the answers, each before its own answers."""
    above: list[Object] = []
    parent = thread.get("parent")
    while isinstance(parent, dict):
        above.append(parent)
        parent = parent.get("parent")
    yield from reversed(above)
    waiting = [thread]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(fields.objects(node.get("replies")))


def _node(node: Object, raw: str, *, avatars: bool) -> Outcome:
    if str(node.get("$type")).endswith(_GONE):
        return PassedOver("is a place of a post that is gone or not shown")
    return _one(node, raw, avatars=avatars)


def _one(value: Object, raw: str, *, avatars: bool) -> Outcome:
    view = _view(value)
    # In notices to an account the record is what somebody did: wrote, liked, followed.
    if view is not None and view["record"].get("$type", _POST) != _POST:
        return PassedOver("is a like, a follow or another record or event that is no post")
    if view is not None:
        return _of_view(view, value, raw, avatars=avatars)
    inner = fields.mapping(value.get("value"))
    if str(inner.get("$type")).endswith(_GONE):
        return PassedOver("is a place of a post that is gone or not shown")
    if _is_record(inner):
        return _of_record(inner, fields.text(value.get("uri")), raw)
    commit = fields.mapping(value.get("commit"))
    did, key = fields.identifier(value.get("did")), fields.identifier(commit.get("rkey"))
    if _is_record(commit.get("record")) and did and key:
        return _of_record(commit["record"], f"at://{did}/{_POST}/{key}", raw)
    if _is_record(value):
        return _of_bare_record(value, raw)
    if _is_other(value):
        return PassedOver("is a like, a follow or another record or event that is no post")
    raise ImportRefusedError("has no URI")


def _of_bare_record(record: Object, raw: str) -> ParsedPost:
    """Take a record without address and author: it is known by the hash of its content."""
    try:
        urn = cid(record)
    except ValueError as error:
        raise ImportRefusedError("has no URI, and what no record of the network has") from error
    media = MediaList()
    bluesky_embeds.add_media(media, "main", fields.mapping(record.get("embed")), "")
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=urn,
        posted_at_timestamp=fields.milliseconds(record.get("createdAt")),
        text_content=fields.body(record.get("text")),
        post_type=_post_type(record),
        media=media.references(),
        raw_json=raw,
    )


def _view(value: Object) -> Object | None:
    """Return a post as the API shows it; where another one quotes it, its record is called its value."""
    wrapped = fields.mapping(value.get("value")).get("post")
    quoted = {**value, "record": value.get("value")} if _is_record(value.get("value")) else None
    for shown in (value, value.get("post"), wrapped, quoted):
        if isinstance(shown, dict) and _is_view(shown):
            return shown
    return None


def _inner(value: Object) -> list[Inner]:
    """Return the post that is quoted, and in feeds the post that is answered."""
    view = _view(value)
    if view is None:
        return []
    found: list[Inner] = []
    for embed in _embeds(view):
        if (quoted := bluesky_embeds.quoted(embed)) is not None:
            found.append(("quoted", quoted))
    parent = fields.mapping(value.get("reply")).get("parent")
    if isinstance(parent, dict) and _is_view(parent):
        found.append(("replied_to", parent))
    return found


def _embeds(view: Object) -> list[Object]:
    """Return what a post embeds: as the API shows it, or else as its record has it."""
    shown = fields.objects(view.get("embeds")) or [fields.mapping(view.get("embed"))]
    return shown if any(shown) else [fields.mapping(view["record"].get("embed"))]


def _of_view(view: Object, item: Object, raw: str, *, avatars: bool) -> ParsedPost:
    record, author = view["record"], view["author"]
    uri = _uri(view.get("uri"))
    media = MediaList()
    did = fields.text(author.get("did")) or _did(uri)
    for embed in _embeds(view):
        bluesky_embeds.add_media(media, "main", embed, did)
    nested = nested_posts(
        item,
        uri,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _keep_media(media, other),
    )
    if avatars and fields.text(author.get("avatar")):
        media.add("avatar", "image", author["avatar"])
    named = fields.text(author.get("handle"))
    handle = named if named != _NO_HANDLE else None
    counts = {name: fields.whole(view.get(name)) for name in _COUNTS}
    return ParsedPost(
        platform=PLATFORM,
        urn=uri,
        full_urn=fields.text(view.get("cid")),
        posted_at_timestamp=fields.milliseconds(record.get("createdAt"))
        or fields.milliseconds(view.get("indexedAt")),
        author_username=handle or did or None,
        author_name=fields.text(author.get("displayName")),
        text_content=fields.body(record.get("text")),
        post_type=_post_type(record),
        url=_link(uri, handle),
        engagement=Engagement(
            reactions=counts["likeCount"], comments=counts["replyCount"], reposts=counts["repostCount"]
        ),
        stats={name: count for name, count in counts.items() if count is not None},
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _of_record(record: Object, uri: str | None, raw: str) -> ParsedPost:
    uri = _uri(uri)
    did = _did(uri)
    media = MediaList()
    bluesky_embeds.add_media(media, "main", fields.mapping(record.get("embed")), did)
    return ParsedPost(
        platform=PLATFORM,
        urn=uri,
        posted_at_timestamp=fields.milliseconds(record.get("createdAt")),
        author_username=did,
        text_content=fields.body(record.get("text")),
        post_type=_post_type(record),
        url=_link(uri, None),
        media=media.references(),
        raw_json=raw,
    )


def _keep_media(media: MediaList, quoted: Object) -> None:
    did = fields.text(fields.mapping(quoted.get("author")).get("did")) or ""
    for embed in fields.objects(quoted.get("embeds")):
        bluesky_embeds.add_media(media, "reshared", embed, did)


def _uri(value: Any) -> str:
    uri = fields.identifier(value)
    if uri is None or not uri.startswith("at://"):
        raise ImportRefusedError("has no URI")
    return uri


def _did(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]


def _link(uri: str, handle: str | None) -> str | None:
    key = uri.rpartition("/")[2]
    return f"https://bsky.app/profile/{handle or _did(uri)}/post/{key}" if f"/{_POST}/" in uri else None


def _post_type(record: Object) -> str:
    embed = fields.mapping(record.get("embed"))
    if str(embed.get("$type")).startswith("app.bsky.embed.record"):
        return "quote"
    return "reply" if record.get("reply") else "regular"

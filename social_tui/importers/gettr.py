"""Reads posts of Gettr: out of answers of its API, and as gogettr writes them one a line.

https://github.com/stanfordio/gogettr. Gettr does not publish the shape: a post has its figures, its author
and the post that it shares beside it (``aux``), and gogettr puts them into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.articles import address
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "gettr"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_POST = frozenset({"_t", "_id", "uid", "cdate"})
_ACCOUNT = frozenset({"_t", "_id", "username", "nickname"})
_BESIDE = frozenset({"post", "uinf", "s_pst", "shrdpst"})
_FILES = "https://media.gettr.com/"
#: Likes, comments, shares and views.
_COUNTS = ("lkbpst", "cm", "shbpst", "vfpst")
_GONE = "is a place of a post that is gone"


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post, a comment or an account, or an answer with posts in it."""
    if not isinstance(value, dict):
        return False
    return _is_thing(value) or _answer(value) is not None


def _is_thing(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("_t")
    if kind in ("post", "cmt"):
        return value.keys() >= _POST
    return kind == "uinf" and value.keys() >= _ACCOUNT


def _answer(value: Object) -> tuple[Object, Object] | None:
    """Return what an answer tells and what stands beside it."""
    result = value.get("result", value)
    if not isinstance(result, dict):
        return None
    data, beside = result.get("data"), result.get("aux")
    if isinstance(data, dict) and isinstance(beside, dict) and _BESIDE & beside.keys():
        return data, beside
    return None


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of an item; comments, accounts and places of posts that are gone are passed over."""
    if _is_thing(value):
        yield _outcome(value, raw, avatars=avatars)
        return
    answer = _answer(value)
    if answer is None:
        raise ImportRefusedError("is no answer with posts in it")
    data, beside = answer
    known = fields.mapping(beside.get("cmt")) | fields.mapping(beside.get("post"))
    if isinstance(data.get("list"), list):
        named = [_named(event, known) for event in data["list"]]
        found = list({str(post.get("_id")): post for post in filter(None, named)}.values())
        if len(found) < len(data["list"]):
            yield from [PassedOver(_GONE)] * sum(post is None for post in named)
    else:
        found = [data]
    alone = raw if len(found) == 1 else None
    yield from each(found, lambda post: _taken(post, beside, alone, avatars=avatars))


def _named(event: Any, known: Object) -> Object | None:
    """Return the post that an event of a timeline is of: who shared or liked it is no author of it."""
    if _is_thing(event):
        return dict(event)
    activity = fields.mapping(fields.mapping(event).get("activity"))
    names = (activity.get("tgt_id"), activity.get("pstid"))
    return next((known[name] for name in names if isinstance(name, str) and _is_thing(known.get(name))), None)


def _taken(post: Object, beside: Object, raw: str | None, *, avatars: bool) -> Outcome:
    """Take a post with what stands beside it, as gogettr puts it into one."""
    if not _is_thing(post):
        return PassedOver(_GONE)
    told = fields.mapping(beside.get("s_pst"))
    shared = fields.mapping(beside.get("shrdpst")) or fields.mapping(beside.get("post"))
    whole = {
        **post,
        "s_pst": told.get(str(post["_id"]), {name: told[name] for name in _COUNTS if name in told}),
        "uinf": fields.mapping(beside.get("uinf")).get(str(post["uid"])),
        "shrdpst": shared if "_id" in shared else shared.get(str(_shares(post))),
    }
    return _outcome(whole, raw or fields.dump(whole), avatars=avatars)


def _shares(post: Object) -> Any:
    others = post.get("rpstIds")
    return others[0] if isinstance(others, list) and others else None


def _inner(post: Object) -> list[Inner]:
    shared = fields.mapping(post.get("shrdpst"))
    other = (
        shared
        if "_id" in shared
        else fields.mapping(fields.mapping(post.get("post")).get(str(_shares(post))))
    )
    is_quote = bool(fields.text(post.get("txt")))
    return [("quoted" if is_quote else "boosted", other)] if _is_thing(other) else []


def _outcome(post: Object, raw: str, *, avatars: bool) -> Outcome:
    if post["_t"] != "post":
        return PassedOver("is a comment" if post["_t"] == "cmt" else "is an account")
    urn = fields.identifier(post["_id"])
    if urn is None:
        raise ImportRefusedError("has no id")
    told, account = fields.mapping(post.get("s_pst")), fields.mapping(post.get("uinf"))
    counts = {name: fields.whole(post.get(name, told.get(name))) for name in _COUNTS}
    media = MediaList()
    nested = nested_posts(
        post, urn, inner=_inner, avatars=avatars, keep=lambda other: _add_media(media, "reshared", other)
    )
    _add_media(media, "main", post)
    if avatars and (picture := address(account.get("ico"), _FILES)):
        media.add("avatar", "image", picture)
    words = fields.body(post.get("txt"))
    card = (fields.body(post.get(name)) for name in ("ttl", "dsc"))
    kind = {"quoted": "quote", "boosted": "repost"}.get(nested[0].relation) if nested else None
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(post["cdate"]),
        author_username=fields.text(post["uid"]),
        author_name=fields.text(account.get("nickname")),
        # A live stream has a title in place of words.
        text_content=words or "\n\n".join(filter(None, card)),
        post_type=kind or fields.word(post.get("p_type")),
        url=f"https://gettr.com/post/{urn}",
        engagement=Engagement(
            reactions=counts["lkbpst"],
            comments=counts["cm"],
            reposts=counts["shbpst"],
            views=counts["vfpst"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _add_media(media: MediaList, role: MediaRole, post: Object) -> None:
    size = (fields.whole(post.get("vid_wid")), fields.whole(post.get("vid_hgt")))
    film = address(fields.first(post.get("ovid"), post.get("vid")), _FILES)
    cover = address(post.get("main"), _FILES)
    if film:
        media.add(role, "video", film, size=size)
        if cover and role == "main":
            media.add("thumbnail", "image", cover)
    found = post.get("imgs")
    pictures = found if isinstance(found, list) else []
    for link in filter(None, (address(picture, _FILES) for picture in pictures)):
        media.add(role, type_of_name(link, "image"), link)
    if role == "main" and (card := address(post.get("previmg"), _FILES)):
        media.add("article", "image", card)

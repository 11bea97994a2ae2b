"""Reads posts of Reddit: listings, comment pages, and bare posts as dumps have them one a line.

https://www.reddit.com/dev/api and https://github.com/reddit-archive/reddit/wiki/JSON
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, reddit_media
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "reddit"

STREAMS = (Stream(("data", "children")),)

Object = dict[str, Any]
_KINDS = ("t1", "t2", "t3", "t5", "more")
_POST = frozenset({"selftext", "is_self", "permalink", "num_comments", "url", "domain", "over_18"})
_PRINTED = re.compile(r"(?:Redditor|Subreddit)\((?:display_)?name='([^']{1,60})'\)")
_COMMENT = frozenset({"body", "parent_id"})
#: BDFR names no subreddit, which stands in the address alone.
_ADDRESS = re.compile(r"/r/([^/]{1,60})/comments/")
#: How a comment names its post; BDFR says submission.
_OF_POST = frozenset({"link_id", "submission"})
_COUNTS = ("score", "ups", "num_comments", "num_crossposts", "total_awards_received", "view_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a thing of Reddit, in its wrapping or bare."""
    if not isinstance(value, dict):
        return False
    if value.get("kind") in _KINDS and isinstance(value.get("data"), dict):
        return "children" not in value["data"] or value["kind"] == "more"
    name = value.get("name")
    is_named = "subreddit" in value or (isinstance(name, str) and name.startswith("t3_"))
    return is_named and (_is_post(value) or _is_comment(value))


def _is_comment(value: Object) -> bool:
    return value.keys() >= _COMMENT and bool(_OF_POST & value.keys())


def _is_post(value: Object) -> bool:
    return "title" in value and "id" in value and len(_POST & value.keys()) >= 2


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments are passed over."""
    post = _bare(value)
    if value.get("kind", "t3") != "t3" or not _is_post(post):
        yield PassedOver("is a comment, or another thing of Reddit that is no post")
        return
    identifier = fields.identifier(post.get("id"))
    urn = fields.identifier(post.get("name")) or (
        f"t3_{identifier.removeprefix('t3_')}" if identifier else None
    )
    if urn is None:
        raise ImportRefusedError("has no id")
    media = MediaList()
    # A crosspost repeats the media of the post that it shares.
    is_crosspost = bool(_inner(value))
    if not is_crosspost:
        reddit_media.add_media(media, "main", post)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: reddit_media.add_media(media, "reshared", other),
    )
    counts = {name: fields.whole(post.get(name)) for name in _COUNTS}
    words = (fields.body(reddit_media.unescape(post.get(name))) for name in ("title", "selftext", "body"))
    permalink = fields.text(post.get("permalink"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(post.get("created_utc"))
        or fields.milliseconds(post.get("date")),
        author_username=_author(post.get("author")),
        author_name=fields.first(post.get("subreddit_name_prefixed"), _subreddit(post)),
        text_content="\n\n".join(filter(None, words)),
        post_type="repost" if is_crosspost else _post_type(post),
        url=f"https://www.reddit.com{permalink}" if permalink and permalink.startswith("/") else permalink,
        engagement=Engagement(
            reactions=counts["score"], comments=counts["num_comments"], reposts=counts["num_crossposts"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _author(value: Any) -> str | None:
    """Return a name, also where PRAW's objects were written as they print themselves."""
    name = fields.text(fields.mapping(value).get("name") or value)
    printed = _PRINTED.fullmatch(name or "")
    return printed[1] if printed else name


def _subreddit(post: Object) -> str | None:
    value = post.get("subreddit")
    name = fields.text(fields.mapping(value).get("display_name") or value)
    found = _PRINTED.fullmatch(name or "") or (None if name else _ADDRESS.search(str(post.get("permalink"))))
    name = found[1] if found else name
    return f"r/{name}" if name else None


def _bare(value: Object) -> Object:
    return value["data"] if "kind" in value and isinstance(value.get("data"), dict) else value


def _inner(value: Object) -> list[Inner]:
    parents = fields.objects(_bare(value).get("crosspost_parent_list"))
    return [("reshared", parent) for parent in parents[:1]]


def _post_type(post: Object) -> str:
    if post.get("is_gallery") is True:
        return "gallery"
    if post.get("is_video") is True:
        return "video"
    # BDFR does not say so, but a post without a link has its own address as one.
    address = fields.text(post.get("permalink"))
    is_own = address is not None and str(post.get("url")).endswith(address)
    return "self" if post.get("is_self", is_own) is True else "link"

"""Reads posts of X out of answers of its API v2, joined with what stands beside them.

https://docs.x.com/x-api/fundamentals/data-dictionary and .../expansions. Posts that were flattened, as
``twarc2 flatten`` and 4CAT do, are read too, and tables that were made of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, x_links, x_table
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream, each
from social_tui.models import MediaRole, MediaType, PostRelation
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_MARKS = frozenset(
    {
        "attachments", "author_id", "context_annotations", "conversation_id", "created_at",
        "display_text_range", "edit_controls", "edit_history_tweet_ids", "entities", "geo",
        "in_reply_to_user_id", "lang",
        "non_public_metrics", "note_tweet", "possibly_sensitive", "public_metrics", "referenced_tweets",
        "reply_settings", "source", "withheld",
    }
)  # fmt: skip
#: Marks that no other network's posts have, for posts that stand alone.
_OWN_MARKS = frozenset(
    {
        "edit_history_tweet_ids",
        "public_metrics",
        "conversation_id",
        "referenced_tweets",
        "context_annotations",
    }
)
#: What events of private conversations have; without asking for more they name their type alone.
_EVENT = frozenset({"dm_conversation_id", "event_type"})
_TYPES: dict[str, MediaType] = {"photo": "image", "video": "video", "animated_gif": "video"}
#: What media keys begin with, for those whose media the answer left out.
_KEY_TYPES: dict[str, MediaType] = {"3": "image", "7": "video", "13": "video", "16": "video"}
_RELATIONS: dict[str, PostRelation] = {
    "retweeted": "boosted",
    "quoted": "quoted",
    "replied_to": "replied_to",
}


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is an answer of the API with posts in it, or a post of it."""
    if not isinstance(value, dict):
        return False
    data = value.get("data")
    if isinstance(data, dict):
        return _is_post(data, beside=value)
    if isinstance(data, list):
        return bool(data) and isinstance(data[0], dict) and _is_post(data[0], beside=value)
    if "data" in value:
        return False
    if _is_empty(value) or _is_account(value):
        return True
    return _is_post(value) and bool(_OWN_MARKS & value.keys())


def _is_account(value: Object) -> bool:
    """Tell whether a value is an account, of which lists of followers and members are made."""
    is_named = value.keys() >= {"id", "name", "username"} and "text" not in value
    return is_named and "tweet_count" in fields.mapping(value.get("public_metrics"))


def _is_empty(value: Object) -> bool:
    """Tell whether an answer has no posts, or only tells why not (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""
    if not value.keys() <= {"meta", "includes", "errors"}:
        return False
    problems = [str(error.get("type")) for error in fields.objects(value.get("errors"))]
    no_results = fields.mapping(value.get("meta")).get("result_count") == 0
    is_why = any("/2/problems/" in problem for problem in problems)
    return no_results or is_why or _tells_of_posts(value)


def _tells_of_posts(value: Object) -> bool:
    """Tell whether the errors of an answer are about posts, also where they name no type."""
    errors = fields.objects(value.get("errors"))
    return bool(errors) and all(error.get("resource_type") == "tweet" for error in errors)


def _is_post(value: Object, *, beside: Object | None = None) -> bool:
    identifier = value.get("id")
    if not (isinstance(identifier, str) and identifier.isascii() and identifier.isdigit()):
        return False
    if not isinstance(value.get("text"), str):
        return False
    if _MARKS & value.keys():
        return True
    # Posts that were asked for without any fields have these two alone.
    return beside is not None and (
        bool({"includes", "meta"} & beside.keys()) or value.keys() == {"id", "text"}
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of an answer; each takes what it needs of ``includes`` along."""
    value = value if "data" in value else x_table.unfolded(value)
    data = value.get("data", value)
    posts = data if isinstance(data, list) else [data]
    if _is_empty(value):
        yield PassedOver("is a page without posts")
        return
    if _is_account(value):
        yield PassedOver("is an account, which is no post")
        return
    if len(posts) == 1:
        yield _post(value, raw, avatars=avatars)
        return
    index = _index(value)

    def take(post: Any) -> Outcome:
        item = _cut_out(post, index, with_posts=True)
        return _post(item, fields.dump(item), avatars=avatars)

    yield from each(posts, take)


_JOINED = ("media", "users", "tweets", "polls", "places")
_Index = Mapping[str, Mapping[str, Object]]


def _index(item: Object) -> _Index:
    includes = fields.mapping(item.get("includes"))
    return {name: _by_id(includes.get(name), "media_key" if name == "media" else "id") for name in _JOINED}


def _by_id(value: Any, name: str) -> dict[str, Object]:
    found = ((fields.identifier(member.get(name)), member) for member in fields.objects(value))
    return {key: member for key, member in found if key is not None}


def _cut_out(post: Any, index: _Index, *, with_posts: bool) -> Object:
    """Return a post with what it needs of the included objects, with or without posts to which it refers."""
    own: dict[str, dict[str, Object]] = {name: {} for name in _JOINED}
    wanted = [post] if isinstance(post, dict) else []
    for key, _ in _references(post).values() if wanted and with_posts else ():
        if (other := index["tweets"].get(key)) is not None:
            own["tweets"][key] = other
            wanted.append(other)
    for member in wanted:
        attachments = fields.mapping(member.get("attachments"))
        keys = {
            "media": _media_keys(member),
            "polls": attachments.get("poll_ids"),
            "users": [member.get("author_id"), member.get("in_reply_to_user_id")],
            "places": [fields.mapping(member.get("geo")).get("place_id")],
        }
        for name, list_of_keys in keys.items():
            for key in _ids(list_of_keys):
                if key in index[name]:
                    own[name][key] = index[name][key]
    return {"data": post, "includes": {name: list(found.values()) for name, found in own.items() if found}}


def _ids(value: Any) -> list[str]:
    return [key for key in map(fields.identifier, value) if key] if isinstance(value, list) else []


def _references(post: Object) -> dict[str, tuple[str, Object]]:
    """Return the posts to which a post refers, one of each kind: their ids, and the references themselves."""
    found: dict[str, tuple[str, Object]] = {}
    for reference in fields.objects(post.get("referenced_tweets")):
        if key := fields.identifier(reference.get("id")):
            found.setdefault(str(reference.get("type")), (key, reference))
    return found


def _inner(item: Object) -> list[Inner]:
    """Return the posts that stand beside a post, or, where it was flattened, in its references."""
    post, index = _post_of(item), _index(item)
    found: list[Inner] = []
    for kind, (key, reference) in _references(post).items() if isinstance(post, dict) else ():
        other = reference if "text" in reference else index["tweets"].get(key)
        if other is not None and (relation := _RELATIONS.get(kind)):
            found.append((relation, _cut_out(other, index, with_posts=False)))
    return found


def _post_of(item: Object) -> Any:
    data = item.get("data", item)
    return data[0] if isinstance(data, list) and len(data) == 1 else data


def _post(item: Object, raw: str, *, avatars: bool) -> Outcome:
    post, index = _post_of(item), _index(item)
    if isinstance(post, dict) and _EVENT & post.keys():
        return PassedOver("is a private message")
    if not isinstance(post, dict) or (urn := x_links.post_id(post.get("id"))) is None:
        raise ImportRefusedError("has no post id")
    if not isinstance(post.get("text"), str):
        raise ImportRefusedError("has no text")
    author_id = fields.identifier(post.get("author_id"))
    if "resource_id" in post:
        return PassedOver(
            "tells why a post is not there"
        )  # 4CAT makes it of an error, with a time of its own
    author = index["users"].get(author_id or "") or _flat_author(post)
    username = fields.text(author.get("username"))
    metrics = storable(fields.mapping(post.get("public_metrics")))
    unknown: list[Object] = []
    nested = nested_posts(item, urn, inner=_inner, avatars=avatars, keep=unknown.append)
    # A repost repeats the media of the original.
    originals = [inner.post.media for inner in nested if inner.relation == "boosted"]
    repeated = {media.provider_media_id for found in originals for media in found}
    media = MediaList()
    _add_media(media, "main", post, index, but=repeated)
    for other in unknown:
        _add_media(media, "reshared", _post_of(other), _index(other))
    if avatars and author.get("profile_image_url"):
        media.add("avatar", "image", author["profile_image_url"])
    return ParsedPost(
        platform=x_links.PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(post.get("created_at")) or x_links.time_of_id(urn),
        author_username=username or author_id,
        author_name=fields.text(author.get("name")),
        text_content=_text(post),
        post_type=_post_type(_references(post).keys()),
        url=x_links.post_url(username, urn),
        engagement=Engagement(
            reactions=fields.whole(metrics.get("like_count")),
            comments=fields.whole(metrics.get("reply_count")),
            reposts=fields.whole(metrics.get("retweet_count")),
            views=fields.whole(metrics.get("impression_count")),
        ),
        stats=metrics,
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _flat_author(post: Object) -> Object:
    """Return the author of a flattened post; 4CAT names it otherwise, and did so beside the post."""
    told = fields.mapping(post.get("author")) or fields.mapping(post.get("author_user"))
    return told or {"username": post.get("author_username"), "name": post.get("author_fullname")}


def _text(post: Object) -> str:
    """Return the long text, or title and text of an article, of which the post itself has the link alone."""
    article = fields.mapping(post.get("article"))
    words = fields.body(article.get("plain_text")) or fields.body(article.get("preview_text"))
    whole = "\n\n".join(filter(None, (fields.body(article.get("title")), words)))
    note = x_links.said(fields.mapping(post.get("note_tweet")).get("text"))
    return note or whole or x_links.said(post.get("text"))


def _media_keys(post: Object) -> list[str]:
    article = fields.mapping(post.get("article"))
    cover = _ids([article.get("cover_media")])
    attached = _ids(fields.mapping(post.get("attachments")).get("media_keys"))
    return [*attached, *cover, *_ids(article.get("media_entities"))]


def _post_type(kinds: Collection[str]) -> str:
    for kind, name in (("retweeted", "repost"), ("quoted", "quote"), ("replied_to", "reply")):
        if kind in kinds:
            return name
    return "regular"


def _add_media(
    media: MediaList, role: MediaRole, post: Object, index: _Index, *, but: Collection[str | None] = ()
) -> None:
    attachments = fields.mapping(post.get("attachments"))
    # 4CAT has the media in the places of their keys.
    flattened = {
        key: facts
        for name in ("media", "media_keys")
        for key, facts in _by_id(attachments.get(name), "media_key").items()
    }
    for key in dict.fromkeys([*_media_keys(post), *flattened]):
        if key in but:
            continue
        facts = index["media"].get(key) or flattened.get(key) or {}
        otherwise = _KEY_TYPES.get(key.partition("_")[0], "image")
        media_type = _TYPES.get(str(facts.get("type")), otherwise)
        media.add(
            role,
            media_type,
            fields.text(facts.get("url")) or x_links.best_variant(facts.get("variants"), "bit_rate"),
            size=(facts.get("width"), facts.get("height")),
            alt=facts.get("alt_text"),
            media_id=key,
        )
        if role == "main" and fields.text(facts.get("preview_image_url")):
            media.add("thumbnail", "image", facts["preview_image_url"])

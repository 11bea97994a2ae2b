"""Reads posts of X in their classic shape: of its archive, of API v1.1 and of its web pages.

The archive's ``data/tweets.js`` has ``{"tweet": {…}}``, described in the ``README.txt`` beside it; API v1.1
the bare object (https://developer.x.com/en/docs/x-api/v1/data-dictionary/object-model/tweet); the pages have
it in ``legacy``, as Zeeschuimer records them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields, x_links, x_table
from social_tui.importers.beside import OWN_NAME
from social_tui.importers.media import MediaList
from social_tui.importers.nesting import Inner, nested_posts
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole, MediaType
from social_tui.text import storable

#: The answer of a search of API v1.1.
STREAMS = (Stream(("statuses",)),)

Object = dict[str, Any]
_MARKS = frozenset(
    {"retweet_count", "favorite_count", "favorited", "retweeted", "display_text_range", "entities"}
)
#: Archives of before 2019 count nothing.
_OLDEST = frozenset({"id_str", "source", "entities", "user"})
_TYPES: dict[str, MediaType] = {"photo": "image", "video": "video", "animated_gif": "video"}
_MEDIA_PAGE = re.compile(r"https://(?:x|twitter)\.com/(\w{1,15})/status/([0-9]{1,20})/", re.ASCII)
#: What embeds call the count of answers.
_EMBEDDED = {"reply_count": "conversation_count"}
_COUNTS = ("favorite_count", "reply_count", "retweet_count", "quote_count", "bookmark_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post in one of the three homes of this shape."""
    if not isinstance(value, dict):
        return False
    if _is_notice(value) or _note(value):
        return True
    value = fields.mapping(value.get("tweet")) or value
    legacy = fields.mapping(value.get("legacy"))
    # Of what Zeeschuimer recorded in its first years the author stands beside.
    is_page = "rest_id" in value or isinstance(value.get("user"), dict)
    return _is_tweet(value) or (is_page and isinstance(legacy.get("full_text"), str))


def _is_tweet(value: Object) -> bool:
    is_text = isinstance(value.get("full_text"), str) or isinstance(value.get("text"), str)
    if is_text and value.keys() >= _OLDEST:
        return True
    return is_text and bool({"id_str", "full_text", "id"} & value.keys()) and len(_MARKS & value.keys()) >= 2


def _is_archived(value: Object) -> bool:
    """Tell whether a post stands as archives have it; the pages wrap theirs too, beside ``__typename``."""
    return "tweet" in value and "__typename" not in value


def _is_notice(value: Object) -> bool:
    """Tell whether a value is a notice of a stream: that a post was deleted, or how many it left out.

    https://developer.x.com/en/docs/x-api/v1/tweets/filter-realtime/guides/streaming-message-types
    """
    is_limit = value.keys() == {"limit"} and "track" in fields.mapping(value["limit"])
    return is_limit or isinstance(fields.mapping(value.get("delete")).get("status"), dict)


def _note(value: Object) -> Object:
    """Return the text of a long post of an archive, which has it in a part of its own."""
    note = fields.mapping(value.get("noteTweet"))
    return note if "noteTweetId" in note else {}


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; notices of streams are passed over."""
    if _is_notice(value):
        yield PassedOver("is a notice of a stream, such as that a post was deleted")
        return
    if note := _note(value):
        yield _of_note(note, raw)
        return
    value = x_table.classic(value)
    tweet, user, extra = _parts(value)
    urn = x_links.post_id(tweet.get("id_str"), extra.get("rest_id"), tweet.get("id"))
    if urn is None:
        raise ImportRefusedError("has no post id")
    # Tables of DMI-TCAT have the author's fields beside the others.
    username = fields.first(user.get("screen_name"), tweet.get("from_user_name")) or _told_by_media(
        tweet, urn
    )
    media = MediaList()
    # A repost repeats the media of the original.
    is_repost = bool(_reposted(tweet)) or tweet.get("is_retweet") is True
    if not is_repost:
        _add_media(media, "main", tweet, archived_as=urn if _is_archived(value) else None)
    nested = nested_posts(
        value,
        urn,
        inner=_inner,
        avatars=avatars,
        keep=lambda other: _add_media(media, "reshared", _parts(other)[0]),
    )
    if is_repost and "boosted" not in (each.relation for each in nested):
        _add_media(media, "reshared", tweet)
    avatar = fields.first(user.get("profile_image_url_https"), user.get("profile_image_url"))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    views = fields.mapping(extra.get("views", extra.get("ext_views", tweet.get("ext_views")))).get("count")
    counts = {
        name: fields.whole(tweet.get(name, tweet.get(_EMBEDDED.get(name, name)))) for name in _COUNTS
    } | {"views": fields.whole(views)}
    yield ParsedPost(
        platform=x_links.PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(tweet.get("created_at")) or x_links.time_of_id(urn),
        author_username=username or fields.identifier(tweet.get("user_id_str")),
        author_name=fields.first(user.get("name"), tweet.get("from_user_realname")),
        text_content=_text(tweet, extra),
        post_type=_post_type(tweet, is_repost=is_repost),
        url=x_links.post_url(username, urn),
        engagement=Engagement(
            reactions=counts["favorite_count"],
            comments=counts["reply_count"],
            reposts=counts["retweet_count"],
            views=counts["views"],
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        nested=nested,
        raw_json=raw,
    )


def _of_note(note: Object, raw: str) -> ParsedPost:
    urn = x_links.post_id(note.get("noteTweetId"))
    if urn is None:
        raise ImportRefusedError("has no post id")
    return ParsedPost(
        platform=x_links.PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(note.get("createdAt")) or x_links.time_of_id(urn),
        text_content=fields.body(fields.mapping(note.get("core")).get("text")),
        post_type="note",
        raw_json=raw,
    )


def _parts(value: Object) -> tuple[Object, Object, Object]:
    """Return the classic object, its author and what the page says beside it."""
    value = fields.mapping(value.get("tweet")) or value
    if "legacy" not in value:
        return value, fields.mapping(value.get("user")), {}
    result = fields.mapping(
        fields.mapping(fields.mapping(value.get("core")).get("user_results")).get("result")
    )
    user = {**fields.mapping(result.get("legacy")), **fields.mapping(result.get("core"))}
    user = user or dict(fields.mapping(value.get("user")))
    if avatar := fields.mapping(result.get("avatar")).get("image_url"):
        user["profile_image_url_https"] = avatar
    return fields.mapping(value.get("legacy")), user, value


def _told_by_media(tweet: Object, urn: str) -> str | None:
    """Return the author by the address of a media on the post's own page."""
    addresses = (str(facts.get("expanded_url")) for facts in _media(tweet))
    found = (_MEDIA_PAGE.match(address) for address in addresses)
    return next((match[1] for match in found if match and match[2] == urn), None)


def _text(tweet: Object, extra: Object) -> str:
    note = fields.mapping(fields.mapping(extra.get("note_tweet")).get("note_tweet_results")).get("result")
    extended = fields.mapping(tweet.get("extended_tweet")).get("full_text")
    short = next(filter(None, map(x_links.said, (extended, tweet.get("full_text"), tweet.get("text")))), "")
    return fields.body(fields.mapping(note).get("text")) or short


def _post_type(tweet: Object, *, is_repost: bool) -> str:
    is_repost = is_repost or tweet.get("is_retweet") is True
    # The archive says "retweeted": false of every post, and names the original nowhere but in the text.
    if is_repost or fields.body(tweet.get("full_text")).startswith("RT @"):
        return "repost"
    if tweet.get("is_quote_status") is True or tweet.get("quoted_status_id_str"):
        return "quote"
    return (
        "reply" if tweet.get("in_reply_to_status_id_str") or tweet.get("in_reply_to_status_id") else "regular"
    )


def _inner(value: Object) -> list[Inner]:
    tweet, _, extra = _parts(value)
    told = fields.mapping(tweet.get("quoted_status")) or fields.mapping(tweet.get("quoted_tweet"))
    quoted = told or _result(extra.get("quoted_status_result"))
    if reposted := _reposted(tweet):
        return [("boosted", reposted)]  # what that one quotes may stand here once more
    return [("quoted", quoted)] if quoted else []


def _reposted(tweet: Object) -> Object:
    status = fields.mapping(tweet.get("retweeted_status"))
    return status or _result(tweet.get("retweeted_status_result"))


def _result(value: Any) -> Object:
    result = fields.mapping(fields.mapping(value).get("result"))
    result = fields.mapping(result.get("tweet")) or result
    return result if fields.mapping(result.get("legacy")) else {}


def _add_media(media: MediaList, role: MediaRole, tweet: Object, *, archived_as: str | None = None) -> None:
    """Note the media of a post.

    Args:
        media: Where to.
        role: What they are to the post that is imported.
        tweet: The classic object.
        archived_as: The id of a post of an archive, which has their files.
    """
    for facts in _media(tweet):
        picture = fields.first(facts.get("media_url_https"), facts.get("media_url"))
        media_type = _TYPES.get(str(facts.get("type")), "image")
        info = fields.mapping(facts.get("video_info"))
        video = x_links.best_variant(info.get("variants"), "bitrate") if media_type == "video" else None
        link = video if media_type == "video" else picture
        media.add(
            role,
            media_type,
            link,
            size=_size(facts),
            alt=facts.get("ext_alt_text"),
            media_id=facts.get("id_str"),
            beside=_archived(archived_as, link) if archived_as and link else None,
        )
        if media_type == "video" and picture and role == "main":
            media.add("thumbnail", "image", picture)


def _media(tweet: Object) -> list[Object]:
    """Return the media as they are told best; embeds have them bare, and in entities without their links."""
    extended = fields.mapping(tweet.get("extended_tweet"))
    homes = (
        fields.mapping(extended.get("extended_entities")).get("media"),
        fields.mapping(extended.get("entities")).get("media"),
        fields.mapping(tweet.get("extended_entities")).get("media"),
        tweet.get("mediaDetails"),
        fields.mapping(tweet.get("entities")).get("media"),
    )
    return next(filter(None, map(fields.objects, homes)), [])


def _archived(urn: str, link: str) -> str:
    """Return where an archive has the file of a link: ``tweets_media/<id>-<name>`` beside ``tweets.js``."""
    return f"{OWN_NAME}_media/{urn}-{link.partition('?')[0].rpartition('/')[2]}"


def _size(facts: Object) -> tuple[Any, Any]:
    original = fields.mapping(facts.get("original_info"))
    large = fields.mapping(fields.mapping(facts.get("sizes")).get("large"))
    if "width" in original:
        return original.get("width"), original.get("height")
    return large.get("w"), large.get("h")

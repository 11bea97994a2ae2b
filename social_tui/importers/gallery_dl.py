"""Reads the metadata files that gallery-dl writes beside what it fetched, one for each file.

https://github.com/mikf/gallery-dl/blob/master/docs/configuration.rst (``metadata`` postprocessor). The files
of one post each give the post with one media, at the place that their number tells; a list of them gives the
post with all. What ``gallery-dl -j`` prints is a list of messages (``gallery_dl/extractor/message.py``), of
which those of files are the same with a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, MediaReference, ParsedPost
from social_tui.importers import fields, weibo
from social_tui.importers.beside import OWN_NAME
from social_tui.importers.gallery_dl_networks import (
    OWN_PAGES,
    PLATFORMS,
    is_of_stories,
    network_of,
    page_of,
)
from social_tui.importers.media import check_count, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_IDS = (
    "tweet_id", "post_shortcode", "shortcode", "uri", "post_id", "id", "gallery_id", "deviationid",
    "no", "index",
)  # fmt: skip
#: Networks whose texts are HTML.
_OF_HTML = frozenset({"mastodon", "pleroma", "tumblr", "4chan", "patreon", "deviantart", "pixiv"})
#: Networks that call the description of a picture by the name that others have for the text of a post.
_ALTS = frozenset({"twitter", "bluesky", "mastodon"})
#: Networks whose titles are those of an album, or made by the program.
_WITHOUT_TITLES = frozenset({"facebook", "tiktok"})
#: Networks whose files are counted from 0.
_FROM_ZERO = frozenset({"pixiv", "pixiv-novel"})
#: Networks that tell the account beside the post; in an object stands another one, or who was asked for.
_FLAT_AUTHORS = frozenset({"instagram", "facebook"})
#: Files of an account instead of a post.
_OF_ACCOUNTS = frozenset({"avatar", "background", "banner", "info"})
_TEXTS = ("content", "desc", "caption", "selftext", "text", "body", "com")
_POSTERS = frozenset({"cover", "preview", "thumbnail"})
_LINKS = ("video_url", "display_url", "image", "url", "file_url")
#: Where the media is an object of its own; the links beside it are those of the post.
_MEDIA = ("media", "photo", "file", "content")
_PAGE_OF_REDDIT = ("https://www.reddit.com/", "https://v.redd.it/")
_COUNTS = {
    "reactions": (
        "favorite_count",
        "likes",
        "like_count",
        "likeCount",
        "favourites_count",
        "diggCount",
        "score",
        "note_count",
        "reactionCount",
        "total_bookmarks",
    ),
    "comments": (
        "reply_count",
        "comments",
        "comment_count",
        "replyCount",
        "replies_count",
        "commentCount",
        "num_comments",
        "repliesCount",
        "total_comments",
    ),
    "reposts": ("retweet_count", "repostCount", "reblogs_count", "shareCount", "renoteCount", "repin_count"),
    "views": ("view_count", "playCount", "views", "total_view"),
}
_HANDLES = ("uniqueId", "handle", "acct", "account", "username", "vanity")
_FAR = 9_999
_FILE_MESSAGE = 3
_ERROR_MESSAGE = -1


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these files, or a message."""
    if isinstance(value, list):
        return _is_message(value) or (bool(value) and all(map(_is_file, value)))
    return _is_file(value)


def _is_message(value: list[Any]) -> bool:
    if len(value) not in (2, 3) or type(value[0]) is not int:
        return False
    is_error = (
        value[0] == _ERROR_MESSAGE
        and isinstance(value[-1], dict)
        and {"error", "message"} <= value[-1].keys()
    )
    return is_error or _is_known(value[-1])


def _is_file(value: Any) -> bool:
    return _is_known(value) and isinstance(value.get("extension"), str)


def _is_known(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("category"), str)
        and isinstance(value.get("subcategory"), str)
    )


def parse(value: Any, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the post that a file belongs to, with the one media that it tells of; of a list, with all."""
    del avatars  # each is a file of its own there
    if isinstance(value, dict):
        yield _outcome(value, raw, None)
    elif not _is_message(value):
        yield joined([_post(each, raw, None) for each in value], raw)
    elif value[0] == _FILE_MESSAGE and _is_file(value[-1]):
        yield _outcome(value[-1], raw, fields.text(value[1]))
    else:
        yield PassedOver("is a message of gallery-dl about no file")


def joined(posts: Sequence[ParsedPost], raw: str) -> ParsedPost:
    """Put the posts that the files of one post give together.

    Args:
        posts: One for each file; that of a file which is no preview tells of the post.
        raw: The files as a JSON list, in the same order.

    Raises:
        ImportRefusedError: If they are not of one post, or more than any post has.
    """
    if len({(post.platform, post.urn) for post in posts}) != 1:
        raise ImportRefusedError("holds files of several posts")
    check_count(len(posts))
    taken: set[tuple[MediaRole, int]] = set()
    media = []
    for reference in (each for post in posts for each in post.media):
        position = reference.position
        while (reference.role, position) in taken:
            position += 1
        taken.add((reference.role, position))
        media.append(reference._replace(position=position))
    first = next((post for post in posts if post.media[0].role == "main"), posts[0])
    return first.model_copy(update={"media": tuple(media), "raw_json": raw})


def _outcome(value: Object, raw: str, link: str | None) -> Outcome:
    if value["subcategory"] in _OF_ACCOUNTS:
        return PassedOver("is a picture of an account, which is no post")
    return _post(value, raw, link)


def _post(value: Object, raw: str, link: str | None) -> ParsedPost:
    category = network_of(value)
    if category == weibo.PLATFORM and weibo.sniff(value.get("status")):
        # Its files tell of the post as the network has it.
        whole = weibo.post_of(value["status"], raw, avatars=False)
        return whole.model_copy(update={"media": (_of_weibo(_reference(value, link, category), whole),)})
    platform = PLATFORMS.get(category)
    # The address of a post of Mastodon is the same everywhere, and the id that of the server, as in its API.
    names: tuple[str, ...] = ("id",) if platform in ("mastodon", "misskey") else _IDS
    if is_of_stories(value):
        names = ("shortcode", "media_id")
    identifier = next(filter(None, (fields.identifier(value.get(name)) for name in names)), None)
    if identifier is None:
        raise ImportRefusedError("has no id")
    urn = identifier if platform else f"{category}:{identifier}"
    author = _author(value, category)
    stats = {**value, **fields.mapping(value.get("stats"))}
    counts = {
        name: next((count for each in names if (count := fields.whole(stats.get(each))) is not None), None)
        for name, names in _COUNTS.items()
    }
    return ParsedPost(
        platform=platform or category,
        urn=f"t3_{urn}" if platform == "reddit" and not urn.startswith("t3_") else urn,
        full_urn=fields.text(value.get("uri")) if platform in ("mastodon", "misskey") else None,
        posted_at_timestamp=_time(value),
        author_username=fields.first(
            # Some call the handle so and some the name that is shown.
            author.get("name") if author.keys().isdisjoint(_HANDLES) else None,
            *(author.get(name) for name in _HANDLES),
            value.get("blog_name"),
            value.get("username"),
        ),
        author_name=fields.first(
            author.get("nick"),
            author.get("nickname"),
            author.get("displayName"),
            author.get("display_name"),
            author.get("full_name"),
            author.get("realname"),
            author.get("name") if not author.keys().isdisjoint(_HANDLES) else None,
            value.get("fullname"),
        ),
        text_content=_text(value, category),
        post_type=fields.word(value.get("post_type")),
        url=page_of(value, urn, category),
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=(_reference(value, link, category),),
        raw_json=raw,
    )


def _of_weibo(file: MediaReference, post: ParsedPost) -> MediaReference:
    """Return a file as media of a post: asked for reposts, the program lists those of the other post too."""
    own = {_address(each.url) for each in post.media if each.role != "reshared"}
    others = [each for each in post.media if each.role == "reshared"]
    others += [each for nested in post.nested for each in nested.post.media]
    is_other = _address(file.url) in {_address(each.url) for each in others} - own - {""}
    return file._replace(role="reshared") if is_other else file


def _address(url: str | None) -> str:
    """Return a link without its scheme, of which the program makes https."""
    return (url or "").partition("://")[2]


def _time(value: Object) -> int | None:
    """Return when the post was published: ``date`` is that of the file, where a network tells both."""
    names = ("date",) if is_of_stories(value) else ("post_date", "date", "created_at")
    return next(filter(None, (fields.milliseconds_utc(value.get(name)) for name in names)), None)


def _author(value: Object, category: str) -> Object:
    if category in _FLAT_AUTHORS and value.get("username"):
        shown = value["username"] if category == "facebook" else value.get("fullname")
        handle = fields.identifier(value.get("user_id")) if category == "facebook" else None
        return {"username": handle or value["username"], "full_name": shown}
    for name in ("author", "account", "user", "owner", "creator", "pinner"):
        if isinstance(value.get(name), dict):
            found: Object = value[name]
            return found
    return {"name": fields.first(value.get("author"), value.get("user"))}


def _text(value: Object, category: str) -> str:
    names = _TEXTS if category in _ALTS else (*_TEXTS, "description")
    cleaned = fields.plain if category in _OF_HTML else fields.body
    body = next(filter(None, (cleaned(value.get(name)) for name in names)), "")
    title = "" if category in _WITHOUT_TITLES else fields.body(value.get("title"))
    return body if not title or body.startswith(title) else "\n\n".join(filter(None, (title, body)))


def _reference(value: Object, link: str | None, category: str) -> MediaReference:
    """Return the media that a file tells of: it lies beside it, and only some files have its link."""
    kind, printed = str(value.get("type")), link is not None
    name = f"file.{value['extension']}"
    role: MediaRole = "thumbnail" if kind in _POSTERS else "main"
    number = fields.whole(value.get("num"), largest=_FAR) or 0
    facts: Object = next((value[each] for each in _MEDIA if isinstance(value.get(each), dict)), {})
    link = (link or _link(value, facts, category) or "").removeprefix("ytdl:")
    return MediaReference(
        role=role,
        position=0 if is_of_stories(value) else max(number if category in _FROM_ZERO else number - 1, 0),
        media_type=type_of_name(name, "document"),
        url=link if link.startswith(("https://", "http://")) else None,
        width=fields.side(value.get("width")),
        height=fields.side(value.get("height")),
        alt_text=fields.first(
            facts.get("description"), value.get("description") if category in _ALTS else None
        ),
        provider_media_id=fields.identifier(value.get("media_id")) or fields.identifier(value.get("file_id")),
        # What is printed with a link lies nowhere.
        local_path=None if printed else OWN_NAME,
    )


def _link(value: Object, facts: Object, category: str) -> str | None:
    links = () if category in OWN_PAGES else tuple(value.get(each) for each in _LINKS)
    link = fields.first(facts.get("url"), facts.get("src"), *links)
    # That of a gallery or a film is the address of its page.
    is_page = category == "reddit" and (link or "").startswith(_PAGE_OF_REDDIT)
    return None if is_page else link

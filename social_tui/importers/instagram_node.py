"""Reads posts of Instagram as its pages and its app have them: files of instaloader, records of Zeeschuimer.

instaloader writes ``{"node": {…}, "instaloader": {"node_type": "Post", …}}``
(https://instaloader.github.io/module/structures.html); its node is that of the pages, with the app's own
object in ``iphone_struct`` where it was asked for. Zeeschuimer records the app's object or the node, bare.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.beside import ANY_ENDING, OWN_NAME
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.models import MediaRole
from social_tui.text import storable

PLATFORM = "instagram"

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_COMMENT = frozenset({"created_at", "owner", "text", "likes_count", "answers"})
_POSTS = frozenset({"Post", "StoryItem"})
_COMMENT_COUNTS = (
    "edge_media_to_comment",
    "edge_media_to_parent_comment",
    "edge_media_preview_comment",
    "comments",
    "comment_count",
)
_LONGEST_NUMBER = 20
_VIDEO = 2
#: What lists of the pages call what the app numbers.
_VIDEO_OF_LISTS = "XIGPolarisVideoMedia"
#: The digits of shortcodes.
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a file of instaloader, a node of a page or an object of the app."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("node"), dict) and isinstance(value.get("instaloader"), dict):
        return True
    return value.keys() >= _COMMENT or _is_node(value) or _is_app(value)


def _is_node(value: Object) -> bool:
    return bool({"shortcode", "id"} & value.keys()) and (
        "display_url" in value
        and bool({"taken_at_timestamp", "__typename"} & value.keys())
        and "category" not in value
    )


def _is_app(value: Object) -> bool:
    is_media = bool({"image_versions2", "carousel_media", "video_versions", "display_uri"} & value.keys())
    is_another = "caption_text" in value or isinstance(value.get("text_post_app_info"), dict)
    return (
        is_media
        and bool({"code", "pk"} & value.keys())
        and bool({"taken_at", "_zs_partial"} & value.keys())
        and not is_another
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; profiles and hashtags are passed over."""
    if value.keys() >= _COMMENT:
        yield PassedOver("is a comment")
        return
    header = fields.mapping(value.get("instaloader"))
    if header and str(header.get("node_type", "Post")) not in _POSTS:
        yield PassedOver("is a profile, a hashtag or a highlight of Instagram, which is no post")
        return
    node = fields.mapping(value.get("node")) if header else value
    beside = OWN_NAME if header else None
    if _is_app(node) and "display_url" not in node:
        yield _of_app(node, raw, beside, avatars=avatars)
    else:
        yield _of_page(node, raw, beside, avatars=avatars)


def _of_page(node: Object, raw: str, beside: str | None, *, avatars: bool) -> ParsedPost:
    is_story = str(node.get("__typename")).startswith("GraphStory")
    shortcode = _shortcode(node.get("id")) if is_story else None
    urn = _id(node.get("shortcode"), node.get("code"), shortcode, node.get("id"))
    app = fields.mapping(node.get("iphone_struct"))
    owner = fields.mapping(node.get("owner")) or fields.mapping(app.get("user"))
    username = fields.text(owner.get("username"))
    media = MediaList()
    if app.get("carousel_media") or app.get("image_versions2"):
        add_app_media(media, "main", app, beside)
    else:
        parts = _edges(node.get("edge_sidecar_to_children"))
        for part, name in zip(parts or [node], _names_beside(beside, len(parts)), strict=True):
            _add_page_media(media, part, name)
    if avatars and fields.text(owner.get("profile_pic_url")):
        media.add("avatar", "image", owner["profile_pic_url"])
    caption = next(iter(_edges(node.get("edge_media_to_caption"))), {})
    likes = _count(node, app, "edge_media_preview_like", "edge_liked_by", "like_count")
    comments = _count(node, app, *_COMMENT_COUNTS)
    views = _count(node, app, "video_play_count", "video_view_count", "play_count", "view_count")
    stats = {"likes": likes, "comments": comments, "views": views}
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(node.get("id")),
        posted_at_timestamp=fields.milliseconds(node.get("taken_at_timestamp"))
        or fields.milliseconds(node.get("date")),
        author_username=username or fields.identifier(owner.get("id")),
        author_name=fields.text(owner.get("full_name")),
        text_content=fields.body(caption.get("text")) or fields.body(node.get("caption")),
        post_type=fields.word(node.get("__typename")),
        url=_page(urn, username, fields.identifier(node.get("id")) if is_story else None),
        engagement=Engagement(reactions=likes, comments=comments, views=views),
        stats=storable({name: count for name, count in stats.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _page(urn: str, username: str | None, story: str | None) -> str | None:
    """Return the address of a post; that of a story has the account and the story's number."""
    if story is None:
        return f"https://www.instagram.com/p/{urn}/"
    return f"https://www.instagram.com/stories/{username}/{story}/" if username else None


def _shortcode(identifier: Any) -> str | None:
    """Return the shortcode of a number, which instaloader leaves away from stories."""
    number = fields.identifier(identifier) or ""
    if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
        return None
    rest, code = int(number), ""
    while rest:
        rest, digit = divmod(rest, len(_DIGITS))
        code = _DIGITS[digit] + code
    return code or None


def _id(*values: Any) -> str:
    found = next(filter(None, map(fields.identifier, values)), None)
    if found is None:
        raise ImportRefusedError("has no shortcode and no id")
    return found


def _edges(value: Any) -> list[Object]:
    return [fields.mapping(edge.get("node")) for edge in fields.objects(fields.mapping(value).get("edges"))]


def _count(node: Object, app: Object, *names: str) -> int | None:
    """Return the first count that the page tells, else the app: bare, or as that of a list."""
    values = (each.get(name) for each in (node, app) for name in names)
    counts = (fields.whole(fields.mapping(value).get("count", value)) for value in values)
    return next((count for count in counts if count is not None), None)


def _names_beside(beside: str | None, count: int) -> list[str | None]:
    """Return how instaloader names the files of the parts of a post, counted from 1, or of the only one.

    A video and its picture differ in their endings (``instaloader.py``, ``download_post``).
    """
    if beside is None:
        return [None] * max(count, 1)
    return [f"{beside}_{number + 1}{ANY_ENDING}" for number in range(count)] or [beside + ANY_ENDING]


def _add_page_media(media: MediaList, part: Object, beside: str | None) -> None:
    dimensions = fields.mapping(part.get("dimensions"))
    size = (dimensions.get("width"), dimensions.get("height"))
    picture = fields.first(part.get("display_url"), part.get("display_src"))
    alt, media_id = part.get("accessibility_caption"), part.get("id")
    if part.get("is_video") is not True:
        media.add("main", "image", picture, size=size, alt=alt, media_id=media_id, beside=beside)
        return
    resources = fields.objects(part.get("video_resources"))
    resources.sort(key=lambda each: fields.side(each.get("config_width")) or 0, reverse=True)
    links = (part.get("video_url"), *(each.get("src") for each in resources))
    video = fields.first(*links)
    media.add("main", "video", video, size=size, alt=alt, media_id=media_id, beside=beside)
    if picture:
        media.add("thumbnail", "image", picture, beside=beside)


def _of_app(item: Object, raw: str, beside: str | None, *, avatars: bool) -> ParsedPost:
    urn = _id(item.get("code"), item.get("pk"))
    user = fields.mapping(item.get("user"))
    media = MediaList()
    add_app_media(media, "main", item, beside)
    if avatars and fields.text(user.get("profile_pic_url")):
        media.add("avatar", "image", user["profile_pic_url"])
    views = fields.whole(item.get("play_count")) or fields.whole(item.get("view_count"))
    likes, comments = fields.whole(item.get("like_count")), fields.whole(item.get("comment_count"))
    stats = {"likes": likes, "comments": comments, "views": views}
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        full_urn=fields.identifier(item.get("pk")),
        posted_at_timestamp=fields.milliseconds(item.get("taken_at")),
        author_username=fields.text(user.get("username")),
        author_name=fields.text(user.get("full_name")),
        text_content=fields.body(fields.mapping(item.get("caption")).get("text")),
        post_type=fields.word(item.get("product_type")),
        url=_page(urn, fields.text(user.get("username")), _story(item)),
        engagement=Engagement(reactions=likes, comments=comments, views=views),
        stats=storable({name: count for name, count in stats.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _story(item: Object) -> str | None:
    return fields.identifier(item.get("pk")) if item.get("product_type") == "story" else None


def add_app_media(media: MediaList, role: MediaRole, item: Object, beside: str | None = None) -> None:
    """Note the media of an object of the app, which those of Threads are too.

    Args:
        media: Where to.
        role: What they are to the post.
        item: The object; one of an album has others in it.
        beside: How the files of the post are named beside the export, if there may be some.
    """
    parts = fields.objects(item.get("carousel_media"))
    for part, name in zip(parts or [item], _names_beside(beside, len(parts)), strict=True):
        size = (part.get("original_width"), part.get("original_height"))
        picture = _best(fields.mapping(part.get("image_versions2")).get("candidates"))
        picture = picture or fields.text(part.get("display_uri"))
        alt, media_id = part.get("accessibility_caption"), part.get("pk")
        versions = fields.objects(part.get("video_versions"))
        is_video = part.get("media_type") == _VIDEO or part.get("__typename") == _VIDEO_OF_LISTS
        if versions or is_video:  # a list of reels names their pictures only
            media.add(role, "video", _best(versions), size=size, alt=alt, media_id=media_id, beside=name)
            if picture and role == "main":
                media.add("thumbnail", "image", picture, beside=name)
        elif picture or parts or "text_post_app_info" not in item:  # a text of Threads has no picture
            media.add(role, "image", picture, size=size, alt=alt, media_id=media_id, beside=name)


def _best(versions: Any) -> str | None:
    """Return the link of the widest version; of those without a width, the one of the lowest type (101)."""
    found = [each for each in fields.objects(versions) if fields.text(each.get("url"))]
    best = max(
        found,
        key=lambda each: (fields.side(each.get("width")) or 0, -(fields.whole(each.get("type")) or 0)),
        default={},
    )
    return fields.text(best.get("url"))

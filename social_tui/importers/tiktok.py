"""Reads posts of TikTok: of the Apify actor, the Research and Display APIs, and the web pages.

https://apify.com/clockworks/tiktok-scraper, https://developers.tiktok.com/doc/research-api-specs-query-videos
and .../tiktok-api-v2-video-object; the pages' own objects are what Zeeschuimer records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

PLATFORM = "tiktok"

STREAMS = (
    Stream(("data", "videos")),
    Stream(("data", "comments")),
    Stream(("itemList",)),
    Stream(("data", "itemList")),
)

Object = dict[str, Any]
_COMMENT = frozenset({"video_id", "parent_comment_id", "create_time"})
_API_MARKS = frozenset(
    {
        "video_description",
        "username",
        "region_code",
        "voice_to_text",
        "hashtag_names",
        "cover_image_url",
        "share_url",
    }
)
#: What the APIs tell of accounts, and the names that all accounts have.
_NAMES = frozenset({"display_name", "username", "avatar_url"})
_ACCOUNT = _NAMES | {
    "avatar_large_url",
    "avatar_url_100",
    "bio_description",
    "bio_url",
    "follower_count",
    "following_count",
    "is_verified",
    "likes_count",
    "open_id",
    "profile_deep_link",
    "profile_web_link",
    "union_id",
    "video_count",
}
_FOLLOWER = frozenset({"display_name", "username"})
_FOLLOWERS = frozenset({"user_followers", "user_following"})
_OF_PAGE = frozenset({"cursor", "has_more"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of TikTok in one of its shapes, a comment or an account."""
    if not isinstance(value, dict):
        return False
    if "id" not in value:
        return _is_of_accounts(value)
    return _is_web(value) or _is_actor(value) or _is_api(value) or value.keys() >= _COMMENT


def _is_of_accounts(value: Object) -> bool:
    """Tell whether an object is an account, or a page of followers."""
    names = value.keys()
    if names <= _ACCOUNT:
        return len(names - _NAMES) >= 2 or names == _FOLLOWER
    return bool(names & _FOLLOWERS) and names <= _FOLLOWERS | _OF_PAGE


def _is_web(value: Object) -> bool:
    is_media = isinstance(value.get("video"), dict) or isinstance(value.get("imagePost"), dict)
    return is_media and "createTime" in value and "category" not in value


def _is_actor(value: Object) -> bool:
    return isinstance(value.get("authorMeta"), dict) and bool(
        {"webVideoUrl", "videoMeta", "diggCount", "createTimeISO"} & value.keys()
    )


def _is_api(value: Object) -> bool:
    return "create_time" in value and len(_API_MARKS & value.keys()) >= 2


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is; comments and accounts are passed over."""
    if "id" not in value:
        yield PassedOver("is an account, or a list of accounts")
        return
    if value.keys() >= _COMMENT:
        yield PassedOver("is a comment")
        return
    urn = fields.identifier(value.get("id"))
    if urn is None:
        raise ImportRefusedError("has no id")
    if _is_web(value):
        yield _web(value, urn, raw, avatars=avatars)
    elif _is_actor(value):
        yield _actor(value, urn, raw, avatars=avatars)
    else:
        yield _api(value, urn, raw)


def _web(value: Object, urn: str, raw: str, *, avatars: bool) -> ParsedPost:
    author = fields.mapping(value.get("author"))
    # The pages' older objects have the bare name instead.
    username = fields.first(author.get("uniqueId"), value.get("author"))
    media = MediaList()
    add_web_media(media, value, urn)
    avatar = fields.first(author.get("avatarLarger"), author.get("avatarMedium"), author.get("avatarThumb"))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    stats = {**fields.mapping(value.get("stats")), **fields.mapping(value.get("statsV2"))}
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("createTime")),
        author_username=username,
        author_name=fields.first(author.get("nickname"), value.get("nickname")),
        text_content=fields.body(value.get("desc")),
        post_type="slideshow" if "imagePost" in value else "video",
        url=_link(username, urn),
        engagement=_engagement(stats, ("diggCount", "commentCount", "shareCount", "playCount")),
        stats=_counts(stats),
        media=media.references(),
        raw_json=raw,
    )


def add_web_media(media: MediaList, value: Object, urn: str) -> None:
    """Note the media of a post as the web pages have it: its pictures, or its video and its cover."""
    video = fields.mapping(value.get("video"))
    images = fields.objects(fields.mapping(value.get("imagePost")).get("images"))
    for image in images:
        size = (image.get("imageWidth"), image.get("imageHeight"))
        media.add("main", "image", _first_of(fields.mapping(image.get("imageURL")).get("urlList")), size=size)
    if not images:
        url = _best(video) or fields.first(video.get("playAddr"), video.get("downloadAddr"))
        media.add("main", "video", url, size=(video.get("width"), video.get("height")), media_id=urn)
        if cover := fields.first(video.get("originCover"), video.get("cover")):
            media.add("thumbnail", "image", cover)


def _best(video: Object) -> str | None:
    """Return the link of the variant with the highest bit rate."""
    variants = fields.objects(video.get("bitrateInfo"))
    variants.sort(key=lambda each: fields.whole(each.get("Bitrate")) or 0, reverse=True)
    links = (_first_of(fields.mapping(each.get("PlayAddr")).get("UrlList")) for each in variants)
    return next(filter(None, links), None)


def _first_of(links: Any) -> str | None:
    return fields.first(*links) if isinstance(links, list) else None


def _actor(value: Object, urn: str, raw: str, *, avatars: bool) -> ParsedPost:
    author, video = fields.mapping(value.get("authorMeta")), fields.mapping(value.get("videoMeta"))
    username = fields.text(author.get("name"))
    media = MediaList()
    slides = value.get("slideshowImageLinks")
    for slide in slides if isinstance(slides, list) else ():
        facts = slide if isinstance(slide, dict) else {"downloadLink": slide}
        media.add("main", "image", fields.first(facts.get("downloadLink"), facts.get("tiktokLink")))
    if not media.references():
        url = _first_of(value.get("mediaUrls")) or fields.first(
            video.get("downloadAddr"), value.get("videoUrl")
        )
        media.add("main", "video", url, size=(video.get("width"), video.get("height")), media_id=urn)
    covers = fields.mapping(value.get("covers"))
    shown = (
        video.get("originalCoverUrl"),
        video.get("coverUrl"),
        covers.get("origin"),
        covers.get("default"),
    )
    if cover := fields.first(*shown):
        media.add("thumbnail", "image", cover)
    avatar = fields.first(author.get("originalAvatarUrl"), author.get("avatar"))
    if avatars and avatar:
        media.add("avatar", "image", avatar)
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("createTime"))
        or fields.milliseconds(value.get("createTimeISO")),
        author_username=username,
        author_name=fields.text(author.get("nickName")),
        text_content=fields.body(value.get("text")),
        post_type="slideshow" if value.get("isSlideshow") is True else "video",
        url=fields.text(value.get("webVideoUrl")) or _link(username, urn),
        engagement=_engagement(value, ("diggCount", "commentCount", "shareCount", "playCount")),
        stats=_counts({name: count for name, count in value.items() if name.endswith("Count")}),
        media=media.references(),
        raw_json=raw,
    )


def _api(value: Object, urn: str, raw: str) -> ParsedPost:
    username = fields.text(value.get("username"))
    media = MediaList()
    # The APIs name no link of the video.
    media.add("main", "video", None, size=(value.get("width"), value.get("height")), media_id=urn)
    if fields.text(value.get("cover_image_url")):
        media.add("thumbnail", "image", value["cover_image_url"])
    return ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("create_time")),
        author_username=username,
        author_name=fields.text(value.get("display_name")),
        text_content=fields.body(value.get("video_description")) or fields.body(value.get("title")),
        post_type="video",
        url=fields.text(value.get("share_url")) or _link(username, urn),
        engagement=_engagement(value, ("like_count", "comment_count", "share_count", "view_count")),
        stats=_counts({name: count for name, count in value.items() if name.endswith("_count")}),
        media=media.references(),
        raw_json=raw,
    )


def _link(username: str | None, urn: str) -> str | None:
    return f"https://www.tiktok.com/@{username}/video/{urn}" if username else None


def _engagement(stats: Object, names: tuple[str, str, str, str]) -> Engagement:
    reactions, comments, reposts, views = (fields.whole(stats.get(name)) for name in names)
    return Engagement(reactions=reactions, comments=comments, reposts=reposts, views=views)


def _counts(stats: Object) -> Object:
    counts = {name: fields.whole(count) for name, count in stats.items()}
    kept: Object = storable({name: count for name, count in counts.items() if count is not None})
    return kept

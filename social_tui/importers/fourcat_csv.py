"""Reads posts out of the tables that 4CAT exports, whichever network they are of.

https://github.com/digitalmethodsinitiative/4cat, ``map_item`` of each data source: they share the names of
the columns for the post and its author, and differ in those for media and counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import apify_linkedin, crowdtangle_csv, fields, fourcat_networks
from social_tui.importers.fourcat_networks import Row
from social_tui.importers.media import MediaList, type_of_mime, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.strict_json import decode_cell
from social_tui.models import MediaRole, MediaType
from social_tui.text import web_address

STREAMS: tuple[Stream, ...] = ()

_COLUMNS = frozenset({"id", "body", "timestamp"})
_HOMES = frozenset({"thread_id", "unix_timestamp"})
_AUTHORS = frozenset({"author", "account_username", "author_nickname", "author_screen_name"})
_NAMES = (
    "author_fullname",
    "author_full",
    "author_name",
    "author_display_name",
    "account_display_name",
    "author_nickname",
    "author_subject",
)
_COUNTS = {
    "reactions": (
        "reactions",
        "likes",
        "num_likes",
        "note_count",
        "like_count",
        "favourites_count",
        "reaction_count",
        "digg_count",
        "video_like_count",
        "likeCount",
        "upvotes",
        "score",
    ),
    "comments": (
        "comments",
        "num_comments",
        "comment_count",
        "reply_count",
        "replies_count",
        "post_comments",
        "video_comment_count",
        "commentCount",
        "replies",
    ),
    "reposts": (
        "shares",
        "reposts",
        "share_count",
        "retweet_count",
        "repost_count",
        "reblogs_count",
        "reblog_count",
        "echoes",
        "forwards",
    ),
    "views": (
        "plays",
        "play_count",
        "impression_count",
        "views",
        "video_view_count",
        "viewCount",
        "views_post",
    ),
}
#: The reactions of Facebook beside its likes, as CrowdTangle counted them.
_OTHER_LIKES = tuple(f"likes_{kind}" for kind in ("love", "wow", "haha", "sad", "angry", "care"))
#: Columns that say what a post is.
_KINDS = (
    ("is_retweet", "repost"),
    ("is_reblog", "repost"),
    ("timestamp_forwarded_from", "repost"),
    ("is_quote_tweet", "quote"),
    ("quoted_post", "quote"),
    ("is_reply", "reply"),
    ("replied_to_post", "reply"),
)
_NO = frozenset({"", "no", "false", "0"})
#: Columns of links with commas between them; what stands first is what the post itself carries.
_MEDIA: tuple[tuple[str, MediaRole, MediaType], ...] = (
    ("media_urls", "main", "image"),
    ("media_url", "main", "image"),
    ("images", "main", "image"),
    ("image_url", "main", "image"),
    ("photos", "main", "image"),
    ("videos", "main", "video"),
    ("video_url", "main", "video"),
    ("video_urls", "main", "video"),
    ("youtube_url", "main", "video"),
    ("audio_url", "main", "audio"),
    ("audio_urls", "main", "audio"),
    ("docs", "main", "document"),
    ("thumbnail_url", "thumbnail", "image"),
    ("thumbnail_image", "thumbnail", "image"),
    ("video_thumb_url", "thumbnail", "image"),
    ("video_thumb_urls", "thumbnail", "image"),
    ("video_thumbnail", "thumbnail", "image"),
    ("video_thumbs", "thumbnail", "image"),
    ("quote_images", "reshared", "image"),
    ("quote_videos", "reshared", "video"),
    ("image_urls_reblogged", "reshared", "image"),
    ("link_image", "article", "image"),
)
_AVATARS = ("author_avatar_url", "author_avatar", "account_avatar", "author_thumbnail_url", "author_photo")
#: Networks whose tables have the picture of a film among the pictures.
_WITH_COVERS = frozenset({"9gag", "rednote", "threads"})
#: A comma may stand inside of a link: the next one begins where its scheme does.
_BETWEEN_LINKS = re.compile(r",\s*(?=https?:?//)")
#: Pictures of films among the pictures of a post of X.
_FILM_OF_X = re.compile(r"https://pbs\.twimg\.com/(?:ext_tw|amplify|tweet)_video_thumb/.*")
_PHOTO_PAGE = re.compile(r"https://www\.facebook\.com/photo/\?fbid=([0-9]{1,30})", re.ASCII)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return (
        isinstance(value, dict)
        and value.keys() >= _COLUMNS
        and bool(_HOMES & value.keys())
        and bool(_AUTHORS & value.keys())
        and all(isinstance(field, str) for field in value.values())
    )


def parse(value: Row, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    identifier = fields.identifier(value["id"])
    if identifier is None:
        raise ImportRefusedError("has no id")
    platform = fourcat_networks.platform(value)
    if fourcat_networks.is_comment(value, platform):
        yield PassedOver("is a comment")
        return
    counts = _counts(value)
    yield ParsedPost(
        platform=platform,
        urn=fourcat_networks.urn(value, platform, identifier),
        posted_at_timestamp=_time(value, platform, identifier),
        author_username=fourcat_networks.username(value, platform),
        author_name=fields.first(*(value.get(name) for name in _NAMES)),
        text_content=_text(value, platform),
        post_type=_kind(value),
        url=fourcat_networks.address(value, platform, identifier),
        engagement=Engagement(**counts),
        stats={name: count for name, count in counts.items() if count is not None},
        media=_media(value, platform, identifier, avatars=avatars).references(),
        raw_json=raw,
    )


def _counts(row: Row) -> dict[str, int | None]:
    counts = {
        name: next((count for each in names if (count := fields.whole(row.get(each))) is not None), None)
        for name, names in _COUNTS.items()
    }
    if counts["reactions"] is not None:
        counts["reactions"] = fields.total((counts["reactions"], *map(row.get, _OTHER_LIKES)))
    return counts


def _time(row: Row, platform: str, identifier: str) -> int | None:
    if platform == "linkedin" and (told := apify_linkedin.posted_at(None, identifier)):
        return told  # the table has what the page told, such as "3d", counted back from when it was seen
    exact = fields.milliseconds(row.get("unix_timestamp")) or fields.milliseconds(row.get("created_at"))
    return exact or fields.milliseconds_utc(row["timestamp"])


def _text(row: Row, platform: str) -> str:
    body = fields.body(row["body"])
    if body.startswith("<p>") or platform == "douban":  # as Truth Social and Gab have it
        body = fields.plain(body)
    # Of Douyin the subject says whether it is a post or a stream.
    heads = () if platform == "douyin" else (row.get("subject"), row.get("title"), row.get("videoTitle"))
    return "\n\n".join(filter(None, (*map(fields.body, heads), body)))


def _kind(row: Row) -> str | None:
    told = [kind for name, kind in _KINDS if row.get(name, "").lower() not in _NO]
    if told:
        return told[0]
    is_told = any(name in row for name, _ in _KINDS)
    return fields.word(row.get("media_type"), row.get("type")) or ("regular" if is_told else None)


def _links(value: Any) -> list[str]:
    """Return the links of a field, which in some tables is the number of the media instead."""
    found = map(str.strip, _BETWEEN_LINKS.split(value)) if isinstance(value, str) else ()
    # 4CAT leaves out a colon of Douyin's links.
    links = (re.sub(r"\Ahttps//", "https://", link) for link in found)
    return [link for link in links if web_address(link)]


def _media(row: Row, platform: str, identifier: str, *, avatars: bool) -> MediaList:
    media = MediaList()
    if fourcat_networks.is_of_crowdtangle(row):
        crowdtangle_csv.add_media(media, row["type"], row.get("thumbnail_url"))
        return media
    films = [link for name in ("video_url", "video_urls") for link in _links(row.get(name))]
    pictures = [link for name in ("image_url", "image_urls") for link in _links(row.get(name))]
    are_covers = platform in _WITH_COVERS and 0 < len(pictures) <= len(films)
    if platform == "pinterest" and row.get("is_video") == "yes":
        media.add("main", "video", None, media_id=identifier)
        are_covers = True
    # Of a repost the table has the media of the original.
    is_repost = row.get("is_retweet", "").lower() not in _NO
    for name, role, media_type in _MEDIA:
        for link in _links(row.get(name)):
            of_photo = _PHOTO_PAGE.fullmatch(link)
            is_cover = (are_covers and name == "image_url") or bool(_FILM_OF_X.fullmatch(link))
            media.add(
                _role("thumbnail" if is_cover and role == "main" else role, is_repost=is_repost),
                media_type if media_type == "audio" else type_of_name(link, media_type),
                None if of_photo else link,
                media_id=of_photo[1] if of_photo else None,
            )
    if (card := fields.text(row.get("link_thumbnail_url"))) and card != fields.text(row.get("link_url")):
        media.add("article", "image", card)
    # Of Reddit the link may be the picture itself.
    if "subreddit" in row and type_of_name(row.get("url"), "document") in ("image", "video"):
        media.add("main", type_of_name(row["url"], "image"), row["url"])
    if platform == "4chan" and (file := fourcat_networks.board_file(row)):
        media.add("main", type_of_name(file, "image"), file)
    # What Instagram shows of a post: its pictures, or the covers of its videos where the media stand apart.
    for link in _links(row.get("image_urls")):
        media.add("thumbnail" if are_covers or _links(row.get("media_urls")) else "main", "image", link)
    _add_attachment(media, row)
    if avatars and (avatar := fields.first(*(row.get(name) for name in _AVATARS))):
        media.add("avatar", "image", avatar)
    return media


def _role(role: MediaRole, *, is_repost: bool) -> MediaRole:
    return "reshared" if is_repost and role in ("main", "thumbnail") else role


def _add_attachment(media: MediaList, row: Row) -> None:
    """Note what a message of Telegram carries, which has an id and no link."""
    kind = row.get("attachment_type", "")
    facts = decode_cell(row.get("attachment_data") or "")
    media_id = fields.identifier(fields.mapping(facts).get("id"))
    if kind in ("photo", "video", "audio", "image", "application", "text", "document"):
        media_type = "image" if kind == "photo" else type_of_mime(kind, "document")
        media.add("main", media_type, None, media_id=media_id)
    elif kind == "url" and media_id:
        media.add("article", "image", None, media_id=media_id)

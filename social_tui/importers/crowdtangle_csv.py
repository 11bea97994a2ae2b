"""Reads posts out of the tables that CrowdTangle exported until it closed in 2024.

They have counts and texts of posts of Facebook and Instagram; of media they tell the kind, and of Instagram's
pictures a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Row = dict[str, Any]
_COLUMNS = frozenset({"User Name", "Type", "URL", "Likes", "Comments"})
#: The time, under the name that it had since 2021, and before.
_CREATED = ("Post Created", "Created")
#: Hours by which the zones that it writes differ from UTC.
_ZONES = {
    "UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "EST": -5, "EDT": -4, "CST": -6,
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Z]{3,4})")
_FACEBOOK_POST = re.compile(r"/(?:posts|videos|photos/[^/]+|permalink)/(\d+)|[?&](?:story_fbid|fbid|v)=(\d+)")
_INSTAGRAM_POST = re.compile(r"instagram\.com/(?:p|reel|tv)/([\w-]+)")
_COUNTS = (
    "Likes",
    "Comments",
    "Shares",
    "Love",
    "Wow",
    "Haha",
    "Sad",
    "Angry",
    "Care",
    "Views",
    "Post Views",
)
_REACTIONS = ("Likes", "Love", "Wow", "Haha", "Sad", "Angry", "Care")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    return (
        isinstance(value, dict)
        and value.keys() >= _COLUMNS
        and any(name in value for name in _CREATED)
        and all(isinstance(field, str) for field in value.values())
    )


def parse(value: Row, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is."""
    del avatars  # the tables have none
    is_instagram = "Photo" in value or "instagram.com/" in value["URL"]
    urn = _instagram_id(value) if is_instagram else _facebook_id(value)
    if urn is None:
        raise ImportRefusedError("has no link that tells its id")
    counts = {name: fields.whole(fields.body(value.get(name)).replace(",", "")) for name in _COUNTS}
    known = [counts[name] for name in _REACTIONS if counts[name] is not None]
    views = counts["Views"] if counts["Views"] is not None else counts["Post Views"]
    words = (fields.body(value.get(name)) for name in ("Message", "Title", "Description"))
    yield ParsedPost(
        platform="instagram" if is_instagram else "facebook",
        urn=urn,
        posted_at_timestamp=_time(next(value[name] for name in _CREATED if name in value)),
        author_username=fields.text(value["User Name"]) or fields.identifier(value.get("Facebook Id")),
        author_name=fields.first(*(value.get(name) for name in ("Page Name", "Group Name", "Account"))),
        text_content=next(filter(None, words), ""),
        post_type=fields.word(value["Type"]),
        url=fields.text(value["URL"]),
        engagement=Engagement(
            reactions=fields.total(known),
            comments=counts["Comments"],
            reposts=counts["Shares"],
            views=views,
        ),
        stats={name: count for name, count in counts.items() if count is not None},
        media=_media(value["Type"], value.get("Photo")).references(),
        raw_json=raw,
    )


def _facebook_id(row: Row) -> str | None:
    """Return the id in the form in which the Graph API has it: page and post."""
    match = _FACEBOOK_POST.search(row["URL"])
    page = fields.identifier(row.get("Facebook Id"))
    post = match[1] or match[2] if match else None
    return f"{page}_{post}" if page and post else post


def _instagram_id(row: Row) -> str | None:
    match = _INSTAGRAM_POST.search(row["URL"])
    return match[1] if match else None


def _time(value: str) -> int | None:
    match = _TIME.fullmatch(value.strip())
    if match is None or match[2] not in _ZONES:
        return fields.milliseconds(value)
    zone = timezone(timedelta(hours=_ZONES[match[2]]))
    try:
        return fields.milliseconds(datetime.fromisoformat(match[1]).replace(tzinfo=zone).isoformat())
    except ValueError:
        return None


def _media(kind: str, picture: Any) -> MediaList:
    media = MediaList()
    add_media(media, kind, picture)
    return media


def add_media(media: MediaList, kind: str, picture: Any) -> None:
    """Note the media of a post of which the table tells the kind, and of Instagram a picture.

    Args:
        media: Where to.
        kind: The type of the post, as CrowdTangle calls it.
        picture: The link of the picture, if there is any.
    """
    kind, link = kind.lower(), fields.text(picture)
    if "video" in kind or kind in ("igtv", "reel"):
        media.add("main", "video", None)
        if link:
            media.add("thumbnail", "image", link)
    elif link or any(word in kind for word in ("photo", "album", "picture")):
        media.add("main", "image", link)

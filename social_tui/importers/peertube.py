"""Reads videos out of answers of the API of PeerTube (https://docs.joinpeertube.org/api-rest-reference.html)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from social_tui.errors import ImportRefusedError
from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, Stream
from social_tui.text import storable

PLATFORM = "peertube"

STREAMS = (Stream(("data",)),)

Object = dict[str, Any]
_MARKS = frozenset({"uuid", "name", "channel", "account"})
_COUNTS = ("likes", "dislikes", "comments", "views")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a video."""
    return (
        isinstance(value, dict)
        and value.keys() >= _MARKS
        and bool({"shortUUID", "previewPath", "embedPath"} & value.keys())
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    urn = fields.identifier(value["uuid"])
    if urn is None:
        raise ImportRefusedError("has no id")
    account = fields.mapping(value["account"])
    page = fields.text(value.get("url")) or _page(account, urn)
    media = MediaList()
    best = _best(value)
    size = (best.get("width"), best.get("height"))
    # Lists of videos name no file: it can be had from the page.
    media.add(
        "main", "video", fields.first(best.get("fileUrl"), _playlist(value), page), size=size, media_id=urn
    )
    picture = fields.first(value.get("previewUrl"), value.get("previewPath"), value.get("thumbnailPath"))
    if picture and (link := _joined(page, picture)):
        media.add("thumbnail", "image", link)
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    name, host = fields.text(account.get("name")), fields.text(account.get("host"))
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn,
        posted_at_timestamp=fields.milliseconds(value.get("publishedAt"))
        or fields.milliseconds(value.get("createdAt")),
        author_username=f"{name}@{host}" if name and host else name,
        author_name=fields.first(
            account.get("displayName"), fields.mapping(value["channel"]).get("displayName")
        ),
        text_content="\n\n".join(
            filter(None, (fields.body(value.get(each)) for each in ("name", "description")))
        ),
        post_type="video",
        url=page,
        engagement=Engagement(reactions=counts["likes"], comments=counts["comments"], views=counts["views"]),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )


def _page(account: Object, urn: str) -> str | None:
    host = fields.text(account.get("host"))
    return f"https://{host}/videos/watch/{urn}" if host else None


def _best(video: Object) -> Object:
    """Return the file with the most lines, of those that are whole and those of playlists."""
    files = fields.objects(video.get("files"))
    for playlist in fields.objects(video.get("streamingPlaylists")):
        files += fields.objects(playlist.get("files"))
    named = [file for file in files if fields.text(file.get("fileUrl"))]
    return max(named, key=_lines, default={})


def _lines(file: Object) -> int:
    return fields.whole(fields.mapping(file.get("resolution")).get("id")) or 0


def _playlist(video: Object) -> str | None:
    playlists = fields.objects(video.get("streamingPlaylists"))
    return fields.first(*(playlist.get("playlistUrl") for playlist in playlists))


def _joined(page: str | None, path: str) -> str | None:
    try:
        link = urljoin(page or "", path)
    except ValueError:
        return None
    return link if link.startswith("http") else None

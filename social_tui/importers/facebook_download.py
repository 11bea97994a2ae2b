"""Reads posts out of the data that Facebook gives people of their own account ("Download your information").

https://www.facebook.com/help/212802592074644; ``your_posts_1.json`` and what has its shape, albums, and lists
of bare files. Meta does not publish the shape: it is read as the files have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.exports import ParsedPost
from social_tui.importers import fields, meta_notes
from social_tui.importers.instagram_download import mended, urn
from social_tui.importers.media import MediaList, type_of_name
from social_tui.importers.protocol import Outcome, PassedOver, Stream

PLATFORM = "facebook"

_LISTS = (
    "status_updates", "status_updates_v2", "group_posts_v2", "archived_stories_v2", "other_photos_v2",
    "videos_v2", "lasso_videos_v2", "profile_updates_v2",
)  # fmt: skip
STREAMS = tuple(Stream((name,)) for name in _LISTS)

Object = dict[str, Any]
#: What the paths of Facebook's files begin with, over the years; Instagram's begin with ``media``.
_FOLDERS = (
    "your_facebook_activity/",
    "this_profile's_activity_across_facebook/",
    "photos_and_videos/",
    "posts/media/",
    "groups/",
    "stories/",
)
#: All that an entry of somebody's own has at most.
_ENTRY = frozenset({"timestamp", "title", "attachments", "data", "tags"})
_TOLD = frozenset({"post", "update_timestamp", "backdated_timestamp"})


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a post of the download, an album, or a bare file."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("photos"), list) and "last_modified_timestamp" in value:
        return True
    if _is_file(value):
        return str(value["uri"]).startswith(_FOLDERS)
    if "timestamp" not in value or "id" in value:
        return False
    return _is_bare(value) or bool(_files(value)) or bool(_posted(value))


def _is_bare(value: Object) -> bool:
    """Tell whether an item has what entries have that say in their title what was done."""
    parts, told = value.get("attachments", []), value.get("data", [])
    return (
        value.keys() <= _ENTRY
        and isinstance(value.get("title"), str)
        and type(value["timestamp"]) is int
        and ("attachments" in value or "data" in value)
        and _all_within(parts, frozenset({"data"}))
        and _all_within(told, _TOLD)
    )


def _all_within(values: Any, names: frozenset[str]) -> bool:
    """Tell whether something is a list of objects that have no other names than these."""
    return isinstance(values, list) and all(
        isinstance(each, dict) and each.keys() <= names for each in values
    )


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("uri"), str) and "creation_timestamp" in value


def _links(value: Object) -> list[str]:
    """Return the addresses that a post shares."""
    parts = [
        part for each in fields.objects(value.get("attachments")) for part in fields.objects(each.get("data"))
    ]
    found = (fields.text(fields.mapping(part.get("external_context")).get("url")) for part in parts)
    return list(filter(None, found))


def _posted(value: Object) -> list[Object]:
    return [part for part in fields.objects(value.get("data")) if isinstance(part.get("post"), str)]


def _files(value: Object) -> list[Object]:
    """Return the files of an item: of a post's attachments, of an album, or the item itself."""
    if "photos" in value:
        return [each for each in fields.objects(value["photos"]) if _is_file(each)]
    parts = [
        part for each in fields.objects(value.get("attachments")) for part in fields.objects(each.get("data"))
    ]
    found = [part["media"] for part in parts if _is_file(part.get("media"))]
    return found or ([value] if _is_file(value) else [])


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    del avatars  # the items name none of the author
    files = _files(value)
    if note := meta_notes.with_files(files):
        yield note
        return
    times = (value.get("timestamp"), *(each.get("creation_timestamp") for each in (value, *files)))
    posted_at = next(
        filter(None, map(fields.milliseconds, (*times, value.get("last_modified_timestamp")))), None
    )
    media = MediaList()
    for file in files:
        path = mended(file["uri"])
        is_link = "://" in path
        media.add(
            "main",
            type_of_name(path, "image"),
            path if is_link else None,
            alt=mended(file.get("description")),
            beside=None if is_link else path,
            is_from_top=True,
        )
    words = _text(value, files)
    if not files and not words:
        words = "\n".join(_links(value))
    if not files and not words:
        yield PassedOver("is an entry without words, files or links")
        return
    yield ParsedPost(
        platform=PLATFORM,
        urn=urn(posted_at, files[0]["uri"] if files else "", words),
        posted_at_timestamp=posted_at,
        text_content=words,
        post_type="album" if "photos" in value else None,
        media=media.references(),
        raw_json=raw,
    )


def _text(value: Object, files: list[Object]) -> str:
    """Return what the author wrote: of a post, else of its only file; titles say only what was done."""
    written = [mended(part["post"]) for part in _posted(value)]
    told = [mended(value.get(name)) for name in ("name", "description")]
    if not any(written) and not any(told) and len(files) == 1:
        told = [mended(files[0].get("description"))]
    return "\n\n".join(filter(None, (*written, *told)))

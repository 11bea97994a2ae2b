"""Reads posts of Facebook as its pages get them, and Zeeschuimer records them.

The shape is not documented: it is read as 4CAT does (https://github.com/digitalmethodsinitiative/4cat,
``datasources/facebook/search_facebook.py``). What a post says lies in ``comet_sections``, some levels below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from social_tui.importers import apify_facebook, fields
from social_tui.importers.protocol import Outcome, Stream

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is one of these posts."""
    if not isinstance(value, dict) or not isinstance(value.get("comet_sections"), dict):
        return False
    return "post_id" in value or "post_id" in _at(value, "comet_sections", "content", "story")


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an item is."""
    yield from apify_facebook.parse(_as_actors_have_it(value), raw, avatars=avatars)


def _at(value: Any, *names: str) -> Object:
    """Return the object that some names lead to."""
    for name in names:
        value = fields.mapping(value).get(name)
    return fields.mapping(value)


def _as_actors_have_it(value: Object) -> Object:
    story = _at(value, "comet_sections", "content", "story")
    told = _at(story, "message") or _at(story, "comet_sections", "message", "story", "message")
    actors = fields.objects(story.get("actors")) or fields.objects(value.get("actors"))
    author = actors[0] if actors else {}
    when = _when(value)
    return {
        "postId": story.get("post_id") or value.get("post_id"),
        "timestamp": when.get("creation_time"),
        "url": story.get("wwwURL") or value.get("permalink_url") or when.get("url"),
        "text": told.get("text"),
        "pageName": _username(author),
        "user": {
            "id": author.get("id"),
            "name": author.get("name"),
            "profilePic": _at(author, "profile_picture").get("uri"),
        },
        **_counts(_at(value, "comet_sections", "feedback", "story")),
        "media": _media(story) or _media(value),
    }


def _when(value: Object) -> Object:
    """Return the part of a post that has its time and its address."""
    sections = _at(value, "comet_sections")
    head = _at(sections, "context_layout", "story", "comet_sections")
    parts = [_at(part, "story") for part in fields.objects(head.get("metadata"))]
    parts += [_at(sections, "timestamp", "story"), value]
    return next((part for part in parts if "creation_time" in part), {})


def _username(author: Object) -> str | None:
    """Return the name of an account in its address; those without one have a number there."""
    try:
        path = urlsplit(fields.text(author.get("url")) or "").path.strip("/")
    except ValueError:  # such as ``http://[``
        return None
    return path if path and "/" not in path and path != "profile.php" else None


def _counts(feedback: Object) -> Object:
    """Return the figures, each from the first of the places where the pages had it over the years."""
    target = _at(feedback, "story_ufi_container", "story", "feedback_context", "feedback_target_with_context")
    summary = _at(target, "comet_ufi_summary_and_actions_renderer", "feedback")
    counted = _at(summary, "comments_count_summary_renderer", "feedback")
    buttons = fields.objects(summary.get("adaptive_ufi_action_renderers"))
    homes = (summary, target, counted, *(_at(button, "feedback") for button in buttons))

    def first(*names: str) -> int | None:
        found = (fields.whole(_at(home, *names[:-1]).get(names[-1])) for home in homes)
        return next((count for count in found if count is not None), None)

    return {
        "likes": first("reaction_count", "count"),
        "comments": first("comment_rendering_instance", "comments", "total_count"),
        "shares": first("share_count", "count"),
        "viewsCount": first("video_view_count"),
    }


def _media(story: Object) -> list[Object]:
    """Return the media of the attachments, of an album all of them."""
    found: list[Object] = []
    for attachment in fields.objects(story.get("attachments")):
        styled = _at(attachment, "styles", "attachment") or _at(
            attachment, "style_type_renderer", "attachment"
        )
        shown = styled or attachment
        parts = fields.objects(_at(shown, "all_subattachments").get("nodes")) or [shown]
        media = [_at(part, "media") for part in parts if _at(part, "media")] or [_at(attachment, "target")]
        found += [{**each, "ocrText": each.get("accessibility_caption")} for each in media if "id" in each]
    return found

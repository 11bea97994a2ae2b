"""Gives posts of further Apify actors for LinkedIn the names that ``apify_linkedin`` reads.

https://apify.com/supreme_coder/linkedin-post and https://apify.com/curious_coder/linkedin-post-search-scraper,
which write names of their own: ``numLikes``, ``images`` beside the text, ``linkedinVideo``.
"""

from __future__ import annotations

from typing import Any

from social_tui.importers import fields

Object = dict[str, Any]
#: Names of these actors that the others have not.
_MARKS = frozenset(
    {
        "numLikes",
        "numComments",
        "authorName",
        "authorFullName",
        "authorProfileUrl",
        "timeSincePosted",
        "linkedinVideo",
    }
)


def renamed(post: Object) -> Object:
    """Return a post under the names of ``apify_linkedin``; one that has these stays as it is."""
    if _MARKS.isdisjoint(post):
        return post
    author = fields.mapping(post.get("author"))
    other = fields.mapping(post.get("resharedPost"))
    return {
        "urn": post.get("urn") or post.get("shareUrn"),
        "text": post.get("text"),
        "url": post.get("url"),
        "post_type": "repost" if post.get("isRepost") is True else post.get("type"),
        "posted_at": next((time for time in _times(post) if time is not None), None),
        "author": {
            "username": fields.first(author.get("publicId"), author.get("publicIdentifier")),
            "first_name": author.get("firstName"),
            "last_name": author.get("lastName"),
            "name": fields.first(author.get("name"), post.get("authorFullName"), post.get("authorName")),
            "profile_url": fields.first(author.get("url"), post.get("authorProfileUrl")),
            "profile_picture": fields.first(author.get("picture"), post.get("authorProfilePicture")),
        },
        "stats": {
            "total_reactions": post.get("numLikes"),
            "comments": post.get("numComments"),
            "reposts": post.get("numShares"),
        },
        "media": [*_pictures(post.get("images")), *_videos(post.get("linkedinVideo"))],
        "document": post.get("document"),
        "article": post.get("article"),
        "reshared_post": renamed(other) or None,
    }


def _times(post: Object) -> list[int | None]:
    return [fields.milliseconds(post.get(name)) for name in ("postedAtTimestamp", "postedAtISO", "postedAt")]


def _pictures(images: Any) -> list[Object]:
    found = images if isinstance(images, list) else []
    return [{"type": "image", **(each if isinstance(each, dict) else {"url": each})} for each in found]


def _videos(video: Any) -> list[Object]:
    """Return the film with the highest bit rate, as LinkedIn's player is told of it, or the link alone."""
    if fields.text(video):
        return [{"type": "video", "url": video}]
    facts = fields.mapping(fields.mapping(video).get("videoPlayMetadata")) or fields.mapping(video)
    if not facts:
        return []
    streams = fields.objects(facts.get("progressiveStreams"))
    streams.sort(key=lambda each: fields.whole(each.get("bitRate")) or 0, reverse=True)
    places = [place for stream in streams for place in fields.objects(stream.get("streamingLocations"))]
    return [{"type": "video", "url": fields.first(*(place.get("url") for place in places), facts.get("url"))}]

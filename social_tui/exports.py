"""Posts as exports tell them, and as the import stores them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field, InstanceOf

from social_tui.models import MediaResult, MediaRole, MediaType, PostRelation, PostResult, Record


class MediaReference(NamedTuple):
    """One media as a post names it, before anything was fetched.

    Args:
        local_path: The file beside the export that has its bytes, as the export states it: relative to the
            folder of the file that was read, and hostile (see ``importers/beside.py``). Never stored.
        stated_sha256: What its source says that its bytes hash to, in 64 hexadecimal digits.
    """

    role: MediaRole
    position: int
    media_type: MediaType
    url: str | None = None
    width: int | None = None
    height: int | None = None
    alt_text: str | None = None
    provider_media_id: str | None = None
    stated_sha256: str | None = None
    local_path: str | None = None


class Engagement(NamedTuple):
    """The totals of a post at the time of its export; None where the export does not say."""

    reactions: int | None = None
    comments: int | None = None
    reposts: int | None = None
    views: int | None = None


class ParsedPost(Record):
    """One post as its export tells it, with every media that it names and the posts that stand inside it."""

    platform: str
    urn: str
    full_urn: str | None = None
    posted_at_timestamp: int | None = None
    author_username: str | None = None
    author_name: str | None = None
    text_content: str = ""
    post_type: str | None = None
    url: str | None = None
    engagement: InstanceOf[Engagement] = Engagement()
    stats: dict[str, Any] = Field(default_factory=dict)
    media: tuple[InstanceOf[MediaReference], ...] = ()
    nested: tuple[NestedPost, ...] = ()
    raw_json: str


class NestedPost(Record):
    """A post that stands whole inside another one, and what it is to that one."""

    relation: PostRelation
    post: ParsedPost


class Rejection(Record):
    """One item that was not imported, and why."""

    file: str
    position: int
    reason: str


# What the import writes and gets back.


class MediaToStore(NamedTuple):
    """A media reference with what is read off its link."""

    reference: MediaReference
    source_identity: str | None
    url_expires_at: datetime | None = None


class Inside(Record):
    """The post inside which another one stands, and what that one is to it."""

    platform: str
    urn: str
    relation: PostRelation


class PostToStore(NamedTuple):
    """A parsed post as the store takes it, without the posts that stand inside it.

    Args:
        post: The post.
        media: Its media, in place of those that the post names.
        source_file_path: The file that it is from.
        inside: The posts inside which this copy stands. It is often poorer than the post itself, so of a post
            that is there already it only adds what is not known yet.
    """

    post: ParsedPost
    media: tuple[MediaToStore, ...]
    source_file_path: str | None = None
    inside: tuple[Inside, ...] = ()


class StoredMedia(NamedTuple):
    """What became of a media reference at import; ``dies_at`` tells of a link whose bytes are not held."""

    media_id: str
    role: MediaRole
    position: int
    result: MediaResult
    dies_at: datetime | None = None


class StoredPost(NamedTuple):
    """What became of one post at import; ``post_id`` is None when it was rejected.

    Args:
        content_hash: Digest of what the export says that the post follows now.
    """

    position: int
    post_id: str | None
    result: PostResult
    reason: str | None = None
    media: tuple[StoredMedia, ...] = ()
    content_hash: str | None = None

"""The objects that pass between the parts: database rows, and the words that all of them use."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from social_tui.filters import Filter

MediaType = Literal["image", "video", "audio", "document"]
MediaRole = Literal["main", "thumbnail", "article", "reshared", "avatar"]
DownloadStatus = Literal["pending", "downloading", "ready", "failed"]
Outcome = Literal[
    "ok", "expired", "deleted", "auth", "rate_limited", "blocked", "too_large", "not_media", "network"
]
Proof = Literal["cached", "archived", "read_back"]
AnalysisStatus = Literal["not_started", "started", "completed", "failed"]
JobKind = Literal["download", "verify", "archive", "analyze"]
JobStatus = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]
PostRelation = Literal["boosted", "quoted", "reshared", "replied_to"]
PostResult = Literal["new", "updated", "unchanged", "rejected"]
MediaResult = Literal["new", "held", "revived"]
Sort = Literal["newest", "oldest", "engagement", "author", "state"]
Facet = Literal["platform", "author", "type", "has", "status", "outcome", "tag", "shows"]
PostChange = Literal["mark", "unmark", "read", "unread", "tag", "untag"]

JOB_KINDS: tuple[JobKind, ...] = ("download", "verify", "archive", "analyze")
SORTS: tuple[Sort, ...] = ("newest", "oldest", "engagement", "author", "state")
Key = dict[str, Any]
"""Where a row stands in a list; only the database reads it."""

Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """An immutable object whose unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Report(BaseModel):
    """What is told at the end of some work, and counted up to then."""

    model_config = ConfigDict(defer_build=True)


class Row(BaseModel):
    """An immutable database row; columns that a newer schema adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


# Rows.


class MediaRow(Row):
    """One ``post_media`` row joined with its blob's proof."""

    media_id: str
    post_id: str | None
    media_type: MediaType
    media_url: str | None
    role: MediaRole
    position: int
    alt_text: str | None
    download_status: DownloadStatus
    outcome: Outcome | None
    error: str | None
    attempts: int
    url_expires_at: datetime | None
    local_file_path: str | None
    file_size: int | None
    mime_type: str | None
    width: int | None
    height: int | None
    duration_ms: int | None
    md5_sum: str | None
    sha256: str | None
    archive_url: str | None
    proof: Proof | None
    archived_at: datetime | None
    verified_at: datetime | None
    ai_analysis_status: AnalysisStatus
    ai_analysis: str | None
    ai_analyzed_at: datetime | None
    ai_analysis_log: list[dict[str, Any]] | None
    provider_media_id: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    marks: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime


class BlobRow(Row):
    """The unique bytes behind one or more media, with where they are."""

    sha256: str
    md5_sum: str
    byte_size: int
    mime_type: str
    local_file_path: str | None
    archive_url: str | None
    proof: Proof
    archived_at: datetime | None
    verified_at: datetime | None
    media_id: str


class PostSummary(Row):
    """One line of the posts list; ``key`` is its place there, None outside of lists."""

    post_id: str
    urn: str
    platform: str
    posted_at_timestamp: int | None
    author_username: str | None
    author_name: str | None
    text_content: str
    post_type: str | None
    url: str | None
    reactions: int | None
    comments: int | None
    reposts: int | None
    is_read: bool
    is_marked: bool
    media_total: int
    media_ready: int
    media_failed: int
    media_archived: int
    media_analyzed: int
    key: Key | None = Field(default=None, exclude=True)


class PostLink(Row):
    """A post that another one is linked with, and how many there are in the same direction and relation.

    Args:
        direction: ``to`` where the other post is what this one boosts, quotes, reshares or answers;
            ``from`` where the other one does so with this.
    """

    direction: Literal["to", "from"]
    relation: PostRelation
    total: int
    post_id: str
    platform: str
    urn: str
    posted_at_timestamp: int | None
    author_username: str | None
    author_name: str | None
    text_content: str
    url: str | None


class Snapshot(Row):
    """The totals of a post as one of its exports told them."""

    downloaded_at: datetime
    reactions: int | None
    comments: int | None
    reposts: int | None
    views: int | None


class PostDetail(PostSummary):
    """One post whole.

    Args:
        links: Of each direction and relation the newest 20 posts.
        snapshots: The newest 500 that tell a figure, in the order in which they were taken.
    """

    full_urn: str | None
    raw_json: str | None
    first_seen_at: datetime | None
    created_at: datetime
    updated_at: datetime
    media: tuple[MediaRow, ...]
    links: tuple[PostLink, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()


class GalleryRow(MediaRow):
    """One media of the gallery, with whose post it is and its place in the list."""

    author_username: str | None
    author_name: str | None
    posted_at_timestamp: int | None
    key: Key


class Anchor(Row):
    """Where a list can be entered: the page after ``key`` begins with the row at ``position``, from 0."""

    position: int
    key: Key


class FacetCount(Row):
    """One value that posts can be filtered by; ``count`` is None where counting is not cheap."""

    value: str
    count: int | None


class SavedView(Row):
    """A filter, as it was typed, with a name, an order and the columns to show."""

    view_id: str
    name: str
    filter: str
    sort: Sort
    columns: list[Any]
    created_at: datetime
    updated_at: datetime


class Changed(Record):
    """A change of many posts: the id to undo it by, and how many posts it changed."""

    change_id: str
    changed: Count


class Selection(Record):
    """Posts to work on: those that are named, or all of a filter but some."""

    post_ids: frozenset[str] | None = None
    filter: Filter | None = None
    excluded: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.post_ids is None) == (self.filter is None):
            raise ValueError("Either posts are named, or a filter finds them.")
        return self


class JobRow(Row):
    """One queued piece of work."""

    job_id: int
    kind: JobKind
    status: JobStatus
    media_id: str | None
    post_id: str | None
    attempts: int
    priority: int
    scheduled_at: datetime | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    abort_requested: bool
    worker_id: int | None
    outcome: Outcome | None
    error: str | None


class JobCount(Row):
    """How many jobs of one kind are in one status."""

    kind: JobKind
    status: JobStatus
    count: int


class Requested(Row):
    """What became of a request to queue work."""

    requested: int
    already_queued: int
    not_eligible: int


class RawPost(Row):
    """A stored post as its export told it, for reading its media again."""

    post_id: str
    platform: str
    urn: str
    raw_json: str


class EventRow(Row):
    """One entry of the audit log."""

    id: int
    at: datetime
    event: str
    actor: str
    user_id: str | None
    media_id: str | None
    post_id: str | None
    sha256: str | None
    job_id: int | None
    correlation_id: str | None
    details: dict[str, Any]


class ChangeRow(Row):
    """One entry of the change feed."""

    seq: str
    event: str
    media_id: str | None
    post_id: str | None
    at: datetime


class AnalysisReservation(Row):
    """The ledger's answer to a request to analyse: whose turn it is, and what is there already."""

    analysis_id: str
    state: Literal["reserved", "sent", "received", "parsed", "failed"]
    granted: bool
    raw_answer: str | None
    error: str | None
    parsed_result: dict[str, Any] | None
    batch_id: str | None


# What the parts report.


class CapturedFile(Record):
    """A file that was fetched, sniffed, hashed and put durably under its final name.

    Args:
        plain_http: Whether it came unencrypted, so that anybody on the way could have changed it.
    """

    md5_sum: str
    sha256: str
    byte_size: Count
    mime_type: str
    media_type: MediaType
    extension: str
    local_file_path: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    declared_mime_type: str | None = None
    elapsed_ms: Count = 0
    plain_http: bool = False

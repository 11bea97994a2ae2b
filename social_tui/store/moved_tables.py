"""Which tables are copied into another database, in which order, and which rows of the target stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_HERE = "t.workspace_id = %(source)s"
_HELD = "exists (select from public.post_media m where m.sha256 = t.sha256 and m.workspace_id = %(source)s)"
_QUESTION = ("sha256", "provider", "model", "prompt_version", "schema_version", "detail")


@dataclass(frozen=True)
class MovedTable:
    """How the rows of one table are copied.

    Args:
        name: The table, in schema public.
        key: What tells its rows apart in both databases; texts.
        where: Which rows of the source.
        skip: Columns that the target fills itself, or that mean nothing there.
        instead: What is sent for a column instead of its value.
        replaces: When a row of the target with the same key may be replaced; never without it.
        keeps: When such a row stays nevertheless, because it is newer than the source's.
        fills: Columns in which the target's value stays where the source has none.
        compare: The columns that prove that a row arrived; all without it.
    """

    name: str
    key: tuple[str, ...]
    where: str = _HERE
    skip: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)
    replaces: str | None = "t.workspace_id = excluded.workspace_id"
    keeps: str = "false"
    fills: frozenset[str] = frozenset()
    compare: tuple[str, ...] | None = None


# A download that runs in the source does not run in the target.
_MEDIA = {"claim": "null::text", "download_status": "replace(t.download_status, 'downloading', 'pending')"}
_NEWER = "coalesce(t.updated_at, '-infinity') > coalesce(excluded.updated_at, '-infinity')"
# A file that is there, and an analysis that was paid for, are not given up for news without them.
_MEDIA_NEWER = f"""({_NEWER}
  or (t.download_status = 'ready' and excluded.download_status <> 'ready')
  or (t.ai_analysis_status = 'completed' and excluded.ai_analysis_status is distinct from 'completed'))"""
_COUNTS = ("media_total", "media_ready", "media_failed", "media_archived", "media_analyzed", "media_facts")
# Whatever refers to a row comes after it.
MOVED_TABLES = (
    MovedTable(
        "download_runs", ("run_id",), keeps="t.completed_at is not null and excluded.completed_at is null"
    ),
    MovedTable("posts", ("post_id",), skip=frozenset({*_COUNTS, "search", "link_dies_at"}), keeps=_NEWER),
    # What the target knows of its bytes is its own business, but for a first archived copy.
    MovedTable(
        "media_blobs",
        ("sha256",),
        where=_HELD,
        replaces="t.proof = 'cached' and excluded.proof <> 'cached'",
        fills=frozenset({"width", "height", "duration_ms", "phash", "marks", "verified_at", "pinned_at"}),
        compare=("sha256", "md5_sum", "byte_size", "mime_type"),
    ),
    MovedTable(
        "post_media",
        ("media_id",),
        where=f"{_HERE} and t.original_media_id is null",
        instead=_MEDIA,
        keeps=_MEDIA_NEWER,
    ),
    MovedTable(
        "post_media",
        ("media_id",),
        where=f"{_HERE} and t.original_media_id is not null",
        instead={**_MEDIA, "original_media_id": "null::text"},
        replaces=None,
        compare=("media_id",),
    ),
    MovedTable(
        "post_media",
        ("media_id",),
        where=f"{_HERE} and t.original_media_id is not null",
        instead=_MEDIA,
        keeps=_MEDIA_NEWER,
    ),
    # A snapshot gets its text when a newer one takes its place in the post.
    MovedTable(
        "data_downloads", ("download_id",), keeps="t.raw_json is not null and excluded.raw_json is null"
    ),
    MovedTable("post_links", ("post_id", "linked_post_id", "relation")),
    MovedTable("profiles", ("profile_id",), keeps=_NEWER),
    MovedTable("tags", ("tag_id",)),
    MovedTable("profile_tags", ("profile_tag_id",)),
    MovedTable("post_tags", ("post_tag_id",)),
    MovedTable("action_queue", ("action_id",), keeps=_NEWER),
    MovedTable("saved_views", ("view_id",), keeps=_NEWER),
    # Ended ones alone: what is on its way is the source's, and so is the batch that it was ordered with.
    MovedTable(
        "ai_analyses",
        _QUESTION,
        where=f"{_HELD} and t.state in ('received', 'parsed', 'failed')",
        skip=frozenset({"batch_id"}),
        replaces=None,
        compare=_QUESTION,
    ),
)

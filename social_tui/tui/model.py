"""What the app reads and asks for: calls that block, for threads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.filters import Filter
from social_tui.models import (
    JOB_KINDS,
    Anchor,
    EventRow,
    GalleryRow,
    JobKind,
    JobStatus,
    Key,
    MediaRow,
    PostDetail,
    PostSummary,
    Requested,
    Sort,
)
from social_tui.store import changes as change_store
from social_tui.store import gallery as gallery_store
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.store.gallery import SimilarRow
from social_tui.tui.pages import Read
from social_tui.tui.presentation import JobFigures

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.library.session import Library
    from social_tui.reports import ImportReport

_OPEN: tuple[JobStatus, ...] = ("todo", "doing")
_MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Target:
    """What a key acts on: a post with all its media, or one media.

    Args:
        post_id: The post; None for a media without one.
        media: The media; None for all of the post.
    """

    post_id: str | None
    media: MediaRow | None = None


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job that runs now.

    Args:
        kind: What is done.
        media: With what.
        post: The media's post; None for a media without one.
    """

    kind: JobKind
    media: MediaRow
    post: PostDetail | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the last look.

    Args:
        seq: Where to look on from.
        post_ids: The posts whose rows changed.
        is_import: Whether posts came in, so that any row may be new or changed.
    """

    seq: str | None
    post_ids: frozenset[str]
    is_import: bool


@dataclass(frozen=True, slots=True)
class View:
    """Which posts are looked at, and how.

    Args:
        text: The filter as it was typed.
        filter: What it means.
        sort: The order.
    """

    text: str
    filter: Filter
    sort: Sort = "newest"


class LibraryModel:
    """The library as the app sees it; safe to use from several threads.

    Args:
        library: The open library.
        place: What to call it in the title.
    """

    def __init__(self, library: Library, place: str) -> None:
        self.place = place
        self._library = library
        self._gateway = library.gateway

    @property
    def settings(self) -> Settings:
        """The settings that the library was opened with."""
        return self._library.settings

    def import_posts(self, paths: Sequence[str], on_progress: Callable[[ImportReport], None]) -> ImportReport:
        """Import files; what they tell is in :func:`social_tui.library.importing.import_paths`."""
        from social_tui.library.importing import import_paths

        return import_paths(self._library, paths, on_progress=on_progress)

    def posts(self, shown: Filter, sort: Sort, read: Read[Key]) -> list[PostSummary]:
        """Read one page of the posts of a filter."""
        return post_store.list_posts(
            self._gateway,
            filter=shown,
            sort=sort,
            after=read.after,
            backward=read.backward,
            offset=read.offset,
            limit=read.limit,
        )

    def count(self, shown: Filter) -> int:
        """Count the posts of a filter."""
        return post_store.count_posts(self._gateway, shown)

    def anchors(self, shown: Filter, sort: Sort, every: int) -> list[Anchor]:
        """Find places among the posts of a filter."""
        return post_store.post_anchors(self._gateway, shown, sort, every)

    def gallery(self, shown: Filter, sort: Sort, read: Read[Key]) -> list[GalleryRow]:
        """Read one page of the media of a filter's posts."""
        return gallery_store.list_gallery(
            self._gateway,
            filter=shown,
            sort=sort,
            after=read.after,
            backward=read.backward,
            offset=read.offset,
            limit=read.limit,
        )

    def gallery_count(self, shown: Filter) -> int:
        """Count the media of a filter's posts."""
        return gallery_store.count_gallery(self._gateway, shown)

    def gallery_anchors(self, shown: Filter, sort: Sort, every: int) -> list[Anchor]:
        """Find places among the media of a filter's posts."""
        return gallery_store.gallery_anchors(self._gateway, shown, sort, every)

    def post(self, post_id: str) -> PostDetail:
        """Read one post whole, with its media."""
        return post_store.get_post(self._gateway, post_id)

    def media(self, media_id: str) -> MediaRow:
        """Read one media."""
        return media_store.get_media(self._gateway, media_id)

    def events(self, media_id: str) -> list[EventRow]:
        """Read what happened to a media, newest first."""
        return list(reversed(media_store.list_events(self._gateway, media_id)))

    def similar(self, media_id: str) -> list[SimilarRow]:
        """Read where else the picture of a media is, or one like it."""
        return gallery_store.similar_media(self._gateway, media_id)

    def thumbnail(self, media_id: str) -> Path | None:
        """Return a small picture of a media's cached bytes, or None where there is none."""
        from social_tui.library.previewing import preview

        return preview(self._library, media_id)

    def file(self, media_id: str) -> Path:
        """Return the cached file of a media, whole and verified, for another program."""
        from social_tui.library.previewing import original

        return original(self._library, media_id)

    def running(self, limit: int) -> list[RunningJob]:
        """Read the first few jobs that run now."""
        jobs = job_store.list_jobs(self._gateway, status="doing", limit=limit)
        named = [(job.kind, self.media(job.media_id)) for job in jobs if job.media_id is not None]
        return [
            RunningJob(kind, media, self.post(media.post_id) if media.post_id else None)
            for kind, media in named
        ]

    def figures(self) -> JobFigures:
        """Count the queue."""
        return JobFigures(job_store.count_jobs(self._gateway))

    def wait_for_change(self, timeout: float) -> bool:
        """Wait until something may have changed."""
        return self._gateway.wait_for_change(timeout)

    def latest_change(self) -> str | None:
        """Return where the change feed ends now."""
        return change_store.latest_change(self._gateway)

    def changes(self, seq: str | None) -> Changes:
        """Read all changes after a place in the feed."""
        post_ids: set[str] = set()
        is_import = False
        while True:
            rows = change_store.changes_after(self._gateway, seq, _MAX_ROWS)
            post_ids.update(row.post_id for row in rows if row.post_id)
            is_import = is_import or any(row.event == "posts_imported" for row in rows)
            seq = rows[-1].seq if rows else seq
            if len(rows) < _MAX_ROWS:
                return Changes(seq, frozenset(post_ids), is_import)

    def mark(self, post_id: str, is_marked: bool) -> None:
        """Mark a post, or take its mark away."""
        post_store.mark_post(self._gateway, post_id, is_marked)

    def request(self, kind: JobKind, target: Target) -> Requested:
        """Queue work for a post's media or one media, also where it failed before."""
        if target.media is not None:
            return job_store.request_jobs(self._gateway, kind, media_ids=[target.media.media_id])
        return job_store.request_jobs(self._gateway, kind, post_id=target.post_id, retry_failed=True)

    def request_all(self, kind: JobKind) -> Requested:
        """Queue work for everything that needs it."""
        return job_store.request_jobs(self._gateway, kind)

    def retry(self, target: Target) -> int:
        """Try again what failed for a post's media or one media; returns how many jobs are queued."""
        media = self._media_of(target)
        queued = 0
        kinds: tuple[tuple[JobKind, Callable[[MediaRow], bool]], ...] = (
            ("download", lambda row: row.download_status == "failed"),
            ("analyze", lambda row: row.ai_analysis_status == "failed"),
        )
        for kind, has_failed in kinds:
            failed = [row.media_id for row in media if has_failed(row)]
            if failed:
                queued += job_store.request_jobs(self._gateway, kind, media_ids=failed).requested
        wanted = {row.media_id for row in media}
        others = [*self._jobs_of(wanted, "failed", "verify"), *self._jobs_of(wanted, "failed", "archive")]
        return queued + (job_store.retry_jobs(self._gateway, others) if others else 0)

    def retry_all(self) -> int:
        """Try every failed job again; returns how many are queued."""
        return job_store.retry_jobs(self._gateway, None)

    def cancel(self, target: Target) -> int:
        """Call off the open jobs of a post's media or one media; returns how many."""
        wanted = {row.media_id for row in self._media_of(target)}
        jobs = [job for kind in JOB_KINDS for status in _OPEN for job in self._jobs_of(wanted, status, kind)]
        return job_store.cancel_jobs(self._gateway, jobs) if jobs else 0

    def cancel_all(self) -> int:
        """Call off every open job; returns how many."""
        return job_store.cancel_jobs(self._gateway, None)

    def _media_of(self, target: Target) -> Sequence[MediaRow]:
        if target.media is not None:
            return [self.media(target.media.media_id)]
        return self.post(target.post_id).media if target.post_id else ()

    def _jobs_of(self, media_ids: set[str], status: JobStatus, kind: JobKind) -> Iterator[int]:
        before: int | None = None
        while True:
            rows = job_store.list_jobs(
                self._gateway, status=status, kind=kind, before=before, limit=_MAX_ROWS
            )
            yield from (row.job_id for row in rows if row.media_id in media_ids)
            if len(rows) < _MAX_ROWS:
                return
            before = rows[-1].job_id

"""What the app reads and asks for: calls that block, for threads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from social_tui.errors import MeaningUnavailableError
from social_tui.filters import Filter, parse
from social_tui.models import (
    Anchor,
    Changed,
    EventRow,
    Facet,
    FacetCount,
    GalleryRow,
    JobKind,
    JobStatus,
    Key,
    MediaRow,
    PostChange,
    PostDetail,
    PostSummary,
    Requested,
    SavedView,
    Selection,
    Sort,
)
from social_tui.search_models import FoundPost, PictureUse
from social_tui.store import bulk as bulk_store
from social_tui.store import changes as change_store
from social_tui.store import facets as facet_store
from social_tui.store import gallery as gallery_store
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.store import queues as queue_store
from social_tui.store import views as view_store
from social_tui.store.gallery import SimilarRow
from social_tui.tui.pages import Read
from social_tui.tui.presentation import JobFigures
from social_tui.tui.queue import QueueModel
from social_tui.tui.records import Changes, RunningJob, Target, View

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.library.bag_payload import BagReport
    from social_tui.library.exporting import ExportFormat
    from social_tui.library.restoring import Restored
    from social_tui.library.searching import By, Search
    from social_tui.library.session import Library
    from social_tui.reports import AnalysisEstimate
    from social_tui.store.fixity import ProofRow
    from social_tui.store.gateway import Calls

_MAX_ROWS = 500
# As many as the app reads with at a time, mostly; and what finds nothing, through every kind of term.
_WARM_CONNECTIONS = 4
_WARM_FILTER = "id:none status:failed has:image is:read author:x tag:x expires:<1h before:1h views:>1 x"


class LibraryModel:
    """The library as the app sees it; safe to use from several threads.

    Args:
        library: The open library.
        place: What to call it in the title.
        lists: What lists, counts and facets are read through; None for the library's own gateway.
    """

    def __init__(self, library: Library, place: str, lists: Calls | None = None) -> None:
        self.place = place
        self._library = library
        self._gateway = library.gateway
        self._lists = lists or library.gateway
        self.queue = QueueModel(library)

    def cancellable(self) -> tuple[LibraryModel, Callable[[], None]]:
        """Return the library for one thread to read lists from, and what ends that from another thread."""
        calls = self._gateway.cancellable()
        return LibraryModel(self._library, self.place, calls), calls.cancel

    def warm_up(self) -> None:
        """Make the first list of each connection as quick as the later ones."""
        shown = parse(_WARM_FILTER, now=datetime.now().astimezone()).filter
        post_store.warm_up(self._gateway, _WARM_CONNECTIONS, shown)

    @property
    def settings(self) -> Settings:
        """The settings that the library was opened with."""
        return self._library.settings

    def posts(self, shown: Filter, sort: Sort, read: Read[Key]) -> list[PostSummary]:
        """Read one page of the posts of a filter."""
        return post_store.list_posts(
            self._lists,
            filter=shown,
            sort=sort,
            after=read.after,
            backward=read.backward,
            offset=read.offset,
            limit=read.limit,
        )

    def count(self, shown: Filter) -> int:
        """Count the posts of a filter."""
        return post_store.count_posts(self._lists, shown)

    def anchors(self, shown: Filter, sort: Sort, every: int) -> list[Anchor]:
        """Find places among the posts of a filter."""
        return post_store.post_anchors(self._lists, shown, sort, every)

    def gallery(self, shown: Filter, sort: Sort, read: Read[Key]) -> list[GalleryRow]:
        """Read one page of the media of a filter's posts."""
        return gallery_store.list_gallery(
            self._lists,
            filter=shown,
            sort=sort,
            after=read.after,
            backward=read.backward,
            offset=read.offset,
            limit=read.limit,
        )

    def gallery_count(self, shown: Filter) -> int:
        """Count the media of a filter's posts."""
        return gallery_store.count_gallery(self._lists, shown)

    def media_above(self, shown: Filter, sort: Sort, at: Key) -> int:
        """Count the media in the gallery before those of a post."""
        return gallery_store.media_above(self._lists, at, shown, sort)

    def gallery_anchors(self, shown: Filter, sort: Sort, every: int) -> list[Anchor]:
        """Find places among the media of a filter's posts."""
        return gallery_store.gallery_anchors(self._lists, shown, sort, every)

    def post(self, post_id: str) -> PostDetail:
        """Read one post whole, with its media."""
        return post_store.get_post(self._gateway, post_id)

    def media(self, media_id: str) -> MediaRow:
        """Read one media."""
        return media_store.get_media(self._gateway, media_id)

    def events(self, media_id: str) -> list[EventRow]:
        """Read what happened to a media, newest first."""
        return list(reversed(media_store.list_events(self._gateway, media_id)))

    def proofs(self, media_id: str) -> list[ProofRow]:
        """Read what proves each copy of a media's bytes."""
        from social_tui.store.fixity import proofs_of

        return proofs_of(self._gateway, media_id)

    def similar(self, media_id: str) -> list[SimilarRow]:
        """Read where else the picture of a media is, or one like it."""
        return gallery_store.similar_media(self._gateway, media_id)

    def search(self, wanted: Search, by: By, after: Any, limit: int) -> list[FoundPost]:
        """Read one page of what a search finds; by meaning there is one alone."""
        from social_tui.library.searching import find
        from social_tui.store.search import search_posts

        if by != "words" and wanted.similar is None:
            return list(find(self._library, wanted, posts=Filter(), limit=limit, by=by))
        return search_posts(self._lists, wanted.words, similar=wanted.similar, after=after, limit=limit)

    def picture_use(self, wanted: Search) -> PictureUse | None:
        """Count how often the picture that is looked for was used; None for never."""
        from social_tui.library.searching import use_of

        return use_of(self._library, wanted, posts=Filter())

    def is_meaning_local(self) -> bool:
        """Tell whether what is searched by meaning stays on this machine; it does where none can be."""
        try:
            return self._library.embedder.is_local
        except MeaningUnavailableError:
            return True

    def thumbnail(self, media_id: str) -> Path | None:
        """Return a small picture of a media's cached bytes, or None where there is none."""
        from social_tui.library.previewing import preview

        return preview(self._library, media_id)

    def thumbnail_at_hand(self, sha256: str) -> Path | None:
        """Return a small picture of cached bytes if it was made already, without asking the database."""
        from social_tui.library.looking import picture_at_hand

        return picture_at_hand(self._library, sha256)

    def looked_at(self, media_id: str) -> None:
        """Have it written down that a person looked at a media."""
        from social_tui.library.looking import looked_at

        looked_at(self._library, media_id)

    def file(self, media_id: str) -> Path:
        """Return the cached file of a media, whole and verified, for another program."""
        from social_tui.library.previewing import original

        return original(self._library, media_id)

    def end_waiting(self) -> None:
        """Have nobody wait any more for workers, nor for what they sent."""
        self._library.closing.set()

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
        return JobFigures(queue_store.read_queues(self._gateway))

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
            # That somebody looked at a picture changes nothing that is shown.
            post_ids.update(row.post_id for row in rows if row.post_id and row.event != "media_accessed")
            is_import = is_import or any(row.event == "posts_imported" for row in rows)
            seq = rows[-1].seq if rows else seq
            if len(rows) < _MAX_ROWS:
                return Changes(seq, frozenset(post_ids), is_import)

    def facet(self, shown: Filter, facet: Facet, limit: int) -> list[FacetCount]:
        """Count the posts of a filter by one facet."""
        return facet_store.read_facet(self._lists, shown, facet, limit)

    def views(self) -> list[SavedView]:
        """List the saved views by name."""
        return view_store.list_views(self._gateway)

    def suggest(self, name: str, prefix: str) -> list[tuple[str, int | None]]:
        """Find values of a filter's field that begin so, with how many posts have them."""
        return [(each.value, each.count) for each in facet_store.suggest_values(self._lists, name, prefix)]

    def save_view(self, name: str, view: View, columns: Sequence[str]) -> None:
        """Save a view under a name; one that has it is replaced."""
        view_store.save_view(self._gateway, name, view.text, sort=view.sort, columns=columns)

    def delete_view(self, view_id: str) -> None:
        """Delete a saved view."""
        view_store.delete_view(self._gateway, view_id)

    def change(self, change: PostChange, target: Target, tag: str | None = None) -> Changed:
        """Mark or tag posts, or take that away."""
        return bulk_store.change_posts(self._gateway, change, target.posts, tag=tag)

    def undo(self, changed: Changed) -> int:
        """Take a change back; returns how many posts are as they were."""
        return bulk_store.undo_change(self._gateway, changed.change_id)

    def export(self, target: Target, sort: Sort, path: Path) -> int:
        """Write posts to a new file, as a table where its name ends so; returns how many."""
        from social_tui.library.exporting import check_destination, export_to_file

        posts = post_store.iterate_selected(self._gateway, target.posts, sort=sort)
        forms: dict[str, ExportFormat] = {".csv": "csv", ".parquet": "parquet"}
        form = forms.get(path.suffix.lower(), "jsonl")
        return export_to_file(posts, check_destination(path, force=False), form)

    def request(self, kind: JobKind, target: Target, *, outdated: bool = False) -> Requested:
        """Queue work for one media or one post's media, also where it failed before; or for many posts.

        Args:
            kind: What to do.
            target: For which media.
            outdated: Whether what was analysed otherwise than it would be now is analysed again.
        """
        from social_tui.library.estimating import question_of

        question = question_of(self._library) if outdated else None
        requested = job_store.request_jobs(self._gateway, kind, **_which(target), outdated=question)
        self.queue.note_change()
        return requested

    def bag(
        self, target: Target, title: str, sort: Sort, folder: Path, tell: Callable[[BagReport], None]
    ) -> BagReport:
        """Write posts, or one media with its post, with all that is known of them, into a new folder."""
        from social_tui.library.bagging import Contents, make_bag, one_media

        if target.media is not None:
            contents = one_media(self._library, target.media.media_id)
        else:
            posts = post_store.iterate_selected(self._gateway, target.posts, sort=sort)
            contents = Contents(title, posts, total=target.count)
        return make_bag(self._library, contents, folder, tell=tell)

    @property
    def works_here(self) -> bool:
        """Whether workers run here, by the settings of this machine; elsewhere they have their own."""
        return self._library.has_login

    def may_cost(self) -> bool:
        """Tell whether analyses may cost money; nobody here knows what workers elsewhere ask."""
        from social_tui.media_analysis.provider import is_service

        return not self.works_here or is_service(self.settings)

    def estimate(self, target: Target, *, outdated: bool = False) -> AnalysisEstimate:
        """Tell what the analyses would take that :meth:`request` would queue."""
        from social_tui.library.estimating import estimate_analyses

        return estimate_analyses(self._library, **_which(target), outdated=outdated)

    def retry(self, target: Target) -> int:
        """Try again what failed for posts or one media; returns how many jobs are queued."""
        failed = self._jobs_on(target, ["failed"])
        return self.queue.retry(failed) if failed else 0

    def restore(self, post_id: str | None, media: MediaRow | None) -> Restored:
        """Take one media, or the media of a post, out of quarantine if their bytes are right after all."""
        from social_tui.library.restoring import restore

        rows = [self.media(media.media_id)] if media is not None else []
        if media is None and post_id is not None:
            rows = list(self.post(post_id).media)
        return restore(self._library, rows)

    def request_all(self, kind: JobKind) -> Requested:
        """Queue work for everything that needs it."""
        requested = job_store.request_jobs(self._gateway, kind)
        self.queue.note_change()
        return requested

    def cancel(self, target: Target) -> int:
        """Call off the open jobs of posts or one media; returns how many."""
        jobs = self._jobs_on(target, ["todo", "doing"])
        return self.queue.cancel(jobs) if jobs else 0

    def _jobs_on(self, target: Target, statuses: Sequence[JobStatus]) -> list[int]:
        if target.media is not None:
            return bulk_store.jobs_on(self._gateway, statuses, media_id=target.media.media_id)
        return bulk_store.jobs_on(self._gateway, statuses, posts=target.posts)


class _Which(TypedDict, total=False):
    media_ids: list[str]
    posts: Selection
    retry_failed: bool


def _which(target: Target) -> _Which:
    """Name the media that work is asked for; what failed of one media or one post is meant as well."""
    if target.media is not None:
        return {"media_ids": [target.media.media_id]}
    return {"posts": target.posts, "retry_failed": target.count == 1}

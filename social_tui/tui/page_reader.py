"""Reads what a paged list lacks: its pages, how many rows there are, and where a long list can be entered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from social_tui.models import Anchor, GalleryRow, Key, PostSummary
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.pages import Read
    from social_tui.tui.records import View
    from social_tui.tui.widgets.paged_list import PagedList, PageRequest

ANCHOR_EVERY = 1000
ANCHORS_FROM = 4000
ANCHORS_DEBOUNCE_SECONDS = 1.0
# Counting may take seconds: of a filter that is typed on only the last is counted.
REST_SECONDS = 0.3
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Source(Generic[Row]):
    """Where the rows of one list come from; its calls block.

    Args:
        read: Reads one page.
        count: Counts the rows.
        anchors: Finds places in the list, about one for every so many rows.
    """

    read: Callable[[LibraryModel, Read[Key]], Sequence[Row]]
    count: Callable[[LibraryModel], int]
    anchors: Callable[[LibraryModel, int], Sequence[Anchor]]


def posts_of(view: View) -> Source[PostSummary]:
    """Return where the posts of a view come from."""
    return Source(
        lambda model, read: model.posts(view.filter, view.sort, read),
        lambda model: model.count(view.filter),
        lambda model, every: model.anchors(view.filter, view.sort, every),
    )


def media_of(view: View) -> Source[GalleryRow]:
    """Return where the media of the posts of a view come from."""
    return Source(
        lambda model, read: model.gallery(view.filter, view.sort, read),
        lambda model: model.gallery_count(view.filter),
        lambda model, every: model.gallery_anchors(view.filter, view.sort, every),
    )


class PageReader(Generic[Row]):
    """Reads for one list, which asks for what it lacks.

    Args:
        app: Runs what blocks in threads.
        rows: The list.
        source: What it shows.
        changed: Called when there is news on the rows.
    """

    def __init__(
        self, app: SocialTuiApp, rows: PagedList[Row], source: Source[Row], changed: Callable[[], None]
    ) -> None:
        self._app = app
        self._rows = rows
        self._changed = changed
        self._source = source
        self._reading = 0
        self._rest_from = 0.0

    def turn_to(self, source: Source[Row]) -> None:
        """Read for another list from now on, and no more for the one before."""
        self._source = source
        for what in ("page", "count", "anchors"):
            self._app.workers.cancel_group(self._app, f"{self._rows.id} {what}")

    async def rest(self) -> None:
        """Wait until no rows have been read for a moment: they come first, and alone."""
        while True:
            left = REST_SECONDS if self._reading else self._rest_from - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)

    def read_page(self, request: PageRequest) -> None:
        """Read a page."""
        self._rest_from = time.monotonic() + REST_SECONDS
        self._app.start_beside(f"{self._rows.id} page", self._page, request, self._source)

    async def _page(self, request: PageRequest, source: Source[Row]) -> None:
        self._reading += 1
        try:
            rows = await self._app.errands.read(source.read, request.read)
        except BaseException:
            self._rows.give_up(request)
            raise
        finally:
            self._reading -= 1
            self._rest_from = time.monotonic() + REST_SECONDS
        self._rows.take_page(request, rows)
        self._changed()

    def count(self, generation: int) -> None:
        """Read the last rows, count them all, then find places in a long list."""
        self._app.start(f"{self._rows.id} count", self._count, generation, self._source)

    async def _count(self, generation: int, source: Source[Row]) -> None:
        try:
            await self.rest()
            end = self._rows.end_request()
            if end is not None:
                await self._page(end, source)
            total = await self._app.errands.read_in_turn(source.count)
        except BaseException:
            self._rows.give_up_counting(generation)
            raise
        self._rows.take_count(generation, total)
        self._changed()
        if generation == self._rows.generation:
            self._rows.fetch_end()
            if total > ANCHORS_FROM:
                # An import that goes on changes places all the time: look for them when it rests.
                self._app.start(f"{self._rows.id} anchors", self._anchors, generation, source)

    async def _anchors(self, generation: int, source: Source[Row]) -> None:
        await asyncio.sleep(ANCHORS_DEBOUNCE_SECONDS)
        anchors = await self._app.errands.read_in_turn(source.anchors, ANCHOR_EVERY)
        self._rows.take_anchors(generation, [(anchor.position, anchor.key) for anchor in anchors])

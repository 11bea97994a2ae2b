"""Reads what a paged list lacks: its pages, how many rows there are, and where a long list can be entered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from social_tui.models import Anchor, GalleryRow, Key, PostSummary
from social_tui.tui.model import LibraryModel
from social_tui.tui.pages import Read
from social_tui.tui.records import View
from social_tui.tui.widgets.paged_list import PagedList, PageRequest

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

ANCHOR_EVERY = 1000
ANCHORS_FROM = 4000
ANCHORS_DEBOUNCE_SECONDS = 1.0
# Counting may take a second: rows come first, and of a filter that is typed on only the last is counted.
COUNT_DEBOUNCE_SECONDS = 0.15
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
    """Reads for one list.

    Args:
        app: Runs what blocks in threads.
        rows: The list.
        source: What it shows now; replaced before the list begins anew.
        changed: Called when there is news on the rows.
    """

    def __init__(
        self, app: SocialTuiApp, rows: PagedList[Row], source: Source[Row], changed: Callable[[], None]
    ) -> None:
        self._app = app
        self._rows = rows
        self._changed = changed
        self.source = source

    def read_page(self, request: PageRequest) -> None:
        """Read a page."""
        group = f"{self._rows.id} page {request.generation} {request.read.page}"
        self._app.start(group, self._page, request, self.source)

    async def _page(self, request: PageRequest, source: Source[Row]) -> None:
        try:
            model = await self._app.model()
            rows = await self._app.offload(source.read, model, request.read)
        except BaseException:
            self._rows.give_up(request)
            raise
        self._rows.take_page(request, rows)
        self._changed()

    def count(self, generation: int) -> None:
        """Count the rows, then find places in a long list."""
        self._app.start(f"{self._rows.id} count", self._count, generation, self.source)

    async def _count(self, generation: int, source: Source[Row]) -> None:
        try:
            await asyncio.sleep(COUNT_DEBOUNCE_SECONDS)
            model = await self._app.model()
            total = await self._app.offload(source.count, model)
        except BaseException:
            self._rows.give_up_counting(generation)
            raise
        self._rows.take_count(generation, total)
        self._changed()
        if total > ANCHORS_FROM and generation == self._rows.generation:
            # An import that goes on changes places all the time: look for them when it rests.
            self._app.start(f"{self._rows.id} anchors", self._anchors, generation, source)

    async def _anchors(self, generation: int, source: Source[Row]) -> None:
        await asyncio.sleep(ANCHORS_DEBOUNCE_SECONDS)
        model = await self._app.model()
        anchors = await self._app.offload(source.anchors, model, ANCHOR_EVERY)
        self._rows.take_anchors(generation, [(anchor.position, anchor.key) for anchor in anchors])

"""Which posts the grid shows, and the questions about them: newer ones replace older ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from social_tui.filters import Completions, Parsed, complete, parse
from social_tui.tui.page_reader import PageReader, posts_of
from social_tui.tui.records import Facets, View
from social_tui.tui.widgets.facet_list import TITLES
from social_tui.tui.widgets.paged_list import PageRequest

if TYPE_CHECKING:
    from social_tui.models import Facet, FacetCount, PostSummary, Sort
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.widgets.post_grid import PostGrid

# After the rows, which come and are drawn first.
COMPLETION_DEBOUNCE_SECONDS = 0.1
MOST_VALUES = 12


class Listing:
    """What the grid shows, and the reading that it needs.

    Args:
        app: Runs what blocks in threads.
        grid: The grid.
        text: The filter to begin with.
        changed: Called when there is news on how many posts there are.
    """

    def __init__(self, app: SocialTuiApp, grid: PostGrid, text: str, changed: Callable[[], None]) -> None:
        self._app = app
        self._grid = grid
        self._changed = changed
        self.text = text
        self.parsed = self._parse(text)
        self.reader: PageReader[PostSummary] = PageReader(app, grid, posts_of(self.view), changed)
        grid.reader = self.reader

    def _parse(self, text: str) -> Parsed:
        return parse(text, now=self._app.clock().astimezone())

    @property
    def view(self) -> View:
        """Which posts are shown, and in what order."""
        return View(self.text, self.parsed.filter, self._grid.sort)

    def read(self, text: str) -> bool:
        """Take another filter; tells whether it shows other posts."""
        before = self.parsed.filter
        self.text, self.parsed = text, self._parse(text)
        return self.parsed.filter != before

    def show(self, sort: Sort, *, is_other_filter: bool = False) -> None:
        """Show the filter's posts from the first."""
        self.reader.turn_to(posts_of(View(self.text, self.parsed.filter, sort)))
        self._grid.begin(sort, is_other_filter=is_other_filter)
        self._app.view = self.view

    def take_first(self, rows: Sequence[PostSummary]) -> None:
        """Show the first page as it was read before the library was open."""
        self._grid.take_page(PageRequest(self._grid.generation, self._grid.pages.plan(0)), rows)
        self._changed()

    async def ids_of(self, rows: range) -> list[str]:
        """Return the posts that stand in some rows, loaded or not."""
        view, pages = self.view, self._grid.pages
        found: list[str] = []
        for page in range(rows.start // pages.size, (rows.stop - 1) // pages.size + 1):
            first = page * pages.size
            wanted = range(max(rows.start, first), min(rows.stop, first + pages.size))
            at_hand = [post.post_id for post in map(pages.row, wanted) if post is not None]
            if len(at_hand) < len(wanted):
                read = await self._app.errands.read(posts_of(view).read, pages.plan(page))
                at_hand = [post.post_id for post in read[wanted.start - first : wanted.stop - first]]
            found += at_hand
        return found

    async def facets(self) -> Facets:
        """Read the sidebar's figures for the filter, a moment after its posts came."""
        await self.reader.rest()
        shown = self.parsed.filter
        counts: dict[Facet, Sequence[FacetCount]] = {}
        for facet in TITLES:
            counts[facet] = await self._app.errands.read_in_turn(
                lambda model, each: model.facet(shown, each, MOST_VALUES), facet
            )
        model = await self._app.model()
        return Facets(await self._app.offload(model.views), counts)

    async def completions(self, text: str, cursor: int) -> Completions:
        """Say what may come next in the filter."""
        await asyncio.sleep(COMPLETION_DEBOUNCE_SECONDS)
        return await self._app.errands.read(lambda model: complete(text, cursor, model.suggest))

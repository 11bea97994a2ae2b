"""The posts: what they can be narrowed by, the grid, and the selected one with its media."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from social_tui.filters import has_term, with_term
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.columns import NAMES, Widths, offered
from social_tui.tui.listing import Listing
from social_tui.tui.panes import Panes
from social_tui.tui.presentation import posts_words
from social_tui.tui.records import Target, one_post
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.screens.confirm import ask
from social_tui.tui.widgets.facet_list import FacetList, facet_rows
from social_tui.tui.widgets.filter_bar import FilterBar, FilterInput
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.post_grid import PostGrid
from social_tui.tui.widgets.post_pane import PostPane
from social_tui.tui.widgets.settled import CoveredContainer
from social_tui.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from social_tui.models import PostSummary, Sort

# Letters that come all at once, as over a slow connection, are one filter.
FILTER_DEBOUNCE_SECONDS = 0.01
LONGEST_RANGE = 20_000
_NO_POSTS = """\
No posts yet.

Import some with:  social-tui import PATH
or look around with:  social-tui demo"""


class MainScreen(LibraryScreen):
    """Browse, narrow and pick posts; work on what is picked, or on the post under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "main")]

    posts = query_one("#posts", PostGrid)
    facets = query_one("#facets", FacetList)
    pane = query_one("#detail", PostPane)
    bar = query_one("#filter", FilterBar)

    def compose(self) -> ComposeResult:
        """Lay out the title, the filter, the sidebar, the grid, the post and the lines below."""
        yield Static(id="title", markup=False)
        yield FilterBar(id="filter")
        with CoveredContainer(id="body"):
            yield FacetList(id="facets")
            with CoveredContainer(id="list"):
                yield PostGrid(id="posts")
                yield Static(id="empty", markup=False)
            yield PostPane(id="detail")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin where the app was left."""
        state = self.app.state
        self.posts.widths, self.posts.columns = Widths(state.columns), state.shown
        self.posts.sort = state.sort
        self.listing = Listing(self.app, self.posts, state.filter, self._rows_read)
        self.bar.put(state.filter)
        self.bar.tell(self.listing.parsed)
        self.bar.set_class(bool(state.filter.strip()), "-searching")
        self.panes = Panes(self, self.facets, self.posts, self.pane, self._read_facets)
        self._sought = (state.position, state.post_id) if state.post_id else None
        self._place = "opening the library …"
        self._narrowed_at = 0.0
        self._show_title()
        self.set_focus(self.posts)
        self.app.start("place", self._show_place)
        self.listing.show(state.sort)
        self.app.setup.first_page.tell(self._show_first_page)

    def _show_first_page(self, rows: list[PostSummary] | None) -> None:
        """Show what was read while the app was loaded; the library is opened then, and all read anew."""
        if rows is not None:
            self.listing.take_first(rows)
        self.call_after_refresh(self.app.start, "open", self.app.open_library)

    async def _show_place(self) -> None:
        self._place = (await self.app.model()).place
        self._show_title()

    # What the keys act on.

    @property
    def post(self) -> PostSummary | None:
        """The post under the cursor."""
        return self.posts.current

    @property
    def target(self) -> Target | None:
        """What is picked; else the media under the cursor while the media have the focus, else the post."""
        picks, post = self.posts.picks, self.post
        if picks:
            selection = picks.selection(self.listing.parsed.filter)
            return Target(selection, picks.count(self.posts.pages.total or 0))
        if post is None:
            return None
        return one_post(post.post_id, self.pane.chosen_media if self.pane.is_showing(post.post_id) else None)

    @property
    def doubt(self) -> str:
        """Why it is not certain which posts are picked."""
        if self.posts.picks.is_all and self.listing.parsed.problems:
            return "The filter has a mistake, so all of its posts may not be what you mean: mend it first."
        if self.posts.picks.is_all and self.posts.pages.total is None:
            return "The posts of the filter are still being counted."
        return ""

    # Reading.

    def _rows_read(self) -> None:
        self._return_to_post()
        self._show_title()
        self._show_emptiness()

    def _return_to_post(self) -> None:
        """Put the cursor where it was the last time, or where its post is now if that is near."""
        pages = self.posts.pages
        if self._sought is None or pages.total is None:
            return
        position, post_id = self._sought
        place = next((number for number, row in pages.loaded() if row.post_id == post_id), None)
        if place is not None or pages.row(position) is not None or position >= pages.total:
            self._sought = None
        self.posts.move_to(position if place is None else place)

    @on(LineList.Moved, "#posts")
    def _post_moved(self) -> None:
        post = self.posts.current
        if post is not None and self._sought is None:
            self.app.remember(post_id=post.post_id, position=self.posts.cursor)
        self.pane.show(post, self.posts.beside)

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Read again what is in sight."""
        may_move = post_ids is None or self.listing.parsed.filter.terms or self.posts.sort == "state"
        self.posts.reload(None if may_move else post_ids)
        self.pane.reload(post_ids)
        self._read_facets()

    def _read_facets(self) -> None:
        if self.panes.is_sidebar_shown:
            self.app.start("facets", self._show_facets)

    async def _show_facets(self) -> None:
        facets = await self.listing.facets()
        text = self.listing.text
        key = self.app.keymap.shown("library.save_view")
        rows = facet_rows(facets, f"{key} saves this view" if key else "")
        self.facets.show(rows, lambda field, value: has_term(text, field, value))

    # Narrowing.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the filter's key be a character while a filter is typed."""
        if action == "search":
            return not isinstance(self.focused, FilterInput)
        return super().check_action(action, parameters)

    def action_search(self) -> None:
        """Type a filter."""
        self.bar.add_class("-searching")
        self.bar.type_on()

    def put_filter(self, text: str) -> None:
        """Show the posts of another filter."""
        self.bar.put(text)
        self.bar.set_class(bool(text.strip()), "-searching")

    @on(FilterBar.Changed)
    def _filter_typed(self, message: FilterBar.Changed) -> None:
        self.app.start("filter", self._narrow, message.text)
        self.app.start("completions", self._complete, message.text, message.cursor)

    async def _narrow(self, text: str) -> None:
        now = time.monotonic()
        is_early, self._narrowed_at = now < self._narrowed_at + FILTER_DEBOUNCE_SECONDS, now
        if is_early:
            await asyncio.sleep(FILTER_DEBOUNCE_SECONDS)
        self._show_posts(text, self.posts.sort)

    def _show_posts(self, text: str, sort: Sort) -> None:
        """Show the posts of a filter in some order, unless they are shown already."""
        is_other = self.listing.read(text)
        if is_other or sort != self.posts.sort:
            self._sought = None
            # Before all else: while the rows are read there is time to draw.
            self.listing.show(sort, is_other_filter=is_other)
            self._read_facets()
        self.bar.tell(self.listing.parsed)
        self.app.remember(filter=text, sort=sort)

    async def _complete(self, text: str, cursor: int) -> None:
        if self.bar.box.has_focus:
            self.bar.offer(await self.listing.completions(text, cursor), text)

    @on(FilterBar.Kept)
    def _filter_kept(self) -> None:
        self.bar.set_class(bool(self.bar.text.strip()), "-searching")
        self.set_focus(self.posts)

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.bar.remove_class("-searching")
        self.set_focus(self.posts)

    @on(FacetList.Toggled)
    def _facet_toggled(self, message: FacetList.Toggled) -> None:
        self.put_filter(with_term(self.bar.text, message.field, message.value))

    @on(PostGrid.SortWanted)
    def _sort_wanted(self, message: PostGrid.SortWanted) -> None:
        self._sort(message.sort)

    def action_sort(self) -> None:
        """Go on to the next order."""
        from social_tui.models import SORTS

        self._sort(SORTS[(SORTS.index(self.posts.sort) + 1) % len(SORTS)])

    def _sort(self, sort: Sort) -> None:
        self._show_posts(self.listing.text, sort)
        self.app.show_notice(f"Sorted by: {sort}.")

    # Saved views and columns.

    @on(FacetList.ViewChosen)
    def _open_view(self, message: FacetList.ViewChosen) -> None:
        view = message.view
        self._show_posts(view.filter, view.sort)
        self._show_columns([str(name) for name in view.columns])
        self.put_filter(view.filter)

    def action_save_view(self) -> None:
        """Give the filter, the order and the columns a name."""
        from social_tui.tui.screens.prompt import PromptScreen

        view, columns = self.listing.view, list(self.posts.columns)

        async def save(name: str) -> None:
            model = await self.app.model()
            await self.app.offload(model.save_view, name, view, columns)
            self.app.show_notice(f"Saved as “{line(name, 40)}”.")
            self._read_facets()

        def named(name: str | None) -> None:
            if name:
                self.app.start_beside("act", save, name)

        words = f"Name for: {line(view.text, 60) or 'all posts'}, {view.sort}"
        self.app.push_screen(PromptScreen(words), named)

    @on(FacetList.DeletionWanted)
    def _delete_view(self, message: FacetList.DeletionWanted) -> None:
        view = message.view
        name = line(view.name, 40)

        async def delete() -> None:
            model = await self.app.model()
            await self.app.offload(model.delete_view, view.view_id)
            self.app.show_notice(f"Deleted “{name}”.")
            self._read_facets()

        question = (f"Delete the view “{name}”?", "Its posts stay.", "Delete")
        ask(self.app, question, lambda: self.app.start_beside("act", delete))

    def action_choose_columns(self) -> None:
        """Choose the columns and their order."""
        from social_tui.tui.screens.prompt import PromptScreen

        def named(text: str | None) -> None:
            wrong = [name for name in (text or "").split() if name not in NAMES]
            if text is None:
                return
            if wrong:
                self.app.show_notice(
                    f"No column {line(wrong[0], 40)!r}; there are {', '.join(NAMES)}.", "warning"
                )
            else:
                self._show_columns(text.split())

        shown = " ".join(self.posts.columns)
        words = "Columns in order, such as: date author text media"
        prompt = PromptScreen(words, value=shown, suggest=lambda _, typed: offered(typed), may_be_empty=True)
        self.app.push_screen(prompt, named)

    def _show_columns(self, names: list[str]) -> None:
        columns = tuple(name for name in names if name in NAMES)
        if columns != self.posts.columns:
            self.posts.columns = columns
            self.posts.lay_out_again()
        self.app.remember(shown=columns)

    def action_widen(self, by: int) -> None:
        """Make the author's column wider, or narrower."""
        self.posts.widths.widen("author", by)
        self.posts.lay_out_again()
        self.app.remember(columns=self.posts.widths.chosen)

    # Picking.

    @on(PostGrid.RangeWanted)
    def _range_wanted(self, message: PostGrid.RangeWanted) -> None:
        if len(message.rows) > LONGEST_RANGE:
            key = self.app.keymap.shown("grid.all")
            self.app.show_notice(
                f"A range holds at most {LONGEST_RANGE:,} posts; {key} picks all.", "warning"
            )
        else:
            self.app.start("range", self._pick_range, message.rows)

    async def _pick_range(self, rows: range) -> None:
        self.posts.end_range(await self.listing.ids_of(rows))

    # Moving between panes.

    def action_pane_right(self) -> None:
        """Go on to the post's text, then to its media."""
        self.panes.go(1)

    def action_pane_left(self) -> None:
        """Go back towards the list, and from there to the sidebar."""
        self.panes.go(-1)

    def action_toggle_pane(self) -> None:
        """Fold the post's pane, or unfold it."""
        self.panes.toggle_post()

    def action_toggle_sidebar(self) -> None:
        """Unfold the sidebar and go to it, or fold it."""
        self.panes.toggle_sidebar()

    def action_back(self) -> None:
        """Go back to the list; from there, put picks back, then end the filter."""
        if self.focused is not self.posts:
            self.panes.show(self.posts)
        elif self.posts.range or self.posts.picks:
            self.posts.clear_picks()
        elif self.bar.text:
            self.put_filter("")

    @on(LineList.Chosen, "#posts")
    def _open_post(self) -> None:
        post = self.post
        if post is not None:
            has_media = post.media_total and self.pane.media.row_count
            self.panes.show(self.pane.media if has_media else self.pane.text)

    @on(PostPane.MediaChosen)
    def _open_media(self, message: PostPane.MediaChosen) -> None:
        from social_tui.tui.screens.media import MediaScreen

        self.app.push_screen(MediaScreen(message.post, message.index))

    def on_resize(self, event: events.Resize) -> None:
        """Keep what matters in sight."""
        self.panes.resized()

    # Saying what there is.

    @on(PostGrid.PicksChanged)
    def _show_title(self) -> None:
        pages, picks = self.posts.pages, self.posts.picks
        known = f"{pages.known:,}{'' if pages.total is not None else '+'}"
        count = f"{known} {'post' if known == '1' else 'posts'}" if pages.known else ""
        picked = f"{posts_words(picks.count(pages.total or 0))} picked" if picks else ""
        picked = f"range of {posts_words(len(self.posts.range))}" if self.posts.range else picked
        parts = [
            (" social-tui", "bold $text-primary"),
            (line(self._place), "$foreground 60%"),
            (count, "$foreground"),
            (picked, "bold $text-accent"),
        ]
        title = Content("  ").join(Content.styled(text, style) for text, style in parts if text)
        self.query_one("#title", Static).update(title, layout=False)

    def _show_emptiness(self) -> None:
        self.query_one("#list").set_class(self.posts.pages.is_empty, "-empty")
        if self.posts.pages.is_empty:
            text = line(self.listing.text, 60)
            words = f"No post matches “{text}”.\n\nesc ends the filter." if text else _NO_POSTS
            self.query_one("#empty", Static).update(Content(words))

"""The posts, and beside them the selected one with its media."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input, Static

from social_tui.filters import Filter
from social_tui.models import PostDetail, PostSummary
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.facts import media_summary, post_content
from social_tui.tui.model import Target, View
from social_tui.tui.page_reader import PageReader, posts_of
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.media_list import MediaList
from social_tui.tui.widgets.post_list import PostList
from social_tui.tui.widgets.preview import Preview
from social_tui.tui.widgets.search_box import SearchBox
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane, Written, nothing

DETAIL_DEBOUNCE_SECONDS = 0.05
SEARCH_DEBOUNCE_SECONDS = 0.15
_PANE = "post"
_NO_POSTS = """\
No posts yet.

Import some with:  social-tui import PATH
or look around with:  social-tui demo"""


class MainScreen(LibraryScreen):
    """Browse and search posts; work on the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "main")]

    posts = query_one("#posts", PostList)
    text = query_one("#post", TextPane)
    media = query_one("#media", MediaList)
    facts = query_one("#facts", Written)
    preview = query_one("#preview", Preview)
    search = query_one("#search", SearchBox)

    def __init__(self) -> None:
        super().__init__()
        self._query: str | None = None
        self._detail: PostDetail | None = None
        self._sought: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out the title, the list, the post's pane and the lines below."""
        yield Static(id="title", markup=False)
        yield SearchBox(id="search")
        with Horizontal(id="body"):
            with Container(id="list"):
                yield PostList(id="posts")
                yield Static(id="empty", markup=False)
            with Container(id="detail"):
                yield TextPane(id="post")
                with Container(id="media-pane"):
                    with Container(id="media-words"):
                        yield MediaList(id="media")
                        yield Written(id="facts")
                    yield Preview(id="preview")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the list."""
        state = self.app.state
        self._query = state.filter.strip() or None
        self.search.value = state.filter
        self.set_class(self._query is not None, "-searching")
        self.set_class(_PANE in state.folded, "-folded")
        self._sought = state.post_id
        self._place = "opening the library …"
        self._reader = PageReader(self.app, self.posts, posts_of(self.view), self._rows_read)
        self._show_title()
        self.set_focus(self.posts)
        self.app.start("place", self._show_place)
        self._restart()

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
        """The media under the cursor while the media have the focus, else the post."""
        post = self.post
        if post is None:
            return None
        is_shown = self._detail is not None and self._detail.post_id == post.post_id
        media = self.media.current if is_shown and self.media.has_focus else None
        return Target(post.post_id, media)

    # Reading.

    @property
    def view(self) -> View:
        """Which posts are shown."""
        return View(self._query or "", Filter(words=self._query))

    def _restart(self) -> None:
        self.app.view = self.view
        self._reader.source = posts_of(self.view)
        self.posts.restart()

    @on(PostList.PageWanted)
    def _page_wanted(self, message: PostList.PageWanted) -> None:
        self._reader.read_page(message.request)

    @on(PostList.CountWanted)
    def _count_wanted(self, message: PostList.CountWanted) -> None:
        self._reader.count(message.generation)

    def _rows_read(self) -> None:
        rows = [row for _, row in self.posts.pages.loaded()]
        if rows:
            self._return_to_post(rows)
        self._show_title()
        self._show_emptiness()

    def _return_to_post(self, rows: list[PostSummary]) -> None:
        """Put the cursor where it was the last time, if that is on the first page."""
        sought, self._sought = self._sought, None
        place = next((number for number, row in enumerate(rows) if row.post_id == sought), None)
        if place is not None:
            self.posts.move_to(place)

    @on(LineList.Moved, "#posts")
    def _post_moved(self) -> None:
        post = self.posts.current
        if post is not None and self._sought is None:
            self.app.remember(post_id=post.post_id)
        shown = self._detail.post_id if self._detail else None
        if post is None:
            self._detail = None
            self._show_nothing()
        elif post.post_id != shown:
            self.app.start("detail", self._show_post, post)

    async def _show_post(self, post: PostSummary, *, keep_place: bool = False) -> None:
        await asyncio.sleep(DETAIL_DEBOUNCE_SECONDS)
        self.text.show(partial(post_content, post), keep_place=keep_place)
        if not keep_place:
            self._detail = None
            self.media.show((), keep_place=False)
        model = await self.app.model()
        detail = await self.app.offload(model.post, post.post_id)
        self._detail = detail
        self.media.show(detail.media, keep_place=keep_place)

    def _show_nothing(self) -> None:
        self.text.show(nothing)
        self.media.show((), keep_place=False)

    @on(LineList.Moved, "#media")
    def _media_moved(self) -> None:
        media = self.media.current
        self.facts.show(partial(media_summary, media, self.app.clock()) if media else nothing)
        self.preview.show(media)

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Read again what is in sight."""
        self.posts.reload(post_ids)
        detail = self._detail
        if detail is not None and (post_ids is None or detail.post_id in post_ids):
            self.app.start("detail", self._show_post, detail, keep_place=True)

    # Searching.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the search's key be a character while a search is typed."""
        if action == "search":
            return not isinstance(self.focused, SearchBox)
        return super().check_action(action, parameters)

    def action_search(self) -> None:
        """Type a search."""
        self.add_class("-searching")
        self.set_focus(self.search)

    @on(Input.Changed, "#search")
    def _search_typed(self, message: Input.Changed) -> None:
        self.app.start("search", self._search, message.value.strip() or None)

    async def _search(self, query: str | None) -> None:
        await asyncio.sleep(SEARCH_DEBOUNCE_SECONDS)
        if query != self._query:
            self._query = query
            self.app.remember(filter=query or "")
            self._restart()

    @on(SearchBox.Kept)
    def _search_kept(self) -> None:
        self.set_class(bool(self.search.value.strip()), "-searching")
        self.set_focus(self.posts)

    @on(SearchBox.Left)
    def _search_left(self) -> None:
        self.remove_class("-searching")
        self.set_focus(self.posts)

    # Moving between panes.

    @property
    def _is_narrow(self) -> bool:
        return self.has_class("-narrow")

    @property
    def _panes(self) -> list[Widget]:
        return [self.posts, self.text, *([self.media] if self.media.row_count else [])]

    def _go(self, step: int) -> None:
        panes = self._panes
        focused = self.focused
        place = panes.index(focused) if focused in panes else 0
        pane = panes[min(max(place + step, 0), len(panes) - 1)]
        self._show_pane(pane is not self.posts)
        self.set_focus(pane)

    def _show_pane(self, is_shown: bool) -> None:
        """In a narrow terminal turn between the list and the post; in a wide one unfold the post."""
        self.set_class(is_shown, "-open")
        if is_shown:
            self.remove_class("-folded")

    def action_pane_right(self) -> None:
        """Go on to the post's text, then to its media."""
        self._go(1)

    def action_pane_left(self) -> None:
        """Go back towards the list."""
        self._go(-1)

    def action_toggle_pane(self) -> None:
        """Fold the post's pane, or unfold it."""
        if self._is_narrow:
            is_open = not self.has_class("-open")
        else:
            is_open = self.has_class("-folded")
            self.set_class(not is_open, "-folded")
            self.app.remember(folded=frozenset() if is_open else frozenset({_PANE}))
        self._show_pane(is_open)
        if not is_open or self._is_narrow:
            self.set_focus(self.text if is_open else self.posts)

    def action_back(self) -> None:
        """Go back to the list; from there, end the search."""
        if self.focused is not self.posts:
            self._show_pane(False)
            self.set_focus(self.posts)
        elif self.search.value:
            self.search.value = ""
            self.remove_class("-searching")

    @on(LineList.Chosen, "#posts")
    def _open_post(self) -> None:
        self._show_pane(True)
        post = self.post
        self.set_focus(self.media if post is not None and post.media_total else self.text)

    @on(LineList.Chosen, "#media")
    def _open_media(self, message: LineList.Chosen) -> None:
        from social_tui.tui.screens.media import MediaScreen

        # While the cursor moves on, the pane still shows the post before.
        if self._detail is not None and self.post is not None and self._detail.post_id == self.post.post_id:
            self.app.push_screen(MediaScreen(self._detail, message.index))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the focus on a pane that is in sight."""
        if self._is_narrow:
            self.set_class(self.focused in self._panes[1:], "-open")

    # Saying what there is.

    def _show_title(self) -> None:
        pages = self.posts.pages
        known = f"{pages.known:,}{'' if pages.total is not None else '+'}"
        count = f"{known} {'post' if known == '1' else 'posts'}" if pages.known else ""
        query = f"search: {line(self._query, 60)}" if self._query else ""
        parts = [
            Content.styled(" social-tui", "bold $text-primary"),
            Content.styled(line(self._place), "$foreground 60%"),
        ]
        parts += [
            Content.styled(text, style) for text, style in ((count, "$foreground"), (query, "$text-accent"))
        ]
        title = Content("  ").join(part for part in parts if part.plain)
        self.query_one("#title", Static).update(title)

    def _show_emptiness(self) -> None:
        self.set_class(self.posts.pages.is_empty, "-empty")
        words = f"No post matches “{line(self._query, 60)}”.\n\nesc ends the search."
        words = words if self._query else _NO_POSTS
        self.query_one("#empty", Static).update(Content(words))

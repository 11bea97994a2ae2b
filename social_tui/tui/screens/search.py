"""Finding posts by all that they say and show, while one types."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static

from social_tui.errors import SocialTuiError
from social_tui.library.searching import By, Search, pieces, read_search
from social_tui.tui.actions import bindings
from social_tui.tui.cells import exact, line, paragraphs
from social_tui.tui.presentation import author, post_date, posts_words
from social_tui.tui.records import Target, one_post
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.screens.media import open_media
from social_tui.tui.widgets.entry_box import EntryBox
from social_tui.tui.widgets.found_list import FoundList, place_words
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from social_tui.search_models import FoundPost, PictureUse

# From the last letter until it is searched.
DEBOUNCE_SECONDS = 0.15
PAGE = 100
_WAYS: dict[By, str] = {"words": "by words", "hybrid": "by words and meaning", "meaning": "by meaning"}
_NOTHING_TYPED = (
    "Type words: they are looked for in texts, authors and tags, alternative texts,\n"
    "and in what analyses read, name and describe in pictures.\n\n"
    '"side by side"   one or other   -without   begin*   similar:med-…'
)
_ENTER_SEARCHES = "Enter searches by meaning: the words are sent to the service that embeds texts."


class SearchScreen(LibraryScreen):
    """Type a search, go through what it finds, and open or work on it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "find")]

    box = query_one("#query", EntryBox)
    found = query_one("#found", FoundList)

    def __init__(self) -> None:
        super().__init__()
        self._wanted = Search("", None)
        self._by: By = "words"
        self._rows: list[FoundPost] = []
        self._has_more = False
        self._is_asked = False
        self._use: PictureUse | None = None

    def compose(self) -> ComposeResult:
        """Lay out the title, the box, what was found, the post under the cursor and the lines below."""
        yield Static(id="title", markup=False)
        yield EntryBox(id="query", placeholder="words to find")
        yield FoundList(id="found")
        yield Static(id="empty", markup=False)
        yield Static(id="found-post", markup=False)
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the box."""
        self._show(_NOTHING_TYPED)
        self.set_focus(self.box)

    # What the keys act on.

    @property
    def post(self) -> FoundPost | None:
        """The post under the cursor."""
        return self.found.current

    @property
    def target(self) -> Target | None:
        """The post under the cursor."""
        return one_post(self.post.post_id) if self.post is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys be letters while words are typed."""
        if action in ("type_words", "change_way"):
            return self.focused is not self.box
        return super().check_action(action, parameters)

    # Searching.

    @on(Input.Changed, "#query")
    def _typed(self, message: Input.Changed) -> None:
        wanted = read_search(message.value)
        if wanted != self._wanted:
            self._wanted = wanted
            self._is_asked = False
            self.app.start("find", self._search)

    @property
    def _goes_by_words(self) -> bool:
        """Whether words and pictures are looked for, whatever way was chosen for words."""
        return self._by == "words" or self._wanted.similar is not None

    async def _search(self) -> None:
        """Search when nothing is typed any more; what a service must be asked for waits for enter."""
        if not self._is_asked:
            await asyncio.sleep(DEBOUNCE_SECONDS)
        if self._wanted.is_empty:
            self._rows, self._has_more = [], False
            self._show(_NOTHING_TYPED)
            return
        if not (self._goes_by_words or self._is_asked):
            self._is_asked = await self.app.offload((await self.app.model()).is_meaning_local)
            if not self._is_asked:
                self._wait_for_enter()
                return
        self._use = None
        self._show_title("searching …")
        await self._read([])
        if self._wanted.similar is not None and self._rows:
            self.app.start("count use", self._count_use, self._wanted)

    async def _count_use(self, wanted: Search) -> None:
        """Count the posts with a picture, beside the pages that are read of them."""
        use = await self.app.offload((await self.app.model()).picture_use, wanted)
        if wanted == self._wanted:
            self._use = use
            self._show_title()

    def _wait_for_enter(self) -> None:
        """Say that enter searches; who goes through what was found keeps it."""
        self._has_more = False
        if self.focused is self.box:
            self._rows = []
            self._show(_ENTER_SEARCHES)
        else:
            self._show_title("/ and enter ask the service that embeds texts")

    async def _read(self, before: list[FoundPost]) -> None:
        """Read the page after some rows; who types on calls it off."""
        model, cancel = (await self.app.model()).cancellable()
        after = before[-1].key if before else None
        read = self.app.offload if self._goes_by_words else self.app.threads.ask
        try:
            page = await read(model.search, self._wanted, self._by, after, PAGE)
        except asyncio.CancelledError:
            cancel()
            raise
        except SocialTuiError as error:
            self._rows, self._has_more, self._is_asked = [], False, False
            self._show(str(error))
            return
        self._rows = [*before, *page]
        self._has_more = len(page) == PAGE and self._goes_by_words
        self._show("No post has this." if not self._rows else "", keep_place=bool(before))

    @on(FoundList.EndNear)
    def _read_more(self) -> None:
        if self._has_more:
            self._has_more = False
            self.app.start("find", self._read, self._rows)

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Keep what was found: it is searched again when something is typed."""

    # Showing.

    def _show(self, instead: str, *, keep_place: bool = False) -> None:
        self.set_class(bool(instead), "-empty")
        self.query_one("#empty", Static).update(Content(paragraphs(instead)))
        count = len(self._rows)
        more = "+" if self._has_more else ""
        title = f"{count:,}{more} {'post' if count == 1 else 'posts'}, the best first" if count else ""
        if any(post.is_capped for post in self._rows):
            title += "; of very many only the newest were ranked"
        self.found.show(self._rows, title, keep_place=keep_place)
        self._show_title()
        self._show_post()

    def _show_title(self, state: str = "") -> None:
        similar = _told(self._use) if self._use else f"pictures like {self._wanted.similar}"
        title = Content.assemble(
            (" Search", "bold $text-primary"),
            (f"  {similar}", "$text-accent")
            if self._wanted.similar
            else (f"  {_WAYS[self._by]}", "$foreground 60%"),
            (f"  {state}", "$foreground 60%"),
        )
        self.query_one("#title", Static).update(title)

    @on(LineList.Moved, "#found")
    def _show_post(self) -> None:
        post = self.post
        pane = self.query_one("#found-post", Static)
        pane.display = post is not None
        if post is None:
            return
        words = [
            (exact(piece.text), "bold $text-accent" if piece.is_hit else "") for piece in pieces(post.excerpt)
        ]
        head = f"  {post_date(post.posted_at_timestamp, with_time=True)}  {line(post.platform, 20)}"
        pane.update(
            Content.assemble(
                (author(post), "bold $text-primary"),
                (f"{head}  {post.media_total} media  {place_words(post)}\n", "$foreground 60%"),
                *words,
                ("\n" + line(post.text_content) if post.excerpt_of != "text" else "", "$foreground 60%"),
            )
        )

    # Going on.

    @on(Input.Submitted, "#query")
    @on(EntryBox.Left)
    def _end_typing(self, message: Input.Submitted | EntryBox.Left) -> None:
        is_left = isinstance(message, EntryBox.Left)
        if not (is_left or self._goes_by_words or self._is_asked or self._wanted.is_empty):
            self._is_asked = True
            self.app.start("find", self._search)
        elif self._rows:
            self.set_focus(self.found)
        elif is_left:
            self.dismiss(None)

    @on(LineList.Chosen, "#found")
    def _chosen(self) -> None:
        if self.post is not None:
            self.app.start("open found", self._open, self.post)

    async def _open(self, post: FoundPost) -> None:
        """Open the media whose text was found, else the first of the post, else the post among all posts."""
        from social_tui.tui.screens.main import MainScreen

        media_id = post.media_id
        if media_id is None and post.media_total:
            whole = await self.app.offload((await self.app.model()).post, post.post_id)
            media_id = next((media.media_id for media in whole.media), None)
        if media_id is not None:
            await open_media(self.app, post.post_id, media_id)
            return
        main = self.app.screen_stack[0]
        if isinstance(main, MainScreen):
            self.dismiss(None)
            main.put_filter(f"id:{post.post_id}")

    def action_type_words(self) -> None:
        """Go back to the box."""
        self.set_focus(self.box)

    def action_change_way(self) -> None:
        """Search by words, by words and meaning, or by meaning."""
        ways = list(_WAYS)
        self._by = ways[(ways.index(self._by) + 1) % len(ways)]
        self._is_asked = False
        self._show_title()
        self.app.start("find", self._search)

    def action_close(self) -> None:
        """Go back to where one came from."""
        self.dismiss(None)


def _told(use: PictureUse) -> str:
    """Say in how many posts a picture is, and who had it first."""
    authors = f"{use.authors:,} {'author' if use.authors == 1 else 'authors'}"
    who = line(use.first_author or "unknown author", 40)
    return f"alike: {posts_words(use.posts)} of {authors}, first {post_date(use.first_posted_at)} by {who}"

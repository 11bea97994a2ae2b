"""One media: its picture, all facts, its analysis and its history."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from social_tui.models import MediaRow, PostDetail, PostSummary
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.facts import MediaStory, media_content
from social_tui.tui.presentation import author, expiry_words, post_date
from social_tui.tui.records import Target, one_post
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.preview import Preview
from social_tui.tui.widgets.similar_list import SimilarList
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

TICK_SECONDS = 1.0


class MediaScreen(LibraryScreen):
    """Look at the media of a post, one by one.

    Args:
        post: The post.
        index: Which of its media to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "media")]

    picture = query_one("#picture", Preview)
    facts = query_one("#media-facts", TextPane)
    similar = query_one("#similar", SimilarList)

    def __init__(self, post: PostDetail, index: int) -> None:
        super().__init__()
        self._post = post
        self._index = index
        self._story = MediaStory()
        self._expiry = ""

    def compose(self) -> ComposeResult:
        """Lay out the title, the picture, the facts and the lines below."""
        yield Static(id="title", markup=False)
        with Container(id="media-body"):
            yield Preview(id="picture")
            with Container(id="media-side"):
                yield TextPane(id="media-facts")
                yield SimilarList(id="similar")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the media."""
        self.set_focus(self.facts)
        self._show(keep_place=False)
        self.set_interval(TICK_SECONDS, self._tick)

    @property
    def current(self) -> MediaRow:
        """The media in sight."""
        return self._post.media[self._index]

    @property
    def target(self) -> Target:
        """The media in sight."""
        return one_post(self._post.post_id, self.current)

    @property
    def post(self) -> PostSummary:
        """The post of the media."""
        return self._post

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Read the post again if it changed."""
        if post_ids is None or self._post.post_id in post_ids:
            self.app.start("media", self._reload)

    async def _reload(self) -> None:
        model = await self.app.model()
        post = await self.app.offload(model.post, self._post.post_id)
        places = (number for number, row in enumerate(post.media) if row.media_id == self.current.media_id)
        index = next(places, None)
        if index is None:
            self.app.show_notice("The media is gone.", "warning")
            self.dismiss(None)
            return
        self._post, self._index = post, index
        self._show(keep_place=True)

    def _show(self, *, keep_place: bool) -> None:
        media = self.current
        self._show_title()
        self.picture.show(media)
        if not keep_place:
            self._story = MediaStory()
            self._show_similar()
        self._show_facts(keep_place=keep_place)
        self.app.start("story", self._load_story, media)

    def _show_title(self) -> None:
        media, post = self.current, self._post
        place = f" {media.media_type.capitalize()} {self._index + 1} of {len(post.media)}"
        about = f"  {post_date(post.posted_at_timestamp)}  {line(post.text_content, 120)}"
        self.query_one("#title", Static).update(
            Content.assemble((place, "bold $text-primary"), f"  {author(post)}", (about, "$foreground 60%"))
        )

    def _show_facts(self, *, keep_place: bool) -> None:
        now = self.app.clock()
        self._expiry = expiry_words(self.current.url_expires_at, now)
        self.facts.show(partial(media_content, self.current, self._story, now), keep_place=keep_place)

    def _show_similar(self) -> None:
        rows = self._story.similar or ()
        if not rows and self.similar.has_focus:
            self.set_focus(self.facts)
        self.set_class(bool(rows), "-similar")
        self.similar.show(rows)
        self.refresh_bindings()

    def _tick(self) -> None:
        """Let the time that the link has to live run down."""
        if expiry_words(self.current.url_expires_at, self.app.clock()) != self._expiry:
            self._show_facts(keep_place=True)

    async def _load_story(self, media: MediaRow) -> None:
        model = await self.app.model()
        events = await self.app.offload(model.events, media.media_id)
        proofs = await self.app.offload(model.proofs, media.media_id)
        self._story = replace(self._story, events=events, proofs=proofs)
        self._show_facts(keep_place=True)
        similar = await self.app.offload(model.similar, media.media_id)
        self._story = replace(self._story, similar=similar)
        self._show_facts(keep_place=True)
        self._show_similar()

    def _step(self, step: int) -> None:
        index = min(max(self._index + step, 0), len(self._post.media) - 1)
        if index != self._index:
            self._index = index
            self._show(keep_place=False)

    def action_next_media(self) -> None:
        """Show the next media."""
        self._step(1)

    def action_previous_media(self) -> None:
        """Show the previous media."""
        self._step(-1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way to other posts only where there is one."""
        if action == "go_similar":
            return bool(self._story.similar)
        return super().check_action(action, parameters)

    def action_go_similar(self) -> None:
        """Go to the list of other posts with this picture, or back to the facts."""
        self.set_focus(self.facts if self.similar.has_focus else self.similar)

    @on(LineList.Chosen, "#similar")
    def _similar_chosen(self) -> None:
        row = self.similar.current
        if row is not None and row.post_id is not None:
            self.app.start("open media", open_media, self.app, row.post_id, row.media_id)

    def action_close(self) -> None:
        """Go back from the list to the facts, and from there to where one came from."""
        if self.similar.has_focus:
            self.set_focus(self.facts)
        else:
            self.dismiss(None)


async def open_media(app: SocialTuiApp, post_id: str, media_id: str) -> None:
    """Open the screen of one media."""
    model = await app.model()
    post = await app.offload(model.post, post_id)
    index = next((number for number, row in enumerate(post.media) if row.media_id == media_id), None)
    if index is None:
        app.show_notice("The media is gone.", "warning")
    else:
        app.push_screen(MediaScreen(post, index))

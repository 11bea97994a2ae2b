"""One media: its picture, all facts, its analysis and its history."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from social_tui.models import MediaRow, PostDetail, PostSummary
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.facts import media_content
from social_tui.tui.model import Target
from social_tui.tui.presentation import author, post_date
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.preview import Preview
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane


class MediaScreen(LibraryScreen):
    """Look at the media of a post, one by one.

    Args:
        post: The post.
        index: Which of its media to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "media")]

    picture = query_one("#picture", Preview)
    facts = query_one("#media-facts", TextPane)

    def __init__(self, post: PostDetail, index: int) -> None:
        super().__init__()
        self._post = post
        self._index = index

    def compose(self) -> ComposeResult:
        """Lay out the title, the picture, the facts and the lines below."""
        yield Static(id="title", markup=False)
        with Container(id="media-body"):
            yield Preview(id="picture")
            yield TextPane(id="media-facts")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the media."""
        self.set_focus(self.facts)
        self._show(keep_place=False)

    @property
    def current(self) -> MediaRow:
        """The media in sight."""
        return self._post.media[self._index]

    @property
    def target(self) -> Target:
        """The media in sight."""
        return Target(self._post.post_id, self.current)

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
        post = self._post
        self.query_one("#title", Static).update(
            Content.assemble(
                (
                    f" {media.media_type.capitalize()} {self._index + 1} of {len(post.media)}",
                    "bold $text-primary",
                ),
                f"  {author(post)}",
                (
                    f"  {post_date(post.posted_at_timestamp)}  {line(post.text_content, 120)}",
                    "$foreground 60%",
                ),
            )
        )
        self.picture.show(media)
        self.facts.show(partial(media_content, media, (), self.app.clock()), keep_place=keep_place)
        self.app.start("history", self._load_history, media)

    async def _load_history(self, media: MediaRow) -> None:
        model = await self.app.model()
        events = await self.app.offload(model.events, media.media_id)
        if media.media_id == self.current.media_id:
            self.facts.show(partial(media_content, media, events, self.app.clock()), keep_place=True)

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

    def action_close(self) -> None:
        """Go back to the posts."""
        self.dismiss(None)

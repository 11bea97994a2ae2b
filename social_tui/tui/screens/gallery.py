"""The media of the posts of a filter, as pictures side by side."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.page_reader import PageReader, media_of
from social_tui.tui.records import Target, one_post
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.screens.media import open_media
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.post_grid import PostGrid
from social_tui.tui.widgets.settled import CoveredContainer
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from PIL.Image import Image

    from social_tui.models import Key, PostDetail

PICTURE_DEBOUNCE_SECONDS = 0.04
POST_DEBOUNCE_SECONDS = 0.05
_LONGEST_TEXT = 400


class GalleryScreen(LibraryScreen):
    """Look over the media of the posts that are shown; work on the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library", "gallery")]

    grid = query_one("#thumbnails", ThumbnailGrid)

    def __init__(self) -> None:
        super().__init__()
        self._post: PostDetail | None = None
        self._is_drawing = False
        self._rest_from = 0.0

    def compose(self) -> ComposeResult:
        """Lay out the title, the pictures and the lines below."""
        yield Static(id="title", markup=False)
        with CoveredContainer(id="gallery"):
            yield ThumbnailGrid(id="thumbnails")
            yield Static(id="empty", markup=False)
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the media of the post that is selected, if it is known where they are."""
        posts = self.app.screen_stack[0].query_one(PostGrid)
        self._start = posts.media_above or 0
        self.grid.size_step = self.app.state.zoom
        self._view = self.app.view
        self.grid.reader = PageReader(self.app, self.grid, media_of(self._view), self._rows_read)
        self._show_title()
        self.set_focus(self.grid)
        self.grid.restart()
        if posts.media_above is None and posts.current is not None and posts.current.key is not None:
            self.app.start("gallery start", self._find_start, posts.current.key)

    # What the keys act on.

    @property
    def post(self) -> PostDetail | None:
        """The post of the media under the cursor, once it was read."""
        media = self.grid.current
        is_read = self._post is not None and media is not None and self._post.post_id == media.post_id
        return self._post if is_read else None

    @property
    def target(self) -> Target | None:
        """The media under the cursor."""
        media = self.grid.current
        return one_post(media.post_id, media) if media is not None else None

    # Reading.

    def _rows_read(self) -> None:
        self._go_to_start()
        is_empty = self.grid.pages.is_empty
        self.set_class(is_empty, "-empty")
        if is_empty:
            self.query_one("#empty", Static).update(Content(self._empty_words()))

    async def _find_start(self, at: Key) -> None:
        """Count how many media stand before those of the post where the gallery is to begin."""
        view = self._view
        self._start = await self.app.errands.read(lambda model: model.media_above(view.filter, view.sort, at))
        self._go_to_start()

    def _go_to_start(self) -> None:
        """Go where the gallery is to begin once it is known that there are so many, unless one moved."""
        if self._start and self.grid.cursor == 0:
            if self._start >= self.grid.row_count and self.grid.pages.total is None:
                return
            self.grid.move_to(self._start)
        self._start = 0

    def _empty_words(self) -> str:
        shown = self.app.keymap.shown
        if self._view.text:
            words = f"No media in posts that match “{line(self._view.text, 60)}”."
            return f"{words}\n\n{shown('gallery.close')} goes back to the posts."
        return f"No media yet.\n\n{shown('app.import')} imports posts."

    @on(LineList.Moved, "#thumbnails")
    def _moved(self) -> None:
        media = self.grid.current
        post_id = media.post_id if media is not None else None
        if post_id is not None and (self._post is None or self._post.post_id != post_id):
            self.app.start("gallery post", self._read_post, post_id)
        self._show_title()

    async def _read_post(self, post_id: str) -> None:
        await asyncio.sleep(POST_DEBOUNCE_SECONDS)
        model = await self.app.model()
        self._post = await self.app.offload(model.post, post_id)
        self._show_title()

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Read again what is in sight."""
        self.grid.reload(None if self._view.filter.terms else post_ids)
        media = self.grid.current
        post_id = media.post_id if media is not None else None
        if post_id is not None and (post_ids is None or post_id in post_ids):
            self.app.start("gallery post", self._read_post, post_id)

    # Pictures, one at a time, once the screen came to rest.

    def pictures_changed(self) -> None:
        """Draw all pictures anew, or leave them out."""
        self.grid.redraw_pictures()

    @on(ThumbnailGrid.SightChanged)
    def _sight_changed(self) -> None:
        self._rest_from = time.monotonic() + PICTURE_DEBOUNCE_SECONDS
        if not self._is_drawing and self.grid.next_wanted() is not None:
            self._is_drawing = True
            self.app.start_beside("thumbnails", self._draw_pictures)

    async def _draw_pictures(self) -> None:
        try:
            while self.is_attached:
                left = self._rest_from - time.monotonic()
                if left > 0:
                    await asyncio.sleep(left)
                    continue
                media = self.grid.next_wanted()
                if media is None:
                    return
                self.grid.begin(media)
                picture: Image | str = "it could not be drawn"
                try:
                    picture = await self.app.pictures.read(media)
                finally:
                    self.grid.take(media, picture)
        finally:
            self._is_drawing = False
            if self.is_attached:
                # After something unforeseen with one, the others are drawn all the same.
                self.grid.post_message(ThumbnailGrid.SightChanged())

    # Going on.

    @on(LineList.Chosen, "#thumbnails")
    def _chosen(self) -> None:
        media = self.grid.current
        if media is not None and media.post_id is not None:
            self.app.start("open media", open_media, self.app, media.post_id, media.media_id)

    def action_zoom(self, step: int) -> None:
        """Show larger pictures, or smaller ones."""
        self.grid.zoom(step)
        self.app.remember(zoom=self.grid.size_step)

    def action_close(self) -> None:
        """Go back to the posts."""
        self.dismiss(None)

    def _show_title(self) -> None:
        view, post = self._view, self.post
        shown = f"filter: {line(view.text, 60)}" if view.text else "all posts"
        title = Content.assemble(
            (" Gallery", "bold $text-primary"),
            (f"  {shown}", "$text-accent" if view.text else "$foreground 60%"),
            (f"  {view.sort}", "$foreground 60%"),
        )
        self.query_one("#title", Static).update(title)
        words = line(post.text_content, _LONGEST_TEXT) if post is not None else ""
        if post is not None and post.is_marked:
            words = f"★ {words}"
        if self.grid.title != words:
            self.grid.title = words
            self.grid.refresh_header()

"""The pane on one post: its text, its media, and the picture of the media under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.getters import query_one
from textual.message import Message

from social_tui.tui.facts import media_summary, post_content, row_content
from social_tui.tui.near_posts import NearPosts
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.media_list import MediaList
from social_tui.tui.widgets.preview import Preview
from social_tui.tui.widgets.settled import SettledContainer
from social_tui.tui.widgets.text_pane import TextPane, Writer, Written, nothing

if TYPE_CHECKING:
    from social_tui.models import MediaRow, PostDetail, PostSummary
    from social_tui.tui.app import SocialTuiApp

# Then what the row itself tells is shown until the whole post comes, or nothing where there is no row.
LONGEST_WAIT_SECONDS = 0.03


class PostPane(SettledContainer):
    """Shows one post whole, a moment after the cursor came to rest on it."""

    app: SocialTuiApp
    text = query_one("#post", TextPane)
    media = query_one("#media", MediaList)
    facts = query_one("#facts", Written)
    preview = query_one("#preview", Preview)

    class MediaChosen(Message):
        """A media was opened."""

        def __init__(self, post: PostDetail, index: int) -> None:
            super().__init__()
            self.post = post
            self.index = index

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._wanted: str | None = None
        self._detail: PostDetail | None = None
        self._media: MediaRow | None = None
        self._near = NearPosts(self.app)

    def compose(self) -> ComposeResult:
        """Lay out the text, the media and the picture."""
        yield TextPane(id="post")
        with SettledContainer(id="media-pane"):
            with SettledContainer(id="media-words"):
                yield MediaList(id="media")
                yield Written(id="facts")
            yield Preview(id="preview")

    def is_showing(self, post_id: str) -> bool:
        """Tell whether a post is in sight whole."""
        return self._detail is not None and self._detail.post_id == post_id

    @property
    def chosen_media(self) -> MediaRow | None:
        """The media under the cursor while the media have the focus."""
        return self.media.current if self._detail is not None and self.media.has_focus else None

    def show(self, post: PostSummary | None, near: Sequence[PostSummary] = ()) -> None:
        """Show a post, or none; one that is in sight already stays as it is.

        Args:
            post: The post.
            near: Those that are likely to be shown next, which are read meanwhile.
        """
        post_id = post.post_id if post else None
        if post_id != self._wanted:
            self._wanted = post_id
            self.app.start("detail", self._load, post, near)

    def reload(self, post_ids: frozenset[str] | None) -> None:
        """Read the post again if it is among those that changed; None when any may have."""
        self._near.forget(post_ids)
        detail = self._detail
        if detail is not None and (post_ids is None or detail.post_id in post_ids):
            self.app.start("detail", self._reload, detail.post_id)

    async def _load(self, post: PostSummary | None, near: Sequence[PostSummary]) -> None:
        await self.app.rest()
        if post is None:
            # Most often its row is being read.
            await asyncio.sleep(LONGEST_WAIT_SECONDS)
            self._show_none(nothing)
            return
        reading = asyncio.create_task(self._near.read(post.post_id))
        try:
            # The row first: to lay the post out takes longer than to draw the list.
            await self.wait_for_refresh()
            await asyncio.wait([reading], timeout=LONGEST_WAIT_SECONDS)
            if not reading.done():
                # Nothing of the post before may stay beside the row of another one.
                self._show_none(partial(row_content, post))
            self._show(await reading)
        finally:
            reading.cancel()
        self.app.start("near", self._near.prepare, [each.post_id for each in near], self.preview)

    async def _reload(self, post_id: str) -> None:
        detail = await self._near.read(post_id)
        if detail != self._detail:
            self._show(detail)

    def _show_none(self, write: Writer) -> None:
        self._detail = None
        self.text.show(write)
        self.media.show(None, keep_place=False)
        self._show_media()

    def _show(self, detail: PostDetail) -> None:
        """Show a post whole, all at once, so that it is laid out and painted once."""
        is_same = self._detail is not None and self._detail.post_id == detail.post_id
        self._detail = detail
        self.text.show(partial(post_content, detail), keep_place=is_same)
        self.media.show(detail.media, keep_place=is_same)
        self._show_media()

    @on(Preview.Wanted)
    def _draw_preview(self, message: Preview.Wanted) -> None:
        # Handled here: a message that a widget's own handler brought about goes no further than the widget.
        message.stop()
        self.app.draw(message)

    @on(LineList.Moved, "#media")
    def _show_media(self) -> None:
        """Show the media under the cursor, unless it is in sight already."""
        media = self.media.current
        if media is not self._media:
            self._media = media
            self.facts.show(partial(media_summary, media, self.app.clock()) if media else nothing)
            self.preview.show(media)

    @on(LineList.Chosen, "#media")
    def _media_chosen(self, message: LineList.Chosen) -> None:
        # While the cursor moves on, the pane still shows the post before.
        if self._detail is not None and self._detail.post_id == self._wanted:
            self.post_message(self.MediaChosen(self._detail, message.index))

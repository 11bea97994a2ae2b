"""The pane on one post: its text, its media, and the picture of the media under the cursor."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.getters import query_one
from textual.message import Message

from social_tui.models import MediaRow, PostDetail, PostSummary
from social_tui.tui.facts import media_summary, post_content
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.media_list import MediaList
from social_tui.tui.widgets.preview import Preview
from social_tui.tui.widgets.text_pane import TextPane, Written, nothing

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

DEBOUNCE_SECONDS = 0.05


class PostPane(Container):
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

    def compose(self) -> ComposeResult:
        """Lay out the text, the media and the picture."""
        yield TextPane(id="post")
        with Container(id="media-pane"):
            with Container(id="media-words"):
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

    def show(self, post: PostSummary | None) -> None:
        """Show a post, or none; one that is in sight already stays as it is."""
        post_id = post.post_id if post else None
        if post_id == self._wanted:
            return
        self._wanted = post_id
        self.app.start("detail", self._load, post)

    def reload(self, post_ids: frozenset[str] | None) -> None:
        """Read the post again if it is among those that changed; None when any may have."""
        detail = self._detail
        if detail is not None and (post_ids is None or detail.post_id in post_ids):
            self.app.start("detail", self._read, detail.post_id)

    async def _load(self, post: PostSummary | None) -> None:
        await asyncio.sleep(DEBOUNCE_SECONDS)
        self._detail = None
        self.media.show((), keep_place=False)
        self.text.show(partial(post_content, post) if post else nothing)
        if post is not None:
            await self._read(post.post_id)

    async def _read(self, post_id: str) -> None:
        model = await self.app.model()
        detail = await self.app.offload(model.post, post_id)
        if detail == self._detail:
            return
        is_same = self._detail is not None and self._detail.post_id == post_id
        self._detail = detail
        self.text.show(partial(post_content, detail), keep_place=True)
        self.media.show(detail.media, keep_place=is_same)

    @on(Preview.Wanted)
    def _draw_preview(self, message: Preview.Wanted) -> None:
        # Handled here: a message that a widget's own handler brought about goes no further than the widget.
        message.stop()
        self.app.draw(message)

    @on(LineList.Moved, "#media")
    def _media_moved(self) -> None:
        media = self.media.current
        self.facts.show(partial(media_summary, media, self.app.clock()) if media else nothing)
        self.preview.show(media)

    @on(LineList.Chosen, "#media")
    def _media_chosen(self, message: LineList.Chosen) -> None:
        # While the cursor moves on, the pane still shows the post before.
        if self._detail is not None and self._detail.post_id == self._wanted:
            self.post_message(self.MediaChosen(self._detail, message.index))

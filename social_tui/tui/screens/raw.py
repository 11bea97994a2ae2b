"""The raw JSON of a post, exactly as it came."""

from __future__ import annotations

import threading
from array import array
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Input, Static

from social_tui.models import PostSummary
from social_tui.text import human_bytes
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.presentation import author, post_date
from social_tui.tui.raw_text import find, lay_out
from social_tui.tui.widgets.entry_box import EntryBox
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.raw_view import RawView
from social_tui.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

# Terminals drop or cut what is longer on its way to the clipboard (OSC 52).
COPY_LIMIT = 1_000_000


class RawScreen(Screen[None]):
    """Read, search and copy the raw JSON of a post.

    Args:
        post: The post.
    """

    app: SocialTuiApp
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("raw")]

    view = query_one("#raw", RawView)
    box = query_one("#find", EntryBox)

    def __init__(self, post: PostSummary) -> None:
        super().__init__()
        self._post = post
        self._text: str | None = None
        self._is_pretty = True
        self._stop_layout = threading.Event()
        self._stop_search = threading.Event()

    def compose(self) -> ComposeResult:
        """Lay out the title, the text, the box to search with and the lines below."""
        yield Static(id="title", markup=False)
        yield RawView(id="raw")
        yield EntryBox(id="find", placeholder="words to find in the raw text")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the text."""
        self._show_title("reading …")
        self.set_focus(self.view)
        self.app.start("raw", self._read)

    def on_unmount(self) -> None:
        """Stop what threads still do for it."""
        self._stop_layout.set()
        self._stop_search.set()

    def _show_title(self, size: str) -> None:
        title = Content.assemble(
            (" Raw JSON", "bold $text-primary"),
            f"  {author(self._post)}",
            (
                f"  {post_date(self._post.posted_at_timestamp)}  {line(self._post.post_id, 60)}",
                "$foreground 60%",
            ),
            f"  {size}",
        )
        self.query_one("#title", Static).update(title)

    async def _read(self) -> None:
        model = await self.app.model()
        detail = await self.app.offload(model.post, self._post.post_id)
        text = detail.raw_json or ""
        size = await self.app.offload(_size, text)
        self._text = text
        self._show_title(size)
        await self._lay_out()

    @on(RawView.LayoutWanted)
    def _width_changed(self) -> None:
        if self._text is not None:
            self.app.start("layout", self._lay_out)

    async def _lay_out(self) -> None:
        text = self._text or ""
        self._stop_layout.set()
        self._stop_layout = stop = threading.Event()
        layout = await self.app.offload(
            lay_out, text, self.view.room, pretty=self._is_pretty, stop=stop.is_set
        )
        if layout is not None and not stop.is_set():
            title = "Line by line" if self._is_pretty else "As it came"
            self.view.show(layout, title if text else "No raw JSON is kept of this post")

    def action_toggle_pretty(self) -> None:
        """Turn between one line for each value and the text as it came."""
        self._is_pretty = not self._is_pretty
        self._width_changed()

    # Searching.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the search's key be a character while words are typed."""
        return action != "search" or self.focused is not self.box

    def action_search(self) -> None:
        """Type what to find."""
        self.add_class("-finding")
        self.set_focus(self.box)

    @on(Input.Submitted, "#find")
    def _search_typed(self, message: Input.Submitted) -> None:
        self._end_typing()
        self.app.start("find", self._search, message.value)

    @on(EntryBox.Left)
    def _end_typing(self) -> None:
        self.remove_class("-finding")
        self.set_focus(self.view)

    async def _search(self, words: str) -> None:
        self._stop_search.set()
        self._stop_search = stop = threading.Event()
        found = await self.app.offload(find, self._text or "", words, stop.is_set)
        if found is None or stop.is_set():
            return
        self.view.mark(found, len(words))
        if words and not self.view.go_to_match(0):
            self.app.show_notice(f"“{line(words, 60)}” stands nowhere in it.", "warning")

    def action_next_match(self) -> None:
        """Go to the next place with the words."""
        if not self.view.go_to_match(1):
            self.app.show_notice("Nothing is searched; / searches.")

    def action_previous_match(self) -> None:
        """Go to the place before."""
        if not self.view.go_to_match(-1):
            self.app.show_notice("Nothing is searched; / searches.")

    # Copying.

    def action_copy(self) -> None:
        """Copy the whole text as it came."""
        self._copy(self._text or "", "The raw JSON")

    def action_copy_line(self) -> None:
        """Copy the line under the cursor as it came."""
        self._copy(self.view.line_here, "The line")

    def _copy(self, text: str, what: str) -> None:
        if len(text) > COPY_LIMIT:
            self.app.show_notice(
                f"{what} is {human_bytes(len(text))}, too long for the clipboard; export the post instead.",
                "warning",
            )
            return
        self.app.copy_to_clipboard(text)
        self.app.show_notice(f"{what} was copied, {human_bytes(len(text))}.")

    def action_close(self) -> None:
        """End the search, then go back."""
        if self.view.match_count:
            self.view.mark(array("q"), 0)
        else:
            self.dismiss(None)


def _size(text: str) -> str:
    return human_bytes(len(text.encode("utf-8", "surrogatepass")))

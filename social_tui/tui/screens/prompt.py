"""A question that is answered by typing a line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from social_tui.tui.cells import line
from social_tui.tui.model import LibraryModel
from social_tui.tui.widgets.entry_box import EntryBox

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

DEBOUNCE_SECONDS = 0.05
MOST_SUGGESTIONS = 6
Suggest = Callable[[LibraryModel, str], Sequence[str]]


class PromptScreen(ModalScreen[str | None]):
    """Asks for a name or a path, and offers those that are there.

    Args:
        question: What is asked, safe already.
        value: What stands in the box at first.
        suggest: Names what begins like what was typed, the best first; called in a thread.
        may_be_empty: Whether nothing is an answer too.
    """

    app: SocialTuiApp
    box = query_one("#answer", EntryBox)
    suggestions = query_one("#suggestions", Static)

    def __init__(
        self, question: str, *, value: str = "", suggest: Suggest | None = None, may_be_empty: bool = False
    ) -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._suggest = suggest
        self._may_be_empty = may_be_empty
        self._offered: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        """Show the question and the box."""
        with Vertical(id="dialog"):
            yield Static(self._question, id="question", markup=False)
            yield EntryBox(id="answer")
            yield Static(id="suggestions", markup=False)

    def on_mount(self) -> None:
        """Begin to type."""
        self.box.value = self._value
        self.box.cursor_position = len(self._value)
        self.set_focus(self.box)

    @on(Input.Changed, "#answer")
    def _typed(self, message: Input.Changed) -> None:
        if self._suggest is not None:
            self.app.start("suggest", self._offer, message.value)

    async def _offer(self, typed: str) -> None:
        await asyncio.sleep(DEBOUNCE_SECONDS)
        if self._suggest is None:
            return
        model = await self.app.model()
        offered = await self.app.offload(self._suggest, model, typed)
        if typed == self.box.value:
            self._offered = offered[:MOST_SUGGESTIONS]
            words = "  ".join(line(name, 40) for name in self._offered)
            self.suggestions.update(Content.styled(f"tab: {words}" if words else "", "$foreground 60%"))

    @on(EntryBox.CompletionWanted)
    def _complete(self) -> None:
        if self._offered:
            self.box.value = self._offered[0]
            self.box.cursor_position = len(self.box.value)

    @on(Input.Submitted, "#answer")
    def _submitted(self, message: Input.Submitted) -> None:
        text = message.value.strip()
        self.dismiss(text if text or self._may_be_empty else None)

    @on(EntryBox.Left)
    def _left(self) -> None:
        self.dismiss(None)

"""A text that scrolls, with the keys of the lists."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from social_tui.tui.actions import bindings


class TextPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows a text that is safe already; longer ones scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("text")]

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._body = Static(markup=False)

    def compose(self) -> ComposeResult:
        """Hold the text."""
        yield self._body

    def show(self, content: Content, *, keep_place: bool = False) -> None:
        """Show another text.

        Args:
            content: The text, cleaned and styled.
            keep_place: Whether it is the same thing with news, so that the scroll position stays.
        """
        self._body.update(content)
        if not keep_place:
            self.scroll_home(animate=False)

"""Texts that are written anew for every width, and a pane in which a long one scrolls."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from social_tui.tui.actions import bindings
from social_tui.tui.widgets.settled import settled_size

Writer = Callable[[int], Content]
"""Writes a text for a width in cells; what comes from data is safe already."""


def nothing(width: int) -> Content:
    """Write nothing."""
    return Content("")


class Written(Static):
    """Shows a text that knows how wide it is."""

    virtual_size = settled_size()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._write: Writer = nothing
        self._width = 0

    def show(self, write: Writer) -> None:
        """Show another text."""
        self._write = write
        if self._width:
            self.update(write(self._width))

    def on_resize(self, event: events.Resize) -> None:
        """Write the text for the new width."""
        width = self.content_size.width
        if width and width != self._width:
            self._width = width
            self.update(self._write(width))


class TextPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows a text that scrolls, with the keys of the lists."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("text")]

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._body = Written()

    def compose(self) -> ComposeResult:
        """Hold the text."""
        yield self._body

    def show(self, write: Writer, *, keep_place: bool = False) -> None:
        """Show another text.

        Args:
            write: The text.
            keep_place: Whether it is the same thing with news, so that the scroll position stays.
        """
        self._body.show(write)
        if not keep_place:
            self.scroll_home(animate=False)

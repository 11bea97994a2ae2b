"""The box in which a search is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from social_tui.tui.actions import bindings

MAX_LENGTH = 200


class SearchBox(Input):
    """Searches while one types."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("search")]

    class Kept(Message):
        """The search stays; on to the list."""

    class Left(Message):
        """The search is over."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(
            placeholder='words, "a phrase", -without, or', id=id, max_length=MAX_LENGTH, compact=True
        )

    def action_keep(self) -> None:
        """Keep the search and go to the list."""
        self.post_message(self.Kept())

    def action_leave(self) -> None:
        """Clear the search and go to the list."""
        self.value = ""
        self.post_message(self.Left())

"""A box in which one line is typed: words to find, a path, a value."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from social_tui.tui.actions import bindings

MAX_LENGTH = 4_000


class EntryBox(Input):
    """Takes one line; the screen says what becomes of it.

    Args:
        id: Its id.
        placeholder: What stands in it while it is empty.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("entry")]

    class Left(Message):
        """The person does not want to type any more."""

    class CompletionWanted(Message):
        """What was typed shall be gone on with."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(
            placeholder=placeholder, id=id, max_length=MAX_LENGTH, compact=True, select_on_focus=False
        )

    def action_leave(self) -> None:
        """Leave the box."""
        self.post_message(self.Left())

    def action_complete(self) -> None:
        """Ask for what was typed to be gone on with."""
        self.post_message(self.CompletionWanted())

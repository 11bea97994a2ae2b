"""What can be wrong with a value, and how a message repeats what was typed."""

from __future__ import annotations

from typing import Final

from social_tui.text import terminal_safe

_SHOWN: Final = 40


class WrongValueError(ValueError):
    """A value that its field does not take.

    Args:
        message: What is wrong, in one sentence.
        hint: What to write instead, in one sentence.
        at_operator: Whether the sign before the value is what is wrong.
    """

    def __init__(self, message: str, hint: str, *, at_operator: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at_operator = at_operator


def shown(text: str) -> str:
    """Return what was typed in the form in which a message repeats it."""
    return terminal_safe(text, limit=_SHOWN)

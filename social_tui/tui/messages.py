"""What threads tell the app; a newer message of a kind replaces an older one that still waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from social_tui.tui.presentation import JobFigures

Severity = Literal["information", "warning", "error"]


class FiguresChanged(Message):
    """The queue's figures changed."""

    def __init__(self, figures: JobFigures) -> None:
        super().__init__()
        self.figures = figures

    def can_replace(self, message: Message) -> bool:
        """Only the newest figures matter."""
        return isinstance(message, FiguresChanged)


class RowsChanged(Message):
    """Posts changed; which ones is kept by the watcher until the app takes them."""

    def can_replace(self, message: Message) -> bool:
        """One call to take them is enough."""
        return isinstance(message, RowsChanged)


class ConnectionChanged(Message):
    """The database went away or came back.

    Args:
        problem: What is wrong, in one line; empty when it is back.
    """

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem


class WorkerChanged(Message):
    """The worker process went away or came back.

    Args:
        problem: What is wrong, in one line; empty when it runs again.
    """

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem

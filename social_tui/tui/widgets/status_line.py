"""The line that tells what is going on: the last notice, the queue's figures, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from social_tui.tui.cells import fit, line
from social_tui.tui.presentation import KIND_NAMES, JobFigures

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.messages import Severity

_STYLES: dict[Severity, str] = {
    "information": "$foreground",
    "warning": "$text-warning",
    "error": "bold $text-error",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person.

    Args:
        text: Any text; it is made safe where it is shown.
        severity: How bad it is.
        has_details: Whether it tells of the last failure, of which more is known.
    """

    text: str
    severity: Severity = "information"
    has_details: bool = False


class StatusLine(Widget):
    """Says on the left what happened, on the right what the queue does."""

    ALLOW_SELECT = False
    app: SocialTuiApp

    def on_mount(self) -> None:
        """Follow what the app knows."""
        for name in ("figures", "notice", "problem", "worker_problem"):
            self.watch(self.app, name, self._changed)

    def _changed(self) -> None:
        self.refresh()

    def render(self) -> Content:
        """Draw the line; figures give way to words where there is little room."""
        width = self.size.width - 2
        figures = figures_content(self.app.figures, short=width < 100)
        notice = self._notice()
        text = line(notice.text)
        left = max(width - figures.cell_length - 2, width // 2) if text else 0
        right = figures.truncate(max(width - left - 2, 0), ellipsis=True)
        room = max(width - right.cell_length - 2, 0)
        more = self._more(notice)
        words = fit(fit(text, room - len(more)).rstrip() + more, room)
        return Content.assemble(" ", (words, _STYLES[notice.severity]), "  ", right, " ")

    def _notice(self) -> Notice:
        """Return what matters most: what is wrong now, else what happened last."""
        if self.app.problem:
            return Notice(f"Waiting for the database. {self.app.problem}", "error", has_details=True)
        if self.app.notice is not None:
            return self.app.notice
        return Notice(self.app.worker_problem, "warning", has_details=True)

    def _more(self, notice: Notice) -> str:
        """Name the key that tells more of a notice."""
        key = self.app.keymap.shown("app.failure")
        return f"  {key} tells more" if notice.text and notice.has_details and key else ""


def figures_content(figures: JobFigures, *, short: bool) -> Content:
    """Write the queue's figures: ``download paused, 3 running, 12 waiting, 1 failed``, kind by kind.

    Args:
        figures: The queue's figures.
        short: Whether signs stand for words: ``download ▶3 …12 ✗1``.
    """
    words = ("▶{}", "…{}", "✗{}") if short else ("{} running", "{} waiting", "{} failed")
    kinds = []
    for kind in KIND_NAMES:
        counts = (figures.running(kind), figures.waiting(kind), figures.failed(kind))
        styles = ("$text-success", "$foreground 60%", "$text-error")
        parts = [
            Content.styled(word.format(count), style)
            for word, count, style in zip(words, counts, styles, strict=True)
            if count
        ]
        if kind in figures.paused:
            parts.insert(0, Content.styled("paused", "bold $text-warning"))
        if parts:
            separator = Content(" " if short else ", ")
            kinds.append(Content.assemble((f"{KIND_NAMES[kind]} ", "$foreground 60%"), separator.join(parts)))
    return Content("  ").join(kinds) if kinds else Content.styled("no jobs", "$foreground 60%")

"""What went wrong last: what, where, when, and what the log has of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Static

from social_tui.log import log_file
from social_tui.text import redact
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line, paragraphs
from social_tui.tui.facts import hanging, table
from social_tui.tui.failures import Failure
from social_tui.tui.log_lines import lines_until
from social_tui.tui.presentation import moment
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

Lines = Sequence[Mapping[str, Any]]

_WORK = "failure"
_TITLE = "bold $text-primary"
_MUTED = "$foreground 60%"
# What has a place of its own, or is the same in all lines.
_NO_FIELDS = ("timestamp", "level", "event", "component", "pid", "logger", "exception")
_LONGEST_FIELDS = 1_000
# The end of a traceback tells most.
_LONGEST_TRACEBACK = 4_000
_NOTHING = "Nothing went wrong since the app began."


class FailureScreen(Screen[None]):
    """Tell all that is known of what went wrong last."""

    app: SocialTuiApp
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("failure")]

    pane = query_one("#failure", TextPane)

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def compose(self) -> ComposeResult:
        """Lay out the title, the text and the lines below."""
        yield Static(Content.styled(" What went wrong last", _TITLE), id="title")
        yield TextPane(id="failure")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Tell of the last failure, and of every further one."""
        self.set_focus(self.pane)
        self.watch(self.app, "last_failure", self._look)

    def _look(self, failure: Failure | None) -> None:
        if failure is None:
            self.pane.show(lambda width: Content.styled(_NOTHING, _MUTED))
        elif failure.work != _WORK:
            # Its own faults it must not look into: that would never end.
            self.app.start(_WORK, self._read, failure)

    async def _read(self, failure: Failure) -> None:
        path = log_file()
        found: Lines = ()
        problem = "" if path is not None else "No log is written."
        if path is not None:
            try:
                found = await self.app.offload(lines_until, path, failure.at, os.getpid())
            except OSError as error:
                problem = f"It cannot be read: {error.strerror}."
        self._text = failure_text(failure, found)
        self.pane.show(partial(failure_content, failure, path, found, problem))

    def action_copy(self) -> None:
        """Copy all of it, the log's lines as they are there."""
        if self._text:
            self.app.copy_to_clipboard(self._text)
            self.app.show_notice("Copied, with the lines of the log.")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def failure_content(failure: Failure, path: Path | None, found: Lines, problem: str, width: int) -> Content:
    """Write what went wrong, and below it the lines of the log, the newest first.

    Args:
        failure: What went wrong.
        path: The log; None where none is written.
        found: The lines of it that tell of that time, the oldest first.
        problem: Why there are none, where that is known.
        width: The cells of a line.
    """
    facts = (*_facts(failure), ("log", line(str(path or ""), _LONGEST_FIELDS)))
    parts = [table(facts, width), Content(""), Content.styled("In the log", _TITLE)]
    parts += [_line(fields, width) for fields in reversed(found)]
    if not found:
        parts.append(Content.styled(problem or "It has no line of that time.", _MUTED))
    return Content("\n").join(parts)


def failure_text(failure: Failure, found: Lines) -> str:
    """Write the same as plain text, to be sent to somebody who can help."""
    facts = [f"{name:<12}{value}" for name, value in _facts(failure) if value]
    return "\n".join([*facts, "", *map(json.dumps, found)]) + "\n"


def _facts(failure: Failure) -> tuple[tuple[str, str], ...]:
    return (
        ("what", paragraphs(redact(failure.what))),
        ("error", line(failure.kind, 100)),
        ("work", line(failure.work, 100)),
        ("when", moment(failure.at)),
    )


def _line(fields: Mapping[str, Any], width: int) -> Content:
    style = {"warning": "$text-warning", "error": "$text-error", "critical": "$text-error"}
    level = line(str(fields.get("level", "")), 20)
    others = "  ".join(f"{name}={value}" for name, value in fields.items() if name not in _NO_FIELDS)
    what = Content.assemble(
        (f"{level}  ", style.get(level, _MUTED)),
        line(str(fields.get("event", "")), _LONGEST_FIELDS),
        (f"  {line(str(fields.get('component', '')), 20)}  {line(others, _LONGEST_FIELDS)}", _MUTED),
    )
    at = moment(datetime.fromisoformat(str(fields["timestamp"])))[11:]
    told = hanging(f"{at}  ", what, width)
    trace = paragraphs(str(fields.get("exception", ""))[-_LONGEST_TRACEBACK:])
    return Content.assemble(told, "\n", hanging("  ", Content(trace), width)) if trace else told

"""The question before the app is left while jobs are open: what runs, and who goes on with it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from social_tui.errors import SocialTuiError
from social_tui.models import JOB_KINDS, JobKind
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.presentation import KIND_NAMES, JobFigures, author

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.records import RunningJob
    from social_tui.tui.watch import Watcher

Answer = Literal["leave", "stop"]
NAMED_JOBS = 4
LONGEST_COUNT_SECONDS = 2.0
_NOUNS: dict[JobKind, tuple[str, str]] = {
    "download": ("download", "downloads"),
    "verify": ("verification", "verifications"),
    "archive": ("archiving", "archivings"),
    "analyze": ("analysis", "analyses"),
}
_DETAIL = (
    "Left to a worker, they go on without the app until nothing is left to do. Stopped, running ones are "
    "queued again and go on when the app or a worker runs."
)


class QuitScreen(ModalScreen[Answer | None]):
    """Asks what becomes of the open jobs; None stays.

    Args:
        figures: The queue's figures.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("quit")]
    app: SocialTuiApp

    def __init__(self, figures: JobFigures) -> None:
        super().__init__()
        self._figures = figures

    def compose(self) -> ComposeResult:
        """Show the question, the running jobs and the answers."""
        keys = self.app.keymap
        with Vertical(id="dialog"):
            yield Static(Content(question(self._figures)), id="question")
            yield Static(Content(""), id="running-jobs")
            yield Static(Content(_DETAIL), id="detail-text")
            with Horizontal(id="answers"):
                for name, words in (
                    ("leave", "Leave to a worker"),
                    ("stop", "Stop and quit"),
                    ("stay", "Stay"),
                ):
                    label = f"{keys.shown(f'quit.{name}')}  {words}".strip()
                    yield Button(Content(label), id=name, compact=True)

    def on_mount(self) -> None:
        """Find out what runs; no answer has the focus, so that only the keys named act."""
        self.app.start("quit", self._name_jobs)

    async def _name_jobs(self) -> None:
        model = await self.app.model()
        jobs = await self.app.offload(model.running, NAMED_JOBS)
        rest = self._figures.all_running - len(jobs)
        lines = [job_line(job) for job in jobs]
        lines += [f"… and {rest} more"] if jobs and rest > 0 else []
        self.query_one("#running-jobs", Static).update(Content("\n".join(lines)))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Leave the jobs to a worker, then quit."""
        self.dismiss("leave")

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Stop the jobs, then quit."""
        self.dismiss("stop")

    @on(Button.Pressed, "#stay")
    def action_stay(self) -> None:
        """Stay in the app."""
        self.dismiss(None)


async def counted(app: SocialTuiApp, watcher: Watcher | None) -> JobFigures:
    """Count the queue anew; a database that is slow or away keeps nobody in the app: its last figures hold.

    Args:
        app: The app, which takes the figures.
        watcher: What counts; None before the library is open.
    """
    if watcher is not None and not app.problem:
        with contextlib.suppress(TimeoutError, SocialTuiError):
            async with asyncio.timeout(LONGEST_COUNT_SECONDS):
                app.figures = await app.offload(watcher.count, anew=True)
    return app.figures


def question(figures: JobFigures) -> str:
    """Write how many jobs of which kinds are open: ``Running: 2 downloads. Waiting: 1 analysis. Quit?``."""
    counts = (("Running", figures.running), ("Waiting", figures.waiting))
    parts = []
    for word, count in counts:
        kinds = [f"{count(kind)} {_NOUNS[kind][count(kind) > 1]}" for kind in JOB_KINDS if count(kind)]
        parts += [f"{word}: {', '.join(kinds)}."] if kinds else []
    return " ".join([*parts, "Quit?"])


def job_line(job: RunningJob) -> str:
    """Write a running job: what is done with which media of whose post."""
    post = job.media.media_id
    if job.post is not None:
        post = f"{author(job.post)}: {line(job.post.text_content, 60)}"
    return line(f"{KIND_NAMES[job.kind]}: {job.media.media_type} of {post}", 76)

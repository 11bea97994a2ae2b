"""The queue: what runs and how far it is, what waits, what is tried again, what failed; and steering it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, get_args

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from social_tui.models import JobKind
from social_tui.store.queues import QueuedJob, QueuePart, QueueRow
from social_tui.tui.actions import bindings
from social_tui.tui.job_words import PARTS, about_words, jobs_words, source_words, state_words, why_words
from social_tui.tui.page_reader import Source
from social_tui.tui.presentation import KIND_NAMES
from social_tui.tui.queue import QueueModel
from social_tui.tui.screens.confirm import ask
from social_tui.tui.screens.media import open_media
from social_tui.tui.widgets.job_list import JobList
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.kind_list import KindList
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

LOOK_SECONDS = 1.0
IDLE_SECONDS = 5.0
_BREAKPOINTS = [(0, "-low"), (34, "-high")]
_PARTS: tuple[QueuePart, ...] = get_args(QueuePart)


class JobsScreen(Screen[None], inherit_bindings=False):
    """Look at the queue part by part, and steer it; in a low terminal one part is open at a time."""

    app: SocialTuiApp
    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("jobs")]

    kinds = query_one("#kinds", KindList)

    def __init__(self) -> None:
        super().__init__()
        self._queues: Sequence[QueueRow] = ()
        self._is_changed = True
        self._timer: Timer | None = None
        self._looked = -LOOK_SECONDS

    def compose(self) -> ComposeResult:
        """Lay out the title, the kinds, the parts of the queue, and the lines below."""
        yield Static(id="title", markup=False)
        with Container(id="jobs"):
            yield KindList(id="kinds")
            for part in _PARTS:
                yield JobList(part, self._source(part))
        yield Static(id="job-note", markup=False)
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the kinds, and with what runs."""
        self._open(self._list("running"))
        self.set_focus(self.kinds)
        self._show_title()
        self.watch(self.app, "figures", self._figures_changed)

    # Reading: when something changed, but not twice a second; while something runs, every second.

    def _source(self, part: QueuePart) -> Source[QueuedJob]:
        return Source(
            lambda model, read: model.queue.page(part, read),
            lambda model: _count(self._queues or model.queue.kinds(), part),
            # Between the ends of a list, which is where one goes, the database steps over what is not shown.
            lambda model, every: (),
        )

    def _figures_changed(self) -> None:
        self._is_changed = True
        self._look_in(max(self._looked + LOOK_SECONDS - time.monotonic(), 0))

    def on_screen_resume(self) -> None:
        """Look again after another screen lay over this one."""
        self._look_in(0)

    def _look_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        if seconds > 0:
            self._timer = self.set_timer(seconds, self._begin_look)
        else:
            self._begin_look()

    def _begin_look(self) -> None:
        if self.is_current:
            self.app.start("queue", self._look)

    async def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            model = await self.app.model()
            queues = await self.app.offload(model.queue.kinds)
            self._show(queues)
        finally:
            # Without news too: retries fall due, the rate goes down, and what cannot be read now comes back.
            self._look_in(LOOK_SECONDS if _count(self._queues, "running") else IDLE_SECONDS)

    def _show(self, queues: Sequence[QueueRow]) -> None:
        is_changed = self._is_changed or [*map(_depth, queues)] != [*map(_depth, self._queues)]
        self._queues, self._is_changed = queues, False
        self.kinds.show(queues, self.app.clock())
        for part in _PARTS:
            self._list(part).set_class(not _count(queues, part), "-none")
            if is_changed or part == "running":
                self._list(part).reload()
        self._show_title()
        self._show_note()
        self.refresh_bindings()

    # What is in sight.

    def _list(self, part: QueuePart) -> JobList:
        return self.query_one(f"#{part}", JobList)

    @property
    def job(self) -> QueuedJob | None:
        """The job under the cursor; None while the kinds have the focus."""
        return self.focused.current if isinstance(self.focused, JobList) else None

    @property
    def kind(self) -> JobKind | None:
        """The kind under the cursor, be it that of a job."""
        if isinstance(self.focused, JobList):
            return self.job.kind if self.job is not None else None
        return self.kinds.current.kind if self.kinds.current is not None else None

    def _open(self, opened: JobList) -> None:
        for part in _PARTS:
            self._list(part).set_class(self._list(part) is opened, "-open")

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        if isinstance(self.focused, JobList):
            self._open(self.focused)
        for part in _PARTS:
            self._list(part).refresh()
        self._show_note()
        self.refresh_bindings()

    @on(LineList.Moved)
    def _moved(self) -> None:
        self._show_note()
        self.refresh_bindings()

    def _show_title(self) -> None:
        paused = [KIND_NAMES[queue.kind] for queue in self._queues if queue.paused_at is not None]
        counts = ", ".join(
            f"{_count(self._queues, part):,} {PARTS[part].lower()}"
            for part in _PARTS
            if _count(self._queues, part)
        )
        title = Content.assemble(
            (" Jobs", "bold $text-primary"),
            (f"  {counts}" if counts else "  none" if self._queues else "", "$foreground 60%"),
            (f"  paused: {', '.join(paused)}" if paused else "", "bold $text-warning"),
        )
        self.query_one("#title", Static).update(title)

    def _show_note(self) -> None:
        """Tell of the job under the cursor what its line has no room for."""
        job, note = self.job, self.query_one("#job-note", Static)
        if job is None:
            note.update("")
            return
        source = f"  from {source_words(job)}" if job.kind == "download" and source_words(job) else ""
        why = why_words(job) if job.status == "failed" or (job.status == "todo" and job.attempts) else ""
        note.update(
            Content.assemble(
                (f"{KIND_NAMES[job.kind].capitalize()} ", "$text-primary"),
                f"{state_words(job, self.app.clock())}{source}",
                (f"  {job.media_id or ''}\n", "$foreground 60%"),
                (f"{why}\n" if why else "", "$text-error"),
                (about_words(job), "$foreground 60%"),
            )
        )

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what there is something for."""
        counts = {part: _count(self._queues, part) for part in _PARTS}
        if action == "retry_all":
            return counts["failed"] > 0
        if action == "cancel_all":
            return sum(counts.values()) > counts["failed"]
        if action in ("retry_job", "cancel_job"):
            return bool(self._acted_on(action))
        if action in ("pause", "run_at_once"):
            return self.kind is not None
        return True

    def _acted_on(self, action: str) -> int:
        """Count the jobs that a key would act on: the one under the cursor, or those of the kind under it."""
        job, kind = self.job, self.kinds.current
        is_retry = action == "retry_job"
        if isinstance(self.focused, JobList):
            parts = ("later", "failed") if is_retry else ("running", "waiting", "later")
            return int(job is not None and self.focused.part in parts)
        if kind is None:
            return 0
        return kind.failed if is_retry else kind.waiting + kind.later + kind.running

    def action_retry_job(self) -> None:
        """Try the job under the cursor again now, or all failed ones of the kind, after asking."""
        if self.job is not None:
            ids = [self.job.job_id]
            self._act(lambda queue: _queued(queue.retry(ids)))
        else:
            self._ask_retry(self._acted_on("retry_job"), self.kind)

    def action_retry_all(self) -> None:
        """Try every failed job again, after asking."""
        self._ask_retry(_count(self._queues, "failed"), None)

    def action_cancel_job(self) -> None:
        """Call off the job under the cursor, or all of the kind, after asking."""
        if self.job is not None:
            ids = [self.job.job_id]
            self._act(lambda queue: _called_off(queue.cancel(ids)))
        else:
            self._ask_cancel(self._acted_on("cancel_job"), self.kind)

    def action_cancel_all(self) -> None:
        """Call off every job, after asking."""
        self._ask_cancel(sum(_count(self._queues, part) for part in ("running", "waiting", "later")), None)

    def _ask_retry(self, count: int, kind: JobKind | None) -> None:
        self._ask(
            f"Try {jobs_words(count, kind)} that failed again?",
            "What failed for good, such as a dead link, fails again.",
            "Retry",
            lambda queue: _queued(queue.retry(None, kind)),
        )

    def _ask_cancel(self, count: int, kind: JobKind | None) -> None:
        self._ask(
            f"Call off {jobs_words(count, kind)}?",
            "What is finished stays; the rest can be asked for again.",
            "Call off",
            lambda queue: _called_off(queue.cancel(None, kind)),
        )

    def action_pause(self) -> None:
        """Pause the kind under the cursor, or have it go on."""
        queue = next((each for each in self._queues if each.kind == self.kind), None)
        if queue is None:
            return
        kind, name, is_paused = queue.kind, KIND_NAMES[queue.kind], queue.paused_at is None

        def pause(model: QueueModel) -> str:
            model.pause(kind, is_paused)
            ends = f"; {jobs_words(queue.running)} that run now will end" if queue.running else ""
            return f"The {name} jobs are paused{ends}." if is_paused else f"The {name} jobs go on."

        self._act(pause)

    def action_run_at_once(self, step: int) -> None:
        """Have more jobs of the kind under the cursor run at once, or fewer."""
        queue = next((each for each in self._queues if each.kind == self.kind), None)
        if queue is None:
            return
        kind, number = queue.kind, (queue.concurrency or 0) + step

        def change(model: QueueModel) -> str:
            lane = model.run_at_once(kind, number)
            return f"Each worker runs {jobs_words(lane.concurrency or 0, kind)} at once."

        self._act(change)

    def _act(self, work: Callable[[QueueModel], str]) -> None:
        """Do something with the queue, say what came of it, and look."""

        async def act() -> None:
            model = await self.app.model()
            self.app.show_notice(await self.app.offload(work, model.queue))
            self._is_changed = True
            self._look_in(0)

        self.app.start_beside("act", act)

    def _ask(self, question: str, detail: str, verb: str, work: Callable[[QueueModel], str]) -> None:
        ask(self.app, (question, detail, verb), lambda: self._act(work))

    # Going on.

    def action_go_part(self, step: int) -> None:
        """Go on to the next part, or back to the one before."""
        places: list[LineList] = [self.kinds, *map(self._list, _PARTS)]
        number = next((number for number, place in enumerate(places) if place.has_focus), 0)
        self.set_focus(places[(number + step) % len(places)])

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        """Open the media of the job under the cursor; from a kind, go on to its jobs."""
        job = self.job
        if job is None:
            self.action_go_part(1)
        elif job.media_id is None or job.post_id is None:
            self.app.show_notice("The media is gone." if job.media_type is None else "It is of no post.")
        else:
            self.app.start("open media", open_media, self.app, job.post_id, job.media_id)

    def action_close(self) -> None:
        """Go back to where one came from."""
        self.dismiss(None)


def _count(queues: Sequence[QueueRow], part: QueuePart) -> int:
    return sum(getattr(queue, part) for queue in queues)


def _depth(queue: QueueRow) -> tuple[int, ...]:
    return queue.waiting, queue.later, queue.running, queue.failed


def _queued(count: int) -> str:
    return f"{jobs_words(count)} queued again." if count else "Nothing to try again: it is queued already."


def _called_off(count: int) -> str:
    return f"{jobs_words(count)} called off." if count else "Nothing to call off."

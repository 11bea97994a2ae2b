"""The app: what all screens share, and the threads that read for them."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.messages import ExitApp
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerState, WorkType

from social_tui.errors import SocialTuiError
from social_tui.filters import Filter
from social_tui.log import get_logger
from social_tui.tui.actions import ACTIONS, bindings
from social_tui.tui.background import Threads, while_open
from social_tui.tui.errands import Errands
from social_tui.tui.failures import Failure, failure_of
from social_tui.tui.line_filter import TerminalSafeFilter
from social_tui.tui.messages import ConnectionChanged, FiguresChanged, RowsChanged, Severity, WorkerChanged
from social_tui.tui.navigation import Place, go
from social_tui.tui.pictures import Pictures
from social_tui.tui.presentation import JobFigures
from social_tui.tui.records import View
from social_tui.tui.screens.base import LibraryScreen
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.screens.sign_in import open_signed_in
from social_tui.tui.setup import Setup
from social_tui.tui.typed_ahead import TypedAhead
from social_tui.tui.watch import Opener, Watcher
from social_tui.tui.widgets.status_line import Notice

if TYPE_CHECKING:
    from social_tui.models import Changed
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.screens.quit import Answer
    from social_tui.tui.state import AppState
    from social_tui.tui.widgets.preview import Preview

log = get_logger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[..., Coroutine[None, None, None]]

# From the last key until what is read and drawn for the place where it led.
DEBOUNCE_SECONDS = 0.04
WATCH_AGAIN_SECONDS = 5.0
STATE_DEBOUNCE_SECONDS = 1.0
# What moves a cursor, types or answers is nothing to look for by its name.
_NOT_COMMANDS = frozenset(
    ["list", "tiles", "text", "search", "entry", "files", "dialog", "estimate", "quit", "help"]
)
_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (190, "-wide")]
_NOW = partial(datetime.now, UTC)
_NOTICE_SECONDS: dict[Severity, float] = {"information": 8, "warning": 15, "error": 30}


class SocialTuiApp(App[None], inherit_bindings=False):
    """Browse posts and their media, and have work done on them.

    Args:
        opener: Opens the library once the first screen is painted.
        setup: What it starts with: keys, themes, what it looked like.
        clock: Tells the time, by which links die.
    """

    TITLE = "social-tui"
    CSS_PATH = "styles.tcss"
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]

    figures: reactive[JobFigures] = reactive(JobFigures)
    notice: reactive[Notice | None] = reactive(None)
    last_failure: reactive[Failure | None] = reactive(None)
    problem: reactive[str] = reactive("")
    worker_problem: reactive[str] = reactive("")

    def __init__(
        self, opener: Opener, *, setup: Setup | None = None, clock: Callable[[], datetime] = _NOW
    ) -> None:
        super().__init__()
        self.setup = setup or Setup()
        self.keymap = self.setup.keymap
        self.set_keymap(self.keymap.for_textual())
        self.state = self.setup.state
        self.view = View("", Filter())
        self.undoable: list[Changed] = []
        self.leaves_work = False
        self.ignored_interrupts = 0
        self._is_state_new, self._moved_at = False, 0.0
        self.clock = clock
        self.failure: Exception | None = None
        self._opener = opener
        self._model: asyncio.Future[LibraryModel] | None = None
        self._watcher: Watcher | None = None
        self.threads = Threads()
        self.errands = Errands(self)
        self.pictures = Pictures(self)
        self._safe = TerminalSafeFilter()
        self._typed_ahead = TypedAhead(self, super().on_event)
        for theme in self.setup.themes:
            self.register_theme(theme)
        self.theme = self.setup.theme
        self._colours = self.get_css_variables()
        self.stylesheet.set_variables(self._colours)

    # Life.

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the posts, laid out for the terminal's width from the first frame on."""
        width = next(name for least, name in reversed(_BREAKPOINTS) if self.size.width >= least)
        return MainScreen(classes=width)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Clean every line of every screen before it is drawn."""
        return [*super().get_line_filters(), self._safe]

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles anew for other colours; Textual does so at the start too, for those that it has."""
        colours = self.get_css_variables()
        if colours != self._colours:
            self._colours = colours
            super().refresh_css(animate)

    def on_mount(self) -> None:
        """Hear signals and tell what was noticed before."""
        loop = asyncio.get_running_loop()
        self._model = loop.create_future()
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                loop.add_signal_handler(number, self._end_by_signal, number)
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        if self.setup.notices:
            first, *more = self.setup.notices
            told = f"{first} And {len(more)} more." if more else first
            self.fail(Failure("\n".join(self.setup.notices), work="start"), "warning", told)

    def on_unmount(self) -> None:
        """Let the threads go."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._model is not None and self._model.done():
            self._model.result().end_waiting()
        self.threads.end(wait=False)

    def join_threads(self) -> None:
        """Wait until no thread uses the library any more."""
        self.errands.end()
        self.threads.end(wait=True)

    # What survives a restart.

    def remember(self, **changes: object) -> None:
        """Keep something of what the app looks like for the next start; see :class:`AppState`.

        Args:
            changes: The fields that are different now.
        """
        state = self.state.changed(**changes)
        if state != self.state:
            self.state, self._is_state_new = state, True
            self.start("state", self._keep_state, state)

    async def _keep_state(self, state: AppState) -> None:
        await asyncio.sleep(STATE_DEBOUNCE_SECONDS)
        if self.setup.state_file is not None:
            await self.offload(self.setup.state_file.write, state)

    def keep_state(self) -> None:
        """Write what the app looks like now, when its threads have ended.

        Raises:
            StorageError: If it cannot be written.
        """
        if self.setup.state_file is not None and self._is_state_new:
            self.setup.state_file.write(self.state)

    async def open_library(self) -> None:
        """Open the library, behind the first paint."""
        try:
            model = await open_signed_in(self, self._opener)
        except SocialTuiError as error:
            # Without a library there is nothing to show: whoever started the app tells why.
            self.failure = error
            self.exit(return_code=1)
            return
        self._watcher = Watcher(model, self._opener.worker, self.post_message)
        self._watch()
        if self._model is not None:
            self._model.set_result(model)
        self.start("warm", self.offload, model.warm_up)

    def _watch(self) -> None:
        if self._watcher is not None:
            self.start("watch", self.offload, self._watcher.run)

    def _end_by_signal(self, number: signal.Signals) -> None:
        """Restore the terminal and go, which Textual does not do by itself."""
        if number == signal.SIGINT and self.ignored_interrupts:
            self.ignored_interrupts -= 1
            return
        log.warning("ended_by_signal", signal=number.name)
        self.exit(return_code=128 + number)

    def _handle_exception(self, error: Exception) -> None:
        """Keep an unforeseen fault for the log and for whoever started the app."""
        if self.failure is None:
            self.failure = error
            log.critical("app_failed", exc_info=error)
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        """Print no tracebacks, which show local variables and with them secrets; the log has them."""
        self._exit_renderables.clear()

    # Threads.

    async def model(self) -> LibraryModel:
        """Return the library, once it is open."""
        if self._model is None:
            raise RuntimeError("The app does not run.")
        return await asyncio.shield(self._model)

    def start(self, group: str, work: Work, *args: Any, **named: Any) -> None:
        """Do something in the background instead of what still runs in its group.

        What it raises becomes a notice.

        Args:
            group: What it is about.
            work: What to do on the loop; what blocks goes through :meth:`offload`.
            args: Its arguments.
            named: Its named arguments.
        """
        call: WorkType[None] = partial(while_open, self, work, *args, **named)
        self.run_worker(call, group=group, exclusive=True, exit_on_error=False)

    def start_beside(self, group: str, work: Work, *args: Any) -> None:
        """Do something in the background beside what runs in its group."""
        call: WorkType[None] = partial(while_open, self, work, *args)
        self.run_worker(call, group=group, exit_on_error=False)

    async def offload(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that blocks in a thread."""
        return await self.threads.read(call, *args, **kwargs)

    async def offload_drawing(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make or draw a picture in the one thread that does so."""
        return await self.threads.draw(call, *args, **kwargs)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        """Turn every fault of background work into a notice."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.fail(failure_of(error, event.worker.group))
            if event.worker.group == "watch":
                self.set_timer(WATCH_AGAIN_SECONDS, self._watch)

    def fail(self, failure: Failure, severity: Severity = "error", told: str = "") -> None:
        """Tell what went wrong, in its words or in others, and keep it for who wants to know more."""
        self.last_failure = failure
        self.show_notice(told or failure.what, severity, has_details=True)

    def show_notice(
        self, text: str, severity: Severity = "information", *, has_details: bool = False
    ) -> None:
        """Put one line where everybody sees it, for a while."""
        self.notice = notice = Notice(text, severity, has_details)

        def clear() -> None:
            if self.notice is notice:
                self.notice = None

        self.set_timer(_NOTICE_SECONDS[severity], clear)

    # What the watcher tells.

    @on(FiguresChanged)
    def _take_figures(self, message: FiguresChanged) -> None:
        self.figures = message.figures
        for screen in self.screen_stack:
            screen.refresh_bindings()

    @on(RowsChanged)
    def _take_rows(self) -> None:
        changed = self._watcher.take_changed() if self._watcher is not None else None
        for screen in self._library_screens():
            screen.rows_changed(changed)

    @on(ConnectionChanged)
    def _take_connection(self, message: ConnectionChanged) -> None:
        self.problem = message.problem
        if message.problem:
            self.last_failure = Failure(message.problem, work="database")
        else:
            self.show_notice("The database is back.")
            for screen in self._library_screens():
                screen.rows_changed(None)

    @on(WorkerChanged)
    def _take_worker(self, message: WorkerChanged) -> None:
        self.worker_problem = message.problem
        if message.problem:
            self.fail(Failure(message.problem, work="worker"), "warning")

    def _library_screens(self) -> Iterable[LibraryScreen]:
        return (each for each in self.screen_stack if isinstance(each, LibraryScreen) and each.has_widgets)

    # Pictures.

    def draw(self, wanted: Preview.Wanted) -> None:
        """Draw what a preview wants, instead of what it wanted before."""
        self.start(f"preview {wanted.preview.id}", self.pictures.show, wanted.preview, wanted.media)

    @on(ExitApp)
    def _forget_pictures(self) -> None:
        """Leave no picture in the terminal, while it still is the app's."""
        self.pictures.end()

    def action_toggle_images(self) -> None:
        """Draw pictures in the next way that there is, or no more."""
        self.remember(images=self.pictures.next_choice)
        self.show_notice(f"Pictures are {self.pictures.words}.")
        self.redraw_pictures()

    def redraw_pictures(self) -> None:
        """Draw all pictures anew."""
        for screen in self._library_screens():
            screen.pictures_changed()

    # Keys.

    async def rest(self) -> None:
        """Wait until a moment after the last key; who moves on calls off what waits here."""
        await asyncio.sleep(max(self._moved_at + DEBOUNCE_SECONDS - time.monotonic(), 0))

    async def on_event(self, event: events.Event) -> None:
        """Let each key wait for what the one before it does."""
        if isinstance(event, events.Key | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
            self._moved_at = time.monotonic()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._typed_ahead.take(event)
        else:
            await super().on_event(event)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer in the palette what the keys do, from the same registry."""
        yield SystemCommand("Theme", "Choose other colours.", self.action_change_theme)
        for action in ACTIONS:
            is_command = action.scope not in _NOT_COMMANDS and action.name != "command_palette"
            if is_command and self.keymap.has(action):
                node = self if action.scope == "app" else screen
                if action.scope == "app" or hasattr(screen, f"action_{action.name.partition('(')[0]}"):
                    yield SystemCommand(
                        action.label, action.help, lambda name=action.name, on=node: self.run_action(name, on)
                    )

    def action_help(self) -> None:
        """Show the keys and the signs."""
        from social_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_open(self, name: Place) -> None:
        """Go to one of the app's screens."""
        go(self, name)

    def action_edit_settings(self) -> None:
        """Edit the library's settings in the editor."""
        from social_tui.tui.opening import edit_settings

        self.start("external", edit_settings, self)

    async def action_quit(self) -> None:
        """Quit, but ask while there is work."""
        from social_tui.tui.screens.quit import QuitScreen, counted

        def answer(given: Answer | None) -> None:
            if given is not None:
                self.leaves_work = given == "leave"
                self.exit()

        is_certain = isinstance(self.screen, QuitScreen) or self._opener.worker is None
        if is_certain or not (await counted(self, self._watcher)).all_open:
            self.exit()
        else:
            self.push_screen(QuitScreen(self.figures), answer)

"""Importing posts: choosing files, watching it, and reading what is lost."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from social_tui.errors import StorageError
from social_tui.jobs.importing import ImportProcess
from social_tui.reports import ImportReport
from social_tui.text import human_bytes
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.files import Entry, complete, expand, list_folder, split, total_size
from social_tui.tui.import_report import progress_content, report_content
from social_tui.tui.presentation import requested_words
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.widgets.entry_box import EntryBox
from social_tui.tui.widgets.file_list import FileList
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

Step = Literal["choosing", "running", "done"]
TICK_SECONDS = 0.5
# When what can be done.
_STEPS: dict[str, Step] = {
    "start": "choosing",
    "type_path": "choosing",
    "stop": "running",
    "again": "done",
    "download": "done",
}


class Progressed(Message):
    """An import came further.

    Args:
        figures: Its figures so far.
    """

    def __init__(self, figures: ImportReport) -> None:
        super().__init__()
        self.figures = figures

    def can_replace(self, message: Message) -> bool:
        """Only the newest figures matter."""
        return isinstance(message, Progressed)


class ImportScreen(Screen[None]):
    """Choose files, import them, and read the loss report.

    Args:
        folder: The folder to begin with, as a person would type it.
    """

    app: SocialTuiApp
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("import")]

    box = query_one("#path", EntryBox)
    files = query_one("#files", FileList)
    pane = query_one("#import-report", TextPane)

    def __init__(self, folder: str = "") -> None:
        super().__init__()
        self._folder = folder
        self._step: Step = "choosing"
        self._run: ImportProcess | None = None
        self._completing = asyncio.Lock()
        self._question: ConfirmScreen | None = None
        self._figures = ImportReport()
        self._began = 0.0

    def compose(self) -> ComposeResult:
        """Lay out the title, the files, the report and the lines below."""
        yield Static(Content.styled(" Import", "bold $text-primary"), id="title")
        with Container(id="choosing"):
            yield EntryBox(id="path", placeholder="a folder or a file; tab completes")
            yield FileList(id="files")
            yield Static(id="chosen", markup=False)
        yield TextPane(id="import-report")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the files."""
        self.box.value = self._folder
        self.set_focus(self.files)
        self._show_chosen()
        self.set_interval(TICK_SECONDS, self._show_progress)
        self.app.start("folder", self._read_folder, self._folder)

    def on_unmount(self) -> None:
        """Call off what runs; what is stored stays."""
        if self._run is not None:
            self._run.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done at this step; the path's key is a character while a path is typed."""
        if action == "type_path" and self.focused is self.box:
            return False
        return _STEPS.get(action, self._step) == self._step

    def _go_to(self, step: Step) -> None:
        self._step = step
        self.set_class(step != "choosing", "-reporting")
        self.set_focus(self.files if step == "choosing" else self.pane)
        self.refresh_bindings()

    # Choosing.

    @on(Input.Changed, "#path")
    def _path_typed(self, message: Input.Changed) -> None:
        self.app.start("folder", self._read_folder, message.value)

    async def _read_folder(self, text: str) -> None:
        folder, prefix = split(text)
        try:
            entries = await self.app.offload(list_folder, folder, prefix)
        except StorageError as error:
            # While a path is typed, most of what it names does not exist yet: no notice for each letter.
            self.files.show(folder, (), error.message)
        else:
            self.files.show(folder, entries)

    @on(EntryBox.CompletionWanted)
    def _completion_wanted(self) -> None:
        self.app.start("complete", self._complete, self.box.value)

    async def _complete(self, text: str) -> None:
        async with self._completing:
            completed = await self.app.offload(complete, text)
            if self.box.value == text:
                self.box.value = completed
                self.box.cursor_position = len(completed)

    @on(Input.Submitted, "#path")
    def _path_given(self) -> None:
        self.app.start("given", self._take_path)

    async def _take_path(self) -> None:
        """Go into a folder; choose a file whatever it is called."""
        async with self._completing:  # What is still being gone on with is meant.
            path = expand(self.box.value)
        entry = await self.app.offload(_entry_of, path)
        if entry is None:
            self.app.show_notice(f"There is no {line(path, 200)}.", "warning")
            return
        if entry.is_folder:
            self._enter(path)
        else:
            self.files.chosen[entry.path] = entry
            self.files.rows_changed()
            self._show_chosen()
        self.set_focus(self.files)

    @on(FileList.FolderWanted)
    def _folder_wanted(self, message: FileList.FolderWanted) -> None:
        self._enter(message.path)

    def _enter(self, folder: str) -> None:
        self.box.value = folder if folder.endswith("/") else f"{folder}/"

    @on(EntryBox.Left)
    def _leave_path(self) -> None:
        self.set_focus(self.files)

    @on(FileList.ChoiceChanged)
    def _show_chosen(self) -> None:
        chosen = list(self.files.chosen.values())
        if not chosen:
            words = Content.styled(
                " Nothing is chosen yet: the entry under the cursor would be imported.", "dim"
            )
        else:
            folders = sum(entry.is_folder for entry in chosen)
            counts = [_count(len(chosen) - folders, "file"), _count(folders, "folder")]
            size = human_bytes(total_size(chosen))
            names = ", ".join(line(entry.name, 60) for entry in chosen[:20])
            words = Content.assemble(
                (f" {' and '.join(filter(None, counts))} chosen", "bold"), f"  {size}  ", (names, "dim")
            )
        self.query_one("#chosen", Static).update(words)

    def action_type_path(self) -> None:
        """Type a path."""
        self.set_focus(self.box)

    # Importing.

    def action_start(self) -> None:
        """Import what was chosen, else what is under the cursor."""
        paths = list(self.files.chosen)
        if not paths and self.files.current is not None:
            paths = [self.files.current.path]
        if not paths:
            self.app.show_notice("There is nothing to import here.", "warning")
            return
        self._run = ImportProcess(paths, lambda figures: self.post_message(Progressed(figures)))
        self._figures = ImportReport(files=0)
        self._began = self.app.clock().timestamp()
        self._go_to("running")
        self._show_progress()
        self.app.start("import", self._import, self._run)

    async def _import(self, run: ImportProcess) -> None:
        try:
            model = await self.app.model()
            await self.app.offload(run.run, model.settings)
        except Exception as error:
            run.problem = f"Something unforeseen went wrong: {type(error).__name__}."
            self._show_report(run)
            raise
        self._show_report(run)

    @on(Progressed)
    def _take_figures(self, message: Progressed) -> None:
        self._figures = message.figures
        self._show_progress()

    @property
    def _seconds(self) -> float:
        return self.app.clock().timestamp() - self._began

    def _show_progress(self) -> None:
        if self._step == "running" and self._run is not None:
            run = self._run
            write = partial(progress_content, self._figures, run.meter, self._seconds, run.is_stopping)
            self.pane.show(write, keep_place=True)

    def _show_report(self, run: ImportProcess) -> None:
        report = run.report
        if self._question is not None and self._question.is_current:
            self._question.dismiss(None)
        self._go_to("done")
        keys = self.app.keymap
        hints = []
        if report.media.new and keys.shown("import.download"):
            hints.append(f"{keys.shown('import.download')} downloads their media before the links die")
        write = partial(
            report_content, report, self._seconds, run.problem, "; ".join(hints), self.app.clock()
        )
        self.pane.show(write)
        self.files.chosen.clear()
        self._show_chosen()
        self.files.rows_changed()

    def action_stop(self) -> None:
        """Call the import off: it ends when what it works on is stored."""
        if self._run is not None:
            self._run.stop()
            self._show_progress()

    def action_again(self) -> None:
        """Choose other files."""
        self._go_to("choosing")

    def action_download(self) -> None:
        """Queue the download of everything that is not captured yet."""
        self.app.start_beside("act", self._download)

    async def _download(self) -> None:
        model = await self.app.model()
        self.app.show_notice(
            requested_words("download", await self.app.offload(model.request_all, "download"))
        )

    def action_close(self) -> None:
        """Go back; ask while an import runs."""
        if self._step != "running":
            self.dismiss(None)
            return

        def answer(is_confirmed: bool | None) -> None:
            if is_confirmed:
                self.action_stop()

        self._question = ConfirmScreen(
            "Stop the import?", "What is imported stays; the rest can follow later.", "Stop"
        )
        self.app.push_screen(self._question, answer)


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}" if number else ""


def _entry_of(path: str) -> Entry | None:
    """Look at what a person named; None where there is nothing."""
    place = Path(path)
    try:
        status = place.stat()
    except (OSError, ValueError):
        return None
    is_folder = place.is_dir()
    return Entry(str(place), place.name, is_folder, None if is_folder else status.st_size, status.st_mtime)

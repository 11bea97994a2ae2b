"""The files and folders of one folder, of which several can be chosen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from social_tui.text import human_bytes
from social_tui.tui.actions import bindings
from social_tui.tui.cells import fit, line
from social_tui.tui.files import Entry, short
from social_tui.tui.presentation import minute
from social_tui.tui.widgets.line_list import Cell, LineList

_SIZE_WIDTH = 10
_DATE_WIDTH = 19


class FileList(LineList):
    """Shows what looks importable in a folder, and which of it was chosen here or elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("files")]

    class ChoiceChanged(Message):
        """Something was chosen, or not any more."""

    class FolderWanted(Message):
        """Another folder shall be shown.

        Args:
            path: The folder.
        """

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._folder = ""
        self._problem = ""
        self._entries: Sequence[Entry] = ()
        self.chosen: dict[str, Entry] = {}

    @property
    def row_count(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    def show(self, folder: str, entries: Sequence[Entry], problem: str = "") -> None:
        """Show another folder, or the same anew.

        Args:
            folder: The folder.
            entries: What is in it.
            problem: Why it cannot be read; empty when it can.
        """
        if folder != self._folder:
            self.move_to(0)
        self._folder, self._entries, self._problem = folder, entries, problem
        self.rows_changed()

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Tell which folder this is."""
        words = ""
        if self._problem:
            words = f" {line(self._problem, 2_000)}"
        elif self._folder:
            words = (
                f" {line(short(self._folder), 2_000)}{'' if self._entries else '  (nothing to import here)'}"
            )
        return [(fit(words, width), "header")]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one entry: whether it is chosen, its name, size and date."""
        entry = self._entries[index]
        is_chosen = entry.path in self.chosen
        name = line(entry.name) + (os.sep if entry.is_folder else "")
        size = human_bytes(entry.size) if entry.size is not None else "folder"
        when = minute(datetime.fromtimestamp(entry.changed, UTC))
        name_width = max(width - 4 - _SIZE_WIDTH - _DATE_WIDTH, 0)
        cells = [
            (fit(" ✓  " if is_chosen else "    ", min(4, width)), "success"),
            (fit(name, name_width), "strong" if entry.is_folder or is_chosen else "text"),
            (fit(size, _SIZE_WIDTH, right=True), "muted"),
            (fit(f"  {when}", _DATE_WIDTH), "muted"),
        ]
        return cells if name_width else [(fit(f" {name}", width), "text")]

    def action_pick(self) -> None:
        """Choose the entry under the cursor, or not any more, and go on to the next."""
        entry = self.current
        if entry is None:
            return
        if self.chosen.pop(entry.path, None) is None:
            self.chosen[entry.path] = entry
        self.rows_changed()
        self.move_to(self.cursor + 1)
        self.post_message(self.ChoiceChanged())

    def action_choose(self) -> None:
        """Look into the folder under the cursor, or choose the file."""
        entry = self.current
        if entry is not None and entry.is_folder:
            self.post_message(self.FolderWanted(entry.path))
        else:
            self.action_pick()

    def action_parent(self) -> None:
        """Go to the folder above."""
        self.post_message(self.FolderWanted(os.path.dirname(os.path.abspath(self._folder))))  # noqa: PTH100, PTH120

"""The settings and the keys in one list: names, values, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from social_tui.library.configuring import Setting
from social_tui.tui.actions import SCOPES, in_scope
from social_tui.tui.cells import fit, line
from social_tui.tui.keymap import Keymap
from social_tui.tui.widgets.line_list import Cell, LineList

_NAME_WIDTH = 28
_VALUE_SHARE = 0.4
_VALUE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list.

    Args:
        name: What it is called; a heading has nothing else.
        value: What it is.
        source: Where that came from.
        setting: The setting; None for a heading or a key.
        note: One sentence about it.
        is_waiting: Whether the value holds from the next start on.
        is_switch: Whether changing it turns it on or off.
    """

    name: str
    value: str = ""
    source: str = ""
    setting: Setting | None = None
    note: str = ""
    is_waiting: bool = False
    is_switch: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether it only names what follows."""
        return self.setting is None and not self.note


def setting_entries(
    settings: Sequence[Setting], waiting: frozenset[str], places: dict[str, str]
) -> list[Entry]:
    """Make the lines of the settings, those that can be changed here first.

    Args:
        settings: The settings as they will be at the next start.
        waiting: Those whose value is another one until then.
        places: Short names of the files that settings come from.
    """
    entries = []
    for title, is_changeable in (("Settings", True), ("Set by file or variable only", False)):
        entries.append(Entry(title))
        entries += [
            Entry(
                each.name,
                each.value or "not set",
                places.get(each.source, each.source),
                each,
                each.description,
                each.name in waiting,
            )
            for each in settings
            if each.is_changeable is is_changeable
        ]
    return entries


def app_entries(pictures: str) -> list[Entry]:
    """Make the lines of what the app remembers by itself, in no settings file.

    Args:
        pictures: How pictures are drawn.
    """
    note = "Whether and how pictures are drawn. It holds at once."
    return [Entry("App"), Entry("pictures", pictures, "remembered", None, note, is_switch=True)]


def key_entries(keymap: Keymap, places: dict[str, str]) -> list[Entry]:
    """Make the lines of the keys in force, scope by scope."""
    entries = []
    for scope, title in SCOPES.items():
        entries.append(Entry(f"Keys: {title[:1].lower()}{title[1:]}"))
        entries += [
            Entry(
                action.id,
                keymap.all_shown(action.id) or "none",
                _source(keymap, action.id, places),
                None,
                action.help,
            )
            for action in in_scope(scope)
            if keymap.has(action)
        ]
    return entries


def _source(keymap: Keymap, action_id: str, places: dict[str, str]) -> str:
    source = keymap.source(action_id)
    return places.get(source, source)


class SettingsList(LineList):
    """Shows settings and keys."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self.entries)

    @property
    def current(self) -> Entry | None:
        """The line under the cursor."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def show(self, entries: Sequence[Entry]) -> None:
        """Show other lines; the cursor stays where it was, never on the first heading."""
        self.entries = entries
        self.rows_changed()
        self.move_to(max(self.cursor, 1))
        self.post_message(self.Moved(self))

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Name the columns."""
        value_width, source_width = self._widths(width)
        text = f" {fit('NAME', _NAME_WIDTH)}{fit('VALUE', value_width)} {fit('FROM', source_width)}"
        return [(fit(text, width), "header")]

    @staticmethod
    def _widths(width: int) -> tuple[int, int]:
        room = max(width - _NAME_WIDTH - 2, 0)
        value_width = min(round(room * _VALUE_SHARE), _VALUE_LIMIT)
        return value_width, room - value_width

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one line."""
        entry = self.entries[index]
        if entry.is_heading:
            return [(fit(f" {entry.name}", width), "strong")]
        value_width, source_width = self._widths(width)
        value = f"{line(entry.value)} (at the next start)" if entry.is_waiting else line(entry.value)
        is_set = entry.source != "default"
        return [
            (fit(f"   {line(entry.name)}", min(_NAME_WIDTH + 1, width)), "text"),
            (fit(value, value_width), "warning" if entry.is_waiting else "accent" if is_set else "muted"),
            (fit(f" {line(entry.source)}", source_width + 1), "text" if is_set else "muted"),
        ]

"""The settings: what they are, where each came from, and changing the common ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Input, Static

from social_tui.config import Settings, environment_name
from social_tui.errors import ConfigurationError
from social_tui.library.configuring import Setting, change, list_settings, reload
from social_tui.paths import user_config_file
from social_tui.tui.actions import bindings, in_scope
from social_tui.tui.cells import line
from social_tui.tui.widgets.entry_box import EntryBox
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.line_list import LineList
from social_tui.tui.widgets.settings_list import SettingsList, app_entries, key_entries, setting_entries
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import Written, nothing

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

# Taken over at once; everything else holds from the next start on.
_AT_ONCE = frozenset({"theme"})


class SettingsScreen(Screen[None]):
    """Look at the settings and the keys, and change the common settings."""

    app: SocialTuiApp
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("settings")]

    entries = query_one("#settings", SettingsList)
    note = query_one("#setting-note", Written)
    box = query_one("#value", EntryBox)

    def __init__(self) -> None:
        super().__init__()
        self._used: Settings | None = None
        self._next: Settings | None = None
        self._files: list[tuple[str, Path]] = []
        self._edited: Setting | None = None

    def compose(self) -> ComposeResult:
        """Lay out the title, the list, the words on one setting and the lines below."""
        yield Static(id="title", markup=False)
        yield SettingsList(id="settings")
        yield Written(id="setting-note")
        yield EntryBox(id="value")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Gather the settings."""
        self.set_focus(self.entries)
        # Pictures are turned on and off from everywhere, and a notice tells of it.
        self.watch(self.app, "notice", self._show, init=False)
        self.app.start("settings", self._gather)

    # Showing.

    async def _gather(self) -> None:
        self._used = (await self.app.model()).settings
        if not self._files:
            files = {self._used.paths.config_file: "this library", user_config_file(): "all your libraries"}
            self._files = [(name, path) for path, name in files.items()]
        self._next = await self.app.offload(reload, self._used)
        self._show()

    def _show(self) -> None:
        if self._used is None or self._next is None:
            return
        places = {str(path): name for name, path in self._files}
        waiting = frozenset(
            name for name, value in self._next if getattr(self._used, name) != value and name not in _AT_ONCE
        )
        settings = setting_entries(list_settings(self._next), waiting, places)
        shown = app_entries(self.app.pictures.words)
        self.entries.show([*settings, *shown, *key_entries(self.app.keymap, places)])
        name, path = self._files[0]
        title = Content.assemble(
            (" Settings", "bold $text-primary"),
            f"  changes are for {name}",
            (f"  {line(str(path))}", "$foreground 60%"),
        )
        self.query_one("#title", Static).update(title)

    @on(LineList.Moved, "#settings")
    def _show_note(self) -> None:
        entry = self.entries.current
        if entry is None or entry.is_heading:
            self.note.show(nothing)
            return
        parts = [Content.assemble((line(entry.name), "bold $text-primary"), f"  {line(entry.note, 500)}")]
        if entry.setting is None and not entry.is_switch:
            parts.append(
                Content.styled(f'To change it, write in [keys] of config.toml:  "{entry.name}" = "…"', "dim")
            )
        elif entry.setting is not None:
            choices = self._choices(entry.setting)
            variable = f"Variable {environment_name(entry.name)}."
            parts.append(Content.styled(f"One of {', '.join(choices)}." if choices else variable, "dim"))
            parts.append(
                Content.styled(_when(entry.name) if entry.setting.is_changeable else variable, "dim")
            )
        text = Content("\n").join(parts)
        self.note.show(lambda width: text)

    def _choices(self, setting: Setting) -> tuple[str, ...]:
        return tuple(sorted(self.app.available_themes)) if setting.name == "theme" else setting.choices

    # Changing.

    def action_file(self) -> None:
        """Turn between the library's file and the user's."""
        self._files = [*self._files[1:], *self._files[:1]]
        self._show()

    @on(LineList.Chosen, "#settings")
    def action_edit(self) -> None:
        """Type another value, or turn what is only on or off."""
        entry = self.entries.current
        if entry is not None and entry.is_switch:
            self.app.action_toggle_images()
            return
        setting = self._changeable()
        if setting is None:
            return
        self._edited = setting
        self.add_class("-editing")
        self.box.placeholder = f"{setting.name}; nothing takes it out of the file"
        self.box.value = setting.value
        self.box.cursor_position = len(setting.value)
        self.set_focus(self.box)

    def action_unset(self) -> None:
        """Take the setting out of the file."""
        setting = self._changeable()
        if setting is not None:
            self.app.start("change", self._change, setting, "")

    def _changeable(self) -> Setting | None:
        # Enter opens what the cursor is on, also where the keys that change something do not exist.
        if not any(self.app.keymap.has(action) for action in in_scope("settings") if action.changes):
            self.app.show_notice("The library is only read; nothing is changed.")
            return None
        entry = self.entries.current
        if entry is None or entry.setting is None or not entry.setting.is_changeable:
            self.app.show_notice("This one is changed in config.toml or by its variable.")
            return None
        return entry.setting

    @on(EntryBox.CompletionWanted)
    def _complete(self) -> None:
        """Go to the next value that begins so, around the end too."""
        choices = self._choices(self._edited) if self._edited is not None else ()
        if choices:
            value = self.box.value
            fitting = [each for each in choices if each.startswith(value)]
            place = choices.index(value) + 1 if value in choices else 0
            self.box.value = choices[place % len(choices)] if value in choices or not fitting else fitting[0]
            self.box.cursor_position = len(self.box.value)

    @on(EntryBox.Left)
    def _end_editing(self) -> None:
        self.remove_class("-editing")
        self.set_focus(self.entries)

    @on(Input.Submitted, "#value")
    def _typed(self, message: Input.Submitted) -> None:
        self._end_editing()
        if self._edited is not None and message.value != self._edited.value:
            self.app.start("change", self._change, self._edited, message.value)

    async def _change(self, setting: Setting, text: str) -> None:
        name = setting.name
        if name == "theme" and text and text not in self.app.available_themes:
            raise ConfigurationError(
                f"There is no theme {line(text, 40)}.", hint=f"There are {', '.join(self._choices(setting))}."
            )
        if self._next is None:
            return
        place, path = self._files[0]
        await self.app.offload(change, self._next, name, text, path)
        await self._gather()
        self._tell(name, place, path, is_set=bool(text.strip()))

    def _tell(self, name: str, place: str, path: Path, *, is_set: bool) -> None:
        """Say what became of it, and take over what can be taken over at once."""
        now = {each.name: each for each in list_settings(self._next)} if self._next is not None else {}
        source = now[name].source
        if is_set and source != str(path):
            self.app.show_notice(
                f"{name} was written for {place}, but {line(source)} sets it too, and wins.", "warning"
            )
            return
        if name == "theme" and is_set:
            self.app.theme = now[name].value
        did = f"is now {now[name].value}" if is_set else "was taken out of the file"
        self.app.show_notice(f"{name} {did} for {place}. {_when(name if is_set else '')}")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _when(name: str) -> str:
    return "It holds at once." if name in _AT_ONCE else "It holds when the app starts again."

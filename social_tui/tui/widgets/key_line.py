"""The line of keys at the bottom: those of the place, and at the right those that hold everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.keys import key_to_character
from textual.widget import Widget

from social_tui.tui.actions import in_scope

if TYPE_CHECKING:
    from textual.screen import Screen

    from social_tui.tui.app import SocialTuiApp

_KEY_STYLE = "bold $primary"
_LABEL_STYLE = "$foreground 70%"


class KeyLine(Widget):
    """Shows what keys do now; where there is little room the last ones go, help and quit never do.

    Textual's own footer cuts labels and with them the keys that matter most in a narrow terminal.
    """

    ALLOW_SELECT = False
    app: SocialTuiApp

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[range, str]] = []

    def on_mount(self) -> None:
        """Follow the keys that hold."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """Draw as many keys as fit whole."""
        width = self.size.width
        keymap = self.app.keymap
        always = [(action.id, action.label) for action in in_scope("app") if action.place]
        always = [(name, label) for name, label in always if keymap.keys(name)]
        right = Content(" ").join(_item(keymap.shown(name), label) for name, label in always)
        room = width - right.cell_length - 3
        self._spans = []
        items: list[Content] = []
        used = 1
        for binding in self._shown():
            item = _item(keymap.shown(binding.id or ""), binding.description)
            if used + item.cell_length > room:
                break
            items.append(item)
            self._spans.append((range(used, used + item.cell_length), binding.key))
            used += item.cell_length + 1
        left = Content(" ").join(items)
        start = max(width - right.cell_length - 1, 0)
        for name, label in always:
            length = _item(keymap.shown(name), label).cell_length
            self._spans.append((range(start, start + length), keymap.keys(name)[0]))
            start += length + 1
        gap = " " * max(width - left.cell_length - right.cell_length - 2, 1)
        return Content.assemble(" ", left, gap, right)

    def _shown(self) -> list[Binding]:
        """Return the binding of each action's first key that works now."""
        keymap, focused = self.app.keymap, self.screen.focused
        return [
            active.binding
            for key, active in self.screen.active_bindings.items()
            if active.binding.show
            and active.enabled
            and keymap.keys(active.binding.id or "")[:1] == (key,)
            # What a box for text takes as a character does nothing else.
            and not (focused is not None and focused.check_consume_key(key, key_to_character(key)))
        ]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for span, key in self._spans:
            if event.x in span:
                self.app.simulate_key(key)


def _item(shown: str, label: str) -> Content:
    return Content.assemble((shown, _KEY_STYLE), (f" {label}", _LABEL_STYLE))

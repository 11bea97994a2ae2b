"""The keys and the signs, from the registry."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from social_tui.tui.actions import SCOPES, Scope, in_scope, key_name
from social_tui.tui.presentation import LEGEND
from social_tui.tui.widgets.text_pane import TextPane

_KEYS_WIDTH = 14
_SCOPES: tuple[Scope, ...] = ("library", "main", "media", "list", "text", "search", "app")
_STYLES = {
    "accent": "$text-accent",
    "success": "$text-success",
    "warning": "$text-warning",
    "error": "$text-error",
    "info": "$text-primary",
    "muted": "$foreground 60%",
}


def help_content(width: int) -> Content:
    """Write the help: the signs of the lists, then the keys of each place."""
    lines = [Content.styled("Signs", "bold $text-primary")]
    lines += [Content.assemble("  ", (sign, _STYLES[style]), f"  {words}") for (sign, style), words in LEGEND]
    for scope in _SCOPES:
        lines += [Content(""), Content.styled(SCOPES[scope], "bold $text-primary")]
        for action in in_scope(scope):
            keys = " ".join(map(key_name, action.keys))
            lines.append(Content.assemble("  ", (f"{keys:<{_KEYS_WIDTH}} ", "bold"), action.help))
    return Content("\n").join(lines)


class HelpScreen(ModalScreen[None]):
    """Tells what every key does and what every sign means."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, "close", "Close", show=False) for key in ("escape", "q", "question_mark", "enter")
    ]

    def compose(self) -> ComposeResult:
        """Show the help as one text."""
        pane = TextPane(id="help")
        pane.border_title = "Help"
        pane.border_subtitle = "esc closes"
        yield pane

    def on_mount(self) -> None:
        """Fill it."""
        pane = self.query_one("#help", TextPane)
        pane.show(help_content)
        self.set_focus(pane)

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss(None)

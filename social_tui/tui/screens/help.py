"""The keys and the signs, from the registry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from social_tui.tui.actions import SCOPES, bindings, in_scope
from social_tui.tui.keymap import Keymap
from social_tui.tui.presentation import LEGEND
from social_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

_KEYS_WIDTH = 14
_STYLES = {
    "accent": "$text-accent",
    "success": "$text-success",
    "warning": "$text-warning",
    "error": "$text-error",
    "info": "$text-primary",
    "muted": "$foreground 60%",
}


def help_content(keymap: Keymap, width: int) -> Content:
    """Write the help: the signs of the lists, then the keys in force in each place."""
    lines = [Content.styled("Signs", "bold $text-primary")]
    lines += [Content.assemble("  ", (sign, _STYLES[style]), f"  {words}") for (sign, style), words in LEGEND]
    for scope, title in SCOPES.items():
        bound = [action for action in in_scope(scope) if keymap.keys(action.id)]
        if scope in ("dialog", "help") or not bound:
            continue
        lines += [Content(""), Content.styled(title, "bold $text-primary")]
        for action in bound:
            keys = keymap.all_shown(action.id)
            lines.append(Content.assemble("  ", (f"{keys:<{_KEYS_WIDTH}} ", "bold"), action.help))
    return Content("\n").join(lines)


class HelpScreen(ModalScreen[None]):
    """Tells what every key does and what every sign means."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    app: SocialTuiApp

    def compose(self) -> ComposeResult:
        """Show the help as one text."""
        pane = TextPane(id="help")
        pane.border_title = "Help"
        shown = self.app.keymap.shown("help.close")
        pane.border_subtitle = f"{shown} closes" if shown else ""
        yield pane

    def on_mount(self) -> None:
        """Fill it."""
        pane = self.query_one("#help", TextPane)
        pane.show(partial(help_content, self.app.keymap))
        self.set_focus(pane)

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss(None)

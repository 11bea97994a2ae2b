"""The line of keys at the bottom: those of the place, and at the right those that hold everywhere."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer, Static

from social_tui.tui.actions import in_scope, key_name


class KeyLine(Horizontal):
    """Shows what keys do; in a narrow terminal help and quit are the last to go."""

    def compose(self) -> ComposeResult:
        """Put Textual's footer beside the keys that always hold."""
        yield Footer(show_command_palette=False, compact=True)
        always = [
            Content.assemble((key_name(action.keys[0]), "bold $footer-key-foreground"), f" {action.label}")
            for action in in_scope("app")
            if action.place
        ]
        yield Static(Content(" ").join(always), id="always")

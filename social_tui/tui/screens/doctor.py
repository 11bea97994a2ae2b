"""The check-up: what works, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Static

from social_tui.library.checkup import Check, about, check_up
from social_tui.tui.actions import bindings
from social_tui.tui.checks import checks_content, checks_text, summary
from social_tui.tui.widgets.key_line import KeyLine
from social_tui.tui.widgets.status_line import StatusLine
from social_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp


class DoctorScreen(Screen[None]):
    """Look at everything that the library needs."""

    app: SocialTuiApp
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("doctor")]

    pane = query_one("#checks", TextPane)

    def __init__(self) -> None:
        super().__init__()
        self._facts: Mapping[str, str] = {}
        self._checks: Sequence[Check] = ()

    def compose(self) -> ComposeResult:
        """Lay out the title, the checks and the lines below."""
        yield Static(Content.styled(" Check-up", "bold $text-primary"), id="title")
        yield TextPane(id="checks")
        yield StatusLine(id="status")
        yield KeyLine()

    def on_mount(self) -> None:
        """Look."""
        self.set_focus(self.pane)
        self.action_look()

    def action_look(self) -> None:
        """Look at everything again."""
        self._checks = ()
        self.pane.show(_looking)
        self.app.start("doctor", self._look)

    async def _look(self) -> None:
        settings = (await self.app.model()).settings
        self._facts = about(settings)
        self._checks = await self.app.offload(check_up, settings)
        self.pane.show(partial(checks_content, self._facts, self._checks))

    def action_copy(self) -> None:
        """Copy what was found, as text."""
        if self._checks:
            self.app.copy_to_clipboard(checks_text(self._facts, self._checks))
            self.app.show_notice(f"Copied: {summary(self._checks)}")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _looking(width: int) -> Content:
    return Content.styled(
        "Looking at the database, the cache, the decoder, the archive and the analyser …", "dim"
    )

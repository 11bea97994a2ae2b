"""A question that is answered by yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from social_tui.tui.actions import bindings

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp


class ConfirmScreen(ModalScreen[bool]):
    """Asks before something that is large or hard to take back.

    Args:
        question: What is asked, with how many it concerns.
        detail: What happens then.
        verb: What the yes is called.

    Neither answer has the focus, so that only the keys named act.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog")]
    app: SocialTuiApp

    def __init__(self, question: str, detail: str, verb: str) -> None:
        super().__init__()
        self._question = question
        self._detail = detail
        self._verb = verb

    def compose(self) -> ComposeResult:
        """Show the question and both answers."""
        with Vertical(id="dialog"):
            yield Static(self._question, id="question", markup=False)
            yield Static(self._detail, id="detail-text", markup=False)
            with Horizontal(id="answers"):
                keys = self.app.keymap
                yes = f"{keys.shown('dialog.confirm')}  {self._verb}".strip()
                yield Button(Content(yes), id="yes", variant="primary", compact=True)
                yield Button(Content(f"{keys.shown('dialog.decline')}  No".strip()), id="no", compact=True)

    @on(Button.Pressed, "#yes")
    def action_confirm(self) -> None:
        """Answer yes."""
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_decline(self) -> None:
        """Answer no."""
        self.dismiss(False)


def ask(app: SocialTuiApp, question: tuple[str, str, str], act: Callable[[], object]) -> None:
    """Ask before something is done, and do it where the answer is yes.

    Args:
        app: Where to ask.
        question: What :class:`ConfirmScreen` takes: the question, the detail and the verb.
        act: What to do.
    """

    def answer(is_confirmed: bool | None) -> None:
        if is_confirmed:
            act()

    app.push_screen(ConfirmScreen(*question), answer)

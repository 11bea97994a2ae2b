"""Signing in to the Supabase project that the library is, and going on afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from social_tui.errors import SignedOutError, SocialTuiError
from social_tui.tui.cells import line
from social_tui.tui.widgets.entry_box import EntryBox

if TYPE_CHECKING:
    from social_tui.library.signing_in import SigningIn
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.watch import Opener

_HOW = "enter: sign in · no password? leave it empty, and a code comes by mail · escape: leave"
_CODE_SENT = "A code is on its way. Type it here, then enter."
_WIDEST = 300


@runtime_checkable
class Project(Protocol):
    """An opener of libraries that may be Supabase projects."""

    def signing_in(self) -> SigningIn | None:
        """Return the way to sign in; None of a library that wants nobody to."""


async def open_signed_in(app: SocialTuiApp, opener: Opener) -> LibraryModel:
    """Open the library; where nobody is signed in, ask and try again.

    From then on the question comes whenever the sign-in has ended.

    Args:
        app: Who asks.
        opener: What opens the library.

    Raises:
        SocialTuiError: If it cannot be opened, or the person does not sign in.
    """
    while True:
        try:
            model = await app.offload(opener.open)
            break
        except SignedOutError as error:
            signing_in = _way_in(opener)
            if signing_in is None or not await app.push_screen_wait(SignInScreen(signing_in, error.message)):
                raise

    async def ask_again(problem: str) -> None:
        signing_in = _way_in(opener)
        is_asking = any(isinstance(screen, SignInScreen) for screen in app.screen_stack)
        if signing_in is not None and not is_asking and await app.offload(signing_in.who) is None:
            app.push_screen(SignInScreen(signing_in, problem))

    def look(problem: str) -> None:
        if problem:
            app.start("sign in", ask_again, problem)

    app.watch(app, "problem", look, init=False)
    return model


def _way_in(opener: Opener) -> SigningIn | None:
    return opener.signing_in() if isinstance(opener, Project) else None


class SignInScreen(ModalScreen[bool]):
    """Asks for the address and the password, or for the code of a mail.

    Args:
        signing_in: What signs in.
        why: Why it is asked for, in one line.
    """

    app: SocialTuiApp
    email = query_one("#email", EntryBox)
    secret = query_one("#secret", EntryBox)
    told = query_one("#told", Static)

    def __init__(self, signing_in: SigningIn, why: str) -> None:
        super().__init__()
        self._signing_in = signing_in
        self._why = why
        self._by_code = False

    def compose(self) -> ComposeResult:
        """Show the two boxes."""
        with Vertical(id="dialog"):
            yield Static(f"Sign in to {line(self._signing_in.url, 60)}", id="question", markup=False)
            yield EntryBox(id="email", placeholder="E-mail")
            yield EntryBox(id="secret", placeholder="Password")
            yield Static(line(self._why, _WIDEST), id="told", markup=False)
            yield Static(_HOW, id="detail-text", markup=False)

    def on_mount(self) -> None:
        """Begin with the address."""
        self.secret.password = True
        self.set_focus(self.email)

    @on(Input.Submitted, "#email")
    def _named(self) -> None:
        self.set_focus(self.secret)

    @on(Input.Submitted, "#secret")
    def _answered(self) -> None:
        self.app.start("signing in", self._sign_in, self.email.value, self.secret.value)

    @on(EntryBox.Left)
    def _left(self) -> None:
        self.dismiss(False)

    async def _sign_in(self, email: str, secret: str) -> None:
        try:
            if not secret:
                await self.app.offload(self._signing_in.send_code, email)
                self._by_code = True
                self.secret.placeholder = "Code"
                self.told.update(_CODE_SENT)
                return
            sign_in = self._signing_in.with_code if self._by_code else self._signing_in.with_password
            joined = await self.app.offload(sign_in, email, secret)
        except SocialTuiError as error:
            self.secret.value = ""
            self.told.update(line(str(error), _WIDEST))
            return
        for workspace in joined:
            self.app.show_notice(f"You are in the workspace {line(workspace.name, 60)} now.")
        self.dismiss(True)

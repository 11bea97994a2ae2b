"""Signing in to the Supabase project of a library, and out of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from social_tui.errors import SocialTuiError
from social_tui.log import get_logger
from social_tui.store.supabase_project import open_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from social_tui.config import Settings
    from social_tui.store.account_file import SignIn
    from social_tui.store.gateway import Gateway
    from social_tui.store.team import JoinedRow

log = get_logger(__name__)


class SigningIn:
    """What a person does about signing in; the library need not be open.

    Args:
        settings: Which library.
        actor: Who acts, for the audit log: 'app' or 'cli'.

    Raises:
        ConfigurationError: If the settings name no project or no key.
    """

    def __init__(self, settings: Settings, *, actor: str) -> None:
        self._account = open_account(settings)
        self._actor = actor

    @property
    def url(self) -> str:
        """The project's address."""
        return self._account.url

    def who(self) -> SignIn | None:
        """Return who is signed in on this machine."""
        return self._account.who()

    def with_password(self, email: str, password: str) -> list[JoinedRow]:
        """Sign in with a password.

        Returns:
            The workspaces that an invitation let the person into now.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
        """
        self._account.sign_in(email.strip(), password)
        return self._join()

    def send_code(self, email: str) -> None:
        """Have a code sent by mail, for :meth:`with_code`.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
        """
        self._account.send_code(email.strip())

    def with_code(self, email: str, code: str) -> list[JoinedRow]:
        """Sign in with the code of a mail.

        Returns:
            The workspaces that an invitation let the person into now.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
        """
        self._account.sign_in_with_code(email.strip(), "".join(code.split()))
        return self._join()

    def sign_out(self) -> bool:
        """Sign out; returns whether the sign-in has ended in the project too."""
        return self._account.sign_out()

    def _join(self) -> list[JoinedRow]:
        from social_tui.store.team import accept_invitations

        try:
            with self._gateway() as gateway:
                return accept_invitations(gateway, actor=self._actor)
        except SocialTuiError as error:
            # They wait for the next time; what opens the library tells what is wrong.
            log.warning("invitations_not_accepted", error=str(error))
            return []

    @contextlib.contextmanager
    def _gateway(self) -> Iterator[Gateway]:
        from social_tui.store.supabase_gateway import SupabaseGateway

        gateway = SupabaseGateway(self._account.url, self._account.key, self._account)
        with contextlib.closing(gateway):
            yield gateway

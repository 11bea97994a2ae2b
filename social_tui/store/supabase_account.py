"""Signing in to a Supabase project, and staying signed in."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from social_tui.errors import ConfigurationError, DatabaseUnavailableError, SignedOutError, StorageError
from social_tui.log import get_logger
from social_tui.store.account_file import AccountFile, SignIn
from social_tui.store.sqlstates import DOCTOR_HINT, SIGN_IN_HINT
from social_tui.text import redact

if TYPE_CHECKING:
    from supabase_auth import AuthResponse, SyncGoTrueClient

log = get_logger(__name__)

# A token is renewed so long before it ends, that a slow call does not outlive it.
_MARGIN_SECONDS = 60.0
_RATE_LIMITED = 429
_FAULT = 500


class Account:
    """Who is signed in to a project; safe to use from several threads, and beside other processes.

    Args:
        url: The project's address.
        key: Its publishable key.
        path: The file that keeps the sign-in.
        clock: Tells the time in seconds; differences alone count, so that a wrong clock does no harm.
    """

    def __init__(self, url: str, key: str, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        from social_tui.store.supabase_http import refuse_open_address

        refuse_open_address(url)
        self.url = url.rstrip("/")
        self.key = key
        self._file = AccountFile(path, self.url)
        self._clock = clock
        self._lock = threading.Lock()
        self._sign_in: SignIn | None = None
        # The refresh token in the file while a newer sign-in could not be written.
        self._outdated: str | None = None

    def who(self) -> SignIn | None:
        """Return who is signed in, as far as this machine knows; None for nobody."""
        with self._lock:
            return self._known()

    def sign_in(self, email: str, password: str) -> SignIn:
        """Sign in with a password.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
            StorageError: If the sign-in cannot be kept.
        """
        return self._begin(
            lambda client: client.sign_in_with_password({"email": email, "password": password})
        )

    def send_code(self, email: str) -> None:
        """Have a code sent to somebody who has an account.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
        """
        with self._asked() as client:
            client.sign_in_with_otp({"email": email, "options": {"should_create_user": False}})

    def sign_in_with_code(self, email: str, code: str) -> SignIn:
        """Sign in with the code of a mail.

        Raises:
            SignedOutError: If the project refuses.
            DatabaseUnavailableError: If it cannot be reached.
            StorageError: If the sign-in cannot be kept.
        """
        return self._begin(lambda client: client.verify_otp({"email": email, "token": code, "type": "email"}))

    def sign_out(self) -> bool:
        """Forget the sign-in here, and have the project end it.

        Returns:
            Whether it has ended in the project too; else it stays open there, though nobody has its tokens.
        """
        with self._lock, self._file.locked():
            # Another process may have renewed it meanwhile.
            known, self._sign_in = self._latest(self._known()), None
            try:
                return known is None or self._ended(known)
            finally:
                self._file.remove()

    def current(self) -> str:
        """Return an access token that holds now.

        Raises:
            SignedOutError: If nobody is signed in.
            DatabaseUnavailableError: If it must be renewed and the project cannot be reached.
        """
        with self._lock:
            known = self._known()
            if known is None:
                raise SignedOutError("Nobody is signed in to the Supabase project.", hint=SIGN_IN_HINT)
            left = known.expires_at - self._clock()
            if left > _MARGIN_SECONDS:
                return known.access_token
            try:
                return self._renew(known).access_token
            except DatabaseUnavailableError:
                if left <= 0:
                    raise
                return known.access_token

    def renewed(self, refused: str) -> str:
        """Return another token than the one that the project refused.

        Raises:
            SignedOutError: If there is none.
            DatabaseUnavailableError: If the project cannot be reached.
        """
        with self._lock:
            known = self._known()
            if known is None:
                raise SignedOutError("Nobody is signed in to the Supabase project.", hint=SIGN_IN_HINT)
            # Another thread was first.
            return known.access_token if known.access_token != refused else self._renew(known).access_token

    def _known(self) -> SignIn | None:
        if self._sign_in is None:
            self._sign_in = self._file.read()
        return self._sign_in

    def _latest(self, known: SignIn | None) -> SignIn | None:
        """Return what the file keeps now, or what is known where the file could not take it."""
        on_disk = self._file.read()
        if on_disk is not None and known is not None and on_disk.refresh_token == self._outdated:
            return known
        return on_disk

    def _ended(self, known: SignIn) -> bool:
        """Have the project end a sign-in, with another access token where the one that is known is over."""
        try:
            with contextlib.suppress(SignedOutError), self._asked() as client:
                client.admin.sign_out(known.access_token, "local")
                return True
            try:
                with self._asked() as client:
                    session = client.refresh_session(known.refresh_token).session
            except SignedOutError:
                # What can get no more tokens has ended.
                return True
            with self._asked() as client:
                client.admin.sign_out(session.access_token if session else "", "local")
        except (ConfigurationError, DatabaseUnavailableError, SignedOutError):
            return False
        return True

    def _renew(self, old: SignIn) -> SignIn:
        """Exchange the one-time refresh token; of several processes one does, the others read what it got."""
        with self._file.locked():
            latest = self._latest(old)
            if latest is None or latest.refresh_token != old.refresh_token:
                self._sign_in = latest
                if latest is None:
                    raise SignedOutError("You signed out of the Supabase project.", hint=SIGN_IN_HINT)
                return latest
            try:
                with self._asked() as client:
                    answer = client.refresh_session(old.refresh_token)
            except SignedOutError as error:
                self._sign_in = None
                self._file.remove()
                raise SignedOutError(
                    f"The sign-in to the Supabase project has ended: {error.message}", hint=SIGN_IN_HINT
                ) from None
            # The old refresh token is spent, so the new sign-in counts whether the disk takes it or not.
            self._sign_in = made = self._made(answer)
            try:
                self._file.write(made)
                self._outdated = None
            except StorageError as error:
                self._outdated = self._outdated or old.refresh_token
                log.warning("sign_in_not_kept", error=str(error))
            return made

    def _begin(self, ask: Callable[[SyncGoTrueClient], AuthResponse]) -> SignIn:
        with self._asked() as client:
            made = self._made(ask(client))
        with self._lock, self._file.locked():
            self._file.write(made)
            self._sign_in, self._outdated = made, None
        return made

    def _made(self, answer: AuthResponse) -> SignIn:
        session = answer.session
        if session is None:
            raise SignedOutError("The project wants more than this to sign in.", hint=SIGN_IN_HINT)
        return SignIn(
            url=self.url,
            email=session.user.email or "",
            user_id=session.user.id,
            access_token=session.access_token,
            refresh_token=session.refresh_token,
            expires_at=self._clock() + session.expires_in,
        )

    @contextlib.contextmanager
    def _asked(self) -> Iterator[SyncGoTrueClient]:
        """Lend a client of the sign-in service; what it refuses is told without what was sent."""
        from supabase_auth import SyncGoTrueClient
        from supabase_auth.errors import AuthError

        from social_tui.store.supabase_http import http_client

        headers = {"apikey": self.key, "Authorization": f"Bearer {self.key}"}
        options: dict[str, Any] = {"auto_refresh_token": False, "persist_session": False}
        with http_client() as http:
            client = SyncGoTrueClient(url=f"{self.url}/auth/v1", headers=headers, http_client=http, **options)
            try:
                yield client
            except AuthError as error:
                raise _refusal(error) from None
            except ValueError:
                # What pydantic says of an answer quotes it, and with it the tokens.
                raise ConfigurationError(
                    "What answers at SUPABASE_URL is no sign-in service of Supabase.",
                    hint="It looks like https://abcdefgh.supabase.co, without a path.",
                ) from None


def _refusal(error: Exception) -> SignedOutError | DatabaseUnavailableError | ConfigurationError:
    import httpx
    from supabase_auth.errors import AuthRetryableError, AuthUnknownError

    why = redact(str(error).partition("\n")[0]).rstrip(".") or type(error).__name__
    answered = (
        error.__cause__.response.status_code if isinstance(error.__cause__, httpx.HTTPStatusError) else 0
    )
    # A fault of the service says nothing about the sign-in.
    if isinstance(error, AuthRetryableError) or answered == _RATE_LIMITED or answered >= _FAULT:
        return DatabaseUnavailableError(f"The Supabase project cannot be reached: {why}.", hint=DOCTOR_HINT)
    if isinstance(error, AuthUnknownError):
        return ConfigurationError(
            "What answers at SUPABASE_URL is no sign-in service of Supabase.",
            hint="It looks like https://abcdefgh.supabase.co, without a path.",
        )
    if "API key" in why:
        return ConfigurationError(
            "The Supabase project refuses SUPABASE_KEY.",
            hint="Copy the publishable (anon) key from the project's settings, API Keys.",
        )
    return SignedOutError(f"{why}.", hint="Check the e-mail address and what you typed.")

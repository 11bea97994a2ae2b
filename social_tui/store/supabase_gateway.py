"""The gateway over a Supabase project: the same functions by PostgREST, the same objects back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from social_tui.errors import (
    CancelledError,
    DatabaseError,
    DatabaseUnavailableError,
    SchemaError,
    SignedOutError,
    SocialTuiError,
)
from social_tui.store.deadlocks import again_after_deadlock
from social_tui.store.sqlstates import READ_ONLY, SIGN_IN_HINT, refusal, unreachable, without_value
from social_tui.text import storable

if TYPE_CHECKING:
    from postgrest import APIError

    from social_tui.store.supabase_http import Tokens
    from social_tui.store.supabase_realtime import WakeUps

POLL_SECONDS = 1.5

UPGRADE_HINT = "Ask whoever looks after the project to run: social-tui db migrate"
# The count lets a list that the project cut be noticed; times are told as over any other connection.
_PREFER = "count=exact, timezone=UTC"
# https://docs.postgrest.org/en/v12/references/errors.html
_NO_CONNECTION = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003"})
_BAD_TOKEN = frozenset({"PGRST300", "PGRST301", "PGRST302", "PGRST303"})
_NO_FUNCTION = frozenset({"PGRST106", "PGRST202", "PGRST203"})
_ABANDONED_AT_ONCE = 8


class SupabaseGateway:
    """Calls SQL functions through a project's REST interface; safe to use from several threads.

    Args:
        url: The project's address.
        key: Its publishable key.
        tokens: Who calls.
        workspace: The id of the workspace to work in; None for the caller's own choice.
    """

    def __init__(self, url: str, key: str, tokens: Tokens, *, workspace: str | None = None) -> None:
        from postgrest import SyncPostgrestClient

        from social_tui.store.supabase_http import SignedInClient

        headers = {"apikey": key, "Accept": "application/json", "Prefer": _PREFER}
        if workspace is not None:
            headers["X-Social-Tui-Workspace"] = workspace
        self._url, self._key, self._tokens = url, key, tokens
        self._http = SignedInClient(tokens)
        self._client = SyncPostgrestClient(
            f"{url.rstrip('/')}/rest/v1", headers=headers, http_client=self._http
        )
        self._allowed: frozenset[str] | None = None
        self._closed = threading.Event()
        self._helpers = ThreadPoolExecutor(_ABANDONED_AT_ONCE, thread_name_prefix="supabase")
        self._poll_lock = threading.Lock()
        self._next_poll = 0.0
        self._stirred = threading.Event()
        self._wake_ups: WakeUps | None = None
        self._seen: str | None = None

    def keep_to(self, functions: Iterable[str]) -> None:
        """Call these functions alone from now on; PostgREST cannot be told to refuse changes."""
        self._allowed = frozenset(functions)

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Call a SQL function of schema ``public``, as :meth:`PsycopgGateway.call` does.

        What is lost while a call runs is not repeated: the project may have done it. A call that lost in a
        deadlock is made again.

        Raises:
            SignedOutError: If nobody is signed in any more.
            ReadOnlyError: If the library is only read, and the function may change something.
            SchemaError: If the database has no such function.
            DatabaseError: If the function raised, or the project gave fewer rows than there are.
            DatabaseUnavailableError: If the project could not be reached.
        """
        from pydantic_core import to_jsonable_python

        self._refuse_closed()
        if self._allowed is not None and function not in self._allowed:
            raise refusal(READ_ONLY, "")
        plain = to_jsonable_python(storable(arguments))
        answer = again_after_deadlock(lambda: self._call_once(function, plain))
        rows = _rows(function, answer.data)
        # A function without a result counts as one row and gives none.
        if rows and answer.count is not None and answer.count > len(rows):
            raise DatabaseError(
                f"The project gave {len(rows)} of {answer.count} rows of {function}.",
                hint="Its setting 'Max rows' (API settings) must be at least 500.",
            )
        return rows

    def _call_once(self, function: str, arguments: dict[str, Any]) -> Any:
        with self._translated(function):
            return self._client.rpc(function, arguments).execute()

    def cancellable(self) -> SupabaseCancellableCalls:
        """Return a way to make calls that nobody may want any more before they end."""
        return SupabaseCancellableCalls(self, self._helpers)

    def warm_up(self, connections: int, function: str, /, **arguments: Any) -> None:
        """Have connections at hand that made a call before; the first one over each takes far longer.

        Args:
            connections: How many.
            function: What to call over each of them.
            arguments: Its arguments, as in :meth:`call`.
        """
        with ThreadPoolExecutor(connections) as pool:
            for made in [pool.submit(self.call, function, **arguments) for _ in range(connections)]:
                made.result()

    def wait_for_change(self, timeout: float) -> bool:
        """Wait until something changed, by asking every one and a half seconds what the last change was.

        Where the project has Realtime, a wake-up lets it be asked at once; without any, nothing is missed.

        Args:
            timeout: The longest wait, in seconds.

        Returns:
            True when something did, and the first time.

        Raises:
            SignedOutError: If nobody is signed in any more.
            DatabaseUnavailableError: If the project could not be reached.
        """
        deadline = time.monotonic() + timeout
        # One thread asks; a second one waits its turn, and its caller reads the feed anyway.
        if not self._poll_lock.acquire(timeout=max(0.0, timeout)):
            return False
        try:
            self._refuse_closed()
            self._listen()
            while True:
                wait = self._next_poll - time.monotonic()
                if wait <= 0:
                    if self._has_changed():
                        return True
                    continue
                if self._stirred.wait(min(wait, max(0.0, deadline - time.monotonic()))):
                    self._stirred.clear()
                    self._next_poll = 0.0
                if self._closed.is_set() or time.monotonic() >= deadline:
                    return False
        finally:
            self._poll_lock.release()

    def close(self) -> None:
        """Give the connections back; further calls are refused."""
        self._closed.set()
        self._stirred.set()
        if self._wake_ups is not None:
            self._wake_ups.close()
        self._helpers.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _listen(self) -> None:
        from social_tui.store.supabase_realtime import WakeUps

        def workspaces() -> list[str]:
            rows = self.call("list_workspaces")
            chosen = [row for row in rows if row["is_chosen"]]
            return [str(row["workspace_id"]) for row in chosen or rows]

        if self._wake_ups is None:
            self._wake_ups = WakeUps(self._url, self._key, self._tokens, workspaces, self._stirred.set)
            if self._closed.is_set():  # meanwhile, by a thread that saw none to close
                self._wake_ups.close()

    def _has_changed(self) -> bool:
        self._next_poll = time.monotonic() + POLL_SECONDS
        rows = self.call("latest_change")
        last = str(rows[0]["seq"]) if rows else ""
        seen, self._seen = self._seen, last
        return last != seen

    @contextlib.contextmanager
    def _translated(self, function: str) -> Iterator[None]:
        from postgrest import APIError

        from social_tui.store.supabase_http import reached

        try:
            with reached():
                yield
        except APIError as error:
            raise translate(error, function) from None
        except RuntimeError:
            # What httpx says of a client that another thread closed.
            self._refuse_closed()
            raise

    def _refuse_closed(self) -> None:
        if self._closed.is_set():
            raise DatabaseUnavailableError("The connection to the database was closed.")


class SupabaseCancellableCalls:
    """Calls of one thread; any other may cancel them.

    The project does not stop what it began: the answer is dropped when it comes.

    Args:
        gateway: Makes the calls.
        helpers: Where they wait for their answers.
    """

    def __init__(self, gateway: SupabaseGateway, helpers: ThreadPoolExecutor) -> None:
        self._gateway = gateway
        self._helpers = helpers
        self._lock = threading.Lock()
        self._answer: Future[list[dict[str, Any]]] | None = None
        self._is_cancelled = False

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Call a SQL function of schema ``public``, as :meth:`SupabaseGateway.call` does.

        Raises:
            CancelledError: If it was cancelled, now or before.
        """
        answer: Future[list[dict[str, Any]]] = Future()
        with self._lock:
            if self._is_cancelled:
                raise CancelledError("The call was cancelled.")
            self._answer = answer

        def make() -> None:
            try:
                rows = self._gateway.call(function, **arguments)
            except BaseException as error:  # noqa: BLE001 - told where it was asked
                self._settle(answer, error=error)
            else:
                self._settle(answer, rows=rows)

        try:
            self._helpers.submit(make)
        except RuntimeError:
            raise DatabaseUnavailableError("The connection to the database was closed.") from None
        return answer.result()

    def cancel(self) -> None:
        """Stop waiting for the call that runs, and refuse further ones."""
        with self._lock:
            self._is_cancelled = True
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(CancelledError("The call was cancelled."))

    def _settle(
        self,
        answer: Future[list[dict[str, Any]]],
        *,
        rows: list[dict[str, Any]] | None = None,
        error: BaseException | None = None,
    ) -> None:
        with self._lock:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(rows or [])


def translate(error: APIError, function: str) -> SocialTuiError:
    """Turn what PostgREST answers into our error, without the values of rows and arguments.

    Args:
        error: What it answered.
        function: What was called.
    """
    code = error.code or ""
    message = without_value(code, error.message or code)
    if code in _NO_CONNECTION:
        return unreachable(message.rstrip("."))
    if code in _BAD_TOKEN:
        return SignedOutError(
            f"The project does not accept the sign-in: {message.rstrip('.')}.", hint=SIGN_IN_HINT
        )
    if code in _NO_FUNCTION:
        return SchemaError(f"The database has no function {function} of this kind.", hint=UPGRADE_HINT)
    made = refusal(code, message, error.hint or "")
    if isinstance(made, SchemaError):
        made.hint = UPGRADE_HINT
    return made


def _rows(function: str, data: Any) -> list[dict[str, Any]]:
    """Give every answer the one shape: rows."""
    values = data if isinstance(data, list) else [data]
    return [value if isinstance(value, dict) else {function: value} for value in values]

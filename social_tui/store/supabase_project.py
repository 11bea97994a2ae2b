"""The way into a Supabase project that the settings name."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from social_tui.errors import ConfigurationError, SchemaError
from social_tui.store.account_file import FILE_NAME
from social_tui.store.migrations import read_migrations
from social_tui.store.supabase_account import Account
from social_tui.store.supabase_gateway import UPGRADE_HINT, SupabaseGateway

if TYPE_CHECKING:
    from social_tui.config import Settings

_APPLICATION = "social-tui setup"


def open_account(settings: Settings) -> Account:
    """Return who is signed in to the project; nothing is asked of it yet.

    Raises:
        ConfigurationError: If the settings do not name a project and its key.
    """
    if settings.supabase_url is None:
        raise ConfigurationError(
            "No Supabase project is set.",
            hint="Run: social-tui supabase setup; or set SUPABASE_URL and SUPABASE_KEY.",
        )
    if settings.supabase_key is None:
        raise ConfigurationError(
            "SUPABASE_URL is set without SUPABASE_KEY.",
            hint="Copy the publishable (anon) key from the project's settings, API Keys.",
        )
    return Account(
        settings.supabase_url,
        settings.supabase_key.get_secret_value(),
        settings.paths.state / FILE_NAME,
    )


def open_project(settings: Settings) -> SupabaseGateway:
    """Open the project, when it and this program fit together.

    Args:
        settings: Where it is; with ``read_only`` only functions are called that change nothing.

    Raises:
        ConfigurationError: If the settings do not name a project and its key, or no project answers.
        SignedOutError: If nobody is signed in.
        SchemaError: If its schema is older or newer than this program.
        DatabaseUnavailableError: If it cannot be reached.
    """
    account = open_account(settings)
    workspace = str(settings.workspace) if settings.workspace is not None else None
    gateway = SupabaseGateway(account.url, account.key, account, workspace=workspace)
    with contextlib.ExitStack() as stack:
        stack.callback(gateway.close)
        [terms] = gateway.call("library_terms")
        _refuse_misfit(terms)
        if settings.read_only:
            gateway.keep_to(terms["reading_functions"])
        stack.pop_all()
    return gateway


def has_user(conninfo: str, user_id: str) -> bool:
    """Tell whether a database has somebody who signed in to a project among its users; then it is its own.

    Args:
        conninfo: The database; nothing of it is changed.
        user_id: Their id in the project.

    Raises:
        DatabaseError: If the login may not read that.
        DatabaseUnavailableError: If the database cannot be reached.
    """
    from social_tui.store.psycopg_errors import connect, translated

    with connect(conninfo, application_name=_APPLICATION) as connection, translated():
        table = connection.execute("select to_regclass('auth.users')").fetchone()
        if table is None or table[0] is None:
            return False
        found = connection.execute("select from auth.users where id = %s::uuid", [user_id])
        return found.rowcount == 1


def _refuse_misfit(terms: dict[str, Any]) -> None:
    """Refuse a schema that this program would misread, before anything is written."""
    there, here = set(terms["versions"]), {migration.version for migration in read_migrations()}
    if there - here:
        raise SchemaError(
            f"The project's schema ({max(there - here)}) is newer than this social-tui ({max(here)}).",
            hint="Update social-tui on this machine.",
        )
    if here - there:
        raise SchemaError(
            f"The project's schema ({max(there)}) is older than this social-tui ({max(here)}).",
            hint=UPGRADE_HINT,
        )

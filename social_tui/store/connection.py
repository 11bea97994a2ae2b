"""Which database a library has, and the way to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.errors import ConfigurationError, NotFoundError
from social_tui.store import migrations

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.store.gateway import Gateway

# Supabase's transaction pooler: https://supabase.com/docs/guides/database/connecting-to-postgres
_TRANSACTION_POOLER_PORT = "6543"


@dataclass(frozen=True)
class Database:
    """An open database.

    Args:
        url: A connection string that any PostgreSQL client takes; it may hold a password. Empty for a
            Supabase project, which is reached without a database login.
        gateway: The way to the SQL functions.
        directory: Where the embedded server keeps its files; None for another server.
        notice: One line for a person when those files are not in the library; else empty.
        created: Whether the database was made just now.
    """

    url: str = field(repr=False)
    gateway: Gateway
    directory: Path | None = None
    notice: str = ""
    created: bool = False


@contextlib.contextmanager
def open_database(settings: Settings, *, migrate: bool = True) -> Iterator[Database]:
    """Open a library's database: `DATABASE_URL`, else `SUPABASE_URL`, else the embedded server.

    With the setting ``read_only`` nothing is made or migrated, and PostgreSQL itself refuses changes; of a
    Supabase project only functions are called that change nothing.

    Args:
        settings: Where the library is.
        migrate: Whether to bring the database to this program's schema first.

    Raises:
        ConfigurationError: If the settings name a database that cannot be used.
        DatabaseUnavailableError: If it cannot be reached or started.
        SchemaError: If its schema is newer than this program.
        SignedOutError: If it is a Supabase project and nobody is signed in.
        NotFoundError: If it is only to be read and does not exist.
    """
    if settings.database_url is None and settings.supabase_url is not None:
        from social_tui.store.supabase_project import open_project

        with contextlib.closing(open_project(settings)) as project:
            yield Database("", project)
        return
    with contextlib.ExitStack() as stack:
        directory: Path | None = None
        notice, created = "", False
        revive: Callable[[], None] | None = None
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
            refuse_transaction_pooler(url)
        else:
            from social_tui.store.embedded import EmbeddedServer

            if settings.read_only and not settings.paths.database.exists():
                raise NotFoundError(
                    f"There is no library in {settings.paths.database.parent}.",
                    hint="Without --read-only one is made.",
                )
            lease = stack.enter_context(EmbeddedServer(settings.paths.database).acquire())
            url, directory, revive = lease.url, lease.directory, lease.renew
            notice, created = lease.notice, lease.created
        if settings.read_only:
            from social_tui.store.psycopg_errors import for_reading

            url = for_reading(url)
        elif migrate:
            migrations.migrate(url)
        from social_tui.store.psycopg_gateway import PsycopgGateway

        gateway = PsycopgGateway(url, revive=revive, workspace=settings.workspace)
        stack.callback(gateway.close)
        yield Database(url, gateway, directory, notice, created)


def refuse_transaction_pooler(url: str) -> None:
    """Refuse a connection string that leads to a transaction pooler, by its port.

    Raises:
        ConfigurationError: If it does, or is no connection string.
    """
    from psycopg.conninfo import conninfo_to_dict

    from social_tui.store.psycopg_errors import with_timeouts

    ports = str(conninfo_to_dict(with_timeouts(url)).get("port", "")).split(",")
    if _TRANSACTION_POOLER_PORT in ports:
        raise ConfigurationError(
            f"DATABASE_URL leads to port {_TRANSACTION_POOLER_PORT}, a transaction pooler: it has no "
            "LISTEN, no session settings and no locks, which the queue and the migrations need.",
            hint="Use the session pooler or the direct connection, port 5432.",
        )


def names_in(url: str) -> set[str]:
    """Return the parts of a connection string's host and user: of a hosted project, what it is called is one.

    It is ``db.PROJECT.supabase.co``, or at a pooler the user ``postgres.PROJECT``:
    https://supabase.com/docs/guides/database/connecting-to-postgres
    """
    from psycopg.conninfo import conninfo_to_dict

    from social_tui.store.psycopg_errors import with_timeouts

    said = conninfo_to_dict(with_timeouts(url))
    return {part for name in ("host", "user") for part in str(said.get(name, "")).lower().split(".")}

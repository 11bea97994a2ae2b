"""``social-tui db``: the database under the library."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, complain, print_json, print_json_array, print_table, say
from social_tui.cli.session import Session, pass_session
from social_tui.errors import DatabaseUnavailableError, UsageError

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.store.embedded import EmbeddedServer, ServerStatus
    from social_tui.store.migrations import MigrationStatus


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("migrate")
@options.as_json
@pass_session
def migrate(session: Session, as_json: bool) -> ExitCode:
    """Bring the database to this version's schema."""
    from social_tui.store import migrations
    from social_tui.store.connection import open_database

    settings = session.settings()
    _refuse_project(settings)
    with open_database(settings, migrate=False) as database:
        applied = migrations.migrate(database.url)
    if as_json:
        print_json_array(asdict(each) for each in applied)
        return ExitCode.OK
    for each in applied:
        say(f"applied  {each.version}  {each.name}")
    say(f"{len(applied)} migrations applied." if applied else "The database is up to date.")
    return ExitCode.OK


@db.command("status")
@options.as_json
@pass_session
def status(session: Session, as_json: bool) -> ExitCode:
    """Say whether the database runs and which migrations it has; starts nothing."""
    settings = session.load()
    server = None if settings.database_url else _embedded(settings).status()
    url = server.url if server else _given_url(settings)
    rows = _migrations(url)
    if as_json:
        print_json(_facts(server) | {"migrations": [asdict(row) for row in rows]})
        return ExitCode.OK
    say("\n".join(_status_lines(server)))
    columns: list[Column[MigrationStatus]] = [
        Column("MIGRATION", 14, lambda row: row.version),
        Column("STATE", 8, lambda row: row.state),
        Column("NAME", 40, lambda row: row.name),
    ]
    print_table(columns, rows)
    return ExitCode.OK


@db.command("start")
@pass_session
def start(session: Session) -> ExitCode:
    """Start the embedded server and keep it up until 'db stop'."""
    server = _embedded(session.settings())
    server.keep_running(True)
    with server.acquire() as lease:
        if lease.notice:
            complain(lease.notice)
        say(lease.url)
    return ExitCode.OK


@db.command("stop")
@pass_session
def stop(session: Session) -> ExitCode:
    """Stop the embedded server, whoever uses it."""
    was_running = _embedded(session.settings()).stop()
    say("The database server was stopped." if was_running else "The database server was not running.")
    return ExitCode.OK


@db.command("url")
@pass_session
def url(session: Session) -> ExitCode:
    """Print a connection string that psql takes."""
    settings = session.load()
    if settings.database_url:
        say(_given_url(settings))
        return ExitCode.OK
    found = _embedded(settings).status()
    if not found.running:
        raise DatabaseUnavailableError(
            "The database server is not running.", hint="Keep it up with 'social-tui db start'."
        )
    say(found.url)
    return ExitCode.OK


def _embedded(settings: Settings) -> EmbeddedServer:
    from social_tui.store.embedded import EmbeddedServer

    if settings.database_url:
        raise UsageError(
            "This library's database is the one of DATABASE_URL, which is not ours to start or stop.",
            hint="Unset DATABASE_URL to use the embedded server.",
        )
    _refuse_project(settings)
    return EmbeddedServer(settings.paths.database)


def _refuse_project(settings: Settings) -> None:
    if settings.supabase_url and not settings.database_url:
        raise UsageError(
            "This library is a Supabase project, and a sign-in gives no login to its database.",
            hint="Set DATABASE_URL to its session pooler or direct connection (port 5432) for this.",
        )


def _given_url(settings: Settings) -> str:
    return settings.database_url.get_secret_value() if settings.database_url else ""


def _migrations(url: str) -> list[MigrationStatus]:
    from social_tui.store import migrations

    return migrations.status(url) if url else []


def _facts(server: ServerStatus | None) -> dict[str, Any]:
    if server is None:
        return {"server": "DATABASE_URL", "running": True}
    facts = {name: value for name, value in asdict(server).items() if name != "url"}
    return {"server": "embedded", **facts}


def _status_lines(server: ServerStatus | None) -> list[str]:
    if server is None:
        return ["Server    the one of DATABASE_URL, which answers"]
    if not server.running:
        return [f"Server    embedded, stopped, in {server.directory}", *filter(None, [server.notice])]
    kept = "until 'db stop'" if server.keep_running else "until the last client leaves"
    return [
        f"Server    PostgreSQL {server.version}, process {server.pid}, in {server.directory}",
        f"Clients   {server.clients}; it runs {kept}",
        *filter(None, [server.notice]),
    ]

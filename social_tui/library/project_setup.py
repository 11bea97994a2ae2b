"""Setting a Supabase project up for a team, step by step; a step that is done already changes nothing."""

from __future__ import annotations

import contextlib
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from social_tui.errors import ConfigurationError, DatabaseError, SchemaError
from social_tui.library.configuring import write_setting
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.connection import names_in, refuse_transaction_pooler
from social_tui.store.migrations import migrate
from social_tui.store.supabase_gateway import SupabaseGateway
from social_tui.store.supabase_project import has_user, open_account, open_project
from social_tui.store.team import (
    WorkspaceRow,
    accept_invitations,
    create_workspace,
    invite_member,
    list_workspaces,
)
from social_tui.text import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from social_tui.config import Settings
    from social_tui.store.gateway import Gateway

_HOSTED = ".supabase.co"
_OWN_DATABASE = (
    "It is left as it is. Give the project's own with --database-url, or take DATABASE_URL away:"
    " social-tui config show tells where it is set."
)
_REFUSED = "42501"
# PostgREST reads the catalogue again when it is told to; a busy project takes a few seconds for it.
_KNOWN_SECONDS = 20.0
_ASK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step.

    Args:
        name: Its name, in a word.
        state: ``kept`` when nothing had to be done.
        detail: What was done or found, in one line.
    """

    name: str
    state: Literal["done", "kept", "skipped"]
    detail: str


class _KeyAlone:
    """Calls a project as somebody who did not sign in."""

    def __init__(self, key: str) -> None:
        self._key = key

    def current(self) -> str:
        """Return the key, which stands for nobody."""
        return self._key

    def renewed(self, refused: str) -> str:
        """Return the key again."""
        return refused


def has_schema(settings: Settings) -> bool:
    """Ask the project of the settings whether it was brought to a schema already.

    Raises:
        ConfigurationError: If no project answers there, or it refuses the key.
        DatabaseUnavailableError: If it cannot be reached.
    """
    account = open_account(settings)
    nobody = _KeyAlone(account.key)
    with contextlib.closing(SupabaseGateway(account.url, account.key, nobody)) as gateway:
        try:
            gateway.call("library_terms")
        except SchemaError:
            return False
        except DatabaseError as error:
            # A library tells nobody who is not signed in what it is.
            if error.sqlstate != _REFUSED:
                raise
    return True


def keep(settings: Settings, name: str, value: str, again: Callable[[], Settings]) -> bool:
    """Have a setting in the library's settings file, unless it counts already without the command line.

    Args:
        settings: The settings in force.
        name: The setting.
        value: What it shall be.
        again: Loads the settings as the next start will.

    Returns:
        Whether it was written.

    Raises:
        ConfigurationError: If another place says otherwise, and comes first.
        StorageError: If the file cannot be written.
    """
    if _told(again(), name) == value:
        return False
    write_setting(settings, name, value, settings.paths.config_file)
    if _told(again(), name) != value:
        raise ConfigurationError(
            f"{name} was written to {settings.paths.config_file}, and what comes before it says otherwise.",
            hint="See what: social-tui config show. Take it out there, and run this again.",
        )
    return True


def check_login(settings: Settings, database_url: str) -> None:
    """Refuse a connection string that cannot be the project's, by what it says.

    Raises:
        ConfigurationError: If it leads to a transaction pooler, or to another project of the hosted ones.
    """
    refuse_transaction_pooler(database_url)
    project = _hosted_project(settings)
    if project is not None and project not in names_in(database_url):
        raise ConfigurationError(
            f"The database URL, {redact_url(database_url)}, does not name the project {project}.",
            hint=_OWN_DATABASE,
        )


def bring_schema(settings: Settings, database_url: str) -> Step:
    """Bring the project's database to this program's schema, and wait until the project serves it.

    That it is the project's is shown by whoever is signed in there: an id that only its users have.

    Args:
        settings: Which project.
        database_url: Its session pooler or direct connection.

    Raises:
        ConfigurationError: If the project has another database, which is left as it is.
        SchemaError: If the schema is newer than this program.
        DatabaseError: If a migration fails.
        DatabaseUnavailableError: If the database cannot be reached.
    """
    who = open_account(settings).who()
    if who is None or not has_user(database_url, who.user_id):
        raise ConfigurationError(
            f"The database at {redact_url(database_url)} is not that of {settings.supabase_url}: "
            "whoever is signed in there has no account in it.",
            hint=_OWN_DATABASE,
        )
    applied = migrate(database_url)
    deadline = time.monotonic() + _KNOWN_SECONDS
    while not has_schema(settings):
        if time.monotonic() > deadline:
            raise ConfigurationError(
                "The database has the schema now, and the project does not know of it.",
                hint="Wait a minute, and run this again.",
            )
        time.sleep(_ASK_SECONDS)
    if applied:
        return Step("Schema", "done", f"{len(applied)} migrations applied, up to {applied[-1].version}")
    return Step("Schema", "kept", "it is up to date")


def commands_for_the_cli(settings: Settings) -> list[str]:
    """Return what brings a project to the schema with the Supabase CLI, a command each."""
    folder = shlex.quote(str(supabase_directory().parent))
    project = _hosted_project(settings)
    # The queue's migration is older than what projects have from before it was one.
    push = f"supabase db push --include-all --workdir {folder}"
    if project is None:
        return [f"{push} --db-url 'postgresql://postgres:…@HOST:5432/postgres'"]
    return [
        "supabase login",
        f"supabase link --workdir {folder} --project-ref {project}",
        push,
    ]


def bring_workspace(database_url: str, name: str, email: str) -> Step:
    """Have a workspace, and somebody who is not in it invited to own it.

    Args:
        database_url: The project's database, whose owner may do anything.
        name: The workspace's name.
        email: Who.

    Raises:
        ConfigurationError: If there are several of that name.
        DatabaseError: If name or address is none.
    """
    with _service(database_url) as gateway:
        found = [row for row in list_workspaces(gateway) if row.name == name]
        if len(found) > 1:
            raise ConfigurationError(f"Several workspaces are called {name}.", hint="Take another name.")
        if not found:
            create_workspace(gateway, name, owner_email=email, actor="cli")
            return Step("Workspace", "done", f"{name} is made, and {email} invited to own it")
    with _service(database_url, found[0]) as gateway:
        invite_member(gateway, email, "owner", actor="cli")
    return Step("Workspace", "done", f"{name} is there, and {email} invited to own it")


def join(settings: Settings) -> list[WorkspaceRow]:
    """Let whoever is signed in into the workspaces that invite them; returns all that they are in.

    Raises:
        SignedOutError: If nobody is signed in.
        SchemaError: If the project's schema is older or newer than this program.
        DatabaseUnavailableError: If the project cannot be reached.
    """
    with contextlib.closing(open_project(settings)) as gateway:
        accept_invitations(gateway, actor="cli")
        return list_workspaces(gateway)


def bring_bucket(settings: Settings, bucket: str, again: Callable[[], Settings]) -> Step:
    """Have this machine use a bucket, when it can be reached with the credentials that are here.

    Raises:
        ArchiveError: If it cannot.
        ConfigurationError: If its settings are malformed, or another place names another bucket.
    """
    from social_tui.media_archive.base import open_archive

    open_archive(settings.model_copy(update={"aws_s3_bucket": bucket})).check()
    written = keep(settings, "aws_s3_bucket", bucket, again)
    return Step("Bucket", "done" if written else "kept", f"{bucket} can be reached")


def _hosted_project(settings: Settings) -> str | None:
    """Return what Supabase calls the project; None for one at an address of its own."""
    host = urlsplit(settings.supabase_url or "").hostname or ""
    return host.removesuffix(_HOSTED) if host.endswith(_HOSTED) else None


@contextlib.contextmanager
def _service(database_url: str, workspace: WorkspaceRow | None = None) -> Iterator[Gateway]:
    from social_tui.store.psycopg_gateway import PsycopgGateway

    chosen = workspace.workspace_id if workspace is not None else None
    with contextlib.closing(PsycopgGateway(database_url, workspace=chosen)) as gateway:
        yield gateway


def _told(settings: Settings, name: str) -> str | None:
    value = getattr(settings, name)
    secret = getattr(value, "get_secret_value", None)
    return str(secret() if secret is not None else value) if value is not None else None

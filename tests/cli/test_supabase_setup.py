"""`social-tui supabase setup`: from a project with nothing in it to a library that works."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.errors import ConfigurationError
from social_tui.library.project_setup import check_login
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.migrations import read_migrations
from social_tui.store.supabase_project import has_user
from tests.cli.conftest import COMMAND, CommandLine
from tests.support.kept_database import url_of
from tests.support.s3_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY, S3Server
from tests.support.supabase_rig import SupabaseRig
from tests.tui.terminal import TerminalApp

PASSWORD = "correct horse battery staple"
LAST = read_migrations()[-1].version


@pytest.fixture(scope="module")
def new_project(server_url: str) -> Iterator[SupabaseRig]:
    """Start a project as it is when somebody has just made it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database nothing_yet")
    bootstrap = supabase_directory().parent / "social_tui/store/bootstrap.sql"
    with psycopg.connect(url_of(server_url, "nothing_yet")) as connection:
        connection.execute(bootstrap.read_bytes())
    with SupabaseRig(server_url, "nothing_yet", name="new_project") as rig:
        yield rig


@pytest.fixture
def machine(bare: CommandLine) -> CommandLine:
    """Give a command line on a machine where nothing is set."""
    bare.environment["SOCIAL_TUI_AI_PROVIDER"] = "local"
    return bare


def address() -> str:
    """Make an address that has no account yet."""
    return f"ada.{uuid4().hex[:8]}@example.com"


def test_a_new_project_is_set_up_and_again_nothing_is_done(
    new_project: SupabaseRig, machine: CommandLine
) -> None:
    email = address()
    new_project.sign_up(email, PASSWORD)
    named = ("--url", new_project.url, "--key", new_project.publishable_key)
    people = ("--workspace", "Field work", "--email", email.title(), "--password-stdin")
    settings = machine.home / "config.toml"

    see_refusals_change_nothing(new_project, machine, named, people)
    leave_the_schema_to_the_cli(new_project, machine, named)
    set_up_with_a_bucket(new_project, machine, people)

    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    written = settings.read_text("utf-8")
    assert not any(secret in written for secret in (PASSWORD, "postgresql:", SECRET_ACCESS_KEY))
    [mine] = machine.json("team", "workspaces")
    assert (mine["name"], mine["role"]) == ("Field work", "owner")
    assert new_project.execute("select count(*) from private.invitations") == [(0,)]


def see_refusals_change_nothing(
    new_project: SupabaseRig, machine: CommandLine, named: tuple[str, ...], people: tuple[str, ...]
) -> None:
    secret = machine("supabase", "setup", "--url", new_project.url, "--key", new_project.service_key)
    assert (secret.returncode, "sees and changes every row" in secret.stderr) == (2, True)
    pooler = "postgresql://me:canary@127.0.0.1:6543/postgres"
    refused = machine("supabase", "setup", *named, *people, "--database-url", pooler)
    assert (refused.returncode, "transaction pooler" in refused.stderr) == (2, True)
    assert "canary" not in refused.stdout + refused.stderr

    reading = machine("--read-only", "supabase", "setup", *named, DATABASE_URL=new_project.database_url)
    assert (reading.returncode, "read_only is on" in reading.stderr) == (2, True)
    assert (reading.stdout, (machine.home / "config.toml").exists()) == ("", False)
    assert new_project.execute("select to_regclass('public.posts')") == [(None,)]


def leave_the_schema_to_the_cli(
    new_project: SupabaseRig, machine: CommandLine, named: tuple[str, ...]
) -> None:
    """Set up without a login to the database: the settings are written, and the CLI's command is told."""
    settings = machine.home / "config.toml"
    by_cli = machine("supabase", "setup", *named)
    assert (by_cli.returncode, by_cli.stderr) == (1, "")
    assert "supabase db push --include-all --workdir" in by_cli.stdout
    assert f"URL and key are in {settings}\n" in by_cli.stdout
    machine.environment["SUPABASE_KEY"] = new_project.publishable_key
    twofold = machine("supabase", "setup")
    assert f"URL and key are in {settings} and the environment\n" in twofold.stdout
    del machine.environment["SUPABASE_KEY"]


def set_up_with_a_bucket(new_project: SupabaseRig, machine: CommandLine, people: tuple[str, ...]) -> None:
    """Set up with a login: with a bucket that is none, with one, and again when nothing is left to do."""
    settings = machine.home / "config.toml"
    with S3Server() as store:
        machine.environment |= {
            "AWS_S3_ENDPOINT_URL": store.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        }
        wrong = machine(
            *("supabase", "setup", *people, "--bucket", "no-such-bucket"),
            stdin=f"{PASSWORD}\n".encode(),
            DATABASE_URL=new_project.database_url,
        )
        assert (wrong.returncode, "no-such-bucket" in wrong.stderr) == (4, True)
        assert "no-such-bucket" not in settings.read_text("utf-8")
        assert [line.split()[:2] for line in wrong.stdout.splitlines()] == [
            ["kept", "Project:"],
            ["kept", "Settings:"],
            ["done", "Account:"],
            ["done", "Schema:"],
            ["done", "Workspace:"],
            ["kept", "Membership:"],
        ]
        assert f"up to {LAST}" in wrong.stdout
        done = machine.json("supabase", "setup", "--bucket", store.make_bucket())
        assert [(step["name"], step["state"]) for step in done["steps"]] == [
            ("Project", "kept"),
            ("Settings", "kept"),
            ("Account", "kept"),
            ("Schema", "kept"),
            ("Membership", "kept"),
            ("Bucket", "done"),
        ]
        assert {check["state"] for check in done["checks"]} <= {"ok", "warning"}
        again = machine("supabase", "setup", DATABASE_URL=new_project.database_url)
        assert (again.returncode, "done" in again.stdout) == (0, False)
        assert "DATABASE_URL is set here" in again.stderr


def test_the_database_of_another_library_is_left_alone(
    supabase: SupabaseRig, machine: CommandLine, database_url: str
) -> None:
    email = address()
    user = supabase.sign_up(email, PASSWORD)
    refused = machine(
        *("supabase", "setup", "--url", supabase.url, "--key", supabase.publishable_key, "--email", email),
        *("--workspace", "Field work", "--password-stdin"),
        stdin=f"{PASSWORD}\n".encode(),
        DATABASE_URL=database_url,
    )
    assert (refused.returncode, f"is not that of {supabase.url}" in refused.stderr) == (2, True)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select name from public.workspaces").fetchall()
        invited = connection.execute("select count(*) from private.invitations").fetchone()
    assert (found, invited) == ([("default",)], (0,))
    assert has_user(supabase.database_url, user)
    assert not has_user(supabase.database_url, str(uuid4()))


@pytest.mark.parametrize(
    ("login", "fits"),
    [
        ("postgres:canary@db.abcdefgh.supabase.co", True),
        ("postgres.abcdefgh:canary@aws-0-eu-central-1.pooler.supabase.com", True),
        ("postgres.zyxwvuts:canary@aws-0-eu-central-1.pooler.supabase.com", False),
        ("ada:canary@127.0.0.1", False),
    ],
)
def test_the_database_url_names_the_hosted_project(login: str, fits: bool) -> None:
    settings = Settings(supabase_url="https://abcdefgh.supabase.co")
    url = f"postgresql://{login}:5432/postgres"
    if fits:
        check_login(settings, url)
        return
    with pytest.raises(ConfigurationError, match="does not name the project abcdefgh") as refused:
        check_login(settings, url)
    assert "canary" not in str(refused.value)


def test_without_a_login_to_the_database_the_statement_is_told(
    supabase: SupabaseRig, machine: CommandLine
) -> None:
    email = address()
    user = supabase.sign_up(email, PASSWORD)
    options = ("--url", supabase.url, "--key", supabase.publishable_key, "--email", email, "--password-stdin")
    stopped = machine.json(
        "supabase", "setup", *options, "--workspace", "O'Hara", code=1, stdin=f"{PASSWORD}\n".encode()
    )
    for statement in stopped["to_do"] * 2:
        supabase.execute(statement)
    made = "select count(*) from public.workspaces where name = 'O''Hara'"
    assert supabase.execute(made) == [(1,)], "who has been invited is invited anew"
    done = machine.json("supabase", "setup", *options, "--workspace", "O'Hara")
    assert {check["state"] for check in done["checks"]} <= {"ok", "warning"}
    supabase.join(user, "viewer")
    for arguments, in_force in (((), None), (("--workspace", "default"), "default"), ((), "default")):
        machine.json("supabase", "setup", *arguments)
        chosen = {row["name"]: row["is_chosen"] for row in machine.json("team", "workspaces")}
        assert chosen == {name: name == in_force for name in ("O'Hara", "default")}


def test_it_asks_on_a_terminal(supabase: SupabaseRig, machine: CommandLine) -> None:
    email = address()
    supabase.sign_up(email, PASSWORD)
    environment = {**machine.variables(), "COLUMNS": "200"}
    with TerminalApp(environment, arguments=(*COMMAND[1:], "supabase", "setup")) as terminal:
        for question, answer in (
            ("Project URL", supabase.url),
            ("Publishable key", supabase.publishable_key),
            ("Database URL", supabase.database_url),
            ("E-mail", email),
            ("Password", PASSWORD),
            ("First workspace", ""),
            ("Bucket", ""),
        ):
            terminal.wait_for(question)
            terminal.press(f"{answer}\r")
        assert terminal.wait_for_end() == 0
        shown = terminal.output.decode()
    assert "Database: the project" in shown
    assert "sign links" in shown
    assert not any(secret in shown for secret in (PASSWORD, supabase.database_url))
    [mine] = machine.json("team", "list")
    assert (mine["email"], mine["role"], mine["is_me"]) == (email, "owner", True)

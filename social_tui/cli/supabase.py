"""``social-tui supabase``: setting up a project of Supabase for a team."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.asking import ask, secret
from social_tui.cli.doctor import facts_of, lines_of
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.session import Session, pass_session
from social_tui.errors import ReadOnlyError, SignedOutError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from social_tui.config import Settings
    from social_tui.library.checkup import Check
    from social_tui.library.project_setup import Step
    from social_tui.store.team import WorkspaceRow

_DATABASE_QUESTION = "database URL for the schema, port 5432 (empty: by the Supabase CLI)"
_ACCOUNT_HINT = "Its account is made in the project, under Authentication, Users, with a confirmed address."


@click.group()
def supabase() -> None:
    """Share a library through a project of Supabase."""


@supabase.command("setup")
@click.option("--url", metavar="URL", help="The project's address: https://abcdefgh.supabase.co.")
@click.option("--key", metavar="KEY", help="Its publishable (anon) key; a secret key is refused.")
@click.option(
    "--database-url",
    metavar="URL",
    help="Its session pooler or direct connection, port 5432, for schema and workspace; kept nowhere."
    " DATABASE_URL does as well.",
)
@click.option(
    "--workspace",
    metavar="NAME",
    help="Which workspace; it is made where there is none.  [default: yours, else default]",
)
@click.option("--email", metavar="ADDRESS", help="Your account in the project, if another is signed in here.")
@click.option(
    "--bucket", metavar="NAME", help="The archive's bucket, if this machine has credentials for it."
)
@click.option("--password-stdin", is_flag=True, help="Read your password from standard input.")
@options.as_json
@pass_session
def setup(
    session: Session,
    url: str | None,
    key: str | None,
    database_url: str | None,
    workspace: str | None,
    email: str | None,
    bucket: str | None,
    password_stdin: bool,
    as_json: bool,
) -> ExitCode:
    """Set a project up, step by step, and check that all works.

    What no option says is asked for on a terminal. What is done already stays: run it again after a break.
    """
    walk = _Walk(session, as_json=as_json)
    if not walk.project(url, key, database_url):
        return ExitCode.NOTHING
    address = walk.account(email, password_stdin)
    walk.schema()
    if not walk.workspace(workspace.strip() if workspace else None, address):
        return ExitCode.NOTHING
    walk.bucket(bucket)
    return walk.doctor()


class _Walk:
    """One walk through the steps, each told as it is done.

    Args:
        session: The call of the command line.
        as_json: Whether all is told at the end, for machines.
    """

    settings: Settings

    def __init__(self, session: Session, *, as_json: bool) -> None:
        self._session = session
        self._as_json = as_json
        self._steps: list[Step] = []
        self._login: str | None = None

    def project(self, url: str | None, key: str | None, database_url: str | None) -> bool:
        """Find the project, and keep it in the settings; tell whether there is a way to its schema."""
        from social_tui.config import explain
        from social_tui.library.project_setup import (
            Step,
            check_login,
            commands_for_the_cli,
            has_schema,
            keep,
        )

        known = self._session.load(supabase_url=url, supabase_key=key, database_url=database_url)
        if known.read_only:
            raise ReadOnlyError("Setting a project up changes it, and the setting read_only is on.")
        url = known.supabase_url or ask("project URL", instead="--url URL").strip()
        told = known.supabase_key.get_secret_value() if known.supabase_key else None
        key = told or ask("publishable key", instead="--key KEY").strip()
        if known.database_url is not None:
            self._login = known.database_url.get_secret_value()
        else:
            self._login = self.question(_DATABASE_QUESTION, hidden=True) or None
        given = self._session.settings(supabase_url=url, supabase_key=key, database_url=self._login)
        # All that follows works as a person of the team does.
        self.settings = given.model_copy(update={"database_url": None})
        if self._login is not None:
            check_login(self.settings, self._login)
        can_go_on = has_schema(self.settings) or self._login is not None
        self._tell(Step("Project", "kept", f"{url} answers and takes the key"))
        pairs = {"supabase_url": url, "supabase_key": key}
        written = [keep(self.settings, name, value, self._again) for name, value in pairs.items()]
        now = [each.source for each in explain(self._again()) if each.name in pairs]
        sources = dict.fromkeys("the environment" if each == "environment" else each for each in now)
        detail = f"URL and key are in {' and '.join(sources)}"
        self._tell(Step("Settings", "done" if any(written) else "kept", detail))
        if not can_go_on:
            self._stop("Schema", "the project has none yet", commands_for_the_cli(self.settings))
        return can_go_on

    def account(self, email: str | None, password_stdin: bool) -> str:
        """Sign in, unless this person is, or somebody is and nobody else is meant; tell who."""
        from social_tui.library.project_setup import Step
        from social_tui.library.signing_in import SigningIn

        signing_in = SigningIn(self.settings, actor="cli")
        who = signing_in.who()
        if who is not None and (not email or who.email.lower() == email.strip().lower()):
            self._tell(Step("Account", "kept", f"{who.email} is signed in"))
            return who.email
        address = (email or ask("e-mail", instead="--email ADDRESS")).strip()
        try:
            signing_in.with_password(address, secret("password", password_stdin, instead="--password-stdin"))
        except SignedOutError as error:
            error.hint = _ACCOUNT_HINT
            raise
        self._tell(Step("Account", "done", f"{address} is signed in"))
        return address

    def schema(self) -> None:
        """Bring the schema, as far as there is a login to the database."""
        from social_tui.library.project_setup import Step, bring_schema

        if self._login is not None:
            self._tell(bring_schema(self.settings, self._login))
        else:
            self._tell(Step("Schema", "kept", "it is there; without a database URL it is not changed"))

    def workspace(self, name: str | None, address: str) -> bool:
        """Enter a workspace, which is made where it can be; tell whether the person is in it.

        Args:
            name: Which; without it what the person is in already, else what they say.
            address: The person.
        """
        from social_tui.library.project_setup import Step, bring_workspace, join, keep
        from social_tui.store.team import statements_for_owner

        mine = join(self.settings)
        if not mine:
            name = name or self.question("first workspace", "default")
        if name is not None and not _named(mine, name) and self._login is not None:
            self._tell(bring_workspace(self._login, name, address))
            mine = join(self.settings)
        found = _named(mine, name)
        if not found:
            why = f"{address} is in none called {name}; an owner can change that (social-tui team invite), or"
            what = statements_for_owner(name or "", address)
            self._stop("Workspace", f"{why} this in the project's SQL editor", what)
            return False
        written = False
        if name is not None or len(found) == 1:
            is_choice = len(mine) > 1 or self.settings.workspace is not None
            written = is_choice and keep(self.settings, "workspace", str(found[0].workspace_id), self._again)
            detail = f"{address} is in {found[0].name}, as {found[0].role}"
        else:
            detail = f"{address} is in {len(found)} workspaces"
        self._tell(Step("Membership", "done" if written else "kept", detail))
        return True

    def bucket(self, bucket: str | None) -> None:
        """Have this machine use the bucket, if there is one."""
        from social_tui.library.project_setup import Step, bring_bucket

        name = (
            bucket or self.settings.aws_s3_bucket or self.question("bucket of the archive (empty: none here)")
        )
        if name:
            self._tell(bring_bucket(self.settings, name.strip(), self._again))
        else:
            self._tell(Step("Bucket", "skipped", "none on this machine; workers have their own settings"))

    def doctor(self) -> ExitCode:
        """Check that all works, and end."""
        from social_tui.library.checkup import check_up

        now = self._again()
        checks = check_up(now.model_copy(update={"database_url": None}))
        if self._as_json:
            self._print(checks=checks)
        else:
            say("\n".join(line for check in checks for line in lines_of(check)))
        if now.database_url is not None:
            complain(
                "DATABASE_URL is set here and comes before the project: unset it to work as one of the team."
            )
        return ExitCode.FAILED if any(check.state == "error" for check in checks) else ExitCode.OK

    def question(self, what: str, default: str = "", *, hidden: bool = False) -> str:
        """Ask for what may be left out; a script leaves it out by not saying it."""
        if not sys.stdin.isatty():
            return default
        return ask(what, instead="the option", default=default, hidden=hidden).strip()

    def _again(self) -> Settings:
        return self._session.load()

    def _tell(self, step: Step) -> None:
        self._steps.append(step)
        if not self._as_json:
            say(f"{step.state:<8} {step.name}: {step.detail}")

    def _stop(self, name: str, why: str, what: list[str]) -> None:
        """Say what a person has to do before it goes on."""
        if self._as_json:
            self._print(to_do=what)
            return
        say(f"{'to do':<8} {name}: {why}:")
        say("\n".join(f"           {each}" for each in what))
        say("Then run this again: social-tui supabase setup")

    def _print(self, *, checks: Sequence[Check] = (), to_do: Sequence[str] = ()) -> None:
        print_json(
            {
                "url": self.settings.supabase_url,
                "steps": [asdict(step) for step in self._steps],
                "to_do": list(to_do),
                "checks": [facts_of(check) for check in checks],
            }
        )


def _named(mine: Sequence[WorkspaceRow], name: str | None) -> list[WorkspaceRow]:
    """Return a person's workspaces of a name, if there is one; of these the one in force, where one is."""
    named = [row for row in mine if name in (None, row.name)]
    return [row for row in named if row.is_chosen] or named

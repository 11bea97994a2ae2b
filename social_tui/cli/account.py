"""``social-tui account``: who is signed in to the Supabase project."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.asking import ask, secret
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.library.signing_in import SigningIn
    from social_tui.store.team import JoinedRow


@click.group()
def account() -> None:
    """Sign in to the Supabase project that the settings name, and out of it."""


@account.command("login")
@click.option("--email", metavar="ADDRESS", help="Your e-mail address; asked for without it.")
@click.option("--code", "by_code", is_flag=True, help="Have a code sent by mail instead of a password.")
@click.option("--password-stdin", is_flag=True, help="Read the password, or the code, from standard input.")
@options.as_json
@pass_session
def login(
    session: Session, email: str | None, by_code: bool, password_stdin: bool, as_json: bool
) -> ExitCode:
    """Sign in, and stay signed in on this machine until you sign out.

    With --code the first call sends a code to your address and asks for it.
    """
    from social_tui.library.signing_in import SigningIn

    signing_in = SigningIn(session.settings(), actor="cli")
    who = signing_in.who()
    address = email or ask(
        "e-mail", instead="--email ADDRESS and --password-stdin", default=who.email if who else None
    )
    if by_code:
        # What is read from standard input was sent before.
        if not password_stdin:
            signing_in.send_code(address)
            complain("A code is on its way by mail.")
        joined = signing_in.with_code(address, secret("code", password_stdin))
    else:
        joined = signing_in.with_password(address, secret("password", password_stdin))
    _tell(signing_in, joined, as_json=as_json)
    return ExitCode.OK


@account.command("send-code")
@click.argument("email", metavar="ADDRESS")
@pass_session
def send_code(session: Session, email: str) -> ExitCode:
    """Have a code sent by mail, for 'account login --code --password-stdin' of a script."""
    from social_tui.library.signing_in import SigningIn

    SigningIn(session.settings(), actor="cli").send_code(email)
    say("A code is on its way by mail.")
    return ExitCode.OK


@account.command("logout")
@pass_session
def logout(session: Session) -> ExitCode:
    """Sign out on this machine."""
    from social_tui.library.signing_in import SigningIn

    if not SigningIn(session.settings(), actor="cli").sign_out():
        complain("It could not be ended in the project, where it stays open; nobody has its tokens any more.")
    say("You are signed out on this machine.")
    return ExitCode.OK


@account.command("show")
@options.as_json
@pass_session
def show(session: Session, as_json: bool) -> ExitCode:
    """Say who is signed in, as far as this machine knows; asks nobody."""
    from social_tui.library.signing_in import SigningIn

    signing_in = SigningIn(session.settings(), actor="cli")
    who = signing_in.who()
    if as_json:
        print_json(_facts(signing_in))
    else:
        say(f"{who.email} is signed in to {who.url}." if who else "Nobody is signed in.")
    return ExitCode.OK if who else ExitCode.NOTHING


def _tell(signing_in: SigningIn, joined: list[JoinedRow], *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(signing_in) | {"joined": [each.model_dump(mode="json") for each in joined]})
        return
    who = signing_in.who()
    say(f"{who.email if who else 'You'} is signed in to {signing_in.url}.")
    for each in joined:
        say(f"You are in the workspace {each.name} now, as {each.role}.")


def _facts(signing_in: SigningIn) -> dict[str, Any]:
    who = signing_in.who()
    known = asdict(who) if who else {}
    return {"url": signing_in.url} | {name: known.get(name) for name in ("email", "user_id")}

"""``social-tui doctor``: does everything work, and how to mend what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.library.checkup import Check

_MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@click.command("doctor")
@options.as_json
@pass_session
def doctor(session: Session, as_json: bool) -> ExitCode:
    """Check that everything works and say how to mend what does not."""
    from social_tui.library.checkup import about, check_up

    settings = session.settings()
    facts = about(settings)
    checks = check_up(settings)
    if as_json:
        print_json({**facts, "checks": [facts_of(check) for check in checks]})
    else:
        say("\n".join(f"{name:<10}{value}" for name, value in facts.items()))
        say()
        say("\n".join(line for check in checks for line in lines_of(check)))
    return ExitCode.FAILED if any(check.state == "error" for check in checks) else ExitCode.OK


def facts_of(check: Check) -> dict[str, str]:
    """Return a check as machines read it."""
    return {"name": check.name, "state": check.state, "detail": check.detail, "fix": check.fix}


def lines_of(check: Check) -> list[str]:
    """Return a check as people read it."""
    lines = [f"{_MARKS[check.state]}  {check.name}: {check.detail}"]
    if check.fix:
        lines.append(f"{' ' * 9}-> {check.fix}")
    return lines

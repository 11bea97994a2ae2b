"""``social-tui worker``: runs the queue."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.models import JobKind

_KINDS: tuple[JobKind, ...] = ("download", "verify", "archive", "analyze")


@click.command("worker")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    help="Run only jobs of this kind; again for more.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Jobs of each kind at once, whatever the queue says.",
)
@click.option("--until-idle", is_flag=True, help="End when nothing is left to do that is not paused.")
@click.option(
    "--exit-with-parent",
    is_flag=True,
    help="Take the settings from standard input and end when it closes.",
)
@pass_session
def worker(
    session: Session,
    kinds: tuple[JobKind, ...],
    concurrency: int | None,
    until_idle: bool,
    exit_with_parent: bool,
) -> ExitCode:
    """Run queued jobs until stopped; many may run on many machines.

    Ctrl-C or SIGTERM stops it: what is finished stays, what is not is queued again. On a full disk, jobs
    wait and the others go on; with --until-idle it does those others, tells in one line what is still
    queued and why, and ends with 4.
    """
    # To be stopped is no fault of a worker, also while it starts and has no work to put back.
    with contextlib.suppress(KeyboardInterrupt):
        from social_tui.jobs.worker import run_worker

        if exit_with_parent and (line := sys.stdin.buffer.readline()):
            from social_tui.jobs.process import settings_from_line

            session.given = settings_from_line(line)
        with session.library(actor="worker") as library:
            run_worker(
                library,
                kinds=kinds or _KINDS,
                concurrency=concurrency,
                until_idle=until_idle,
                exit_with_parent=exit_with_parent,
                tell=complain,
            )
    return ExitCode.OK

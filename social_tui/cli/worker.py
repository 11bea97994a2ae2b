"""``social-tui worker``: runs the queue."""

from __future__ import annotations

import contextlib
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.models import JobKind

_KINDS: tuple[JobKind, ...] = ("download", "verify", "archive", "analyze")


class _Queues(click.ParamType[tuple["JobKind", ...]]):
    """Kinds of jobs, with commas between them."""

    name = "kind,kind"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[JobKind, ...]:
        """Take names of kinds, each once."""
        choice = click.Choice(_KINDS)
        named = [choice.convert(each.strip(), param, ctx) for each in str(value).split(",")]
        return tuple(dict.fromkeys(named))


@click.command("worker")
@click.option(
    "--queues",
    "--kind",
    "queues",
    type=_Queues(),
    multiple=True,
    metavar="KIND,KIND",
    help="Take jobs of these kinds only: download, verify, archive, analyze.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Jobs of each kind at once, whatever the queue says.",
)
@click.option("--name", "worker_name", metavar="NAME", help="What it is called by: social-tui jobs workers.")
@click.option(
    "--drain",
    "worker_drain_seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long its jobs may run on when it is told to end.",
)
@click.option("--until-idle", is_flag=True, help="End when nothing is left to do that is not paused.")
@click.option(
    "--exit-with-parent",
    is_flag=True,
    help="Take the settings from standard input and end when it closes.",
)
@click.option(
    "--in-crew", is_flag=True, hidden=True, help="Do jobs alone: for social_tui.jobs.process, which waits."
)
@click.option("--processor", "processors", type=int, multiple=True, hidden=True, help="One that it keeps to.")
@pass_session
def worker(
    session: Session,
    queues: tuple[tuple[JobKind, ...], ...],
    concurrency: int | None,
    worker_name: str | None,
    worker_drain_seconds: float | None,
    until_idle: bool,
    exit_with_parent: bool,
    in_crew: bool,
    processors: tuple[int, ...],
) -> ExitCode:
    """Run queued jobs until stopped; many may run on many machines.

    Ctrl-C or SIGTERM stops it: it takes no more jobs, and what is not finished in time is queued again; a
    second one ends it at once. On a full disk, jobs
    wait and the others go on; with --until-idle it does those others, tells in one line what is still
    queued and why, and ends with 4.
    """
    # To be stopped is no fault of a worker, also while it starts and has no work to put back.
    with contextlib.suppress(KeyboardInterrupt):
        from social_tui.jobs.worker import run_worker
        from social_tui.processors import keep

        keep(set(processors))
        if exit_with_parent and (line := sys.stdin.buffer.readline()):
            from social_tui.jobs.process import settings_from_line

            session.given = settings_from_line(line)
        with session.library(
            actor="worker",
            seals=not in_crew,  # The starter does at the end of the batch, which all wait for.
            worker_name=worker_name,
            worker_drain_seconds=worker_drain_seconds,
        ) as library:
            run_worker(
                library,
                kinds=tuple(dict.fromkeys(chain(*queues))) or _KINDS,
                concurrency=concurrency,
                until_idle=until_idle,
                exit_with_parent=exit_with_parent,
                in_crew=in_crew,
                tell=complain,
            )
    return ExitCode.OK

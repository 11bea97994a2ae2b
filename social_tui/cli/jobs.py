"""``social-tui jobs``: the queue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, print_json_array, print_table, say
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import job_columns

if TYPE_CHECKING:
    from social_tui.models import JobKind, JobRow, JobStatus
    from social_tui.store.gateway import Gateway

_PAGE = 500
_KINDS = click.Choice(["download", "verify", "archive", "analyze"])
_STATUSES = click.Choice(["todo", "doing", "succeeded", "failed", "cancelled", "aborted"])
_kind = click.option("--kind", type=_KINDS, help="Only jobs of this kind.")
_job_ids = click.argument("job_ids", nargs=-1, type=click.IntRange(min=1), metavar="[JOB]...")


@click.group()
def jobs() -> None:
    """See the queue, try jobs again or call them off."""


@jobs.command("list")
@click.option("--status", type=_STATUSES, help="Only jobs in this state.")
@_kind
@options.limit
@options.as_json
@pass_session
def list_command(
    session: Session, status: JobStatus | None, kind: JobKind | None, limit: int | None, as_json: bool
) -> ExitCode:
    """List jobs, newest first."""
    with session.library() as library:
        rows = islice(_pages(library.gateway, status, kind), limit)
        if as_json:
            print_json_array(rows)
        elif not print_table(job_columns(), rows):
            say("No jobs.")
    return ExitCode.OK


@jobs.command("retry")
@_job_ids
@click.option("--all", "everything", is_flag=True, help="All failed jobs.")
@_kind
@options.as_json
@pass_session
def retry(
    session: Session, job_ids: tuple[int, ...], everything: bool, kind: JobKind | None, as_json: bool
) -> ExitCode:
    """Put failed, cancelled or aborted jobs back into the queue."""
    from social_tui.store.jobs import retry_jobs

    chosen = _chosen(job_ids, everything)
    with session.library() as library:
        count = retry_jobs(library.gateway, chosen, kind, actor=library.actor)
    return _tell(count, "queued again", "retried", as_json=as_json)


@jobs.command("cancel")
@_job_ids
@click.option("--all", "everything", is_flag=True, help="All jobs that wait or run.")
@_kind
@options.as_json
@pass_session
def cancel(
    session: Session, job_ids: tuple[int, ...], everything: bool, kind: JobKind | None, as_json: bool
) -> ExitCode:
    """Call jobs off: waiting ones never run, running ones stop as soon as they can."""
    from social_tui.store.jobs import cancel_jobs

    chosen = _chosen(job_ids, everything)
    with session.library() as library:
        count = cancel_jobs(library.gateway, chosen, kind, actor=library.actor)
    return _tell(count, "called off", "cancelled", as_json=as_json)


def _chosen(job_ids: tuple[int, ...], everything: bool) -> list[int] | None:
    if everything == bool(job_ids):
        raise click.UsageError("Say either which jobs, or --all")
    return None if everything else list(job_ids)


def _tell(count: int, words: str, name: str, *, as_json: bool) -> ExitCode:
    if as_json:
        print_json({name: count})
    else:
        say(f"{count:,} {'job' if count == 1 else 'jobs'} {words}.")
    return ExitCode.OK if count else ExitCode.NOTHING


def _pages(gateway: Gateway, status: JobStatus | None, kind: JobKind | None) -> Iterator[JobRow]:
    from social_tui.store.jobs import list_jobs

    before: int | None = None
    while True:
        page = list_jobs(gateway, status=status, kind=kind, before=before, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        before = page[-1].job_id

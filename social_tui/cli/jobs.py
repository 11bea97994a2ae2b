"""``social-tui jobs``: the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import (
    Column,
    complain,
    print_json,
    print_json_array,
    print_rows,
    print_table,
    say,
    when,
)
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import job_columns

if TYPE_CHECKING:
    from social_tui.models import JobKind, JobRow, JobStatus
    from social_tui.store.fleet import WorkerRow
    from social_tui.store.gateway import Gateway
    from social_tui.store.queues import QueueRow

_PAGE = 500
_KINDS = click.Choice(["download", "verify", "archive", "analyze"])
_STATUSES = click.Choice(["todo", "doing", "succeeded", "failed", "cancelled", "aborted"])
_kind = click.option("--kind", type=_KINDS, help="Only jobs of this kind.")
_one_kind = click.argument("kind", type=_KINDS)
_job_ids = click.argument("job_ids", nargs=-1, type=click.IntRange(min=1), metavar="[JOB]...")


class _AtOnce(click.ParamType[int]):
    """How many at once: a number, or 0 for the word ``default``."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Take a number from 1 to 64, or the word."""
        return 0 if value == "default" else int(click.IntRange(1, 64).convert(value, param, ctx))


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
        _tell_pauses(library.gateway, kind)
        rows = islice(_pages(library.gateway, status, kind), limit)
        print_rows(job_columns(), rows, "No jobs.", as_json=as_json)
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


@jobs.command("status")
@options.as_json
@pass_session
def status_command(session: Session, as_json: bool) -> ExitCode:
    """Tell of each kind of job what waits, runs and failed, how fast it goes, and whether it is paused.

    LATER is what waits for another try. PER MIN is how many ended a minute, over the last five minutes.
    """
    from social_tui.jobs.lanes import at_once
    from social_tui.store.queues import read_queues

    with session.library() as library:
        rows = read_queues(library.gateway)
        if as_json:
            print_json_array(rows)
        else:
            print_table(_queue_columns(lambda kind: at_once(library.settings, kind)), rows)
    return ExitCode.OK


@jobs.command("workers")
@options.as_json
@pass_session
def workers(session: Session, as_json: bool) -> ExitCode:
    """List the processes that serve the queue, on all machines, and what they do now.

    HEARD is how many seconds ago one last said that it lives. One that is silent for long is taken for dead,
    and its jobs go to the others.
    """
    from social_tui.store.fleet import list_workers

    with session.library() as library:
        stalled = library.settings.worker_stalled_seconds
        rows = list_workers(library.gateway)
        if as_json:
            print_json_array({**row.model_dump(mode="json"), "state": row.state(stalled)} for row in rows)
        elif not print_table(_worker_columns(stalled), rows):
            say("No worker runs. To start one: social-tui worker")
    return ExitCode.OK


@jobs.command("pause")
@_one_kind
@pass_session
def pause(session: Session, kind: JobKind) -> ExitCode:
    """Begin no more jobs of a kind, on any machine, until they are resumed; what runs ends."""
    return _set_paused(session, kind, True)


@jobs.command("resume")
@_one_kind
@pass_session
def resume(session: Session, kind: JobKind) -> ExitCode:
    """Go on with a kind of job that was paused."""
    return _set_paused(session, kind, False)


@jobs.command("concurrency")
@_one_kind
@click.argument("number", type=_AtOnce(), metavar="N|default")
@pass_session
def concurrency(session: Session, kind: JobKind, number: int) -> ExitCode:
    """Set how many jobs of a kind run at once in each worker, from 1 to 64.

    Running workers follow at once. With "default" each worker takes what its settings say. Limits for each
    host stay, and so does what a worker was told by --concurrency.
    """
    from social_tui.store.queues import set_job_concurrency

    with session.library() as library:
        set_job_concurrency(library.gateway, kind, number or None, actor=library.actor)
    say(f"{kind}: {f'{number} at once' if number else 'as each worker is set'}.")
    return ExitCode.OK


def _set_paused(session: Session, kind: JobKind, is_paused: bool) -> ExitCode:
    from social_tui.store.queues import pause_jobs

    with session.library() as library:
        pause_jobs(library.gateway, kind, is_paused, actor=library.actor)
    say(f"{kind}: {'paused; what runs ends, nothing else begins' if is_paused else 'goes on'}.")
    return ExitCode.OK


def _tell_pauses(gateway: Gateway, kind: JobKind | None) -> None:
    """Say on stderr which of the jobs listed nobody works on."""
    from social_tui.store.queues import list_lanes

    for lane in list_lanes(gateway):
        if lane.paused_at is not None and kind in (None, lane.kind):
            complain(f"The {lane.kind} jobs are paused. They go on after: social-tui jobs resume {lane.kind}")


def _queue_columns(at_once: Callable[[JobKind], int]) -> list[Column[QueueRow]]:
    return [
        Column("KIND", 8, lambda row: row.kind),
        Column("WAITING", 8, lambda row: f"{row.waiting:,}", right=True),
        Column("LATER", 8, lambda row: f"{row.later:,}", right=True),
        Column("RUNNING", 8, lambda row: f"{row.running:,}", right=True),
        Column("FAILED", 8, lambda row: f"{row.failed:,}", right=True),
        Column("PER MIN", 8, lambda row: f"{row.ended_per_minute:,.1f}", right=True),
        Column("AT ONCE", 7, lambda row: row.concurrency or at_once(row.kind), right=True),
        Column("STATE", 12, lambda row: f"paused since {when(row.paused_at)}" if row.paused_at else "open"),
    ]


def _worker_columns(stalled_seconds: float) -> list[Column[WorkerRow]]:
    def doing(row: WorkerRow) -> str:
        return ", ".join(f"{each.kind} {each.media_id or each.job_id}" for each in row.doing)

    return [
        Column("NAME", 16, lambda row: row.name),
        Column("ID", 24, lambda row: row.process_id),
        Column("STATE", 8, lambda row: row.state(stalled_seconds)),
        Column("QUEUES", 16, lambda row: ",".join(row.queues)),
        Column("SINCE", 16, lambda row: when(row.since)),
        Column("HEARD", 5, lambda row: f"{row.silent_seconds:,.0f}", right=True),
        Column("RUNNING", 7, lambda row: f"{row.running:,}", right=True),
        Column("DOING", 30, doing),
    ]


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

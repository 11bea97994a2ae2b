"""``social-tui media analyze`` and ``media batches``: descriptions of media, asked for or ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.choosing import posts_filter, select_posts
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, print_rows, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import batch_lines, elsewhere_line, estimate_lines
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import batch_columns
from social_tui.cli.work import run_jobs, tell

if TYPE_CHECKING:
    from social_tui.library.session import Library
    from social_tui.models import Selection
    from social_tui.reports import BatchReport


@click.command("analyze")
@click.option(
    "--status",
    type=click.Choice(["not_started", "failed"]),
    help="All media that were never analysed; failed also tries those again that failed.",
)
@click.option("--media-id", type=options.MEDIA_ID, metavar="ID", help="This media.")
@posts_filter
@click.option(
    "--outdated", is_flag=True, help="Those too that another model, other words or another shape analysed."
)
@click.option("--estimate", is_flag=True, help="Only tell what it would cost.")
@click.option("--batch", is_flag=True, help="Order the answers within a day, for half the price.")
@click.option(
    "--max-cost", type=click.FloatRange(min=0), metavar="DOLLARS", help="Spend no more in this run."
)
@click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Requests at once.")
@options.as_json
@pass_session
def analyze(
    session: Session,
    status: str | None,
    media_id: str | None,
    which: str | None,
    outdated: bool,
    estimate: bool,
    batch: bool,
    max_cost: float | None,
    concurrency: int | None,
    as_json: bool,
) -> ExitCode:
    """Have media described, read and tagged.

    --posts and --status go together: of the posts of a filter, without --status, those never analysed.

    --outdated alone takes all media that are not analysed as they would be now.

    With --batch the service answers within a day, and workers collect that: see media batches.
    """
    is_chosen = status is not None or which is not None
    if (media_id is not None and is_chosen) or not (media_id is not None or is_chosen or outdated):
        raise click.UsageError("Say --media-id ID, or --status STATUS, --posts FILTER or both, or --outdated")
    from social_tui.library.estimating import question_of
    from social_tui.store.jobs import request_jobs
    from social_tui.store.media import get_media

    posts = select_posts(which)
    media_ids = None if media_id is None else [media_id]
    retry_failed = status == "failed"
    with session.library(ai_cap_run=max_cost) as library:
        if media_id is not None:
            get_media(library.gateway, media_id)
        if estimate:
            return _estimate(library, media_ids, posts, retry_failed, outdated, batch, as_json=as_json)
        if batch:
            return _submit(library, media_ids, posts, retry_failed, outdated, as_json=as_json)
        request_jobs(
            library.gateway,
            "analyze",
            media_ids=media_ids,
            posts=posts,
            retry_failed=retry_failed,
            outdated=question_of(library) if outdated else None,
            actor=library.actor,
        )
        if outdated and not library.has_login:
            complain(elsewhere_line(f"{library.provider.name}: {library.provider.model}"))
        report = run_jobs(library, "analyze", concurrency=concurrency)
    return tell(report, as_json=as_json)


def _estimate(
    library: Library,
    media_ids: list[str] | None,
    posts: Selection | None,
    retry_failed: bool,
    outdated: bool,
    in_batch: bool,
    *,
    as_json: bool,
) -> ExitCode:
    from social_tui.library.estimating import estimate_analyses

    found = estimate_analyses(
        library,
        media_ids=media_ids,
        posts=posts,
        retry_failed=retry_failed,
        outdated=outdated,
        in_batch=in_batch,
    )
    if as_json:
        print_json(found)
    else:
        say("\n".join(estimate_lines(found)))
    return ExitCode.OK


def _submit(
    library: Library,
    media_ids: list[str] | None,
    posts: Selection | None,
    retry_failed: bool,
    outdated: bool,
    *,
    as_json: bool,
) -> ExitCode:
    from social_tui.library.batching import submit_batches

    with ProgressBar("Ordering") as bar:

        def show(report: BatchReport) -> None:
            bar.update(report.requests, None, f"requests in {len(report.batches):,} batches")

        report = submit_batches(
            library,
            media_ids=media_ids,
            posts=posts,
            retry_failed=retry_failed,
            outdated=outdated,
            on_progress=show,
        )
    if as_json:
        print_json(report)
    else:
        say("\n".join(batch_lines(report)))
    if report.reason:
        complain(report.reason)
    return ExitCode.FAILED if report.reason or report.left_out else ExitCode.OK


@click.command("batches")
@click.option("--cancel", "cancelled", type=options.BATCH_ID, metavar="ID", help="Call this batch off.")
@options.limit
@options.as_json
@pass_session
def batches(session: Session, cancelled: str | None, limit: int | None, as_json: bool) -> ExitCode:
    """List what was ordered by media analyze --batch: how far it is and what it costs.

    Workers send, look at and collect batches; this looks at those that are due as well.
    """
    from social_tui.library.batching import cancel_batch, look_at_batch
    from social_tui.store.ai_batches import list_batches

    with session.library() as library:
        if cancelled is not None and not cancel_batch(library, cancelled):
            complain(f"The batch {cancelled} is over, or was called off before.")
            return ExitCode.FAILED
        while not library.settings.read_only and look_at_batch(library):
            pass
        rows = list_batches(library.gateway, limit=limit or 200)
    print_rows(batch_columns(), rows, "No batches.", as_json=as_json)
    return ExitCode.OK

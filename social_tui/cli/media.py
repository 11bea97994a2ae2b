"""``social-tui media``: the files behind the posts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.analyze import analyze, batches
from social_tui.cli.choosing import each_post, posts_filter, select_posts
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.marks import marks
from social_tui.cli.output import complain, print_json, print_json_array, print_rows, print_table, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import backfill_lines, plan_lines, verify_lines
from social_tui.cli.session import Session, pass_session
from social_tui.cli.signs import Findings, as_csv_option
from social_tui.cli.tables import media_columns, plan_columns
from social_tui.cli.work import helpers, load_beside, run_jobs, tell

if TYPE_CHECKING:
    from social_tui.library.session import Library
    from social_tui.models import DownloadStatus, MediaRow, MediaType, Selection
    from social_tui.reports import BackfillReport, VerifyReport

_TYPES = ["image", "video", "audio", "document"]


@click.group()
def media() -> None:
    """Download, verify, archive and analyse media."""


media.add_command(marks)
media.add_command(analyze)
media.add_command(batches)


@media.command("list")
@click.option("--post-id", type=options.POST_ID, metavar="ID", help="Only the media of this post.")
@click.option(
    "--status",
    type=click.Choice(["pending", "downloading", "ready", "failed"]),
    help="Only media in this state.",
)
@click.option(
    "--type",
    "media_type",
    type=click.Choice(_TYPES),
    help="Only media of this type.",
)
@options.limit
@options.as_json
@pass_session
def list_command(
    session: Session,
    post_id: str | None,
    status: DownloadStatus | None,
    media_type: MediaType | None,
    limit: int | None,
    as_json: bool,
) -> ExitCode:
    """List media, of one post or by state."""
    from social_tui.store.media import iterate_media
    from social_tui.store.posts import get_post

    with session.library() as library:
        if post_id is not None:
            get_post(library.gateway, post_id)
        rows = islice(
            iterate_media(library.gateway, post_id=post_id, status=status, media_type=media_type), limit
        )
        print_rows(media_columns(), rows, "No media.", as_json=as_json)
    return ExitCode.OK


@media.command("download-all")
@click.option("--plan", is_flag=True, help="Print the order and what is lost already; download nothing.")
@click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Downloads at once.")
@click.option("--per-host", type=click.IntRange(1, 64), metavar="N", help="Downloads at once from one host.")
@click.option("--max-bytes", metavar="SIZE", help="Largest file to fetch, videos too, such as 20MB.")
@click.option("--only", type=click.Choice(_TYPES), help="Only media of this type.")
@click.option("--host", metavar="NAME", help="Only media from this host and those below it.")
@click.option("--retry-failed", is_flag=True, help="Try those again that failed before.")
@posts_filter
@options.as_json
@pass_session
def download_all(
    session: Session,
    plan: bool,
    concurrency: int | None,
    per_host: int | None,
    max_bytes: str | None,
    only: MediaType | None,
    host: str | None,
    retry_failed: bool,
    which: str | None,
    as_json: bool,
) -> ExitCode:
    """Download every media not yet had, soonest-to-die first.

    What was queued before is downloaded too, whatever the options say that choose.
    """
    from social_tui.store.jobs import request_jobs

    posts = select_posts(which)
    limits: dict[str, Any] = {"concurrency": concurrency, "per_host": per_host}
    limits |= {"max_bytes": max_bytes, "max_video_bytes": max_bytes}
    if plan:
        with session.library(**limits) as library:
            return _print_plan(library, _planned(library, posts, only, host, retry_failed), as_json=as_json)
    with helpers("download") as reserve, session.library(**limits) as library:
        load_beside()
        request_jobs(
            library.gateway,
            "download",
            posts=posts,
            media_type=only,
            host=host,
            retry_failed=retry_failed,
            actor=library.actor,
        )
        report = run_jobs(library, "download", concurrency=concurrency, reserve=reserve)
    return tell(report, as_json=as_json)


def _planned(
    library: Library, posts: Selection | None, only: MediaType | None, host: str | None, retry_failed: bool
) -> list[MediaRow]:
    from social_tui.library.planning import plan_downloads

    post_ids = None
    if posts is not None and posts.filter is not None:
        post_ids = {post.post_id for post in each_post(library.gateway, posts.filter)}
    return plan_downloads(library, post_ids=post_ids, media_type=only, host=host, retry_failed=retry_failed)


def _print_plan(library: Library, rows: list[MediaRow], *, as_json: bool) -> ExitCode:
    from social_tui.store.downloads import count_failures

    if as_json:
        print_json_array(rows)
        return ExitCode.OK
    now = datetime.now(UTC)
    print_table(plan_columns(now), rows)
    dead = sum(row.url_expires_at is not None and row.url_expires_at <= now for row in rows)
    say("\n".join(plan_lines(len(rows), dead, count_failures(library.gateway))))
    return ExitCode.OK


@media.command("verify-cache")
@click.option("--repair", is_flag=True, help="Have damaged and missing files again.")
@click.option("--slice", "part", type=options.SLICE, metavar="N/T", help="Only the N-th of T parts.")
@click.option("--assume-lost", is_flag=True, help="Go on although not one of the files is there.")
@click.option("--list", "as_list", is_flag=True, help="Print a line a file, with its sign.")
@as_csv_option
@options.as_json
@pass_session
def verify_cache(
    session: Session,
    repair: bool,
    part: tuple[int, int] | None,
    assume_lost: bool,
    as_list: bool,
    as_csv: bool,
    as_json: bool,
) -> ExitCode:
    """Hash every cached file and compare it with its row.

    A damaged file is put into quarantine, so that nothing shows or archives it. A cache that has none of
    its files is refused, as its disk may not be mounted.

    With --list each line begins with a sign: = the same, * damaged, - missing, ! not readable.
    """
    from social_tui.library import verifying

    if [as_list, as_csv, as_json].count(True) > 1:
        raise click.UsageError("Say one of --list, --csv and --json")
    findings = Findings("csv" if as_csv else "lines")
    with session.library() as library, ProgressBar("Verifying") as bar:

        def show(report: VerifyReport) -> None:
            bar.update(report.checked, None, f"files, {report.damaged + report.missing:,} not intact")

        report = verifying.verify_cache(
            library,
            repair=repair,
            part=part or (1, 1),
            assume_lost=assume_lost,
            on_progress=show,
            on_found=findings.show if as_list or as_csv else None,
        )
    if as_json:
        print_json(report)
    elif not (as_list or as_csv):
        say("\n".join(verify_lines(report, repair=repair)))
    if report.problems:
        rest = len(report.problems) - 1
        complain(
            report.problems[0] + (f" So it was {rest:,} more times; the log tells each." if rest else "")
        )
        return ExitCode.FAILED
    whole = report.damaged + report.missing == (report.repaired if repair else 0)
    return ExitCode.OK if whole else ExitCode.PARTIAL


@media.command("archive")
@click.option("--all", "everything", is_flag=True, help="Every file that is not archived yet.")
@click.option("--post-id", type=options.POST_ID, metavar="ID", help="The files of this post.")
@click.option("--concurrency", type=click.IntRange(1, 64), metavar="N", help="Files at once.")
@posts_filter
@options.as_json
@pass_session
def archive(
    session: Session,
    everything: bool,
    post_id: str | None,
    concurrency: int | None,
    which: str | None,
    as_json: bool,
) -> ExitCode:
    """Copy files to the archive and check that they arrived whole."""
    if [everything, post_id is not None, which is not None].count(True) != 1:
        raise click.UsageError("Say one of --all, --post-id ID and --posts FILTER")
    from social_tui.models import Selection
    from social_tui.store.jobs import request_jobs
    from social_tui.store.posts import get_post

    posts = select_posts(which)
    with helpers("archive", concurrency) as reserve, session.library() as library:
        if post_id is not None:
            get_post(library.gateway, post_id)
            posts = Selection(post_ids=frozenset({post_id}))
        load_beside()
        request_jobs(
            library.gateway,
            "archive",
            posts=posts,
            retry_failed=not everything,
            actor=library.actor,
        )
        report = run_jobs(library, "archive", concurrency=concurrency, reserve=reserve)
    return tell(report, as_json=as_json)


@media.command("backfill")
@click.option("--start-date", type=options.DATE, metavar="DATE", help="Only posts published then or later.")
@options.mapped
@options.dry_run
@options.as_json
@pass_session
def backfill(
    session: Session, start_date: date | None, map_file: Path | None, dry_run: bool, as_json: bool
) -> ExitCode:
    """Make the rows that stored posts lack, and complete partial carousels.

    With --map the posts of the map's platform are read by it.
    """
    from social_tui.library import backfilling

    mapped = options.load(map_file)
    with session.library() as library, ProgressBar("Reading posts again") as bar:

        def show(report: BackfillReport) -> None:
            bar.update(report.posts, None, f"posts, {report.media_new:,} media new")

        report = backfilling.backfill(
            library, start=start_date, mapped=mapped, dry_run=dry_run, on_progress=show
        )
    if as_json:
        print_json(report)
    else:
        say("\n".join(backfill_lines(report)))
    return ExitCode.PARTIAL if report.rejected else ExitCode.OK

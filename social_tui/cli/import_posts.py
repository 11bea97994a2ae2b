"""``social-tui import``: posts into the library, a row for every media they name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import import_lines, work_lines
from social_tui.cli.session import Session, pass_session
from social_tui.cli.work import judge, run_jobs

if TYPE_CHECKING:
    from social_tui.library.session import Library
    from social_tui.reports import ImportReport, WorkReport


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--download", is_flag=True, help="Download the media too.")
@click.option("--avatars", is_flag=True, help="Note the authors' pictures too.")
@options.dry_run
@options.as_json
@pass_session
def import_posts(
    session: Session, paths: tuple[str, ...], download: bool, avatars: bool, dry_run: bool, as_json: bool
) -> ExitCode:
    """Import exported posts and note every media they name.

    PATH is a file, a folder, or - for standard input: JSON, JSON lines, CSV, a part of an X archive, packed
    as .gz, .xz or .zip or not. The format is found by its shape, never by its name; docs/formats.md lists
    what is read. Importing again is safe: it brings fresh links and counts.
    """
    if dry_run and download:
        raise click.UsageError("--dry-run writes nothing, so it cannot --download")
    work = None
    with session.library() as library:
        report = _import(library, paths, avatars=avatars, dry_run=dry_run)
        if not as_json:
            say("\n".join(import_lines(report, now=datetime.now(UTC), dry_run=dry_run)))
        try:
            work = _download(library) if download else None
        finally:
            # What was imported is told even when the download is called off.
            if as_json:
                print_json(report.model_dump(mode="json") | ({"download": work.model_dump()} if work else {}))
    if work and not as_json:
        say("\n".join(work_lines(work)))
    elif report.media.new and not (dry_run or as_json):
        say("Get the media before their links die: 'social-tui media download-all'.")
    return _judge(report, work)


def _import(library: Library, paths: tuple[str, ...], *, avatars: bool, dry_run: bool) -> ImportReport:
    from social_tui.library.importing import import_paths

    with ProgressBar("Importing") as bar:

        def show(report: ImportReport) -> None:
            bar.update(report.posts.read, None, f"posts, {report.media.found:,} media")

        return import_paths(library, paths, avatars=avatars, dry_run=dry_run, on_progress=show)


def _download(library: Library) -> WorkReport:
    from social_tui.store.jobs import request_jobs

    request_jobs(library.gateway, "download", actor=library.actor)
    return run_jobs(library, "download")


def _judge(report: ImportReport, work: WorkReport | None) -> ExitCode:
    posts = report.posts
    if not posts.new + posts.updated + posts.unchanged:
        return ExitCode.NOTHING
    code = judge(work) if work else ExitCode.OK
    return ExitCode.PARTIAL if report.rejected and code == ExitCode.OK else code

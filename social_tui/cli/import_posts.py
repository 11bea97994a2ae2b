"""``social-tui import``: posts into the library, a row for every media they name."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import import_lines, work_lines
from social_tui.cli.session import Session, pass_session
from social_tui.cli.work import judge, run_jobs
from social_tui.text import human_duration

if TYPE_CHECKING:
    from social_tui.importers.mapped import Mapped
    from social_tui.importers.sources import Meter
    from social_tui.library.session import Library
    from social_tui.reports import ImportReport, WorkReport


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--download", is_flag=True, help="Download the media too.")
@click.option("--avatars", is_flag=True, help="Note the authors' pictures too.")
@options.mapped
@click.option("--explain", is_flag=True, help="Tell what each file is taken for and why; import nothing.")
@click.option("--watch", is_flag=True, help="Go on with what comes into the folders, until Ctrl-C.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0.1, max=3600),
    metavar="SECONDS",
    help="With --watch: take a file that did not change for so long (2).",
)
@click.option("--poll", is_flag=True, help="With --watch: look for changes oneself, as network drives need.")
@options.dry_run
@options.as_json
@pass_session
def import_posts(
    session: Session,
    paths: tuple[str, ...],
    download: bool,
    avatars: bool,
    map_file: Path | None,
    explain: bool,
    watch: bool,
    settle: float | None,
    poll: bool,
    dry_run: bool,
    as_json: bool,
) -> ExitCode:
    """Import exported posts and note every media they name.

    PATH is a file, a folder, or - for standard input. Of folders all files are read that end in .json,
    .jsonl, .ndjson, .csv, .tsv, .js or .har (JSON, JSON lines, tables, parts of an X archive, records of
    browsers), and what is packed in .gz, .bz2, .xz, .zst, .tar, .tgz or .zip. The format is found by its
    shape, never by its name; docs/formats.md lists what is read. Other formats need a map (docs/mapping.md),
    which --explain proposes. Importing again is safe: it brings fresh links and counts.
    """
    if explain + watch + dry_run > 1 or (download and (explain or dry_run)):
        raise click.UsageError(
            "--explain and --dry-run write nothing and go with neither --watch nor --download"
        )
    if (poll or settle is not None) and not watch:
        raise click.UsageError("--poll and --settle say how to --watch")
    mapped = options.load(map_file)
    if explain:
        from social_tui.cli.explaining import explain_files

        return explain_files(paths, mapped=mapped, avatars=avatars, as_json=as_json)
    with session.library() as library:
        if watch:
            from social_tui.cli.watching import Watch

            watching = Watch(library, mapped=mapped, avatars=avatars, download=download, as_json=as_json)
            return watching.run(paths, settle_seconds=settle or 2, polling=poll)
        return _import_once(
            library, paths, mapped, avatars=avatars, download=download, dry_run=dry_run, as_json=as_json
        )


def _import_once(
    library: Library,
    paths: tuple[str, ...],
    mapped: Mapped | None,
    *,
    avatars: bool,
    download: bool,
    dry_run: bool,
    as_json: bool,
) -> ExitCode:
    work = None
    report = import_with_bar(library, paths, mapped=mapped, avatars=avatars, dry_run=dry_run)
    if not as_json:
        say("\n".join(import_lines(report, now=datetime.now(UTC), dry_run=dry_run)))
    try:
        work = download_all(library) if download else None
    finally:
        # What was imported is told even when the download is called off.
        if as_json:
            print_json(report.model_dump(mode="json") | ({"download": work.model_dump()} if work else {}))
    if work and not as_json:
        say("\n".join(work_lines(work)))
    elif report.media.new > report.media.taken_in and not (dry_run or as_json):
        say("Get the media before their links die: 'social-tui media download-all'.")
    return _judge(report, work)


def import_with_bar(
    library: Library,
    paths: tuple[str, ...],
    *,
    mapped: Mapped | None = None,
    avatars: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Import under a bar that tells the pace and the time left."""
    from social_tui.importers.sources import Meter
    from social_tui.library.importing import import_paths

    meter, began = Meter(), time.monotonic()
    with ProgressBar("Importing") as bar:

        def show(report: ImportReport) -> None:
            note = _pace(report, meter, time.monotonic() - began)
            bar.update(report.posts.read, None, note, share=meter.share)

        return import_paths(
            library, paths, avatars=avatars, dry_run=dry_run, mapped=mapped, meter=meter, on_progress=show
        )


def _pace(report: ImportReport, meter: Meter, seconds: float) -> str:
    words = [f"posts, {report.media.found:,} media"]
    if seconds >= 1:
        words.append(f"{report.posts.read / seconds:,.0f} posts/s")
    left = meter.seconds_left(seconds)
    if left is not None:
        words.append(f"{human_duration(left)} left")
    return ", ".join(words)


def download_all(library: Library) -> WorkReport:
    """Download every media that is not had yet."""
    from social_tui.store.jobs import request_jobs

    request_jobs(library.gateway, "download", actor=library.actor)
    return run_jobs(library, "download")


def _judge(report: ImportReport, work: WorkReport | None) -> ExitCode:
    posts = report.posts
    if not posts.new + posts.updated + posts.unchanged:
        return ExitCode.NOTHING
    code = judge(work) if work else ExitCode.OK
    return ExitCode.PARTIAL if report.rejected and code == ExitCode.OK else code

"""``social-tui export``: posts, media and bags of evidence for others."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from social_tui.cli import options
from social_tui.cli.choosing import Chosen, choose, filter_words, joined, sort_name, view_name
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session
from social_tui.text import human_bytes

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.library.bag_payload import BagReport
    from social_tui.library.bag_timestamp import Authority
    from social_tui.library.bagging import Contents
    from social_tui.library.exporting import Exported, ExportFormat
    from social_tui.library.session import Library
    from social_tui.models import Sort


@click.group()
def export() -> None:
    """Write posts, media and bags of evidence for others."""


Command = TypeVar("Command", bound=Callable[..., Any])


def _written_as(command: Command) -> Command:
    """Let a command be told how to write and where."""
    for option in (
        click.option("--force", is_flag=True, help="Replace the file if it exists."),
        click.option(
            "--output",
            type=click.Path(path_type=Path, allow_dash=True),
            metavar="FILE",
            help="Write to this file, whole or not at all, instead of stdout.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["jsonl", "csv", "parquet"]),
            default="jsonl",
            help="How; jsonl by default. parquet needs --output.",
        ),
    ):
        command = option(command)
    return command


@export.command("posts")
@_written_as
@filter_words
@view_name
@sort_name
@options.limit
@pass_session
def export_posts(
    session: Session,
    form: ExportFormat,
    output: Path | None,
    force: bool,
    words: tuple[str, ...],
    view: str | None,
    sort: Sort | None,
    limit: int | None,
) -> ExitCode:
    """Write posts with all that is known of them, all or those of a filter.

    jsonl: one object a line, as 'posts show --json' prints it: the post's columns, the raw JSON of its
    export, its media, its links and its engagement over time. csv: one row a post in UTF-8, without raw JSON
    and lists; a text that a spreadsheet would take for a formula gets a leading apostrophe. parquet: one row
    a post with all of it, lists as JSON texts; it needs the extra 'parquet'.
    """
    from social_tui.models import PostDetail
    from social_tui.store.posts import iterate_posts

    chosen = choose(words, view, sort)

    def find(library: Library) -> Iterable[PostDetail]:
        wanted, order = chosen.resolve(library.gateway)
        return iterate_posts(library.gateway, filter=wanted, sort=order)

    return _write(session, find, PostDetail, "post", form, output, force=force, limit=limit)


@export.command("media")
@_written_as
@filter_words
@view_name
@sort_name
@options.limit
@pass_session
def export_media(
    session: Session,
    form: ExportFormat,
    output: Path | None,
    force: bool,
    words: tuple[str, ...],
    view: str | None,
    sort: Sort | None,
    limit: int | None,
) -> ExitCode:
    """Write what is known of media, all or those of the posts of a filter.

    jsonl: one object a line, as 'media list --json' prints it. csv: one row a media in UTF-8, without its
    logs; a text that a spreadsheet would take for a formula gets a leading apostrophe. parquet: one row a
    media with all of it, logs as JSON texts; it needs the extra 'parquet'.
    """
    from social_tui.models import MediaRow
    from social_tui.store.media import iterate_media
    from social_tui.store.posts import iterate_posts

    chosen = choose(words, view, sort)

    def find(library: Library) -> Iterable[MediaRow]:
        wanted, order = chosen.resolve(library.gateway)
        if wanted.is_empty:
            return iterate_media(library.gateway)
        posts = iterate_posts(library.gateway, filter=wanted, sort=order)
        return (row for post in posts for row in post.media)

    return _write(session, find, MediaRow, "media", form, output, force=force, limit=limit)


def _write(
    session: Session,
    find: Callable[[Library], Iterable[Exported]],
    kind: type[Exported],
    name: str,
    form: ExportFormat,
    output: Path | None,
    *,
    force: bool,
    limit: int | None,
) -> ExitCode:
    from social_tui.library.exporting import check_destination, export_to_file, write_rows
    from social_tui.library.parquet import require_parquet

    file = None if output is None or str(output) == "-" else check_destination(output, force=force)
    if form == "parquet":
        require_parquet()
        if file is None:
            raise click.UsageError("Parquet is no text: say --output FILE")
    names = "posts" if name == "post" else name
    with session.library() as library:
        found = islice(find(library), limit)
        if file is not None:
            with ProgressBar("Exporting") as bar:
                count = export_to_file(
                    found, file, form, kind=kind, tell=lambda done: bar.update(done, None, names)
                )
            say(f"{count:,} {name if count == 1 else names} exported to {output}")
        elif form != "parquet":
            write_rows(found, _plain_stdout(), form, kind=kind, for_terminal=sys.stdout.isatty())
    return ExitCode.OK


def _plain_stdout() -> TextIO:
    """Let stdout take any text as it is, whatever the language of this machine."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


@export.command("bag")
@filter_words
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@view_name
@sort_name
@click.option("--post-id", type=options.POST_ID, metavar="ID", help="This post with all its media.")
@click.option("--media-id", type=options.MEDIA_ID, metavar="ID", help="This media with its post.")
@click.option("--all", "everything", is_flag=True, help="All posts, and media that belong to none.")
@click.option(
    "--timestamp", "url", metavar="URL", help="Have it stamped by this time stamp authority (RFC 3161)."
)
@click.option("--no-timestamp", is_flag=True, help="Have it stamped by nobody, whatever the settings say.")
@options.timestamp_roots
@options.as_json
@pass_session
def bag(
    session: Session,
    words: tuple[str, ...],
    folder: Path,
    view: str | None,
    sort: Sort | None,
    post_id: str | None,
    media_id: str | None,
    everything: bool,
    url: str | None,
    no_timestamp: bool,
    roots: Path | None,
    as_json: bool,
) -> ExitCode:
    """Write posts and media with all that is known of them as a bag of evidence.

    DIR is a new folder in the form of BagIt 1.0 (RFC 8493) that anybody can check, with 'social-tui
    verify-bag', bagit.py or sha256sum; docs/bags.md tells what is in it. A media whose bytes cannot be had is
    in it with the reason. DIR appears whole or not at all.
    """
    from social_tui.library.bagging import make_bag

    ways = (bool(words), view is not None, post_id is not None, media_id is not None, everything)
    if ways.count(True) != 1:
        raise click.UsageError("Say one of FILTER, --view NAME, --post-id ID, --media-id ID and --all")
    chosen = choose(words, view, sort)
    with session.library(timestamp_url=url, timestamp_ca=roots) as library, ProgressBar("Exporting") as bar:
        authority = None if no_timestamp else _authority(library.settings)
        contents = _contents(library, chosen, joined(words) or f"of the view {view}", post_id, media_id)

        def show(report: BagReport) -> None:
            bar.update(report.posts, contents.total, f"posts, {human_bytes(report.bytes)}")

        report = make_bag(library, contents, folder, authority=authority, tell=show)
    if as_json:
        print_json(report)
    else:
        say("\n".join(_bag_lines(report)))
    if report.problem is not None:
        complain(f"The bag is whole and has no time stamp: {report.problem}")
    return ExitCode.PARTIAL if report.lost or report.problem is not None else ExitCode.OK


def _authority(settings: Settings) -> Authority | None:
    from social_tui.library.bag_timestamp import Authority

    if settings.timestamp_url is None:
        return None
    return Authority(settings.timestamp_url, settings.timestamp_ca)


def _contents(
    library: Library, chosen: Chosen, words: str, post_id: str | None, media_id: str | None
) -> Contents:
    from social_tui.library import bagging

    if post_id is not None:
        return bagging.one_post(library, post_id)
    if media_id is not None:
        return bagging.one_media(library, media_id)
    wanted, sort = chosen.resolve(library.gateway)
    if wanted.is_empty and chosen.view is None:
        return bagging.everything(library)
    return bagging.posts_of_filter(library, wanted, sort, words)


def _bag_lines(report: BagReport) -> list[str]:
    lines = [
        f"{report.posts:,} posts and {report.media:,} media exported to {report.bag}:"
        f" {report.held:,} media with their bytes, {report.files:,} files, {human_bytes(report.bytes)}"
    ]
    if report.absent:
        words = ", ".join(f"{count:,} {word}" for word, count in sorted(report.absent.items()))
        lines.append(f"Without bytes, each listed with its reason: {words}")
    if report.stamped_at is not None:
        lines.append(f"Stamped at {report.stamped_at}")
    return [*lines, f"Anybody can check it: social-tui verify-bag {report.bag}"]

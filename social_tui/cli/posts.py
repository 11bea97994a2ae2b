"""``social-tui posts`` and ``search``: what the app shows, for scripts."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import from_milliseconds, print_json, print_json_array, print_table, say, when
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import media_columns, post_columns
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.library.exporting import ExportFormat
    from social_tui.models import PostDetail, PostSummary
    from social_tui.store.gateway import Gateway

_PAGE = 500
_LONGEST_TEXT = 20_000


@click.group()
def posts() -> None:
    """List, show and export posts."""


@posts.command("list")
@options.query
@options.limit
@options.as_json
@pass_session
def list_command(session: Session, query: str | None, limit: int | None, as_json: bool) -> ExitCode:
    """List posts, newest first."""
    return _list(session, query, limit, as_json=as_json)


@click.command("search")
@click.argument("query", nargs=-1, required=True, metavar="QUERY...")
@options.limit
@options.as_json
@pass_session
def search(session: Session, query: tuple[str, ...], limit: int | None, as_json: bool) -> ExitCode:
    """Find posts by words in their text or author.

    All words must occur; the last one may be the beginning of a word. "Quotes" keep words together, or
    between words takes either, and -word leaves posts out (write -- before the query then).
    """
    return _list(session, " ".join(query), limit, as_json=as_json)


@posts.command("show")
@click.argument("post_id", type=options.POST_ID)
@options.as_json
@pass_session
def show(session: Session, post_id: str, as_json: bool) -> ExitCode:
    """Show one post with its media."""
    from social_tui.store.posts import get_post

    with session.library() as library:
        post = get_post(library.gateway, post_id)
    if as_json:
        print_json(post)
        return ExitCode.OK
    say("\n".join(_post_lines(post)))
    say()
    say(terminal_safe(post.text_content, multiline=True, limit=_LONGEST_TEXT))
    say()
    print_table(media_columns(), post.media)
    return ExitCode.OK


@posts.command("export")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", help="How; jsonl by default."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to this file, whole or not at all, instead of stdout.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@options.query
@options.limit
@pass_session
def export(
    session: Session,
    form: ExportFormat,
    output: Path | None,
    force: bool,
    query: str | None,
    limit: int | None,
) -> ExitCode:
    """Write posts with all that is known of them, newest first.

    jsonl: one object a line, as 'posts show --json' prints it: the post's columns, the raw JSON of its
    export, and an array of its media with their columns. csv: one row a post in UTF-8, without raw JSON
    and media; a text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    from social_tui.filters import Filter
    from social_tui.library.exporting import check_destination, export_to_file, write_posts
    from social_tui.store.posts import iterate_posts

    file = None if output is None or str(output) == "-" else check_destination(output, force=force)
    with session.library() as library:
        found = islice(iterate_posts(library.gateway, filter=Filter(words=query)), limit)
        if file is None:
            write_posts(found, _plain_stdout(), form, for_terminal=sys.stdout.isatty())
            return ExitCode.OK
        with ProgressBar("Exporting") as bar:
            count = export_to_file(found, file, form, tell=lambda done: bar.update(done, None, "posts"))
    say(f"{count:,} {'post' if count == 1 else 'posts'} exported to {output}")
    return ExitCode.OK


def _plain_stdout() -> TextIO:
    """Let stdout take any text as it is, whatever the language of this machine."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def _list(session: Session, query: str | None, limit: int | None, *, as_json: bool) -> ExitCode:
    with session.library() as library:
        rows = islice(_pages(library.gateway, query), limit)
        if as_json:
            print_json_array(rows)
        elif not print_table(post_columns(), rows):
            say("No posts.")
    return ExitCode.OK


def _pages(gateway: Gateway, query: str | None) -> Iterator[PostSummary]:
    from social_tui.filters import Filter
    from social_tui.models import Key
    from social_tui.store.posts import list_posts

    after: Key | None = None
    while True:
        page = list_posts(gateway, filter=Filter(words=query), after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].key


def _post_lines(post: PostDetail) -> list[str]:
    author = " ".join(part for part in (post.author_name, f"({post.author_username})") if part)
    counts = ((post.reactions, "reactions"), (post.comments, "comments"), (post.reposts, "reposts"))
    rows = [
        ("Post", post.post_id),
        ("Platform", post.platform),
        ("Kind", post.post_type),
        ("Author", author if post.author_username else post.author_name),
        ("Date", when(from_milliseconds(post.posted_at_timestamp))),
        ("Link", post.url),
        ("Engagement", ", ".join(f"{count:,} {word}" for count, word in counts if count is not None)),
    ]
    return [f"{name:<12}{terminal_safe(value, limit=300)}" for name, value in rows if value]

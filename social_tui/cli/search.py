"""``social-tui search``: posts by all that they say and show."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.choosing import read_filter
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, from_milliseconds, print_json, print_json_array, say, when
from social_tui.cli.session import Session, pass_session
from social_tui.text import display_width, fit, terminal_safe

if TYPE_CHECKING:
    from social_tui.library.searching import By
    from social_tui.library.session import Library
    from social_tui.search_models import FoundPost, PictureUse

_LIMIT = 50
_WIDTHS = (4, 19, 16, 20, 16)
_LONGEST_EXCERPT = 300


@click.command("search")
@click.argument("query", nargs=-1, metavar="QUERY...")
@click.option("--similar", type=options.MEDIA_ID, help="Posts with a picture like that of this media.")
@click.option("--posts", "which", metavar="FILTER", help="Look only in the posts of this filter.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=_LIMIT, show_default=True, help="Print at most so many."
)
@click.option("--meaning", "by", flag_value="meaning", help="Find the same told in other words.")
@click.option("--hybrid", "by", flag_value="hybrid", help="Find by words and by meaning together.")
@click.option(
    "--index", is_flag=True, help="Read the meaning of new and changed posts, then search, if at all."
)
@options.as_json
@pass_session
def search(
    session: Session,
    query: tuple[str, ...],
    similar: str | None,
    which: str | None,
    limit: int,
    by: By | None,
    index: bool,
    as_json: bool,
) -> ExitCode:
    """Find posts by all that they say and show, the best first.

    Looks in texts, authors, tags, alternative texts, and in what analyses read, name and describe in
    pictures. All words must occur; the last one may be the beginning of a word, as may any that ends with *.
    "Quotes" keep words together, or between words takes either, and -word leaves posts out (write -- before
    the query then). Behind them come posts in which the query stands inside of words. similar:med-… among
    the words is the same as --similar.
    """
    from social_tui.library.searching import Search, find, read_search, row_of, use_of

    typed = read_search(" ".join(query))
    wanted = Search(typed.words, similar or typed.similar)
    if wanted.is_empty and not index:
        raise click.UsageError("Say what to look for: QUERY or --similar")
    chosen = read_filter(which or "")
    with session.library() as library:
        if index:
            _index(library, as_json=as_json and wanted.is_empty)
        if wanted.is_empty:
            return ExitCode.OK
        found = find(library, wanted, posts=chosen, limit=limit, by=by or "words")
        if as_json:
            print_json_array(row_of(post) for post in found)
            return ExitCode.OK
        posts = list(found)
        # Whoever used a picture first may stand behind the last post that is printed.
        use = use_of(library, wanted, posts=chosen)
    for text in _lines(posts):
        sys.stdout.write(text + "\n")
    _tell(posts, use)
    return ExitCode.OK


def _index(library: Library, *, as_json: bool) -> None:
    """Read the meaning of what is new, and tell how much that was: on stdout only where nothing follows."""
    from social_tui.library.embedding import index_meaning

    report = index_meaning(library)
    if as_json:
        print_json(report)
    else:
        complain(f"{report.posts:,} posts read with {report.model}; {report.waiting:,} wait.")


def _tell(posts: Sequence[FoundPost], use: PictureUse | None) -> None:
    """Say what the table does not."""
    if not posts:
        say("No posts.")
    elif use is not None:
        who = use.first_author or "unknown author"
        at = when(from_milliseconds(use.first_posted_at)) or "on an unknown day"
        say(f"{use.posts:,} posts of {use.authors:,} authors; first {at} by {who} ({use.first_post_id}).")
    elif posts[0].is_capped:
        say("Very many posts have these words: only the newest were ranked.")


def _lines(posts: Sequence[FoundPost]) -> Iterator[str]:
    """Draw the table; what was looked for stands out on a terminal."""
    is_terminal = sys.stdout.isatty()
    is_coloured = is_terminal and not os.environ.get("NO_COLOR")
    used = sum(_WIDTHS) + 2 * len(_WIDTHS)
    width = max(shutil.get_terminal_size().columns - used, 30) if is_terminal else _LONGEST_EXCERPT
    if posts:
        yield _row(("#", "POST", "DATE", "AUTHOR", "WHERE"), "EXCERPT")
    for place, post in enumerate(posts, start=1):
        cells = (
            str(place),
            post.post_id,
            when(from_milliseconds(post.posted_at_timestamp)),
            terminal_safe(post.author_name or post.author_username or "", limit=100),
            _where(post),
        )
        yield _row(cells, _excerpt(post, width, is_coloured=is_coloured))


def _row(cells: tuple[str, ...], last: str) -> str:
    fitted = (fit(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return ("  ".join(fitted) + "  " + last).rstrip()


def _where(post: FoundPost) -> str:
    from social_tui.library.searching import PLACE_NAMES

    name = "similar" if "similar" in post.matched else post.excerpt_of
    more = len(post.matched) - 1
    sign = "~" if post.is_substring else ""
    return f"{sign}{PLACE_NAMES[name]}" + (f" +{more}" if more > 0 else "")


def _excerpt(post: FoundPost, width: int, *, is_coloured: bool) -> str:
    from social_tui.library.searching import pieces

    parts: list[str] = []
    for piece in pieces(post.excerpt):
        text = terminal_safe(piece.text)
        if display_width(text) > width:
            text, width = fit(text, max(width, 1)), 0
        else:
            width -= display_width(text)
        parts.append(click.style(text, fg="yellow", bold=True) if piece.is_hit and is_coloured else text)
        if width <= 0:
            break
    return "".join(parts)

"""``social-tui posts``: what the app shows, for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.changing import mark, tag, undo, unmark, untag
from social_tui.cli.choosing import Chosen, choose, each_post, filter_words, sort_name, view_name
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.export import export_posts
from social_tui.cli.output import (
    from_milliseconds,
    print_json,
    print_rows,
    print_table,
    say,
    when,
)
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import media_columns, post_columns
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.models import PostDetail, Sort

_LONGEST_TEXT = 20_000
_MOST_LINKS = 5
_LONGEST_QUOTE = 60
_CURVE_WIDTH = 40


@click.group()
def posts() -> None:
    """List, count, show, export and change posts."""


for _command in (mark, unmark, tag, untag, undo):
    posts.add_command(_command)
posts.add_command(export_posts, "export")


@posts.command("list")
@filter_words
@view_name
@sort_name
@options.limit
@options.as_json
@pass_session
def list_command(
    session: Session,
    words: tuple[str, ...],
    view: str | None,
    sort: Sort | None,
    limit: int | None,
    as_json: bool,
) -> ExitCode:
    """List posts, all or those of a filter.

    A filter is what the app takes, in one argument or several, which spaces join: has:image status:failed is
    the same as 'has:image status:failed'. Put single quotes around it whole, or the shell takes <, > and
    double quotes for itself: 'expires:<2d tag:"to read"'. If it begins with a minus, write -- before it.
    """
    return _list(session, choose(words, view, sort), limit, as_json=as_json)


@posts.command("count")
@filter_words
@view_name
@options.as_json
@pass_session
def count(session: Session, words: tuple[str, ...], view: str | None, as_json: bool) -> ExitCode:
    """Count posts, all or those of a filter."""
    from social_tui.store.posts import count_posts

    chosen = choose(words, view)
    with session.library() as library:
        total = count_posts(library.gateway, chosen.resolve(library.gateway)[0])
    if as_json:
        print_json({"total": total})
    else:
        say(str(total))
    return ExitCode.OK


@posts.command("show")
@click.argument("post_id", type=options.POST_ID)
@options.as_json
@pass_session
def show(session: Session, post_id: str, as_json: bool) -> ExitCode:
    """Show one post with its media, the posts that it is linked with, and its engagement over time.

    A curve has one block for each import that found the post changed.
    """
    from social_tui.store.posts import get_post

    with session.library() as library:
        post = get_post(library.gateway, post_id)
    if as_json:
        print_json(post)
        return ExitCode.OK
    say("\n".join([*_post_lines(post), *_link_lines(post), *_curve_lines(post)]))
    say()
    say(terminal_safe(post.text_content, multiline=True, limit=_LONGEST_TEXT))
    say()
    print_table(media_columns(), post.media)
    return ExitCode.OK


def _list(session: Session, chosen: Chosen, limit: int | None, *, as_json: bool) -> ExitCode:
    with session.library() as library:
        rows = islice(each_post(library.gateway, *chosen.resolve(library.gateway)), limit)
        print_rows(post_columns(), rows, "No posts.", as_json=as_json)
    return ExitCode.OK


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
    return [_named(name, value) for name, value in rows if value]


def _link_lines(post: PostDetail) -> Iterator[str]:
    from social_tui.library.telling import link_groups

    for name, links, total in link_groups(post.links):
        title = name.capitalize()
        for link in links[:_MOST_LINKS]:
            who = link.author_name or link.author_username or "unknown author"
            yield _named(title, f"{link.post_id}  {who}: {terminal_safe(link.text_content)[:_LONGEST_QUOTE]}")
            title = ""
        if total > _MOST_LINKS:
            yield _named("", f"and {total - _MOST_LINKS:,} more")


def _curve_lines(post: PostDetail) -> Iterator[str]:
    from social_tui.library.telling import curves, sparkline

    for curve in curves(post.snapshots):
        first, last = (
            f"{value:,} ({when(at)})"
            for value, at in ((curve.values[0], curve.first_at), (curve.values[-1], curve.last_at))
        )
        yield _named(curve.name.capitalize(), f"{sparkline(curve.values, _CURVE_WIDTH)}  {first} → {last}")


def _named(name: str, value: str) -> str:
    return f"{name:<12}{terminal_safe(value, limit=300)}"

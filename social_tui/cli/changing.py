"""``social-tui posts mark|unmark|tag|untag|undo``: changes of many posts, and taking them back."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.choosing import choose, filter_words, require_some, view_name
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session
from social_tui.errors import UsageError

if TYPE_CHECKING:
    from social_tui.filters import Filter
    from social_tui.models import PostChange
    from social_tui.store.gateway import Gateway

_QUESTIONS: dict[PostChange, str] = {
    "mark": "Mark {posts}",
    "unmark": "Take the mark from {posts}",
    "tag": "Give the tag {tag} to {posts}",
    "untag": "Take the tag {tag} from {posts}",
}
_yes = click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal to ask on.")
_tag = click.argument("name", type=options.TAG)


@click.command("mark")
@filter_words
@view_name
@_yes
@options.as_json
@pass_session
def mark(session: Session, words: tuple[str, ...], view: str | None, yes: bool, as_json: bool) -> ExitCode:
    """Mark the posts of a filter.

    It asks first, and 'posts undo' takes it back. 'posts list --help' tells of filters.
    """
    return _change(session, "mark", words, view, yes=yes, as_json=as_json)


@click.command("unmark")
@filter_words
@view_name
@_yes
@options.as_json
@pass_session
def unmark(session: Session, words: tuple[str, ...], view: str | None, yes: bool, as_json: bool) -> ExitCode:
    """Take the mark from the posts of a filter.

    It asks first, and 'posts undo' takes it back. 'posts list --help' tells of filters.
    """
    return _change(session, "unmark", words, view, yes=yes, as_json=as_json)


@click.command("tag")
@_tag
@filter_words
@view_name
@_yes
@options.as_json
@pass_session
def tag(
    session: Session, name: str, words: tuple[str, ...], view: str | None, yes: bool, as_json: bool
) -> ExitCode:
    """Give the posts of a filter a tag, which is made if need be.

    It asks first, and 'posts undo' takes it back. 'posts list --help' tells of filters.
    """
    return _change(session, "tag", words, view, name, yes=yes, as_json=as_json)


@click.command("untag")
@_tag
@filter_words
@view_name
@_yes
@options.as_json
@pass_session
def untag(
    session: Session, name: str, words: tuple[str, ...], view: str | None, yes: bool, as_json: bool
) -> ExitCode:
    """Take a tag from the posts of a filter.

    It asks first, and 'posts undo' takes it back. 'posts list --help' tells of filters.
    """
    return _change(session, "untag", words, view, name, yes=yes, as_json=as_json)


@click.command("undo")
@click.argument("change_id")
@options.as_json
@pass_session
def undo(session: Session, change_id: str, as_json: bool) -> ExitCode:
    """Take back a change of posts, by the id that it was told with.

    Posts that were changed back or anew since then stay as they are.
    """
    from social_tui.store.bulk import undo_change

    with session.library() as library, ProgressBar("Taking back") as bar:
        count = undo_change(
            library.gateway,
            change_id,
            actor=library.actor,
            tell=lambda done: bar.update(done, None, "posts"),
        )
    if as_json:
        print_json({"change_id": change_id, "changed": count})
    else:
        say(f"{_posts(count)} changed back." if count else "Nothing was left to take back.")
    return ExitCode.OK if count else ExitCode.NOTHING


def _change(
    session: Session,
    change: PostChange,
    words: tuple[str, ...],
    view: str | None,
    name: str | None = None,
    *,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    from social_tui.models import Selection
    from social_tui.store.bulk import change_posts

    chosen = choose(words, view)
    if view is None:
        require_some(chosen.typed)
    if not (yes or _can_ask()):
        raise UsageError("There is no terminal to ask on before posts are changed.", hint="Say --yes.")
    with session.library() as library:
        wanted = require_some(chosen.resolve(library.gateway)[0])
        if not (yes or _may_change(library.gateway, change, wanted, name)):
            complain("Nothing was changed.")
            return ExitCode.NOTHING
        with ProgressBar("Changing") as bar:
            done = change_posts(
                library.gateway,
                change,
                Selection(filter=wanted),
                tag=name,
                actor=library.actor,
                tell=lambda so_far: bar.update(so_far, None, "posts"),
            )
    if as_json:
        print_json(done)
    elif done.changed:
        say(f"{_posts(done.changed)} changed. Take it back with: social-tui posts undo {done.change_id}")
    else:
        say("No post was changed.")
    return ExitCode.OK if done.changed else ExitCode.NOTHING


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _may_change(gateway: Gateway, change: PostChange, wanted: Filter, name: str | None) -> bool:
    """Ask before posts are changed, naming how many and which, unless there are none."""
    from social_tui.filters import describe
    from social_tui.store.posts import count_posts

    count = count_posts(gateway, wanted)
    question = _QUESTIONS[change].format(posts=_posts(count), tag=name)
    which = describe(wanted, zone=datetime.now().astimezone().tzinfo)
    return count == 0 or click.confirm(f"{question} ({which})?", err=True)


def _posts(count: int) -> str:
    return f"{count:,} {'post' if count == 1 else 'posts'}"

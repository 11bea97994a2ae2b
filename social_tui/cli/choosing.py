"""Which posts a command means: a filter as the app takes it, typed or saved as a view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from social_tui.errors import NotFoundError, UsageError
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.filters import Filter
    from social_tui.models import Key, PostSummary, SavedView, Selection, Sort
    from social_tui.store.gateway import Gateway

Command = TypeVar("Command", bound=Callable[..., Any])

_PAGE = 500
_LONGEST_TERM = 60
# The words of models.Sort, written again because that module is too heavy for a help text.
SORTS: tuple[Sort, ...] = ("newest", "oldest", "engagement", "author", "state")

filter_words = click.argument("words", nargs=-1, metavar="[FILTER]...")
view_name = click.option("--view", metavar="NAME", help="The posts of this saved view, in its order.")
sort_name = click.option("--sort", type=click.Choice(SORTS), help="In which order; newest by default.")

posts_filter = click.option(
    "--posts",
    "which",
    metavar="FILTER",
    help="The media of the posts of this filter, in one argument; 'posts list --help' tells of filters.",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which posts the command line names.

    Args:
        typed: The filter that was typed; it keeps all posts where none was.
        view: The name of a saved view to take instead.
        sort: The order that was asked for.
    """

    typed: Filter
    view: str | None
    sort: Sort | None

    def resolve(self, gateway: Gateway) -> tuple[Filter, Sort]:
        """Return the filter and the order.

        Raises:
            NotFoundError: If there is no such view.
            UsageError: If a term of the view is wrong.
        """
        if self.view is None:
            return self.typed, self.sort or "newest"
        view = find_view(gateway, self.view)
        return read_filter(view.filter), self.sort or view.sort


def choose(words: Sequence[str], view: str | None = None, sort: Sort | None = None) -> Chosen:
    """Read which posts are meant, before anything is opened.

    Args:
        words: What the shell made of a filter.
        view: What ``--view`` names.
        sort: What ``--sort`` says.

    Raises:
        UsageError: If a term is wrong.
        click.UsageError: If there are both a filter and a view.
    """
    if words and view is not None:
        raise click.UsageError("Say either a filter or --view NAME")
    return Chosen(read_filter(joined(words)), view, sort)


def joined(words: Sequence[str]) -> str:
    """Return the filter that several arguments make: as if it was typed with spaces between them.

    Quotes that the shell took away are not put back, for ``'author:jeff has:image'`` and ``"to read"`` look
    the same here.
    """
    return " ".join(words)


def read_filter(text: str) -> Filter:
    """Read a filter.

    Args:
        text: As the app takes it.

    Raises:
        UsageError: If a term is wrong: here nobody sees that the others hold.
    """
    from social_tui.filters import parse

    parsed = parse(text, now=datetime.now(UTC).astimezone())
    if parsed.problems:
        first = parsed.problems[0]
        term = terminal_safe(_around(text, first.start, first.end), limit=_LONGEST_TERM)
        raise UsageError(f"The filter is wrong at '{term}': {first.message}", hint=first.hint)
    return parsed.filter


def require_some(wanted: Filter) -> Filter:
    """Return a filter that says something, because what follows changes or costs something.

    Raises:
        UsageError: If it keeps every post.
    """
    if wanted.is_empty:
        raise UsageError("The filter is empty, which means every post.", hint="Say which posts are meant.")
    return wanted


def select_posts(text: str | None) -> Selection | None:
    """Read what ``--posts`` says; None where it was not given.

    Raises:
        UsageError: If the filter is empty or a term is wrong.
    """
    from social_tui.models import Selection

    return None if text is None else Selection(filter=require_some(read_filter(text)))


def find_view(gateway: Gateway, name: str) -> SavedView:
    """Return the saved view with a name or an id.

    Raises:
        NotFoundError: If there is none.
    """
    from social_tui.store.views import list_views

    for view in list_views(gateway):
        if name in (view.name, view.view_id):
            return view
    raise NotFoundError(f"There is no saved view {name!r}.", hint="'social-tui views list' shows them.")


def each_post(gateway: Gateway, wanted: Filter, sort: Sort = "newest") -> Iterator[PostSummary]:
    """Yield the posts of a filter, page by page."""
    from social_tui.store.posts import list_posts

    after: Key | None = None
    while True:
        page = list_posts(gateway, filter=wanted, sort=sort, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].key


def _around(text: str, start: int, end: int) -> str:
    """Return the whole term of which a part is wrong."""
    first = text.rfind(" ", 0, start) + 1
    last = text.find(" ", end)
    return text[first : None if last < 0 else last]

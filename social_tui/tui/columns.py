"""The columns of the posts grid: what stands in them, how wide they are, what sorts by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from social_tui.tui.cells import line
from social_tui.tui.presentation import author, media_counts, post_date, short_count

if TYPE_CHECKING:
    from social_tui.models import PostSummary, Sort

Written = tuple[str, str]
"""A safe text and the component style to draw it in."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: What it is called where columns are chosen.
        title: What its header says.
        write: Writes the cell of a post.
        least: The fewest cells it takes.
        most: The most cells it takes; 0 for what the others leave.
        needs: How wide the grid must be for it to show unless it was chosen, in cells; None for never.
        right: Whether it is aligned to the right.
        sorts: The orders that a click on its header goes through.
    """

    name: str
    title: str
    write: Callable[[PostSummary], Written]
    least: int
    most: int
    needs: int | None = 0
    right: bool = False
    sorts: tuple[Sort, ...] = ()


def _text(post: PostSummary) -> Written:
    text = line(post.text_content)
    if text:
        return text, "text"
    return (f"({line(post.post_type, 40)})" if post.post_type else ""), "muted"


def _engagement(post: PostSummary) -> Written:
    counts = [count for count in (post.reactions, post.comments, post.reposts) if count is not None]
    return short_count(sum(counts) if counts else None), "muted"


def _media(post: PostSummary) -> Written:
    return media_counts(post), "error" if post.media_failed else "muted"


COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "date",
        "Date",
        lambda post: (post_date(post.posted_at_timestamp), "muted"),
        10,
        10,
        sorts=("newest", "oldest"),
    ),
    Column("author", "Author", lambda post: (author(post), "strong"), 8, 24, sorts=("author",)),
    Column("platform", "Platform", lambda post: (line(post.platform, 20), "muted"), 8, 12, needs=100),
    Column("type", "Type", lambda post: (line(post.post_type, 20), "muted"), 4, 12, needs=None),
    Column("text", "Text", _text, 24, 0),
    Column("engagement", "Engaged", _engagement, 8, 8, needs=66, right=True, sorts=("engagement",)),
    Column("reactions", "React", lambda post: (short_count(post.reactions), "muted"), 6, 6, None, True),
    Column("comments", "Comm", lambda post: (short_count(post.comments), "muted"), 5, 5, None, True),
    Column("reposts", "Repost", lambda post: (short_count(post.reposts), "muted"), 6, 6, None, True),
    Column("media", "Media", _media, 6, 9, right=True, sorts=("state",)),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
_BY_NAME: Final = {column.name: column for column in COLUMNS}


def shown_columns(width: int, names: Sequence[str] = ()) -> list[Column]:
    """Return the columns to show.

    Args:
        width: The cells there are.
        names: The columns that a person chose, in order; others are left out. Empty for those for which
            there is room.
    """
    chosen = [_BY_NAME[name] for name in dict.fromkeys(names) if name in _BY_NAME]
    return chosen or [column for column in COLUMNS if column.needs is not None and width >= column.needs]


def offered(typed: str) -> list[str]:
    """Return what names of columns may become that are being typed, one after the other."""
    *before, last = typed.split(" ")
    names = [name for name in NAMES if name.startswith(last) and name not in before]
    return [" ".join([*before, name]) for name in names]


class Widths:
    """How wide the columns are: as wide as the widest content seen, within their limits.

    They grow with what comes into sight and never shrink while a list is shown, so that nothing jumps.

    Args:
        chosen: The widths that a person gave to columns, by name.
    """

    def __init__(self, chosen: Mapping[str, int]) -> None:
        self._chosen = {name: max(width, 1) for name, width in chosen.items() if name in _BY_NAME}
        self._widest: dict[str, int] = {}

    @property
    def chosen(self) -> dict[str, int]:
        """The widths that a person gave to columns, by name."""
        return dict(self._chosen)

    def see(self, posts: Iterable[PostSummary]) -> None:
        """Take note of posts that may come into sight."""
        for post in posts:
            growing = (
                column for column in COLUMNS if self._widest.get(column.name, column.least) < column.most
            )
            for column in growing:
                width = min(cell_len(column.write(post)[0]), column.most)
                self._widest[column.name] = max(self._widest.get(column.name, column.least), width)

    def widen(self, name: str, by: int) -> None:
        """Make a column wider by some cells, or narrower; from then on its content does not move it."""
        column = _BY_NAME[name]
        self._chosen[name] = min(max(self._wanted(column) + by, 4), 60)

    def _wanted(self, column: Column) -> int:
        return self._chosen.get(column.name) or self._widest.get(column.name, column.least)

    def fit(self, columns: Sequence[Column], width: int) -> list[int]:
        """Share a width among columns with one cell between them.

        Args:
            columns: The columns to show.
            width: The cells for all of them with the gaps.

        Returns:
            The width of each; the column without a limit gets what the others leave.
        """
        sizes = {column.name: self._wanted(column) if column.most else column.least for column in columns}
        excess = sum(sizes.values()) - (width - (len(columns) - 1))
        # What is widest over its least gives way first; then the last columns go.
        for column in sorted(columns, key=lambda column: column.least - sizes[column.name]):
            cut = min(max(excess, 0), max(sizes[column.name] - column.least, 0))
            sizes[column.name] -= cut
            excess -= cut
        for column in reversed(columns):
            cut = min(max(excess, 0), sizes[column.name])
            sizes[column.name] -= cut
            excess -= cut
        for column in columns:
            if not column.most:
                sizes[column.name] += max(-excess, 0)
                excess = 0
        return [sizes[column.name] for column in columns]

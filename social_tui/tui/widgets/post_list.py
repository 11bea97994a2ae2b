"""The posts as one long list."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.models import Key, PostSummary
from social_tui.tui.cells import fit, line
from social_tui.tui.presentation import author, media_counts, post_date, post_signs
from social_tui.tui.widgets.line_list import Cell
from social_tui.tui.widgets.paged_list import PagedList

_SIGNS_WIDTH = 6
_DATE_WIDTH = 11
_MEDIA_WIDTH = 9


class PostList(PagedList[PostSummary]):
    """The posts, newest first."""

    def key_of(self, row: PostSummary) -> Key | None:
        """Return where a post stands."""
        return row.key

    def id_of(self, row: PostSummary) -> str:
        """Return a post's id."""
        return row.post_id

    def header_cells(self, width: int) -> Sequence[Cell]:
        """Name the columns."""
        author_width, text_width = _flexible(width)
        cells = [fit("", _SIGNS_WIDTH), fit("Date", _DATE_WIDTH), fit("Author", author_width), " "]
        cells += [fit("Text", text_width), fit("Media", _MEDIA_WIDTH, right=True), " "]
        return [(cell, "header") for cell in cells]

    def row_cells(self, index: int, width: int) -> Sequence[Cell]:
        """Draw one post: signs, date, author, text, media."""
        post = self.pages.row(index)
        if post is None:
            return [(fit(" " * _SIGNS_WIDTH + "…", width), "muted")]
        author_width, text_width = _flexible(width)
        mark, *signs = post_signs(post)
        counts = media_counts(post)
        return [
            (f" {mark[0]}", mark[1]),
            *signs,
            (" ", "text"),
            (fit(post_date(post.posted_at_timestamp), _DATE_WIDTH), "muted"),
            (fit(author(post), author_width), "strong"),
            (" ", "text"),
            (fit(line(post.text_content) or _no_text(post), text_width), "text"),
            (fit(counts, _MEDIA_WIDTH, right=True), "error" if post.media_failed else "muted"),
            (" ", "text"),
        ]


def _no_text(post: PostSummary) -> str:
    return f"({line(post.post_type, 40)})" if post.post_type else ""


def _flexible(width: int) -> tuple[int, int]:
    """Share what the fixed columns leave between author and text."""
    left = width - _SIGNS_WIDTH - _DATE_WIDTH - _MEDIA_WIDTH - 2
    author_width = min(max(left // 3, 10), 24)
    return author_width, max(left - author_width, 0)

"""The posts: a list over keyset pages that others load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message

from social_tui.models import PostSummary
from social_tui.tui.cells import fit, line
from social_tui.tui.model import PostKey, post_key
from social_tui.tui.pages import Pages
from social_tui.tui.presentation import author, media_counts, post_date, post_signs
from social_tui.tui.widgets.line_list import Cell, LineList

_SIGNS_WIDTH = 6
_DATE_WIDTH = 11
_MEDIA_WIDTH = 9


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page that the list wants to show.

    Args:
        generation: Which list it belongs to; a new search begins a new one.
        page: Its number.
        after: The key of the last row before it; None for the first page.
        limit: How many rows to read.
    """

    generation: int
    page: int
    after: PostKey | None
    limit: int


class PostList(LineList):
    """The posts, newest first."""

    class PageWanted(Message):
        """Rows are missing on screen."""

        def __init__(self, request: PageRequest) -> None:
            super().__init__()
            self.request = request

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.pages: Pages[PostSummary, PostKey] = Pages(post_key)
        self._generation = 0
        self._asked: set[int] = set()
        self._going_to_end = False
        self._current_id: str | None = None

    @property
    def current(self) -> PostSummary | None:
        """The post under the cursor, or None where there is none or it is not loaded."""
        return self.pages.row(self.cursor)

    @property
    def row_count(self) -> int:
        """The rows that are known, and one that stands for those that are not."""
        return self.pages.known + (0 if self.pages.complete else 1)

    @property
    def is_empty(self) -> bool:
        """Whether it is certain that there is no post."""
        return self.pages.complete and self.pages.known == 0

    def restart(self) -> None:
        """Begin anew, for another search."""
        self._generation += 1
        self.pages = Pages(post_key)
        self._asked.clear()
        self._going_to_end = False
        self._current_id = None
        self.rows_changed()
        self.move_to(0)
        self.tell_rows_shown()

    def reload(self, post_ids: frozenset[str] | None = None) -> None:
        """Read rows again while the old ones stay in sight.

        Args:
            post_ids: The posts that changed; None when everything may have.
        """
        if post_ids is None:
            self.pages.expire()
        else:
            known = {row.post_id for _, row in self.pages.loaded()}
            self.pages.expire(where=lambda row: row.post_id in post_ids)
            # Posts that are new, or that changed out of sight: the window may begin elsewhere now.
            if not post_ids <= known and self.scroll_offset.y == 0:
                self.pages.expire()
        self.tell_rows_shown()

    def take_page(self, request: PageRequest, rows: Sequence[PostSummary]) -> None:
        """Show a page that was read, unless the list went on without it."""
        if request.generation != self._generation:
            return
        self._asked.discard(request.page)
        if not self.pages.is_current(request.page, request.after):
            self.tell_rows_shown()
            return
        kept_id = self._current_id
        self.pages.put(request.page, rows)
        self.rows_changed()
        self._keep_place(kept_id)
        if self._going_to_end:
            self._go_on_to_end()
        self.tell_rows_shown()
        self.post_message(self.Moved(self))

    def give_up(self, request: PageRequest) -> None:
        """Let a page that could not be read be asked for again."""
        if request.generation == self._generation:
            self._asked.discard(request.page)

    def _keep_place(self, post_id: str | None) -> None:
        """Keep the cursor on its post when rows came in above it; at the top it stays at the top."""
        current = self.current
        if post_id and self.cursor > 0 and (current is None or current.post_id != post_id):
            moved = (index for index, row in self.pages.loaded() if row.post_id == post_id)
            self.move_to(next(moved, self.cursor))
        self._remember()

    def _remember(self) -> None:
        current = self.current
        self._current_id = current.post_id if current else None

    def watch_cursor(self, old: int, new: int) -> None:
        """Remember the post under the cursor."""
        self._remember()
        super().watch_cursor(old, new)

    def rows_shown(self, first: int, last: int) -> None:
        """Ask for what is missing on the screen and on the next one."""
        for page in self.pages.missing(first, last + self.rows_on_screen):
            self._ask(page)

    def _ask(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            request = PageRequest(self._generation, page, self.pages.anchor(page), self.pages.size)
            self.post_message(self.PageWanted(request))

    def action_last(self) -> None:
        """Go to the last row, walking through the pages in between."""
        self._going_to_end = True
        self._go_on_to_end()

    def _go_on_to_end(self) -> None:
        super().action_last()
        if self.pages.complete:
            self._going_to_end = False
        else:
            self._ask(self.pages.known // self.pages.size)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row; a walk to the end stops where a person goes elsewhere."""
        if index < self.row_count - 1:
            self._going_to_end = False
        super().move_to(index)

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

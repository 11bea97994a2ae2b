"""The rows of a long list, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.tui.pages import Pages

Number = Pages[int, int]


def _pages(size: int = 10, kept: int = 3) -> Number:
    return Pages(lambda row: row, size=size, kept=kept)


def _page(rows: Sequence[int], after: int | None, size: int = 10) -> Sequence[int]:
    """Read a page the way the database does: the first rows after a key."""
    start = 0 if after is None else rows.index(after) + 1
    return rows[start : start + size]


def _walk(pages: Number, rows: Sequence[int]) -> None:
    while not pages.complete:
        number = pages.known // pages.size
        pages.put(number, _page(rows, pages.anchor(number)))


def test_a_new_list_wants_its_first_page() -> None:
    assert _pages().missing(0, 25) == [0]


def test_an_empty_list_is_complete_and_can_be_read_again() -> None:
    pages = _pages()
    pages.put(0, [])
    assert (pages.complete, pages.known, pages.missing(0, 25)) == (True, 0, [])
    pages.expire()
    assert pages.missing(0, 25) == [0]


def test_a_full_page_opens_the_next_one() -> None:
    pages = _pages()
    pages.put(0, range(10))
    assert (pages.known, pages.complete) == (10, False)
    assert pages.missing(0, 25) == [1]
    assert pages.anchor(1) == 9


def test_a_walk_finds_every_row_at_its_place() -> None:
    pages, rows = _pages(kept=99), list(range(100, 137))
    _walk(pages, rows)
    assert [pages.row(index) for index in range(pages.known)] == rows


def test_a_length_of_whole_pages_ends_with_an_empty_one() -> None:
    pages = _pages()
    _walk(pages, list(range(20)))
    assert (pages.known, pages.complete, pages.missing(15, 40)) == (20, True, [])


def test_rows_of_pages_used_long_ago_are_forgotten_and_can_be_had_again() -> None:
    pages, rows = _pages(kept=2), list(range(60))
    _walk(pages, rows)
    assert pages.row(0) is None
    assert pages.missing(0, 9) == [0]
    pages.put(0, _page(rows, pages.anchor(0)))
    assert pages.row(0) == 0
    assert pages.known == 60


def test_rows_stay_in_sight_while_they_are_read_again() -> None:
    pages, rows = _pages(), list(range(25))
    _walk(pages, rows)
    pages.expire(where=lambda row: row == 12)
    assert pages.row(12) == 12
    assert pages.missing(0, 24) == [1]


def test_new_rows_on_top_move_what_follows() -> None:
    pages, rows = _pages(), list(range(25))
    _walk(pages, rows)
    newer = [*range(-3, 0), *rows]
    pages.expire()
    pages.put(0, _page(newer, None))
    assert (pages.known, pages.complete) == (10, False)
    _walk(pages, newer)
    assert [pages.row(index) for index in range(pages.known)] == newer


def test_a_page_that_begins_elsewhere_now_is_not_current() -> None:
    pages = _pages()
    pages.put(0, range(10))
    assert pages.is_current(1, 9)
    pages.put(0, range(-1, 9))
    assert not pages.is_current(1, 9)

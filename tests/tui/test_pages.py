"""The rows of a long list, by position."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from social_tui.tui.pages import Pages, Read

Number = Pages[int, int]


def _pages(size: int = 10, kept: int = 3) -> Number:
    return Pages(lambda row: row, size=size, kept=kept)


def _answer(read: Read[int], rows: Sequence[int]) -> Sequence[int]:
    """Read a page the way the database does."""
    if read.backward:
        last = len(rows) if read.after is None else rows.index(read.after)
        end = max(last - read.offset, 0)
        return rows[max(end - read.limit, 0) : end]
    first = (0 if read.after is None else rows.index(read.after) + 1) + read.offset
    return rows[first : first + read.limit]


def _load(pages: Number, rows: Sequence[int], first: int, last: int) -> list[Read[int]]:
    """Read what is missing, as the list's owner does, and return how it was read."""
    reads = []
    while wanted := pages.missing(first, last):
        read = pages.plan(wanted[0])
        pages.put(read, _answer(read, rows))
        reads.append(read)
        if pages.needs_count and pages.total is not None:
            pages.take_count(len(rows))
    return reads


def _window(pages: Number, first: int, last: int) -> list[int | None]:
    return [pages.row(index) for index in range(first, last + 1)]


def test_a_new_list_wants_its_first_page() -> None:
    pages = _pages()
    assert pages.missing(0, 25) == [0]
    assert pages.plan(0) == Read(0, None, False, 0, 10)
    assert pages.needs_count


def test_an_empty_list_is_known_to_be_so_and_can_be_read_again() -> None:
    pages = _pages()
    pages.put(pages.plan(0), [])
    assert (pages.is_empty, pages.known, pages.missing(0, 25)) == (True, 0, [])
    pages.expire()
    assert pages.missing(0, 25) == [0]


def test_a_page_that_is_read_again_tells_whether_its_rows_are_the_same() -> None:
    pages = _pages()
    assert not pages.put(pages.plan(0), [1, 2])
    assert pages.put(pages.plan(0), [1, 2])
    assert not pages.put(pages.plan(0), [1, 3])
    pages.expire()
    assert pages.put(pages.plan(0), [1, 3])
    assert pages.missing(0, 25) == []


def test_without_a_count_a_full_page_opens_the_next_one() -> None:
    pages = _pages()
    pages.put(pages.plan(0), range(10))
    assert (pages.total, pages.known, pages.missing(0, 25)) == (None, 10, [1])
    assert pages.plan(1) == Read(1, 9, False, 0, 10)


def test_a_short_page_tells_the_count() -> None:
    pages = _pages()
    pages.put(pages.plan(0), range(7))
    assert (pages.total, pages.needs_count) == (7, False)


@pytest.mark.parametrize("total", [1, 9, 10, 11, 99, 100, 101, 1000])
@pytest.mark.parametrize("with_anchors", [True, False])
def test_any_position_can_be_gone_to_at_once(total: int, with_anchors: bool) -> None:
    pages, rows = _pages(), list(range(1000, 1000 + total))
    pages.take_count(total)
    if with_anchors:
        pages.take_anchors((position, rows[position - 1]) for position in range(50, total, 50))
    for first in (0, total - 1, total // 2, total // 3, 2 * total // 3):
        last = min(first + 14, total - 1)
        reads = _load(pages, rows, first, last)
        assert _window(pages, first, last) == rows[first : last + 1]
        if with_anchors:
            assert all(read.offset < 50 for read in reads)


def test_the_end_is_read_from_the_end() -> None:
    pages = _pages()
    pages.take_count(995)
    assert pages.plan(99) == Read(99, None, True, 0, 5)
    assert pages.plan(98) == Read(98, None, True, 5, 10)


def test_the_end_can_be_gone_to_before_the_rows_are_counted() -> None:
    pages, rows = _pages(kept=9), list(range(995))
    _load(pages, rows, 0, 9)
    assert pages.length == 11
    pages.open_end()
    last = pages.length - 1
    assert all(read.backward for read in _load(pages, rows, last - 18, last))
    assert _window(pages, last - 18, last) == rows[-19:]
    assert (pages.total, pages.known, pages.needs_count) == (None, 10, True)
    assert last + pages.take_count(995) == 994
    assert _window(pages, 0, 9) == rows[:10]
    _load(pages, rows, 980, 994)
    assert _window(pages, 980, 994) == rows[980:]
    assert pages.take_count(995) == 0


def test_what_was_read_from_an_end_that_moved_is_not_taken() -> None:
    pages, rows = _pages(), list(range(995))
    _load(pages, rows, 0, 9)
    pages.open_end()
    read = pages.plan((pages.length - 1) // 10)
    pages.take_count(995)
    pages.put(read, _answer(read, rows))
    assert list(pages.loaded()) == [(row, row) for row in range(10)]


@pytest.mark.parametrize("total", [500, 503, 995])
def test_an_end_that_was_read_is_at_hand_when_the_rows_are_counted(total: int) -> None:
    pages, rows = _pages(), list(range(total))
    _load(pages, rows, 0, 9)
    pages.open_end()
    end = pages.length
    _load(pages, rows, end - 5, end - 1)
    assert pages.take_count(total) == total - end
    first = (total - 1) // 10 * 10
    assert pages.missing(first, total - 1) == []
    assert _window(pages, first, total - 1) == rows[first:]


def test_an_end_that_is_read_before_one_goes_there_changes_nothing_in_sight() -> None:
    pages, rows = _pages(), list(range(995))
    _load(pages, rows, 0, 9)
    read = pages.plan(pages.find_end())
    pages.put(read, _answer(read, rows))
    assert (pages.length, pages.known, pages.missing(10, 19)) == (11, 10, [1])
    assert pages.take_count(995) == 0
    assert pages.missing(990, 994) == []


def test_rows_of_pages_used_long_ago_are_forgotten_and_can_be_had_again() -> None:
    pages, rows = _pages(kept=2), list(range(60))
    pages.take_count(60)
    for first in range(0, 60, 10):
        _load(pages, rows, first, first + 9)
    assert pages.row(0) is None
    assert pages.missing(0, 9) == [0]
    _load(pages, rows, 0, 9)
    assert pages.row(0) == 0
    assert len(list(pages.loaded())) == 20


def test_rows_stay_in_sight_while_they_are_read_again() -> None:
    pages, rows = _pages(), list(range(25))
    pages.take_count(25)
    _load(pages, rows, 0, 24)
    pages.expire(where=lambda row: row == 12)
    assert pages.row(12) == 12
    assert pages.missing(0, 24) == [1]
    assert not pages.needs_count


def test_new_rows_on_top_move_what_follows() -> None:
    pages, rows = _pages(), list(range(25))
    pages.take_count(25)
    _load(pages, rows, 0, 24)
    newer = [*range(-3, 0), *rows]
    pages.expire()
    assert pages.needs_count
    pages.take_count(28)
    _load(pages, newer, 0, 27)
    assert _window(pages, 0, 27) == newer


@pytest.mark.parametrize("counted", [31, 25])
def test_rows_that_contradict_the_count_correct_it(counted: int) -> None:
    pages, rows = _pages(kept=9), list(range(28))
    pages.take_count(counted)
    for page in (0, 1, 2):
        read = pages.plan(page)
        pages.put(read, _answer(read, rows))
    assert pages.total == 28
    assert _window(pages, 0, 27) == rows


def test_a_list_that_shrank_while_it_was_read_backward_is_counted_again() -> None:
    pages = _pages()
    pages.take_count(995)
    pages.put(pages.plan(99), range(3))
    assert pages.needs_count


def test_rows_that_went_away_are_forgotten_with_their_pages() -> None:
    pages, rows = _pages(), list(range(25))
    pages.take_count(25)
    _load(pages, rows, 0, 24)
    pages.take_count(4)
    assert pages.known == 4
    assert pages.row(20) is None
    _load(pages, rows[:4], 0, 24)
    assert _window(pages, 0, 3) == [0, 1, 2, 3]

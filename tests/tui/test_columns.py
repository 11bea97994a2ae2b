"""Which columns show, how wide they are, and how numbers are shortened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.tui.columns import COLUMNS, NAMES, Widths, offered, shown_columns
from social_tui.tui.picks import Picks
from social_tui.tui.presentation import short_count


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, ""), (0, "0"), (999, "999"), (1000, "1.0k"), (9949, "9.9k"), (9950, "10k"), (999_499, "999k"),
        (999_600, "1.0M"), (3_400_000, "3.4M"), (2_500_000_000, "2.5G"),
    ],
)  # fmt: skip
def test_numbers_take_at_most_four_cells(count: int | None, words: str) -> None:
    assert short_count(count) == words
    assert len(words) <= 4


@given(width=st.integers(1, 300), names=st.lists(st.sampled_from(NAMES), max_size=6))
def test_columns_fill_the_width_and_never_more(width: int, names: list[str]) -> None:
    columns = shown_columns(width, names)
    sizes = Widths({}).fit(columns, width)
    assert len(sizes) == len(columns)
    assert min(sizes) >= 0
    if width >= len(columns):
        assert sum(sizes) + len(columns) - 1 <= width
    if any(not column.most for column in columns) and width >= len(columns):
        assert sum(sizes) + len(columns) - 1 == width


def test_chosen_columns_come_in_their_order_and_unknown_ones_do_not_matter() -> None:
    assert [column.name for column in shown_columns(40, ["text", "nothing", "date", "text"])] == [
        "text",
        "date",
    ]
    assert [column.name for column in shown_columns(200)] == [
        column.name for column in COLUMNS if column.needs is not None
    ]


def test_a_chosen_width_stays_and_has_limits() -> None:
    widths = Widths({"author": 12, "nothing": 3})
    widths.widen("author", 2)
    assert widths.chosen == {"author": 14}
    widths.widen("author", -100)
    assert widths.chosen == {"author": 4}
    author = shown_columns(120)[1]
    assert widths.fit([author], 80) == [4]


def test_all_but_some_are_picked_and_counted() -> None:
    picks = Picks()
    picks.add(["a", "b"])
    picks.toggle("a")
    assert (picks.count(10), picks.holds("b"), picks.holds("a")) == (1, True, False)
    picks.everything()
    picks.toggle("a")
    assert (picks.count(10), picks.holds("b"), picks.holds("a")) == (9, True, False)
    picks.add(["a"])
    assert picks.count(10) == 10
    picks.clear()
    assert not picks


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("au", ["author"]), ("text me", ["text media"]), ("text te", []), ("re", ["reactions", "reposts"])],
)
def test_names_of_columns_are_offered_once_each(typed: str, expected: list[str]) -> None:
    assert offered(typed) == expected

"""Where the tiles of a gallery lie."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from social_tui.tui.tiles import Tiles, lay_out, next_zoom
from social_tui.tui.widgets.thumbnail_grid import whole_words


@pytest.mark.parametrize("width", [1, 2, 3, 13, 14, 19, 20, 40, 79, 80, 99, 100, 119, 189, 190, 199, 500])
def test_tiles_fill_the_line_at_any_width_and_zoom(width: int) -> None:
    for zoom in range(-6, 7):
        tiles = lay_out(width, zoom)
        # What is left over would not give each another cell.
        assert 0 <= width - tiles.columns * tiles.width < tiles.columns
        assert tiles.picture_columns >= 1
        assert tiles.picture_rows >= 1


def test_lines_and_tiles_are_told_from_each_other() -> None:
    tiles = Tiles(columns=4, width=19, picture_rows=7)
    assert tiles.height == 10
    assert [tiles.lines(count) for count in (0, 1, 4, 5)] == [0, 10, 10, 20]
    assert [tiles.top(index) for index in (0, 3, 4, 8)] == [0, 0, 10, 20]
    assert tiles.in_lines(0, 9) == range(4)
    assert tiles.in_lines(9, 10) == range(8)
    assert tiles.in_lines(25, 30) == range(8, 16)
    for index in range(12):
        assert tiles.at(index % 4 * 19 + 18, tiles.top(index) + 9) == index
    assert tiles.at(4 * 19, 0) is None


@pytest.mark.parametrize("width", [10, 30, 80, 120, 200])
@pytest.mark.parametrize("step", [1, -1])
def test_each_step_of_zooming_looks_different_until_none_does(width: int, step: int) -> None:
    zoom, seen = 0, [lay_out(width)]
    while (following := next_zoom(width, zoom, step)) != zoom:
        zoom = following
        grown = lay_out(width, zoom).width - seen[-1].width
        assert grown * step > 0
        seen.append(lay_out(width, zoom))
        assert len(seen) < 10
    assert width < 80 or len(seen) > 1
    # The way back is as long, also when the terminal was wider before.
    for expected in reversed(seen[:-1]):
        zoom = next_zoom(width, zoom, -step)
        assert lay_out(width, zoom) == expected


def test_a_zoom_from_a_wider_terminal_counts_as_the_nearest_possible() -> None:
    assert lay_out(80, 5) == lay_out(80, 4)
    assert next_zoom(80, 5, 1) == 5
    assert lay_out(80, next_zoom(80, 5, -1)) != lay_out(80, 5)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("four words in all", 17, "four words in all"),
        ("four words in all", 16, "four words in …"),
        ("four words in all", 15, "four words in …"),
        ("four words in all", 12, "four words …"),
        ("four words in all", 13, "four words …"),
        ("incomprehensibilities", 10, "incompreh…"),
        ("a incomprehensibilities", 10, "a incompr…"),
        ("全角の文字は二つの桁", 9, "全角の文…"),
        ("words", 1, "…"),
        ("words", 0, ""),
        ("", 5, ""),
    ],
)
def test_a_line_is_cut_between_words_where_that_leaves_enough(text: str, width: int, expected: str) -> None:
    cut = whole_words(text, width)
    assert cut == expected
    assert cell_len(cut) <= width

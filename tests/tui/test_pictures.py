"""Small pictures are kept, but not too many, and are written as what their segments say."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from social_tui.tui.half_blocks import Picture, draw
from social_tui.tui.late_strip import JoinedStrip
from social_tui.tui.pictures import SmallPictures

CONSOLE = Console(file=io.StringIO(), color_system="truecolor", width=80)


def _small(width: int = 10, height: int = 5) -> Image.Image:
    return Image.radial_gradient("L").resize((width, height)).convert("RGB")


def test_a_picture_is_kept_by_its_bytes() -> None:
    kept = SmallPictures()
    small = _small()
    kept.put("a", small)
    assert kept.get("a") is small
    assert kept.get("b") is None
    assert kept.get(None) is None


def test_those_not_looked_at_for_longest_give_way() -> None:
    kept = SmallPictures(most_pixels=100)
    for name in "ab":
        kept.put(name, _small())
    kept.get("a")
    kept.put("c", _small())
    assert [kept.get(name) is not None for name in "abc"] == [True, False, True]
    kept.put("a", _small())
    assert len(kept) == 2, "the same picture again takes no more room"


def test_one_larger_than_all_is_kept_alone() -> None:
    kept = SmallPictures(most_pixels=100)
    kept.put("a", _small())
    kept.put("b", _small(50, 20))
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("size", "room", "cells"),
    [
        ((160, 84), (53, 18), (53, 14)),
        ((160, 84), (53, 10), (38, 10)),
        ((84, 160), (53, 18), (19, 18)),
        ((1, 160), (20, 4), (1, 4)),
        ((160, 1), (20, 4), (20, 1)),
        ((3, 3), (40, 40), (40, 20)),
    ],
)
def test_a_picture_is_as_large_as_its_room(
    size: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
) -> None:
    picture = draw(_small(*size), *room)
    assert (picture.columns, picture.rows) == cells
    assert [strip.cell_length for strip in picture.strips] == [cells[0]] * cells[1]
    assert [sum(part.cell_length for part in line) for line in picture.lines] == [cells[0]] * cells[1]


def _painted(written: str) -> list[tuple[str, str]]:
    """Return each character with the colours that it has on a terminal."""
    cells, colours = [], ""
    for parameters, character in re.findall(r"\x1b\[([\d;]*)m|(.)", written):
        if character:
            cells.append((character, colours))
        else:
            colours = "" if parameters in ("", "0") else parameters
    return cells


def _line() -> tuple[Picture, JoinedStrip]:
    picture = draw(_small(30, 20), 12, 4)
    edges = [Strip([Segment(text)]) for text in ("<<", ">>>")]
    return picture, JoinedStrip([edges[0], picture.strips[1], edges[1]], CONSOLE)


def test_what_is_written_is_what_the_segments_say() -> None:
    picture, line = _line()
    same = Strip([Segment("<<"), *picture.lines[1], Segment(">>>")])
    assert line == same
    assert line.cell_length == same.cell_length == 17
    assert line.render(CONSOLE) != same.render(CONSOLE), "it is shorter"
    assert _painted(line.render(CONSOLE)) == _painted(same.render(CONSOLE))


@pytest.mark.parametrize("cut", [(0, 2), (2, 14), (2, 17), (0, 17), (0, 9), (5, 16), (14, 99)])
def test_a_part_of_a_line_looks_as_it_did_in_the_whole(cut: tuple[int, int]) -> None:
    _, line = _line()
    whole = _painted(line.render(CONSOLE))
    assert _painted(line.crop(*cut).render(CONSOLE)) == whole[slice(*cut)]

"""Text as whole cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from social_tui.tui.cells import fit, line, paragraphs
from social_tui.tui.line_filter import TerminalSafeFilter

FORBIDDEN = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F)]
FORBIDDEN += range(0x2066, 0x206A)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "abcd…"),
        ("全角文字", 5, "全角…"),
        ("全角文字", 6, "全角… "),
        ("a全", 2, "a…"),
        ("", 3, "   "),
        ("abc", 0, ""),
    ],
)
def test_fit_fills_exactly(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


def test_fit_aligns_right() -> None:
    assert fit("3/4", 6, right=True) == "   3/4"


@given(st.text(max_size=60), st.integers(0, 40))
def test_a_line_fits_whatever_it_holds(text: str, width: int) -> None:
    assert cell_len(fit(line(text), width)) == width


@given(st.text())
def test_no_text_keeps_what_drives_a_terminal(text: str) -> None:
    for shown in (line(text), paragraphs(text)):
        assert not {ord(character) for character in shown} - {10} & set(FORBIDDEN)


def test_a_megabyte_in_one_line_is_cut() -> None:
    assert len(line("x" * 1_000_000)) == 300
    assert len(paragraphs("x" * 1_000_000)) == 20_000


def test_joined_emoji_are_taken_apart_so_that_columns_stay_aligned() -> None:
    assert line("\U0001f469\u200d\U0001f469 \u2764\ufe0f \U0001f44d\U0001f3fd") == (
        "\U0001f469\U0001f469 \u2764 \U0001f44d"
    )


def test_the_filter_cleans_every_segment_and_keeps_its_width() -> None:
    from rich.segment import Segment
    from rich.style import Style
    from textual.color import Color

    raw = "a\x1b]52;c;AA\x07b\x9b2J\u202ec\x7f"
    linked = Style(link="https://example.com/\x07")
    made = TerminalSafeFilter().apply([Segment(raw), Segment("link", linked)], Color(0, 0, 0))
    assert made[0].text == "a]52;c;AAb2Jc"
    assert cell_len(made[0].text) == cell_len(raw)
    assert made[1].style is not None
    assert made[1].style.link is None


def test_the_filter_leaves_clean_lines_as_they_are() -> None:
    from rich.segment import Segment
    from textual.color import Color

    segments = [Segment("plain"), Segment("日本 👩‍👩‍👧")]
    assert TerminalSafeFilter().apply(segments, Color(0, 0, 0)) is segments

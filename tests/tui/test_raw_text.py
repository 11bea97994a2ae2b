"""Raw texts cut into rows and searched, hostile and huge ones too."""

from __future__ import annotations

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from social_tui.tui import raw_text
from social_tui.tui.raw_text import Layout, find, lay_out, shown, spans


def laid_out(text: str, width: int = 40, *, pretty: bool = True) -> Layout:
    layout = lay_out(text, width, pretty=pretty, stop=lambda: False)
    assert layout is not None
    return layout


def rows(layout: Layout) -> list[str]:
    return [
        " " * layout.indents[row] + layout.text[layout.starts[row] : layout.ends[row]]
        for row in range(layout.row_count)
    ]


def find_in(text: str, words: str) -> array[int]:
    found = find(text, words, lambda: False)
    assert found is not None
    return found


def test_each_member_gets_a_line() -> None:
    text = '{"a":1,"b":{},"c":[],\n "d" : [1, {"x":"y"}, [ ]] }'
    assert rows(laid_out(text)) == [
        "{",
        '  "a":1,',
        '  "b":{},',
        '  "c":[],',
        '  "d" : [',
        "    1,",
        "    {",
        '      "x":"y"',
        "    },",
        "    [ ]",
        "  ]",
        "}",
    ]


def test_as_it_came_only_long_lines_are_wrapped() -> None:
    assert rows(laid_out('{"a":\n1}', pretty=False)) == ['{"a":', "1}"]
    assert rows(laid_out("x" * 25, 11, pretty=False)) == ["x" * 10, "x" * 10, "x" * 5]


def test_wide_characters_are_never_cut_in_two() -> None:
    assert rows(laid_out("列が揃うか", 6, pretty=False)) == ["列が", "揃う", "か"]
    assert rows(laid_out("列", 1, pretty=False)) == ["列"]


@given(st.text(alphabet=st.sampled_from('{}[],:"\\ \n\ta1é列\x1b\u202e')), st.integers(1, 30), st.booleans())
def test_no_character_is_lost_or_shown_twice(text: str, width: int, pretty: bool) -> None:
    layout = laid_out(text, width, pretty=pretty)
    position = 0
    for start, end in zip(layout.starts, layout.ends, strict=True):
        assert not text[position:start].strip()
        assert start <= end
        position = end
    assert not text[position:].strip()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_rows_say_what_the_text_says(value: object) -> None:
    text = json.dumps(value)
    assert json.loads("\n".join(rows(laid_out(text, 100_000)))) == value


@pytest.mark.parametrize("text", ["", " ", "\n \n"])
def test_there_is_always_a_row(text: str) -> None:
    for pretty in (True, False):
        assert laid_out(text, pretty=pretty).row_count


def test_what_drives_a_terminal_is_shown_as_a_sign() -> None:
    text = '"\x1b]0;owned\x07 \u202eevil \x9b2J"'
    layout = laid_out(text)
    written = "".join(shown(text, start, end) for start, end, _ in spans(layout, 0, find_in(text, ""), 0))
    assert written == '"\ufffd]0;owned\ufffd \ufffdevil \ufffd2J"'


def test_matches_are_cut_out_of_rows_also_where_they_run_on_over_two() -> None:
    text = '{"name":"xabcx"}'
    layout = laid_out(text, 9)
    matches = find_in(text, "ABC")
    assert list(matches) == [10]
    pieces = [
        (text[start:end], style)
        for row in range(layout.row_count)
        for start, end, style in spans(layout, row, matches, 3)
    ]
    assert "".join(piece for piece, _ in pieces) == text
    assert "".join(piece for piece, style in pieces if style == "match") == "abc"


def test_a_name_is_told_apart_from_its_value() -> None:
    text = '{"a\\"b": "c: d"}'
    layout = laid_out(text)
    assert [(text[a:b], style) for a, b, style in spans(layout, 1, find_in(text, ""), 0)] == [
        ('"a\\"b":', "strong"),
        (' "c: d"', "text"),
    ]


def test_matches_at_the_seams_of_the_search_are_found_once() -> None:
    step = raw_text._SEARCH_STEP
    text = "." * (step - 2) + "abcd" + "." * step + "abcd"
    assert list(find_in(text, "abcd")) == [step - 2, 2 * step + 2]
    assert len(find_in("aaaa" * step, "aa")) == raw_text.MATCH_LIMIT


def test_words_are_no_pattern() -> None:
    assert list(find_in("a.b axb (", "a.b")) == [0]
    assert list(find_in("a.b axb (", "(")) == [8]


def test_it_stops_when_asked() -> None:
    assert lay_out("x" * 10_000_000, 80, pretty=True, stop=lambda: True) is None
    assert find("x" * 10_000_000, "y", lambda: True) is None


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, '"' + "\\" * 1_000_000, "{" + '"a' * 500_000, "\u0301" * 1_000_000]
)
def test_hostile_megabytes_are_laid_out_in_bounded_rows(text: str) -> None:
    layout = laid_out(text, 80)
    assert layout.row_count
    assert max(end - start for start, end in zip(layout.starts, layout.ends, strict=True)) <= 80
    row = layout.row_count // 2
    assert cell_len(shown(text, layout.starts[row], layout.ends[row])) <= 80


def test_lines_beyond_the_limit_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_text, "LINE_LIMIT", 3)
    assert rows(laid_out("[1,2,3,4,5,6]")) == ["[", "  1,", "  2,", "3,4,5,6]"]

"""Links and curves as they are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.library.telling import FIGURES, RELATIONS, curves, link_groups, sparkline
from social_tui.models import PostLink, Snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)


def link(direction: str, relation: str, name: str, total: int = 1) -> PostLink:
    values: dict[str, Any] = {"direction": direction, "relation": relation, "total": total}
    values |= {"post_id": f"p-{name}", "platform": "x", "urn": name, "posted_at_timestamp": None}
    return PostLink(**values, author_username=name, author_name=None, text_content=name, url=None)


def snapshots(**figures: list[int | None]) -> list[Snapshot]:
    length = max(map(len, figures.values()))
    return [
        Snapshot(
            downloaded_at=START + timedelta(days=day),
            **{name: figures[name][day] if name in figures else None for name in FIGURES},
        )
        for day in range(length)
    ]


def test_links_are_told_by_what_the_post_does_and_what_was_done_to_it() -> None:
    links = [link("to", "quoted", "a"), link("from", "boosted", "b", 9), link("from", "boosted", "c", 9)]
    told = [(words, [each.urn for each in known], total) for words, known, total in link_groups(links)]
    assert told == [("quotes", ["a"], 1), ("boosted by", ["b", "c"], 9)]
    assert list(link_groups([])) == []
    assert len({word for words in RELATIONS.values() for word in words}) == 2 * len(RELATIONS)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"reactions": [3]}, []),
        ({"reactions": [3, None]}, []),
        ({"reactions": [3, 3]}, [("reactions", (3, 3), 0, 1)]),
        ({"reactions": [3, 3], "views": [1, 9]}, [("views", (1, 9), 0, 1)]),
        ({"reactions": [3, None, 5], "comments": [None, 1, 2]}, [
            ("reactions", (3, 5), 0, 2),
            ("comments", (1, 2), 1, 2),
        ]),
    ],
)  # fmt: skip
def test_figures_that_changed_have_a_curve(figures: dict[str, list[int | None]], expected: list[Any]) -> None:
    found = [
        (each.name, each.values, (each.first_at - START).days, (each.last_at - START).days)
        for each in curves(snapshots(**figures))
    ]
    assert found == expected


def test_values_are_drawn_between_the_lowest_and_the_highest() -> None:
    assert sparkline([0, 7, 14, 3], 10) == "▁▄█▂"
    assert sparkline([5, 5, 5], 10) == "▁▁▁"
    assert sparkline(list(range(71)), 8) == "▁▂▃▄▅▆▇█"


@given(st.lists(st.integers(0, 2**63), min_size=2, max_size=60), st.integers(2, 40))
def test_a_line_is_never_wider_than_allowed_and_shows_both_ends(values: list[int], width: int) -> None:
    drawn = sparkline(values, width)
    assert len(drawn) == min(len(values), width)
    assert set(drawn) <= set("▁▂▃▄▅▆▇█")
    if len(values) <= width:
        assert drawn[values.index(min(values))] == "▁"
        assert drawn[values.index(max(values))] == ("█" if min(values) < max(values) else "▁")
    else:
        ends = [values[0], values[-1]]
        assert (drawn[0] <= drawn[-1]) == (ends[0] <= ends[1]) or drawn[0] == drawn[-1]

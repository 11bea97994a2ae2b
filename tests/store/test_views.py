"""Saved views: kept by name, replaced, deleted."""

from __future__ import annotations

import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.store import views
from social_tui.store.gateway import Gateway


def test_a_view_is_kept_as_it_was_saved_and_replaced_by_name(gateway: Gateway) -> None:
    first = views.save_view(gateway, "dying", "expires:<2d", sort="engagement", columns=["date", "author"])
    views.save_view(gateway, "All", "")
    listed = views.list_views(gateway)
    assert [(view.name, view.filter, view.sort, view.columns) for view in listed] == [
        ("All", "", "newest", []),
        ("dying", "expires:<2d", "engagement", ["date", "author"]),
    ]
    again = views.save_view(gateway, "dying", "expires:<1d")
    assert (again.view_id, again.filter, again.sort) == (first.view_id, "expires:<1d", "newest")
    assert again.updated_at > first.updated_at
    views.delete_view(gateway, first.view_id)
    assert [view.name for view in views.list_views(gateway)] == ["All"]
    with pytest.raises(NotFoundError):
        views.delete_view(gateway, first.view_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"p_name": "", "p_filter": ""},
        {"p_name": "x" * 101, "p_filter": ""},
        {"p_name": "x", "p_filter": "y" * 1001},
        {"p_name": "x", "p_filter": "", "p_sort": "sideways"},
    ],
)
def test_a_view_that_could_not_be_shown_is_not_kept(gateway: Gateway, wrong: dict[str, str]) -> None:
    with pytest.raises(DatabaseError):
        gateway.call("save_view", **wrong)
    assert views.list_views(gateway) == []

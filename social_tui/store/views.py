"""Saved views: filters with a name, shared by a workspace."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.models import SavedView, Sort
from social_tui.store.gateway import Gateway


def list_views(gateway: Gateway) -> list[SavedView]:
    """List the saved views by name."""
    return [SavedView.model_validate(row) for row in gateway.call("list_views")]


def save_view(
    gateway: Gateway,
    name: str,
    filter: str,  # noqa: A002 - the word of the language
    *,
    sort: Sort = "newest",
    columns: Sequence[object] = (),
) -> SavedView:
    """Save a view; one of the same name is replaced.

    Args:
        gateway: The way to the database.
        name: 1 to 100 characters.
        filter: A filter as it was typed, so that relative times stay relative.
        sort: The order of the list.
        columns: The columns to show, as the screen writes them down; empty for its own choice.
    """
    rows = gateway.call("save_view", p_name=name, p_filter=filter, p_sort=sort, p_columns=list(columns))
    return SavedView.model_validate(rows[0])


def delete_view(gateway: Gateway, view_id: str) -> None:
    """Delete a saved view.

    Raises:
        NotFoundError: If there is none with this id.
    """
    gateway.call("delete_view", p_view_id=view_id)

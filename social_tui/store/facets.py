"""What posts can be filtered by: the values that there are, and how many posts each has."""

from __future__ import annotations

from social_tui.filters import Filter
from social_tui.models import Facet, FacetCount
from social_tui.store.gateway import Calls


def read_facet(gateway: Calls, filter: Filter, facet: Facet, limit: int = 50) -> list[FacetCount]:  # noqa: A002
    """Count the posts of a filter by one facet.

    Args:
        gateway: The way to the database.
        filter: Which posts.
        facet: What to count by. ``type`` is the type of the post, ``has`` that of its media; ``status`` and
            ``outcome`` are those of some of its media, ``shows`` what its analysis says, so a post can count
            more than once.
        limit: At most so many values, never more than 500.

    Returns:
        The most frequent first; ``<facet>:<value>`` is a term that keeps these posts. Authors are told by
        their user names, or by their names where they have none, in small letters.
    """
    rows = gateway.call("facet_posts", p_filter=filter.to_json(), p_facet=facet, p_limit=limit)
    return [FacetCount.model_validate(row) for row in rows]


def suggest_values(gateway: Calls, field: str, prefix: str, limit: int = 20) -> list[FacetCount]:
    """Find values of a field for completion.

    Args:
        gateway: The way to the database.
        field: ``author``, ``platform``, ``type``, ``tag`` or ``shows``.
        prefix: How they begin; of authors any part of the name may.
        limit: At most so many, never more than 500.

    Returns:
        Authors by name and not counted; the others the most frequent first.
    """
    rows = gateway.call("suggest_values", p_field=field, p_prefix=prefix, p_limit=limit)
    return [FacetCount.model_validate(row) for row in rows]

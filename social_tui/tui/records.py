"""What the app is told of the library, and what it asks work for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from social_tui.filters import Filter
    from social_tui.models import (
        Facet,
        FacetCount,
        JobKind,
        MediaRow,
        PostDetail,
        SavedView,
        Selection,
        Sort,
    )


@dataclass(frozen=True, slots=True)
class Target:
    """What a key acts on: posts with all their media, or one media.

    Args:
        posts: The posts.
        count: How many they are.
        media: The one media; None for all of the posts.
    """

    posts: Selection
    count: int
    media: MediaRow | None = None


def one_post(post_id: str | None, media: MediaRow | None = None) -> Target:
    """Return what a key acts on when one post is meant, or one media, which may have no post."""
    from social_tui.models import Selection

    posts = frozenset([post_id] if post_id is not None else [])
    return Target(Selection(post_ids=posts), len(posts), media)


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job that runs now.

    Args:
        kind: What is done.
        media: With what.
        post: The media's post; None for a media without one.
    """

    kind: JobKind
    media: MediaRow
    post: PostDetail | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the last look.

    Args:
        seq: Where to look on from.
        post_ids: The posts whose rows changed.
        is_import: Whether posts came in, so that any row may be new or changed.
    """

    seq: str | None
    post_ids: frozenset[str]
    is_import: bool


@dataclass(frozen=True, slots=True)
class View:
    """Which posts are looked at, and how.

    Args:
        text: The filter as it was typed.
        filter: What it means.
        sort: The order.
    """

    text: str
    filter: Filter
    sort: Sort = "newest"


@dataclass(frozen=True, slots=True)
class Facets:
    """What the posts of a filter can be narrowed by.

    Args:
        views: The saved views, by name.
        counts: For each facet its most frequent values.
    """

    views: Sequence[SavedView] = ()
    counts: Mapping[Facet, Sequence[FacetCount]] = field(default_factory=dict)

"""Reads values as an import would, for tests."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from social_tui.exports import MediaReference, ParsedPost, Rejection
from social_tui.importers import PassedOver, iter_posts
from social_tui.models import PostRelation


def outcomes(value: Any, *, avatars: bool = False) -> list[ParsedPost | Rejection | PassedOver]:
    """Return what a file with this value holds."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(iter_posts(io.BytesIO(data), "f", avatars=avatars))


def posts(value: Any, *, avatars: bool = False) -> list[ParsedPost]:
    """Return the posts of a file that holds nothing else."""
    found = outcomes(value, avatars=avatars)
    taken = [each for each in found if isinstance(each, ParsedPost)]
    assert len(taken) == len(found), found
    return taken


def post(value: Any, *, avatars: bool = False) -> ParsedPost:
    """Return the one post of a file that holds nothing else."""
    (only,) = posts(value, avatars=avatars)
    return only


def media(taken: ParsedPost, role: str = "main") -> list[MediaReference]:
    """Return the media of a post in one role."""
    return [each for each in taken.media if each.role == role]


def outline(taken: ParsedPost, role: str = "main") -> list[tuple[str, str | None]]:
    """Return type and link of the media of a post in one role."""
    return [(each.media_type, each.url) for each in media(taken, role)]


def nested(taken: ParsedPost) -> list[tuple[PostRelation, str]]:
    """Return the posts directly inside of a post: what they are to it, and their ids."""
    return [(each.relation, each.post.urn) for each in taken.nested]


def with_nested(posts: Iterable[ParsedPost]) -> Iterator[ParsedPost]:
    """Yield posts, each before those inside it, at all levels."""
    for each in posts:
        yield each
        yield from with_nested(inner.post for inner in each.nested)


def reasons(value: Any) -> list[str]:
    """Return why a file was rejected, or parts of it passed over."""
    return [each.reason for each in outcomes(value) if not isinstance(each, ParsedPost)]

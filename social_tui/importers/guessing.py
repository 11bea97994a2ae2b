"""Proposes a map for files of an unknown format: by the names in them, and by what the values look like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from social_tui.importers.guess_fields import (
    author_name_score,
    author_score,
    best,
    figures,
    id_score,
    is_title,
    link_score,
    text_score,
    time_format,
    time_score,
)
from social_tui.importers.guess_media import guess_media
from social_tui.importers.json_paths import JsonPath, Step
from social_tui.importers.mapped import Mapped
from social_tui.importers.samples import Place, places

_MOST_POSTS = 100
_DEEPEST_LIST = 5
_MOST_LISTS = 200


def propose(items: Sequence[Any], *, is_list: bool) -> Mapped | None:
    """Propose a map.

    Args:
        items: Some items of a file, as it stands: members of its list, lines, rows, or its one object.
        is_list: Whether the file is a list.

    Returns:
        The map that finds most in them; None where nothing looks like the id of a post.
    """
    found: list[tuple[float, Mapped]] = []
    for steps, posts in _lists(items):
        root: tuple[Step, ...] = (True,) if is_list or not steps else ()
        if mapped := _map_of(JsonPath((*root, *steps)), posts):
            depth = sum(step is True for step in steps)
            found.append((_score(mapped) + min(math.log2(len(posts)), 4) / 2 - 1.5 * depth, mapped))
    return max(found, key=lambda each: each[0], default=(0.0, None))[1]


def _lists(items: Sequence[Any]) -> Iterator[tuple[tuple[Step, ...], list[Any]]]:
    """Yield the items themselves and every list of objects inside of them, each with its way from an item."""
    objects = [item for item in items if isinstance(item, dict)]
    if objects:
        yield (), objects[:_MOST_POSTS]
    found: dict[tuple[Step, ...], list[Any]] = {}
    for item in objects:
        for steps, members in _lists_in(item, ()):
            if steps in found or len(found) < _MOST_LISTS:
                found.setdefault(steps, []).extend(members[: _MOST_POSTS - len(found.get(steps, ()))])
    yield from found.items()


def _lists_in(value: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], list[Any]]]:
    if not isinstance(value, dict) or len(steps) >= _DEEPEST_LIST:
        return
    for name, inner in value.items():
        if isinstance(inner, list) and inner and all(isinstance(member, dict) for member in inner):
            yield (*steps, name, True), inner
            for member in inner[:_MOST_POSTS]:
                yield from _lists_in(member, (*steps, name, True))
        else:
            yield from _lists_in(inner, (*steps, name))


def _map_of(posts: JsonPath, items: list[Any]) -> Mapped | None:
    found = places(items)
    urn, _ = best(found, id_score)
    if urn is None:
        return None
    text, _ = best([place for place in found if place is not urn], text_score)
    title = next((place for place in found if is_title(place) and place is not text), None)
    time, _ = best(found, time_score)
    author, _ = best([place for place in found if place not in (text, title)], author_score)
    others = [place for place in found if place not in (author, text, title)]
    author_name, _ = best(others, author_name_score)
    url, _ = best(found, link_score)
    counts = figures([place for place in found if place not in (urn, time)])
    used = frozenset(place.names for place in (urn, text, time, author, url) if place is not None)
    return Mapped(
        platform=_platform(url),
        posts=posts,
        id=urn.path,
        text=tuple(place.path for place in (title, text) if place is not None),
        author=author.path if author else None,
        author_name=author_name.path if author_name else None,
        time=time.path if time else None,
        time_format=(time_format(time) if time else None) or None,
        url=url.path if url else None,
        media=guess_media(found, used),
        **{name: place.path for name, place in counts.items()},
    )


def _score(mapped: Mapped) -> float:
    """Weigh what a map found: a list of posts tells more of its members than any other list."""
    named = mapped.id.steps[-1:] and str(mapped.id.steps[-1]).lower().endswith(("id", "uri", "urn", "key"))
    fields = (mapped.text, mapped.time, mapped.author or mapped.author_name)
    figures_found = sum(
        path is not None for path in (mapped.reactions, mapped.comments, mapped.reposts, mapped.views)
    )
    return (
        2
        + bool(named)
        + 3 * sum(map(bool, fields))
        + bool(mapped.url)
        + bool(mapped.media)
        + figures_found / 2
    )


def _platform(url: Place | None) -> str:
    host = urlsplit(url.texts[0].split()[0]).hostname if url is not None and url.texts else None
    name = (host or "").removeprefix("www.")
    return name if name and name.isascii() and name.replace(".", "").replace("-", "").isalnum() else "web"

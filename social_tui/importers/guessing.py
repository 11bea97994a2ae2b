"""Proposes a map for files of an unknown format: by the names in them, and by what the values look like."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from social_tui.importers.fields import is_rounded
from social_tui.importers.guess_fields import (
    author_name_score,
    author_score,
    best,
    clock_format,
    figures,
    has_clock,
    id_score,
    is_html,
    is_id,
    is_title,
    link_score,
    other_reading,
    tells_zone,
    text_score,
    time_format,
    time_score,
)
from social_tui.importers.guess_media import guess_media
from social_tui.importers.json_paths import JsonPath, Step
from social_tui.importers.mapped import Mapped
from social_tui.importers.network_links import linked
from social_tui.importers.samples import Place, places

_MOST_POSTS = 100
_DEEPEST_LIST = 5
_MOST_LISTS = 200
_NO_ZONE = "the times in {} name no zone and are read as UTC; time_zone says another"
#: What can be the name of a platform in a map.
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


class Proposal(NamedTuple):
    """A map, and what of it a person has to decide.

    Args:
        mapped: The map.
        doubts: What was left out of it, because the values do not tell it.
    """

    mapped: Mapped
    doubts: tuple[str, ...] = ()


def propose(items: Sequence[Any], *, is_list: bool) -> Proposal | None:
    """Propose a map.

    Args:
        items: Some items of a file, as it stands: members of its list, lines, rows, or its one object.
        is_list: Whether the file is a list.

    Returns:
        The map that finds most in them; None where nothing looks like the id of a post.
    """
    found: list[tuple[float, Proposal]] = []
    for steps, posts in _lists(items):
        root: tuple[Step, ...] = (True,) if is_list or not steps else ()
        if proposal := _map_of(JsonPath((*root, *steps)), posts):
            depth = sum(step is True for step in steps)
            score = _score(proposal.mapped) + min(math.log2(len(posts)), 4) / 2 - 1.5 * depth
            found.append((score, proposal))
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


def _map_of(posts: JsonPath, items: list[Any]) -> Proposal | None:
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
    times, form, doubts = _time(time, found)
    platforms = _platforms(url)
    if platforms == ["web"]:
        doubts += ("nothing tells the network: say it in platform",)
    if len(platforms) > 1:
        doubts += (f"the posts are of several places, and a map is of one: {', '.join(platforms[:5])}",)
    doubts += tuple(
        f"a spreadsheet has rounded the numbers in {place.path}, which are no ids any more"
        for place in found
        if place is not urn and is_id(place) and any(is_rounded(text) for text in place.texts)
    )
    html = text is not None and is_html(text)
    used = frozenset(place.names for place in (urn, text, time, author, url) if place is not None)
    mapped = Mapped(
        platform=platforms[0],
        posts=posts,
        id=urn.path,
        text=tuple(place.path for place in (title, text) if place is not None),
        author=author.path if author else None,
        author_name=author_name.path if author_name else None,
        time=times,
        time_format=form,
        html=html,
        url=url.path if url else None,
        media=guess_media(found, used),
        **{name: place.path for name, place in counts.items()},
    )
    return Proposal(mapped, doubts)


def _time(
    time: Place | None, found: Sequence[Place]
) -> tuple[tuple[JsonPath, ...], str | None, tuple[str, ...]]:
    """Return where the time is, how it is written, and what its values do not tell."""
    form = time_format(time) if time is not None else None
    if time is None or form is None:
        return (), None, ()
    if other := other_reading(time, form):
        doubt = (
            f"the times in {time.path} may have the day or the month first: add time = {str(time.path)!r}"
            f" and time_format = {form!r} or {other!r}"
        )
        return (), None, (doubt,)
    doubts = () if tells_zone(time, form) else (_NO_ZONE.format(time.path),)
    clock = next((place for place in found if place is not time and clock_format(place)), None)
    if clock is None or has_clock(time):
        return (time.path,), form or None, doubts
    hours = clock_format(clock) or ""
    if not form and "%p" in hours:
        form = "%Y-%m-%d"
    return (time.path, clock.path), f"{form} {hours}" if form else None, doubts


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


def _platforms(url: Place | None) -> list[str]:
    """Return the networks that the links of posts lead to, that of most first; the hosts of others."""
    told = (linked(text.split()[0]) for text in url.texts) if url is not None else ()
    names = Counter(each.platform for each in told if each is not None and _NAME.fullmatch(each.platform))
    return [name for name, _ in names.most_common()] or ["web"]

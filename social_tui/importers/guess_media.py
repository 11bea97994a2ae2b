"""Guesses where the media of an unknown item are: by names, and by links that end as media do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from social_tui.importers.json_paths import JsonPath, Step
from social_tui.importers.mapped import MediaMap
from social_tui.importers.samples import Place, end_as_media, is_link, listed, places, words_of
from social_tui.models import MediaType

_MEDIA = frozenset(
    listed(
        "media medium image images img imgs photo photos picture pictures pic pics video videos clip"
        " attachment attachments audio voice document documents file files gallery carousel album"
        " slides thumbnail thumb poster cover preview display asset assets"
    )
)
_THUMBNAILS = frozenset(listed("thumbnail thumbnails thumb thumbs preview previews cover poster still"))
_AVATARS = frozenset(listed("avatar avatars userpic face icon logo"))
_WORDS: dict[MediaType, frozenset[str]] = {
    "video": frozenset(listed("video videos clip reel movie")),
    "audio": frozenset(listed("audio voice sound podcast")),
    "document": frozenset(listed("document documents pdf doc")),
}
_BEST_LINKS = listed("url src href link file source original full large media path uri")
_TYPES = frozenset(listed("type kind mime mimetype contenttype mediatype format"))
_ALTS = listed("alt alttext alternative accessibilitycaption caption description")
_WIDTHS, _HEIGHTS = ("width", "w", "pixelwidth"), ("height", "h", "pixelheight")
_MOST = 200


def guess_media(found: Sequence[Place], used: frozenset[tuple[str, ...]]) -> tuple[MediaMap, ...]:
    """Propose where media are.

    Args:
        found: The places of some items.
        used: The names of places that hold something else.
    """
    blocks: list[MediaMap] = []
    for place in found:
        if place.names in used:
            continue
        members = [member for value in place.present if isinstance(value, list) for member in value][:_MOST]
        if members and all(isinstance(member, dict) for member in members):
            blocks += _of_objects((*place.names, True), members, _says_media(place))
        elif members and all(is_link(member) for member in members):
            if _says_media(place) or end_as_media(members):
                blocks.append(_block((*place.names, True), place, members))
        elif place.are_links and (_says_media(place) or end_as_media(place.texts)):
            blocks.append(_of_link(place, found))
    return tuple(blocks)


def _of_objects(steps: tuple[Step, ...], members: list[Any], says_media: bool) -> list[MediaMap]:
    """Propose one kind of media for objects in a list, and their thumbnails where they have some."""
    inside = places(members)
    links = [place for place in inside if place.are_links]
    mains = [place for place in links if not place.words & _THUMBNAILS]
    main = min(mains, key=_rank, default=None)
    blocks = []
    if main is not None and (says_media or _says_media(main) or end_as_media(main.texts)):
        blocks.append(MediaMap(each=JsonPath(steps), url=main.path, **_facts(inside, main)))
    thumbnail = next((place for place in links if place.words & _THUMBNAILS), None)
    if thumbnail is not None and (blocks or says_media):
        role: Any = "thumbnail" if blocks else "main"
        blocks.append(MediaMap(each=JsonPath(steps), url=thumbnail.path, type="image", role=role))
    return blocks


def _rank(place: Place) -> tuple[bool, int, int]:
    rank = _BEST_LINKS.index(place.name) if place.name in _BEST_LINKS else len(_BEST_LINKS)
    return not end_as_media(place.texts), rank, len(place.names)


def _facts(beside: Sequence[Place], link: Place) -> dict[str, Any]:
    """Find what is told beside a link of the same media."""
    siblings = [place for place in beside if place.names[:-1] == link.names[:-1]] or list(beside)
    kind = next(
        (place for place in siblings if place.are_texts and not place.are_links and place.name in _TYPES),
        None,
    )
    facts: dict[str, Any] = {"type": kind.path} if kind is not None else _type_by_name(link)
    named = {place.name: place for place in reversed(siblings)}
    for key, names in (("alt", _ALTS), ("width", _WIDTHS), ("height", _HEIGHTS)):
        place = next((named[name] for name in names if name in named), None)
        if place is not None:
            facts[key] = place.path
    return facts


def _type_by_name(place: Place) -> dict[str, MediaType]:
    """Take the type from the name of the place where the links do not end as media do."""
    if end_as_media(place.texts):
        return {}
    words = {word for name in place.names for word in words_of(name)}
    return next(({"type": name} for name, known in _WORDS.items() if words & known), {})


def _of_link(place: Place, found: Sequence[Place]) -> MediaMap:
    """Propose the media of a place that holds links, with what stands beside it in an object."""
    block = _block(place.names, place, place.texts)
    siblings = [other for other in found if other.names[:-1] == place.names[:-1] and len(place.names) > 1]
    facts = _facts(siblings, place) if siblings and block.role == "main" else {}
    if not facts.keys() & {"alt", "width", "height"}:
        return block
    inner = {
        key: JsonPath(value.steps[-1:]) if isinstance(value, JsonPath) else value
        for key, value in facts.items()
    }
    return MediaMap(each=JsonPath(place.names[:-1]), url=JsonPath(place.names[-1:]), **inner)


def _block(steps: tuple[Step, ...], place: Place, links: Sequence[str]) -> MediaMap:
    words = {word for name in place.names for word in words_of(name)}
    facts: dict[str, Any] = _type_by_name(Place(place.names, list(links)))
    if words & _AVATARS or place.is_of_person:
        facts = {"type": "image", "role": "avatar"}
    elif words & _THUMBNAILS:
        facts = {"type": "image", "role": "thumbnail"}
    return MediaMap(url=JsonPath(steps), **facts)


def _says_media(place: Place) -> bool:
    return bool({word for name in place.names for word in words_of(name)} & (_MEDIA | _AVATARS))

"""Items of exports that the library holds just as they say, known by digests of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from social_tui.exports import MediaReference, PostToStore, StoredMedia, StoredPost
from social_tui.models import MediaRole, MediaType
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS


class HeldMedia(NamedTuple):
    """A media of a held item; ``role`` is ``reshared`` where it is of a post inside of the item's."""

    media_id: str
    media_type: MediaType
    role: MediaRole
    dies_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldItem:
    """An item that the library holds just as it says.

    Args:
        identities: Platform and id of its post, then those of the posts inside of it.
        media: Their media.
    """

    identities: tuple[tuple[str, str], ...]
    media: tuple[HeldMedia, ...]


class ItemNote(NamedTuple):
    """What is to be noted of an item that was imported.

    Args:
        post_ids: Its post, then those inside of it.
        says: What they and their media say while they are just as the item says.
    """

    post_ids: tuple[str, ...]
    says: str


class GroupNote(NamedTuple):
    """What is to be noted of items that were imported, and stand together.

    Args:
        key: Digest of their bytes and of what read them.
        items: Each of them; None where it has to be read anyhow.
    """

    key: bytes
    items: tuple[ItemNote | None, ...]


def find_held(gateway: Gateway, keys: Sequence[bytes]) -> list[dict[int, HeldItem] | None]:
    """Tell which items the library holds just as they say: importing these has nothing to do.

    Args:
        gateway: The way to the database.
        keys: Of at most 500 groups of items.

    Returns:
        For each key the held items by their place in the group; None where all have to be imported.
    """
    held: list[dict[int, HeldItem] | None] = [None] * len(keys)
    if keys:
        for row in gateway.call("find_held", p_keys=[key.hex() for key in keys]):
            held[row["position"]] = _items(row["posts"])
    return held


def _items(posts: Iterable[Sequence[Any]]) -> dict[int, HeldItem]:
    """Return the items that posts are of: each says its place, platform and id, and its media."""
    identities: dict[int, list[tuple[str, str]]] = {}
    media: dict[int, list[HeldMedia]] = {}
    for place, platform, urn, rows in posts:
        identities.setdefault(place, []).append((platform, urn))
        media.setdefault(place, []).extend(
            HeldMedia(media_id, media_type, role, datetime.fromisoformat(dies_at) if dies_at else None)
            for media_id, media_type, role, dies_at in rows
        )
    return {place: HeldItem(tuple(identities[place]), tuple(media[place])) for place in identities}


def note_items(gateway: Gateway, notes: Iterable[GroupNote]) -> None:
    """Note items that were imported, so that ``find_held`` knows them while they stay as they are.

    Args:
        gateway: The way to the database.
        notes: Their groups; of those with the same key the last counts.
    """
    groups = [_group_argument(note) for note in {note.key: note for note in notes}.values()]
    for start in range(0, len(groups), MAX_ROWS):
        gateway.call("note_items", p_groups=groups[start : start + MAX_ROWS])


def _group_argument(note: GroupNote) -> dict[str, object]:
    said = "\n".join([item.says for item in note.items if item is not None])
    return {
        "key": note.key.hex(),
        "items": ["" if item is None else " ".join(item.post_ids) for item in note.items],
        "state": hashlib.sha256(said.encode("utf-8", "replace")).hexdigest(),
    }


def note_of(posts: Sequence[tuple[PostToStore, StoredPost]]) -> ItemNote | None:
    """Make the note of an item.

    Args:
        posts: What it says, and what became of that: its post, then those inside of it.

    Returns:
        The note; None where not all of it is stored, or one post comes twice.
    """
    post_ids = tuple([stored.post_id for _, stored in posts if stored.post_id is not None])
    if len(set(post_ids)) != len(posts):
        return None
    says = []
    for post, stored in posts:
        if len(post.media) != len(stored.media):
            return None
        says.append(f"{stored.post_id} {stored.content_hash} {len(stored.media)}")
        media = zip(stored.media, post.media, strict=True)
        said = [(row.role, row.position, _says(row, item.reference)) for row, item in media]
        says += [words for _, _, words in sorted(said)]
    return ItemNote(post_ids, "\n".join(says))


def _says(row: StoredMedia, reference: MediaReference) -> str:
    """Return what the row of a media says in ``find_held`` as long as nothing else gave it another link."""
    words = f"{row.media_id} {row.role} {row.position} {reference.media_type}"
    return words if reference.url is None else f"{words} {reference.url}"

"""Items of exports that the library holds just as they say, known by digests of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
        key: Digest of its bytes and of what read them.
        post_ids: Its post, then those inside of it.
        state: Digest of what they and their media say while they are just as the item says.
    """

    key: bytes
    post_ids: tuple[str, ...]
    state: bytes


def find_held(gateway: Gateway, keys: Sequence[bytes]) -> list[HeldItem | None]:
    """Tell which items the library holds just as they say: importing these has nothing to do.

    Args:
        gateway: The way to the database.
        keys: Of at most 500 items.

    Returns:
        One place for each key: the item, or None where it has to be imported.
    """
    held: list[HeldItem | None] = [None] * len(keys)
    for row in gateway.call("find_held", p_keys=[key.hex() for key in keys]):
        held[row["position"]] = HeldItem(
            tuple((platform, urn) for platform, urn in row["posts"]),
            tuple(
                HeldMedia(media_id, media_type, role, datetime.fromisoformat(dies_at) if dies_at else None)
                for media in row["media"]
                for media_id, media_type, role, dies_at in media
            ),
        )
    return held


def note_items(gateway: Gateway, notes: Iterable[ItemNote]) -> None:
    """Note items that were imported, so that ``find_held`` knows them while they stay as they are.

    Args:
        gateway: The way to the database.
        notes: The items; of those with the same key the last counts.
    """
    items = [
        {"key": note.key.hex(), "post_ids": list(note.post_ids), "state": note.state.hex()}
        for note in {note.key: note for note in notes}.values()
    ]
    for start in range(0, len(items), MAX_ROWS):
        gateway.call("note_items", p_items=items[start : start + MAX_ROWS])


def note_of(key: bytes, posts: Sequence[tuple[PostToStore, StoredPost]]) -> ItemNote | None:
    """Make the note of an item.

    Args:
        key: Its key.
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
    return ItemNote(key, post_ids, hashlib.sha256("\n".join(says).encode("utf-8", "replace")).digest())


def _says(row: StoredMedia, reference: MediaReference) -> str:
    """Return what the row of a media says in ``find_held`` as long as nothing else gave it another link."""
    words = f"{row.media_id} {row.role} {row.position} {reference.media_type}"
    return words if reference.url is None else f"{words} {reference.url}"

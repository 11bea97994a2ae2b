"""What the store takes of a parsed post: it, the posts inside it, and their media with what links tell."""

from __future__ import annotations

import hashlib

from social_tui.exports import Inside, MediaReference, MediaToStore, ParsedPost, PostToStore
from social_tui.media_cache.links import read_link

# An entry of a PostgreSQL index holds at most 2,704 bytes.
_LONGEST_IDENTITY = 2000


def posts_to_store(post: ParsedPost, file: str | None) -> list[PostToStore]:
    """Return a post, then the posts that stand inside it, each after the one in which it stands.

    Args:
        post: The post.
        file: The file that it is from.
    """
    return [_post_to_store(post, file, ()), *nested_to_store(post, file)]


def nested_to_store(post: ParsedPost, file: str | None) -> list[PostToStore]:
    """Return the posts that stand inside a post at any depth, as the store takes them."""
    found: list[PostToStore] = []
    for nested in post.nested:
        outer = Inside(platform=post.platform, urn=post.urn, relation=nested.relation)
        found.append(_post_to_store(nested.post, file, (outer,)))
        found += nested_to_store(nested.post, file)
    return found


def media_to_store(reference: MediaReference) -> MediaToStore:
    """Add to a media reference what its link says: its stable part and when it dies."""
    identity, expires_at = read_link(reference.url) if reference.url else (reference.provider_media_id, None)
    if identity is not None and len(identity) * 4 > _LONGEST_IDENTITY < len(identity.encode()):
        identity = f"sha256:{hashlib.sha256(identity.encode()).hexdigest()}"
    return MediaToStore(reference, identity, expires_at)


def _post_to_store(post: ParsedPost, file: str | None, inside: tuple[Inside, ...]) -> PostToStore:
    return PostToStore(post, tuple([media_to_store(reference) for reference in post.media]), file, inside)

"""What the store takes of a parsed post: it, the posts inside it, and their media with what links tell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from social_tui.exports import Inside, MediaReference, MediaToStore, ParsedPost, PostToStore
from social_tui.media_cache.links import link_expiry, source_identity

# An entry of a PostgreSQL index holds at most 2,704 bytes.
_LONGEST_IDENTITY = 2000
_SHARED = tuple(name for name in PostToStore.model_fields if name in ParsedPost.model_fields)


def posts_to_store(post: ParsedPost, file: str | None) -> Iterator[PostToStore]:
    """Yield a post, then the posts that stand inside it, each after the one in which it stands.

    Args:
        post: The post.
        file: The file that it is from.
    """
    yield _post_to_store(post, file, ())
    yield from _nested(post, file)


def nested_to_store(post: ParsedPost, file: str | None) -> list[PostToStore]:
    """Return the posts that stand inside a post at any depth, as the store takes them."""
    return list(_nested(post, file))


def media_to_store(reference: MediaReference) -> MediaToStore:
    """Add to a media reference what its link says: its stable part and when it dies."""
    identity = source_identity(reference.url) if reference.url else reference.provider_media_id
    if identity is not None and len(identity) * 4 > _LONGEST_IDENTITY < len(identity.encode()):
        identity = f"sha256:{hashlib.sha256(identity.encode()).hexdigest()}"
    return MediaToStore(
        **vars(reference),
        source_identity=identity,
        url_expires_at=link_expiry(reference.url) if reference.url else None,
    )


def _nested(post: ParsedPost, file: str | None) -> Iterator[PostToStore]:
    for nested in post.nested:
        outer = Inside(platform=post.platform, urn=post.urn, relation=nested.relation)
        yield _post_to_store(nested.post, file, (outer,))
        yield from _nested(nested.post, file)


def _post_to_store(post: ParsedPost, file: str | None, inside: tuple[Inside, ...]) -> PostToStore:
    said = vars(post)
    fields = {name: said[name] for name in _SHARED}
    fields["media"] = tuple(media_to_store(reference) for reference in post.media)
    return PostToStore(**fields, source_file_path=file, inside=inside)

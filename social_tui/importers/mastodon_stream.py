"""Reads posts out of events of Mastodon's streams, which have a post as JSON in a text.

https://docs.joinmastodon.org/methods/streaming/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.importers import fields, mastodon
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.strict_json import decode_text

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is such an event."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("event"), str)
        and isinstance(value.get("stream"), list)
        and isinstance(value.get("payload", ""), str)
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that an event tells of; deletions and the like are passed over."""
    try:
        told = fields.mapping(decode_text(value.get("payload", "")))
    except ValueError:
        told = {}
    post = fields.mapping(told.get("status")) or told  # a notice to an account has it in itself
    if mastodon.sniff(post):
        yield from mastodon.parse(post, raw, avatars=avatars)
    else:
        yield PassedOver("is an event of a stream without a post")

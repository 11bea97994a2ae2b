"""Reads questions of Stack Overflow and its sisters (https://api.stackexchange.com/docs/types/question)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.exports import Engagement, ParsedPost
from social_tui.importers import fields
from social_tui.importers.articles import add_media, numbered_at, words
from social_tui.importers.media import MediaList
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.text import storable

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
_QUESTION = frozenset({"question_id", "owner", "creation_date", "link", "title", "answer_count"})
_ANSWER = frozenset({"answer_id", "question_id", "owner", "creation_date", "is_accepted"})
_COMMENT = frozenset({"comment_id", "post_id", "owner", "creation_date", "edited"})
_COUNTS = ("score", "answer_count", "view_count")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a question, an answer or a comment."""
    return isinstance(value, dict) and any(value.keys() >= marks for marks in (_QUESTION, _ANSWER, _COMMENT))


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one question that an item is; answers and comments are passed over."""
    if not value.keys() >= _QUESTION:
        yield PassedOver("is an answer or a comment")
        return
    page, owner = fields.text(value["link"]), fields.mapping(value["owner"])
    media = MediaList()
    add_media(media, value.get("body"), page)
    if avatars and fields.text(owner.get("profile_image")):
        media.add("avatar", "image", owner["profile_image"])
    counts = {name: fields.whole(value.get(name)) for name in _COUNTS}
    yield ParsedPost(
        platform="stackexchange",
        # The link ends in the title, which others may edit.
        urn=numbered_at(page, value["question_id"]),
        posted_at_timestamp=fields.milliseconds(value["creation_date"]),
        author_username=fields.identifier(owner.get("user_id")),
        author_name=fields.plain(owner.get("display_name")) or None,
        text_content=words(value["title"], value.get("body")),
        post_type="question",
        url=page,
        engagement=Engagement(
            reactions=counts["score"], comments=counts["answer_count"], views=counts["view_count"]
        ),
        stats=storable({name: count for name, count in counts.items() if count is not None}),
        media=media.references(),
        raw_json=raw,
    )

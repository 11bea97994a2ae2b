"""Questions for links to archived bytes, and their sealed answers."""

from __future__ import annotations

from typing import Literal

from social_tui.models import Row
from social_tui.store.gateway import Gateway

Wants = Literal["link", "address"]


class LinkAnswer(Row):
    """What became of a question; an answer is given once."""

    state: Literal["waiting", "answered", "refused"]
    sealed: str | None
    refusal: str | None


class LinkQuestion(Row):
    """A question that a worker has to answer.

    Args:
        public_key: What to seal the answer to, 64 hexadecimal digits (X25519); it names the question as well.
        sha256: The bytes.
        wants: ``link`` for a signed link, ``address`` for the place in the bucket.
        archive_url: Where the bytes are.
    """

    public_key: str
    sha256: str
    wants: Wants
    archive_url: str


def request_link(
    gateway: Gateway, media_id: str, sha256: str, *, wants: Wants, public_key: str, actor: str = "app"
) -> None:
    """Ask the workers for a way to the archived bytes of a media, which its history notes.

    Raises:
        NotFoundError: If the caller sees no such media with archived bytes of this hash.
        DatabaseError: If they lie in a folder, or too much is asked for at once.
    """
    gateway.call(
        "request_link",
        p_media_id=media_id,
        p_sha256=sha256,
        p_wants=wants,
        p_public_key=public_key,
        p_actor=actor,
    )


def take_link(gateway: Gateway, public_key: str) -> LinkAnswer | None:
    """Take the answer to a question of one's own, which is gone then; None without such a question."""
    rows = gateway.call("take_link", p_public_key=public_key)
    return LinkAnswer.model_validate(rows[0]) if rows else None


def claim_links(gateway: Gateway, bucket: str) -> list[LinkQuestion]:
    """Take over what is asked of a bucket."""
    return [LinkQuestion.model_validate(row) for row in gateway.call("claim_links", p_bucket=bucket)]


def answer_link(
    gateway: Gateway, public_key: str, *, sealed: str | None = None, refusal: str | None = None
) -> bool:
    """Answer a question; returns whether it was still open."""
    return bool(gateway.call("answer_link", p_public_key=public_key, p_sealed=sealed, p_refusal=refusal))

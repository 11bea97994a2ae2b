"""Batches of analyses: many requests in one file, answered within a day for half the price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from social_tui.models import Selection
from social_tui.reports import AiBatch, AiBatchReservation, AiBatchRow, OpenRequest
from social_tui.store.analyses import Budget, as_json, budget_told
from social_tui.store.bulk import chosen_posts
from social_tui.store.gateway import Gateway

PAGE = 200


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """How a request of a batch ended.

    Args:
        analysis_id: The analysis.
        parsed: What its answer says; None where there is none that can be read.
        error: Why there is none, in a redacted sentence.
        maybe_billed: Whether it may have been billed although no answer came.
    """

    analysis_id: str
    parsed: dict[str, Any] | None = None
    error: str | None = None
    maybe_billed: bool = True


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer of a batch as it came; see :class:`social_tui.media_analysis.provider.RawAnswer`."""

    analysis_id: str
    raw_answer: str
    input_tokens: int | None
    output_tokens: int | None
    cost_microdollars: int | None


def reserve_batch(
    gateway: Gateway,
    claim: str,
    *,
    question: Mapping[str, str],
    budget: Budget,
    most_of_document: int,
    media_ids: Sequence[str] | None = None,
    posts: Selection | None = None,
    retry_failed: bool = False,
    outdated: bool = False,
    since: datetime | None = None,
    most_requests: int,
    actor: str,
) -> AiBatchReservation:
    """Reserve the next batch of requests; nothing has gone out then.

    Args:
        gateway: The way to the database.
        claim: Who has the batch in hand.
        question: Provider, model, prompt version, schema version and detail.
        budget: What each request may cost; so much is held for each, as long as the caps leave room.
        most_of_document: What one about a PDF may cost, in millionths of a dollar.
        media_ids: Only these media, those that failed before too.
        posts: Only the media of these posts.
        retry_failed: Whether what failed is meant as well.
        outdated: Whether what was analysed otherwise is meant as well.
        since: What failed since then is left out.
        most_requests: At most so many.
        actor: Who asks.
    """
    with budget_told():
        rows = gateway.call(
            "reserve_ai_batch",
            p_claim=claim,
            p_question=dict(question),
            p_budget={**as_json(budget), "most_of_document": most_of_document},
            p_media_ids=list(media_ids) if media_ids is not None else None,
            **(chosen_posts(posts) if posts is not None else {}),
            p_retry_failed=retry_failed,
            p_outdated=outdated,
            p_since=since.isoformat() if since is not None else None,
            p_most_requests=most_requests,
            p_actor=actor,
        )
    return AiBatchReservation.model_validate(rows[0])


def take_batch(gateway: Gateway, claim: str, batch_id: str | None = None) -> AiBatch | None:
    """Take the batch that is due, or a named one; None where there is none, or somebody has it in hand."""
    rows = gateway.call("take_ai_batch", p_claim=claim, p_batch_id=batch_id)
    return AiBatch.model_validate(rows[0]) if rows else None


def iterate_requests(gateway: Gateway, batch_id: str, claim: str) -> Iterator[list[OpenRequest]]:
    """Read the open requests of a batch, page by page in the order of its file.

    Raises:
        DatabaseError: If somebody else has the batch in hand by now.
    """
    after = ""
    while True:
        rows = gateway.call(
            "ai_batch_requests", p_batch_id=batch_id, p_claim=claim, p_after=after, p_limit=PAGE
        )
        page = [OpenRequest.model_validate(row) for row in rows]
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1].analysis_id


def mark_batch(
    gateway: Gateway,
    batch_id: str,
    claim: str,
    state: str,
    *,
    wait_seconds: float | None = None,
    **facts: str | None,
) -> AiBatch:
    """Write down how far a batch is.

    Args:
        gateway: The way to the database.
        batch_id: The batch (``bat-…``).
        claim: Who has it in hand.
        state: Its state from now on.
        wait_seconds: Let go of it, and look again after so long; None to keep it in hand.
        facts: What the service said: ``input_file_id``, ``service_id``, ``service_status``,
            ``output_file_id``, ``error_file_id``, ``expires_at``; and an ``error``, which without it is
            taken back.

    Raises:
        DatabaseError: If somebody else has it in hand by now, or that state does not follow.
    """
    rows = gateway.call(
        "mark_ai_batch",
        p_batch_id=batch_id,
        p_claim=claim,
        p_state=state,
        p_facts={name: value for name, value in facts.items() if value is not None},
        p_wait_seconds=wait_seconds,
    )
    return AiBatch.model_validate(rows[0])


def split_batch(gateway: Gateway, batch_id: str, claim: str, *, after: str) -> str:
    """Move the requests behind one into a new batch, which nobody has in hand; returns its id."""
    rows = gateway.call("split_ai_batch", p_batch_id=batch_id, p_claim=claim, p_after=after)
    return AiBatch.model_validate(rows[0]).batch_id


def save_answers(gateway: Gateway, batch_id: str, claim: str, answers: Sequence[SavedAnswer]) -> int:
    """Save answers as they came, before anything reads them; returns how many were not saved before."""
    rows = gateway.call(
        "save_ai_batch_answers",
        p_batch_id=batch_id,
        p_claim=claim,
        p_answers=[asdict(each) for each in answers],
    )
    return int(rows[0]["saved"])


def end_requests(
    gateway: Gateway, batch_id: str, claim: str, ended: Sequence[EndedRequest], *, actor: str
) -> int:
    """End requests of a batch; returns how many were open."""
    rows = gateway.call(
        "end_ai_batch_requests",
        p_batch_id=batch_id,
        p_claim=claim,
        p_ended=[asdict(each) for each in ended],
        p_actor=actor,
    )
    return int(rows[0]["ended"])


def finish_batch(
    gateway: Gateway,
    batch_id: str,
    claim: str,
    *,
    error: str | None = None,
    maybe_billed: bool = True,
    actor: str,
) -> int:
    """End a batch with all requests of it that are still open.

    Args:
        gateway: The way to the database.
        batch_id: The batch (``bat-…``).
        claim: Who has it in hand.
        error: Why those requests have no answer.
        maybe_billed: Whether they may have been billed all the same.
        actor: Who works.

    Returns:
        How many requests were open.
    """
    rows = gateway.call(
        "finish_ai_batch",
        p_batch_id=batch_id,
        p_claim=claim,
        p_error=error,
        p_maybe_billed=maybe_billed,
        p_actor=actor,
    )
    return int(rows[0]["ended"])


def cancel_batch(gateway: Gateway, batch_id: str) -> bool:
    """Ask for a batch to be called off; returns whether that is new.

    Raises:
        NotFoundError: If there is no such batch.
    """
    return bool(gateway.call("cancel_ai_batch", p_batch_id=batch_id)[0]["changed"])


def list_batches(gateway: Gateway, *, limit: int = 200) -> list[AiBatchRow]:
    """List batches, open ones first, then the newest first; at most 500."""
    return [AiBatchRow.model_validate(row) for row in gateway.call("list_ai_batches", p_limit=limit)]

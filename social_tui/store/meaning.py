"""Meanings of posts: which texts are to be embedded, their vectors, and what is nearest to one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from social_tui.errors import DatabaseError, MeaningUnavailableError
from social_tui.filters import Filter
from social_tui.models import Row
from social_tui.search_models import RankedPost
from social_tui.store.analyses import Budget, as_json, budget_told
from social_tui.store.gateway import Gateway

_NO_EXTENSION = "0A000"


class DueText(Row):
    """A text without a vector.

    Args:
        text_hash: SHA-256 of it, in hexadecimal.
        body: The text.
    """

    text_hash: str
    body: str


class DuePost(Row):
    """A post whose texts are to be looked at.

    Args:
        post_id: Which.
        changed_at: When it changed, as the database says it.
        texts: Those of its texts that have no vector.
    """

    post_id: str
    changed_at: str
    texts: list[DueText]


class ModelState(Row):
    """How far a model has come, among the posts that the caller may see.

    Args:
        state: ``unavailable`` where the database cannot keep vectors, ``new`` before posts are embedded with
            this model at all, else ``kept``.
        waiting: Posts whose texts are to be looked at, 10,001 at most.
    """

    state: Literal["unavailable", "new", "kept"]
    waiting: int


def start_meanings(gateway: Gateway, model: str, dimensions: int) -> int:
    """Begin to keep the meanings of a model, or go on.

    Returns:
        How many posts wait, a million at most.

    Raises:
        MeaningUnavailableError: If the database has no pgvector.
    """
    with _unavailable_told():
        rows = gateway.call("start_meanings", p_model=model, p_dimensions=dimensions)
    return int(rows[0]["waiting"])


def take_meanings(gateway: Gateway, model: str, limit: int) -> list[DuePost]:
    """Take posts whose texts are to be embedded; what is not stored is lent to others after five minutes."""
    rows = gateway.call("take_meanings", p_model=model, p_limit=limit)
    return [DuePost.model_validate(row) for row in rows]


def store_meanings(
    gateway: Gateway, model: str, posts: Sequence[DuePost], vectors: Mapping[str, Sequence[float]]
) -> int:
    """Keep vectors of texts, and settle the posts that have them.

    Args:
        gateway: The way to the database.
        model: What made the vectors.
        posts: Posts that were taken; those that changed meanwhile are taken again.
        vectors: By the hash of their text.

    Returns:
        How many vectors are new.
    """
    rows = gateway.call(
        "store_meanings",
        p_model=model,
        p_posts=[{"post_id": post.post_id, "changed_at": post.changed_at} for post in posts],
        p_meanings=[{"text_hash": name, "vector": as_text(vector)} for name, vector in vectors.items()],
    )
    return int(rows[0]["stored"])


def hold(gateway: Gateway, model: str, budget: Budget) -> int:
    """Hold the most that a request may cost; returns the charge that is to be settled.

    Raises:
        BudgetError: If a budget has not that much left; nothing must be sent.
    """
    with budget_told():
        rows = gateway.call("hold_embedding", p_model=model, p_budget=as_json(budget))
    return int(rows[0]["charge_id"])


def settle(gateway: Gateway, charge_id: int, *, spent: int, unsure: int, input_tokens: int | None) -> None:
    """Put what a request did cost, or may have cost, in the place of what was held for it."""
    gateway.call(
        "settle_embedding", p_charge_id=charge_id, p_spent=spent, p_unsure=unsure, p_tokens=input_tokens
    )


def model_state(gateway: Gateway, model: str) -> ModelState:
    """Tell how far a model has come."""
    return ModelState.model_validate(gateway.call("meaning_state", p_model=model)[0])


def search_meaning(
    gateway: Gateway, model: str, vector: Sequence[float], *, posts: Filter | None, limit: int
) -> list[RankedPost]:
    """List the posts whose texts are nearest to a vector, the nearest first.

    Raises:
        MeaningUnavailableError: If the database has no pgvector.
    """
    with _unavailable_told():
        rows = gateway.call(
            "search_meaning",
            p_model=model,
            p_vector=as_text(vector),
            p_filter=posts.to_json() if posts is not None else None,
            p_limit=limit,
        )
    return [RankedPost.model_validate(row) for row in rows]


def search_hybrid(
    gateway: Gateway,
    words: str,
    model: str,
    vector: Sequence[float],
    *,
    posts: Filter | None,
    limit: int,
) -> list[RankedPost]:
    """List the posts that full text, substring and meaning find together, best first.

    Raises:
        MeaningUnavailableError: If the database has no pgvector.
    """
    with _unavailable_told():
        rows = gateway.call(
            "search_hybrid",
            p_words=words,
            p_model=model,
            p_vector=as_text(vector),
            p_filter=posts.to_json() if posts is not None else None,
            p_limit=limit,
        )
    return [RankedPost.model_validate(row) for row in rows]


def as_text(vector: Sequence[float]) -> str:
    """Write a vector as pgvector reads it; six digits are more than half precision has."""
    return f"[{','.join(f'{value:.6g}' for value in vector)}]"


@contextlib.contextmanager
def _unavailable_told() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if error.sqlstate != _NO_EXTENSION:
            raise
        raise MeaningUnavailableError(error.message, hint=error.hint) from None

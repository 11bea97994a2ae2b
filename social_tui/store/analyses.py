"""The ledger of AI analyses: unique bytes are analysed once, and nothing is paid twice unasked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from social_tui.errors import BudgetError, DatabaseError
from social_tui.models import AnalysisReservation, Selection
from social_tui.reports import AnalysisWork, Spending
from social_tui.store.bulk import chosen_posts
from social_tui.store.gateway import Gateway

_OVER_BUDGET = "53400"


@dataclass(frozen=True, slots=True)
class Budget:
    """What the next request may cost, and what all may.

    Args:
        most_microdollars: The most that it may cost, in millionths of a dollar; 0 when nothing is paid.
        caps: The most that all of a ``day``, a ``month`` (UTC) and a ``run`` may cost, likewise.
        run: The name of the run that it belongs to; needed where there is a cap for it.
    """

    most_microdollars: int
    caps: Mapping[str, int]
    run: str | None = None


UNPAID = Budget(0, {})


def reserve(
    gateway: Gateway,
    media_id: str,
    *,
    provider: str,
    model: str,
    prompt_version: str,
    schema_version: str,
    detail: str,
    actor: str,
    budget: Budget = UNPAID,
) -> AnalysisReservation:
    """Ask whose turn it is to analyse the bytes of a media.

    Args:
        gateway: The way to the database.
        media_id: A media whose bytes are held.
        provider: Who analyses.
        model: With what.
        prompt_version: How it is asked.
        schema_version: What is asked for.
        detail: How closely it looks.
        actor: Who asks.
        budget: What the request may cost; it is held when a request may follow.

    Returns:
        ``granted`` when it is the caller's turn: in state ``reserved`` to call :func:`mark_sent` and
        send, in state ``received`` to parse ``raw_answer`` again without sending; an ``error`` beside
        it says why it could not be parsed before. Not granted in state ``parsed``: the media has the
        result already; ``sent``: a request went out and its answer is not in; ``reserved`` or
        ``received``: another worker was at it seconds ago.

    Raises:
        NotFoundError: If there is no such media.
        DatabaseError: If its bytes are not held.
        BudgetError: If a budget has not that much left; the media is as it was.
    """
    with budget_told():
        rows = gateway.call(
            "reserve_analysis",
            p_media_id=media_id,
            p_provider=provider,
            p_model=model,
            p_prompt_version=prompt_version,
            p_schema_version=schema_version,
            p_detail=detail,
            p_actor=actor,
            p_budget=as_json(budget),
        )
    return AnalysisReservation.model_validate(rows[0])


def mark_sent(
    gateway: Gateway, analysis_id: str, *, unusable: str | None = None, budget: Budget = UNPAID
) -> None:
    """Record that the request goes out now; only one caller can.

    Args:
        gateway: The way to the database.
        analysis_id: The analysis (``ana-…``).
        unusable: The kept answer that cannot be parsed, whose place the new one takes; it stays in the
            ledger.
        budget: What the request may cost, where it takes the place of a kept answer; else it is held already.

    Raises:
        DatabaseError: If the analysis is not ``reserved``, and does not hold that answer, so that nothing
            must be sent.
        BudgetError: If a budget has not that much left; nothing must be sent either.
    """
    with budget_told():
        gateway.call(
            "mark_analysis_sent",
            p_analysis_id=analysis_id,
            p_unusable=unusable,
            p_budget=as_json(budget),
        )


def store_answer(
    gateway: Gateway,
    analysis_id: str,
    *,
    raw_answer: str,
    input_tokens: int | None,
    output_tokens: int | None,
    cost_microdollars: int | None,
) -> None:
    """Save an answer as it came, before anything reads it; tokens and cost add up over tries.

    One that came too late to be used is kept beside the one in use.

    Raises:
        NotFoundError: If there is no such analysis.
    """
    gateway.call(
        "store_analysis_answer",
        p_analysis_id=analysis_id,
        p_raw_answer=raw_answer,
        p_input_tokens=input_tokens,
        p_output_tokens=output_tokens,
        p_cost_microdollars=cost_microdollars,
    )


def complete(gateway: Gateway, analysis_id: str, *, parsed: dict[str, Any], actor: str) -> int:
    """Give a parsed analysis to every media with these bytes.

    Returns:
        How many media are completed by it.

    Raises:
        DatabaseError: If no answer is stored.
    """
    rows = gateway.call("complete_analysis", p_analysis_id=analysis_id, p_parsed=parsed, p_actor=actor)
    return int(rows[0]["changed"])


def fail(gateway: Gateway, analysis_id: str, *, error: str, actor: str, maybe_billed: bool = True) -> int:
    """Record that an analysis failed; it may be reserved again.

    Args:
        gateway: The way to the database.
        analysis_id: The analysis (``ana-``…); one that is parsed stays so.
        error: Why, in a redacted sentence.
        actor: Who tried.
        maybe_billed: Whether a request that was sent may have been billed; else its budget is free again.

    Returns:
        How many media are failed by it.
    """
    rows = gateway.call(
        "fail_analysis",
        p_analysis_id=analysis_id,
        p_error=error,
        p_actor=actor,
        p_maybe_billed=maybe_billed,
    )
    return int(rows[0]["changed"])


def spending(gateway: Gateway) -> list[Spending]:
    """Tell what analyses cost today and this month: one row for each."""
    return [Spending.model_validate(row) for row in gateway.call("ai_spending")]


def estimate(
    gateway: Gateway,
    question: Mapping[str, str],
    *,
    media_ids: Sequence[str] | None = None,
    posts: Selection | None = None,
    retry_failed: bool = False,
    outdated: bool = False,
) -> AnalysisWork:
    """Count what a request for analyses would concern; see :func:`social_tui.store.jobs.request_jobs`.

    Args:
        gateway: The way to the database.
        question: Provider, model, prompt version, schema version and detail.
        media_ids: Only these media, and those among them that failed before too.
        posts: Only the media of these posts.
        retry_failed: Whether media that failed before are meant as well.
        outdated: Whether media that were analysed otherwise are meant as well.
    """
    rows = gateway.call(
        "estimate_analyses",
        p_question=dict(question),
        p_media_ids=list(media_ids) if media_ids is not None else None,
        **(chosen_posts(posts) if posts is not None else {}),
        p_retry_failed=retry_failed,
        p_outdated=outdated,
    )
    return AnalysisWork.model_validate(rows[0])


def as_json(budget: Budget) -> dict[str, Any]:
    """Say a budget to the database."""
    return {"most": budget.most_microdollars, "caps": dict(budget.caps), "run": budget.run}


@contextlib.contextmanager
def budget_told() -> Iterator[None]:
    """Have a refusal of the budget raised as :class:`BudgetError`."""
    try:
        yield
    except DatabaseError as error:
        if error.sqlstate != _OVER_BUDGET:
            raise
        hint = error.hint or "Raise SOCIAL_TUI_AI_CAP_DAY, _MONTH or _RUN, or wait."
        raise BudgetError(f"{error.message.rstrip('.')}.", hint=hint) from None

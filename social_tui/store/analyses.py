"""The ledger of AI analyses: unique bytes are analysed once, and nothing is paid twice unasked."""

from __future__ import annotations

from typing import Any

from social_tui.models import AnalysisReservation
from social_tui.store.gateway import Gateway


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

    Returns:
        ``granted`` when it is the caller's turn: in state ``reserved`` to call :func:`mark_sent` and
        send, in state ``received`` to parse ``raw_answer`` again without sending; an ``error`` beside
        it says why it could not be parsed before. Not granted in state ``parsed``: the media has the
        result already; ``sent``: a request went out and its answer is not in; ``reserved`` or
        ``received``: another worker was at it seconds ago.

    Raises:
        NotFoundError: If there is no such media.
        DatabaseError: If its bytes are not held.
    """
    rows = gateway.call(
        "reserve_analysis",
        p_media_id=media_id,
        p_provider=provider,
        p_model=model,
        p_prompt_version=prompt_version,
        p_schema_version=schema_version,
        p_detail=detail,
        p_actor=actor,
    )
    return AnalysisReservation.model_validate(rows[0])


def mark_sent(gateway: Gateway, analysis_id: str, *, unusable: str | None = None) -> None:
    """Record that the request goes out now; only one caller can.

    Args:
        gateway: The way to the database.
        analysis_id: The analysis (``ana-…``).
        unusable: The kept answer that cannot be parsed, whose place the new one takes; it stays in the
            ledger.

    Raises:
        DatabaseError: If the analysis is not ``reserved``, and does not hold that answer, so that nothing
            must be sent.
    """
    gateway.call("mark_analysis_sent", p_analysis_id=analysis_id, p_unusable=unusable)


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


def fail(gateway: Gateway, analysis_id: str, *, error: str, actor: str) -> int:
    """Record that an analysis failed; it may be reserved again.

    Args:
        gateway: The way to the database.
        analysis_id: The analysis (``ana-``…); one that is parsed stays so.
        error: Why, in a redacted sentence.
        actor: Who tried.

    Returns:
        How many media are failed by it.
    """
    rows = gateway.call("fail_analysis", p_analysis_id=analysis_id, p_error=error, p_actor=actor)
    return int(rows[0]["changed"])

"""Reading what the Responses API answered (https://platform.openai.com/docs/api-reference/responses)."""

from __future__ import annotations

import json
import re
from typing import Any

from social_tui.errors import AnalysisError
from social_tui.media_analysis.prices import Usage
from social_tui.media_analysis.schema import Shape, parse_analysis

# The rest only repeats the question.
_KEPT = ("id", "model", "service_tier", "status", "error", "incomplete_details", "output", "usage")
_LONGEST_STRANGE_ANSWER = 100_000
# No answer has more, and sums of these and of their prices fit into the ledger.
_MOST_TOKENS = 1_000_000_000
_WORD = re.compile(r"[a-z_]{1,40}")


def decode(body: str) -> dict[str, Any] | None:
    """Read a reply's body, or return None when it is no JSON object."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def to_keep(body: str) -> str:
    """Reduce a reply's body to what must be saved of it; what is no answer at all is kept, cut."""
    answer = decode(body)
    if answer is None:
        return body[:_LONGEST_STRANGE_ANSWER]
    return json.dumps({name: answer[name] for name in _KEPT if name in answer})


def usage_of(body: str) -> Usage | None:
    """Return the tokens that a reply says it used, or None when it does not say."""
    usage = (decode(body) or {}).get("usage")
    if not isinstance(usage, dict):
        return None
    details = usage.get("input_tokens_details")
    details = details if isinstance(details, dict) else {}
    counts = [_count(usage.get(name)) for name in ("input_tokens", "output_tokens")]
    if counts[0] is None or counts[1] is None:
        return None
    return Usage(
        counts[0],
        counts[1],
        _count(details.get("cached_tokens")) or 0,
        _count(details.get("cache_write_tokens")) or 0,
    )


def read_answer(kept: str, shape: type[Shape]) -> Shape:
    """Turn a saved answer into an analysis.

    Args:
        kept: What :func:`to_keep` returned.
        shape: What is kept of it.

    Raises:
        AnalysisError: If it is a refusal, was cut off, failed, or has another shape.
    """
    answer = decode(kept)
    if answer is None or not isinstance(answer.get("output"), list):
        raise AnalysisError(
            "The AI service sent something that is no answer of the Responses API.",
            hint="Check OPENAI_BASE_URL: it usually ends in /v1.",
        )
    _require_finished(answer)
    texts, refused = _contents(answer["output"])
    if refused:
        raise AnalysisError("The AI service refused to describe this picture.")
    if not texts:
        raise AnalysisError("The AI service answered without any text.", hint="Analyse it again.")
    return parse_analysis("".join(texts), shape)


def word(value: object) -> str:
    """Return a server's code when it is a plain word, else nothing: other text may repeat a secret."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _require_finished(answer: dict[str, Any]) -> None:
    status = answer.get("status")
    if status == "incomplete":
        details = answer.get("incomplete_details")
        reason = word(details.get("reason")) if isinstance(details, dict) else ""
        if reason == "content_filter":
            raise AnalysisError("The AI service's content filter stopped the answer.")
        raise AnalysisError(
            f"The answer was cut off ({reason or 'no reason given'}).",
            hint="Choose another model with SOCIAL_TUI_AI_MODEL.",
        )
    if status not in ("completed", None):
        details = answer.get("error")
        code = word(details.get("code")) if isinstance(details, dict) else ""
        raise AnalysisError(
            f"The AI service could not finish the answer ({code or 'no reason given'}).",
            hint="Analyse it again.",
        )


def _contents(output: list[Any]) -> tuple[list[str], bool]:
    texts: list[str] = []
    refused = False
    for item in output:
        contents = item.get("content") if isinstance(item, dict) and item.get("type") == "message" else None
        for content in contents if isinstance(contents, list) else []:
            if not isinstance(content, dict):
                continue
            refused = refused or content.get("type") == "refusal"
            if content.get("type") == "output_text" and isinstance(content.get("text"), str):
                texts.append(content["text"])
    return texts, refused


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None

"""What an analysis holds, and how an answer becomes one."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from social_tui.errors import AnalysisError
from social_tui.text import storable_text

SCHEMA_VERSION = "1"
"""Raised when the fields change: an analysis of an older schema may be asked for again."""

Kind = Literal[
    "photo",
    "illustration",
    "chart",
    "diagram",
    "map",
    "screenshot",
    "meme",
    "document",
    "logo",
    "other",
    "unknown",
]
Sentiment = Literal["positive", "neutral", "negative", "mixed", "unknown"]
SafetyFlag = Literal[
    "nudity",
    "sexual",
    "violence",
    "gore",
    "hate",
    "harassment",
    "self_harm",
    "weapons",
    "drugs",
    "personal_data",
]

_LONGEST_TEXT = 20_000
_LONGEST_LABEL = 100
_MOST_LABELS = 50


def _cut(longest: int) -> BeforeValidator:
    # An answer that is too long was paid for all the same: it is cut, not refused. No other character is
    # touched: what is shown goes through terminal_safe.
    return BeforeValidator(lambda value: storable_text(value[:longest]) if isinstance(value, str) else value)


def _cut_list(value: object) -> object:
    return value[:_MOST_LABELS] if isinstance(value, list) else value


def _between(low: float, high: float) -> BeforeValidator:
    def clamp(value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("a number, not yes or no")
        if not isinstance(value, int | float):
            return value
        return min(max(value, low), high) if math.isfinite(value) else low

    return BeforeValidator(clamp)


Text = Annotated[str, _cut(_LONGEST_TEXT)]
Label = Annotated[str, _cut(_LONGEST_LABEL)]
Labels = Annotated[list[Label], BeforeValidator(_cut_list)]


class Analysis(BaseModel):
    """What was found in one picture; every text is data of unknown intent, never markup.

    Its JSON schema is one that OpenAI's strict structured output takes: every field required, no other
    fields (https://platform.openai.com/docs/guides/structured-outputs). Lengths are cut here, because
    strict schemas of several servers know no ``maxLength``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"additionalProperties": False})

    description: Text = Field(description="What can be seen, in one to four plain sentences.")
    ocr_text: Text = Field(description="All text in the picture, as it is written, line by line; else empty.")
    language: Label | None = Field(description="Language of that text as an ISO 639-1 code; null without.")
    objects: Labels = Field(description="The main things that can be seen, as short nouns.")
    people_count: Annotated[int, _between(0, 1_000_000)] | None = Field(
        description="How many people can be seen; null when they cannot be counted. Never who they are."
    )
    brands: Labels = Field(description="Logos and brand names that can be seen.")
    kind: Kind = Field(description="What sort of picture this is.")
    tags: Labels = Field(description="Up to ten short words to find this picture by.")
    sentiment: Sentiment = Field(description="The mood that the picture conveys.")
    safety_flags: list[SafetyFlag] = Field(description="What a viewer may need to be warned of; else empty.")
    confidence: Annotated[float, _between(0, 1)] = Field(description="From 0, a guess, to 1, certain.")


class NamedAnalysis(Analysis):
    """An analysis that may name people, where the settings allow it; an older answer names nobody."""

    people_names: Labels = Field(
        default=[], description="Names of people shown, as text in the picture says them; else empty."
    )


Shape = TypeVar("Shape", bound=Analysis)


def response_schema(shape: type[Analysis]) -> dict[str, Any]:
    """Return the JSON schema of an answer, for a server that enforces it."""
    schema = shape.model_json_schema()
    del schema["description"]  # the docstring is for readers of this file
    for field in schema["properties"].values():
        field.pop("default", None)  # strict: every field is asked for
    return {**schema, "required": list(schema["properties"])}


def parse_analysis(text: str, shape: type[Shape]) -> Shape:
    """Read an answer.

    Args:
        text: What should be a JSON object of that shape.
        shape: :class:`Analysis`, or a provider's own extension of it.

    Returns:
        The analysis, its texts and lists cut to their limits, its numbers brought into their ranges.

    Raises:
        AnalysisError: If it is no JSON or has another shape; the message names the fields.
    """
    try:
        return shape.model_validate(json.loads(text))
    except ValidationError as error:
        fields = sorted({str(fault["loc"][0]) if fault["loc"] else "the whole" for fault in error.errors()})
        raise AnalysisError(
            f"The answer has not the shape that was asked for: {', '.join(fields)}.",
            hint="Analyse it again, or choose another model with SOCIAL_TUI_AI_MODEL.",
        ) from None
    except (ValueError, RecursionError):
        raise AnalysisError(
            "The answer is not valid JSON.",
            hint="Analyse it again, or choose another model with SOCIAL_TUI_AI_MODEL.",
        ) from None

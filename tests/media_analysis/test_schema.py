from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.errors import AnalysisError
from social_tui.media_analysis.schema import Analysis, NamedAnalysis, parse_analysis, response_schema
from tests.support.openai_server import ANALYSIS, schema_fault


def parsed(**changes: Any) -> Analysis:
    return parse_analysis(json.dumps({**ANALYSIS, **changes}), Analysis)


@pytest.mark.parametrize("shape", [Analysis, NamedAnalysis])
def test_the_schema_is_one_that_strict_structured_output_takes(shape: type[Analysis]) -> None:
    from openai.lib._pydantic import to_strict_json_schema

    assert schema_fault(response_schema(shape)) == ""
    strict = to_strict_json_schema(shape)
    del strict["description"]
    for field in strict["properties"].values():
        field.pop("default", None)
    assert response_schema(shape) == strict


def test_an_answer_is_read_whole() -> None:
    assert parsed().model_dump() == ANALYSIS


def test_long_texts_and_lists_are_cut_and_not_refused() -> None:
    found = parsed(description="x" * 100_000, tags=["y" * 1000] * 1000)
    assert len(found.description) == 20_000
    assert found.tags == ["y" * 100] * 50


def test_control_characters_stay_as_data_but_what_no_database_holds_is_replaced() -> None:
    found = parsed(ocr_text="\x1b]0;title\x07 [@click=app.quit] \x00 \ud800")
    assert found.ocr_text == "\x1b]0;title\x07 [@click=app.quit] \ufffd \ufffd"
    assert json.dumps(found.model_dump()).encode()


@pytest.mark.parametrize(
    ("given", "kept"), [(95, 1.0), (-1, 0.0), (float("nan"), 0.0), (float("inf"), 0.0), (0.5, 0.5)]
)
def test_confidence_is_brought_into_its_range(given: float, kept: float) -> None:
    assert parsed(confidence=given).confidence == kept


def test_people_may_be_uncounted_but_never_negative() -> None:
    assert parsed(people_count=None).people_count is None
    assert parsed(people_count=-3).people_count == 0


def test_a_field_too_many_does_not_cost_the_answer() -> None:
    assert parsed(mood="blue").model_dump() == ANALYSIS


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "painting"}, "kind"),
        ({"sentiment": "angry"}, "sentiment"),
        ({"safety_flags": ["spooky"]}, "safety_flags"),
        ({"people_count": "many"}, "people_count"),
        ({"people_count": True}, "people_count"),
        ({"description": None}, "description"),
        ({"tags": "one"}, "tags"),
    ],
)
def test_another_shape_is_refused_by_the_name_of_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(AnalysisError, match=field) as caught:
        parsed(**changes)
    assert not caught.value.retryable


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '"text"', "{}"])
def test_what_is_no_answer_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(AnalysisError, match="The answer"):
        parse_analysis(text, Analysis)

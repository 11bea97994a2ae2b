"""Answers of Meta's Graph API to several requests at once, each of which is a text in a list."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver
from social_tui.importers.mapped import Mapped
from social_tui.importers.reading import iter_posts
from tests.importers.more_examples import FACEBOOK, INSTAGRAM_GRAPH
from tests.importers.taking import outcomes, posts, reasons

_OTHER = {**FACEBOOK, "id": "12_35", "message": "Boot ß \U0001f600"}
#: What depends on how a text of JSON is written.
_BARE = {"raw_json": ""}


def answer(body: Any, code: int = 200) -> dict[str, Any]:
    return {"code": code, "headers": [{"name": "ETag", "value": "x"}], "body": json.dumps(body)}


def shown(value: Any) -> list[str]:
    return [each.urn if isinstance(each, ParsedPost) else each.reason for each in outcomes(value)]


@pytest.mark.parametrize("is_by_line", [True, False])
def test_answers_of_a_batch_are_read_as_those_that_came_alone(is_by_line: bool) -> None:
    page = {"id": "12", "name": "Harbour", "username": "harbour"}
    of_page = {name: value for name, value in _OTHER.items() if name != "from"}
    bodies = [{"data": [FACEBOOK], "paging": {}}, _OTHER, {**page, "posts": {"data": [of_page]}}]
    answers = [answer(each) for each in [*bodies, {"data": [INSTAGRAM_GRAPH]}, {"data": []}]]
    del answers[0]["headers"]
    lines = "\n".join(map(json.dumps, answers)).encode()
    alone = [each for body in [*bodies, INSTAGRAM_GRAPH] for each in posts(body)]
    found = posts(lines if is_by_line else answers)
    assert [each.model_copy(update=_BARE) for each in found] == [
        each.model_copy(update=_BARE) for each in alone
    ]
    assert [posts(json.loads(each.raw_json)) for each in found] == [[each] for each in found]
    assert [each.author_name for each in found[1:3]] == ["Page", "Harbour"]


def test_answers_without_posts_cost_none_of_the_others_and_are_told() -> None:
    failed = answer({"error": {"message": "No", "code": 100}}, code=400)
    broken = [
        *({**failed, "code": 200, "body": body} for body in (None, "true", '{"a": 1}')),
        answer(None) | {"body": json.dumps({"data": [FACEBOOK]})[:-1]},
        answer(None) | {"body": '[{"id": "\ud83d"}]'},
    ]
    assert shown([None, failed, *broken, answer(_OTHER)]) == [
        "unknown shape: no known format has items like this",
        "is an answer of the Graph API that tells of a failure",
        "is an answer of the Graph API without anything in it",
        "is an answer of the Graph API without anything in it",
        "unknown shape: no known format has items like this",
        FACEBOOK["id"],
        f"the body of an answer: the file breaks off at byte {len(json.dumps({'data': [FACEBOOK]})) - 1}",
        "the body of an answer: is not UTF-8 at byte 9",
        "12_35",
    ]
    kinds = {type(each) for each in outcomes([failed, broken[0]])}
    assert kinds == {PassedOver}


@pytest.mark.parametrize(
    "other", [{"more": 1}, {"code": "200"}, {"code": True}, {"body": 1}, {"headers": "x"}, {"body": []}]
)
def test_other_objects_with_a_body_are_no_answers(other: dict[str, Any]) -> None:
    assert reasons({**answer(FACEBOOK), **other}) == ["unknown shape: no known format has items like this"]


def test_a_map_reads_answers_as_they_stand() -> None:
    mapped = Mapped.model_validate({"platform": "web", "id": "$.code", "text": "$.body"})
    data = json.dumps([answer(FACEBOOK)]).encode()
    (found,) = iter_posts(io.BytesIO(data), "f", mapped=mapped)
    assert not isinstance(found, Rejection | PassedOver)
    assert (found.urn, found.text_content) == ("200", json.dumps(FACEBOOK))

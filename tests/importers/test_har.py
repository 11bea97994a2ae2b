"""Posts in what a browser recorded: answers of formats that are known in files of their own."""

from __future__ import annotations

import base64
import json
from typing import Any

from social_tui.exports import ParsedPost
from tests.importers.examples import MASTODON
from tests.importers.taking import outcomes, post, posts, reasons

NOT_RECORDED = "is a request of a page whose answer was not recorded"
NO_JSON = "is a request of a page whose answer is no JSON, in which no posts are looked for"
OTHER = "is a request of a page whose answer has something else than posts of a known format"


def entry(text: str | None, kind: str = "application/json", **content: Any) -> dict[str, Any]:
    told = {"size": 1, "mimeType": kind, **({} if text is None else {"text": text}), **content}
    return {
        "startedDateTime": "2024-01-02T03:04:05.000Z",
        "request": {"method": "GET", "url": "https://m.test/", "headers": []},
        "response": {"status": 200, "content": told},
    }


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": list(entries)}}


def test_posts_are_those_of_the_answers() -> None:
    other = {**MASTODON, "id": "110000000000000009", "uri": "https://m.test/9"}
    packed = base64.b64encode(json.dumps({"statuses": [other], "accounts": []}).encode()).decode()
    found = posts(har(entry(json.dumps([MASTODON])), entry(packed, encoding="base64")))
    assert [taken.urn for taken in found] == [MASTODON["id"], "110000000000000009"]
    for taken in found:
        assert post(json.loads(taken.raw_json)) == taken


def test_what_stands_before_json_so_that_no_script_reads_it_is_no_part_of_it() -> None:
    for guard in ("for (;;);", ")]}'\n", ")]}',\n"):
        assert post(har(entry(f"{guard}{json.dumps(MASTODON)}", "text/html"))).urn == MASTODON["id"]


def test_lines_of_json_in_an_answer_are_read_each() -> None:
    lines = f'{{"extensions": {{}}}}\r\n{json.dumps({"data": {"node": MASTODON}})}'
    found = outcomes(har(entry(lines, "text/html")))
    assert [getattr(each, "urn", None) or getattr(each, "reason", None) for each in found] == [
        MASTODON["id"],
        OTHER,
    ]


def test_what_has_no_posts_is_told_by_its_kind() -> None:
    image = base64.b64encode(b"\x89PNG").decode()
    given = har(
        entry(None),
        entry(""),
        entry("<html></html>", "text/html"),
        entry(image, "image/png", encoding="base64"),
        entry("A", encoding="base64"),
        entry('{"a": 1}'),
        entry("[1, 2", "text/javascript"),
    )
    expected = [NOT_RECORDED, NOT_RECORDED, NO_JSON, NO_JSON, NOT_RECORDED, OTHER, OTHER]
    assert reasons(given) == expected


def test_an_answer_that_was_cut_off_is_rejected_behind_its_posts() -> None:
    whole = json.dumps([MASTODON, MASTODON])
    first, rejected = outcomes(har(entry(whole[:-100])))
    assert isinstance(first, ParsedPost)
    assert not isinstance(rejected, ParsedPost)
    assert rejected.reason.startswith("has an answer with a fault: ")


def test_a_post_that_cannot_be_read_is_rejected_whatever_kind_its_answer_claims_to_be() -> None:
    broken = json.dumps([{**MASTODON, "id": None, "uri": None}])
    (reason,) = reasons(har(entry(broken, "text/html")))
    assert reason.startswith("has an answer with a fault: ")

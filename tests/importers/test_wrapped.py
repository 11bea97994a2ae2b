"""Posts inside of answers that were saved whole, whatever stands around them."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import wrapped
from tests.importers.examples import EXAMPLES
from tests.importers.more_examples import INSTAGRAM_APP, TIKTOK_WEB
from tests.importers.taking import outcomes, posts, reasons

MASTODON = {
    "id": "109000000000000007",
    "content": "<p>Hello</p>",
    "account": {"acct": "ada"},
    "media_attachments": [],
    "reblogs_count": 0,
}
TWEET = {
    "rest_id": "1700000000000000001",
    "legacy": {"full_text": "From a page", "created_at": "Wed Oct 10 20:19:24 +0000 2018"},
}


@pytest.mark.parametrize(
    ("value", "urns"),
    [
        ([{"id": "5", "type": "mention", "account": {}, "status": MASTODON}], [MASTODON["id"]]),
        ({"data": {"user": {"edges": [{"node": INSTAGRAM_APP}]}}}, [INSTAGRAM_APP["code"]]),
        ({"itemInfo": {"itemStruct": TIKTOK_WEB}, "statusCode": 0}, [TIKTOK_WEB["id"]]),
        ({"ItemModule": {TIKTOK_WEB["id"]: TIKTOK_WEB}}, [TIKTOK_WEB["id"]]),
        ({"data": {"timeline": [{"entries": [{"result": TWEET}]}, {"entries": []}]}}, [TWEET["rest_id"]]),
        ([[MASTODON, {**MASTODON, "id": "109000000000000008"}]], [MASTODON["id"], "109000000000000008"]),
    ],
)
def test_posts_are_found_wherever_an_answer_has_them(value: Any, urns: list[str]) -> None:
    assert [taken.urn for taken in posts(value)] == urns


def test_what_was_written_about_a_post_is_none() -> None:
    assert reasons({"thing": {"comments": [MASTODON]}}) == [
        "unknown shape: no known format has items like this"
    ]


def test_the_search_has_an_end_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapped, "MOST_LOOKED_AT", 10)
    found = outcomes({"list": [MASTODON, *([{"a": 1}] * 20), MASTODON]})
    assert [isinstance(each, ParsedPost) for each in found] == [True, False]
    assert reasons({"list": [MASTODON, *([{"a": 1}] * 20)]}) == ["has more than 10 objects around its posts"]


#: Rows of tables have the columns that they have, and no lists.
_OBJECTS = [name for name, sample in EXAMPLES.items() if not name.endswith("_row")]


@pytest.mark.parametrize("name", _OBJECTS)
def test_a_post_that_has_its_comments_in_it_stays_the_post(name: str) -> None:
    sample: dict[str, Any] = EXAMPLES[name]
    expected = [type(each) for each in outcomes(sample)]
    found = outcomes({**sample, "comments": [{"id": "1", "text": "Yes", "author": "bob"}]})
    assert [type(each) for each in found] == expected

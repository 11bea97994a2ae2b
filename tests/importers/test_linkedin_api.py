"""Posts of LinkedIn as its own API has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.network_examples import LINKEDIN_API, LINKEDIN_UGC
from tests.importers.taking import media, outline, post, posts


def test_a_post_of_the_posts_api() -> None:
    (taken,) = posts({"paging": {"start": 0, "count": 1}, "elements": [LINKEDIN_API]})
    assert (taken.platform, taken.urn, taken.full_urn) == (
        "linkedin",
        "7300000000000000012",
        "urn:li:share:7300000000000000012",
    )
    assert (taken.author_username, taken.posted_at_timestamp) == ("urn:li:organization:1", 1704164645000)
    assert (taken.text_content, taken.post_type) == ("A boat (red) by Ada L. #boats", "regular")
    assert taken.url == "https://www.linkedin.com/feed/update/urn:li:share:7300000000000000012"
    assert outline(taken) == [("image", None), ("image", None)]
    assert (media(taken)[0].provider_media_id, media(taken)[0].alt_text) == ("urn:li:image:C1", "A red boat")


@pytest.mark.parametrize(
    ("content", "role", "expected"),
    [
        ({"media": {"id": "urn:li:video:C4", "title": "Film"}}, "main", [("video", "urn:li:video:C4")]),
        ({"media": {"id": "urn:li:document:C5"}}, "main", [("document", "urn:li:document:C5")]),
        (
            {"article": {"source": "https://news.test", "thumbnail": "urn:li:image:C6"}},
            "article",
            [("image", "urn:li:image:C6")],
        ),
        ({"poll": {"question": "?"}}, "main", []),
    ],
)
def test_the_media_of_the_posts_api(
    content: dict[str, Any], role: str, expected: list[tuple[str, str]]
) -> None:
    taken = post({**LINKEDIN_API, "content": content})
    assert [(each.media_type, each.provider_media_id) for each in media(taken, role)] == expected
    assert len(taken.media) == len(expected)


def test_a_reshare_is_a_quote() -> None:
    parent = {"parent": "urn:li:share:1", "root": "urn:li:share:1"}
    assert post({**LINKEDIN_API, "reshareContext": parent}).post_type == "quote"


def test_a_post_of_the_older_api() -> None:
    taken = post(LINKEDIN_UGC)
    assert (taken.urn, taken.author_username) == ("7300000000000000013", "urn:li:person:abc")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A boat (red)", 1704164645000)
    assert [(each.role, each.media_type, each.provider_media_id, each.url) for each in taken.media] == [
        ("main", "video", "urn:li:digitalmediaAsset:C3", None),
        ("thumbnail", "image", None, "https://li.test/3.jpg"),
    ]


def test_names_that_never_end_take_no_time() -> None:
    """The time of a pattern that tries every end would grow with the square: hours for this text."""
    endless = "@[](urn:" + "x" * 400_000
    assert post({**LINKEDIN_API, "commentary": endless}).text_content == endless

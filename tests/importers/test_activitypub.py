"""ActivityPub: the outbox of a Mastodon archive with the files beside it."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import PassedOver
from tests.importers.own_data_examples import NOTE, OUTBOX
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons


def outbox(*items: Any) -> dict[str, Any]:
    return {**OUTBOX, "orderedItems": list(items)}


def test_a_post_and_a_boost() -> None:
    taken, boost = posts(OUTBOX)
    assert (taken.platform, taken.urn, taken.full_urn) == ("mastodon", "109300000000000001", NOTE["id"])
    assert (taken.author_username, taken.text_content) == ("ada@example.social", "Food\n\nBread & butter")
    assert (taken.posted_at_timestamp, taken.post_type) == (1667736000000, "regular")
    assert (taken.url, taken.engagement.reactions, taken.engagement.reposts) == (NOTE["url"], 4, 1)
    assert (boost.urn, boost.post_type, boost.media) == ("109300000000000002", "repost", ())
    assert (boost.url, boost.text_content) == (OUTBOX["orderedItems"][1]["object"], "")
    assert boost.author_username == "ada@example.social"


def test_media_lie_beside_the_outbox_or_have_links() -> None:
    taken = posts(OUTBOX)[0]
    assert outline(taken) == [("image", None), ("video", None)]
    assert [each.local_path for each in taken.media] == [
        "media_attachments/files/109/300/original/a.jpg",
        "media_attachments/files/109/301/original/b.mp4",
    ]
    assert (taken.media[0].alt_text, taken.media[0].width) == ("A loaf", 640)
    linked = post(
        {**NOTE, "attachment": {"type": "Image", "url": [{"href": "https://example.social/a.png"}]}}
    )
    assert outline(linked) == [("image", "https://example.social/a.png")]
    assert media(linked)[0].local_path is None
    escaped = "https://example.social/a.png?w=1&#038;x=2&amp;region=eu&copy=1&timestamp=5"
    link = "https://example.social/a.png?w=1&x=2&region=eu&copy=1&timestamp=5"
    assert outline(post({**NOTE, "attachment": [{"url": escaped}]})) == [("image", link)]
    hostile = post({**NOTE, "attachment": [{"url": "/../../etc/passwd"}]})
    assert hostile.media[0].local_path == "../../etc/passwd"  # which the taking in blocks


def test_a_boost_with_the_post_in_it_is_two_posts() -> None:
    taken = post(outbox({**OUTBOX["orderedItems"][1], "object": NOTE}))
    assert nested(taken) == [("boosted", "109300000000000001")]
    assert taken.nested[0].post == post(NOTE)


def test_ids_that_only_one_server_knows_stay_addresses() -> None:
    for address in ("https://a.example/users/ada/statuses/17", "https://b.example/objects/1-2"):
        assert post({**NOTE, "id": address}).urn == address
    assert post(
        {**NOTE, "url": "http://[x", "attributedTo": "https://a.example/ap/users/1"}
    ).author_username == ("https://a.example/ap/users/1")
    assert post({**NOTE, "inReplyTo": "https://a.example/1"}).post_type == "reply"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (outbox("https://a.example/1"), "is the address of a post"),
        (outbox({"type": "Like", "object": "https://a.example/1"}), "is an activity that makes no post"),
        (outbox({"type": "Create", "object": "https://a.example/1"}), "has its post elsewhere"),
        (outbox({"type": "Create", "object": {**NOTE, "id": 0}}), "has no id"),
        ({"type": "Person", "id": "x", "outbox": "outbox.json", "inbox": "x"}, "is a profile"),
    ],
)
def test_what_is_no_post_says_so(value: Any, reason: str) -> None:
    (told,) = reasons(value)
    assert told.startswith(reason)


def test_what_a_group_announces_is_the_post_of_its_member() -> None:
    note = {
        "id": "https://lemmy.test/post/1",
        "type": "Page",
        "name": "A boat",
        "attributedTo": "https://lemmy.test/u/ada",
        "published": "2024-01-02T03:04:05Z",
        "attachment": [
            {"type": "Image", "url": "https://lemmy.test/a?x=1&#038;y=2"},
            {"type": "Video", "url": "https://lemmy.test/b"},
        ],
    }
    made = {"id": "https://lemmy.test/create/1", "type": "Create", "object": note}
    liked = {"id": "https://lemmy.test/like/1", "type": "Like", "object": "https://lemmy.test/post/1"}
    group = {"type": "Announce", "actor": "https://lemmy.test/c/boats", "id": "https://lemmy.test/announce/1"}
    items = [{**group, "object": made}, {**group, "object": liked}]
    found = outcomes({"type": "OrderedCollection", "orderedItems": items})
    taken, passed = found
    assert isinstance(taken, ParsedPost)
    assert (taken.urn, taken.text_content, taken.post_type) == (
        "https://lemmy.test/post/1",
        "A boat",
        "regular",
    )
    assert taken.author_username == "ada@lemmy.test"
    assert outline(taken) == [("image", "https://lemmy.test/a?x=1&y=2"), ("video", "https://lemmy.test/b")]
    assert isinstance(passed, PassedOver)

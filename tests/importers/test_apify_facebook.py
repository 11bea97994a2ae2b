"""Posts of Facebook as Apify's actors export them."""

from __future__ import annotations

from tests.importers.own_data_examples import APIFY_FACEBOOK
from tests.importers.taking import media, outline, post, reasons


def test_a_post_of_a_page() -> None:
    taken = post(APIFY_FACEBOOK, avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == ("facebook", "1000000000000001", "ZmVlZGJhY2s=")
    assert (taken.author_username, taken.author_name) == ("harbour", "Harbour Watch")
    assert (taken.posted_at_timestamp, taken.url) == (1714557600000, APIFY_FACEBOOK["url"])
    assert taken.engagement._asdict() == {"reactions": 12, "comments": 3, "reposts": 2, "views": 400}
    assert outline(taken) == [("image", "https://fb.test/1.jpg"), ("video", "https://fb.test/2.mp4")]
    assert [(each.width, each.height) for each in media(taken)] == [(1280, 960), (720, 1280)]
    assert [each.provider_media_id for each in media(taken)] == ["11", "12"]
    assert outline(taken, "thumbnail") == [("image", "https://fb.test/2.jpg")]
    assert outline(taken, "avatar") == [("image", "https://fb.test/me.jpg")]


def test_a_post_of_a_group_has_other_names() -> None:
    group = {
        "facebookUrl": "https://www.facebook.com/groups/1",
        "groupTitle": "Ships",
        "legacyId": "7",
        "time": "2024-05-01T10:00:00.000Z",
        "user": {"id": "100", "name": "Ada"},
        "likesCount": 4,
        "commentsCount": 0,
        "sharesCount": 1,
        "attachments": [{"thumbnail": "https://fb.test/small.jpg"}],
    }
    taken = post(group)
    assert (taken.urn, taken.author_username, taken.author_name) == ("7", "100", "Ada")
    assert (taken.engagement.reactions, taken.engagement.comments, taken.engagement.reposts) == (4, 0, 1)
    assert outline(taken) == [("image", "https://fb.test/small.jpg")]


def test_other_media() -> None:
    native = {"__typename": "Video", "browser_native_sd_url": "https://fb.test/sd.mp4"}
    card = {"__typename": "ExternalWebLink", "large_share_image": {"uri": "https://fb.test/card.jpg"}}
    words = {"title": "A shop", "description": {"text": "no media"}, "media": None}
    taken = post({**APIFY_FACEBOOK, "media": [native, {"__typename": "Video", "id": "9"}, card, words]})
    assert outline(taken) == [("video", "https://fb.test/sd.mp4"), ("video", None)]
    assert outline(taken, "article") == [("image", "https://fb.test/card.jpg")]
    assert reasons({**APIFY_FACEBOOK, "postId": None}) == ["has no id"]

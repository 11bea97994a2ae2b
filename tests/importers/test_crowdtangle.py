"""Answers of CrowdTangle's API."""

from __future__ import annotations

from tests.importers.scraper_examples import CROWDTANGLE
from tests.importers.taking import outline, post, posts, reasons


def test_a_post() -> None:
    taken = post({"status": 200, "result": {"posts": [CROWDTANGLE], "pagination": {}}}, avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("facebook", "100_200", "page")
    assert (taken.posted_at_timestamp, taken.text_content) == (1591099863000, "Two")
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 3, "reposts": 4, "views": None}
    assert outline(taken) == [("image", "https://fb.test/1.jpg"), ("image", "https://fb.test/2.jpg")]
    assert outline(taken, "avatar") == [("image", "https://fb.test/page.jpg")]


def test_a_video_has_its_cover_and_a_link_its_card() -> None:
    video = [
        {"type": "video", "url": "https://fb.test/v.mp4"},
        {"type": "photo", "full": "https://fb.test/v.jpg"},
    ]
    taken = post([{**CROWDTANGLE, "type": "native_video", "media": video}])
    assert outline(taken) == [("video", "https://fb.test/v.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://fb.test/v.jpg")]
    card = post([{**CROWDTANGLE, "type": "link", "media": CROWDTANGLE["media"][:1]}])
    assert (outline(card), outline(card, "article")) == ([], [("image", "https://fb.test/1.jpg")])


def test_posts_of_instagram_are_known_by_their_shortcode() -> None:
    instagram = {**CROWDTANGLE, "platform": "Instagram", "message": "", "description": "Words"}
    taken = post([{**instagram, "postUrl": "https://www.instagram.com/p/Abc_-9/"}])
    assert (taken.platform, taken.urn, taken.text_content) == ("instagram", "Abc_-9", "Words")
    assert reasons([{**instagram, "postUrl": ""}]) == ["has no id of its network"]
    assert len(posts([CROWDTANGLE, {**CROWDTANGLE, "platformId": "100_201"}])) == 2

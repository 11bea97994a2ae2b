"""Posts of Facebook as its pages get them."""

from __future__ import annotations

import copy

from tests.importers.scraper_examples import FACEBOOK_STORY
from tests.importers.taking import media, outline, post, posts


def test_a_post_as_zeeschuimer_records_it() -> None:
    note = {"source_platform": "facebook.com", "item_id": "1", "timestamp_collected": 1704164999000}
    taken = post({**note, "data": FACEBOOK_STORY})
    assert (taken.platform, taken.urn) == ("facebook", "1220000000000001")
    assert (taken.author_username, taken.author_name) == ("harbour", "Harbour")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A boat", 1704164645000)
    assert taken.url == "https://www.facebook.com/harbour/posts/pfbid0a"
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 3, "reposts": 2, "views": None}
    assert outline(taken) == [("image", "https://fb.test/1.jpg"), ("video", "https://fb.test/2-hd.mp4")]
    assert (media(taken)[0].alt_text, media(taken)[0].width) == ("A red boat", 800)
    assert outline(taken, "thumbnail") == [("image", "https://fb.test/2.jpg")]


def test_an_address_of_an_account_that_is_none_costs_its_name_alone() -> None:
    story = copy.deepcopy(FACEBOOK_STORY)
    story["comet_sections"]["content"]["story"]["actors"][0]["url"] = "http://["
    assert (post(story).author_username, post(story).author_name) == ("100", "Harbour")


def test_an_answer_of_the_pages_has_the_posts_some_levels_below() -> None:
    edges = [{"node": FACEBOOK_STORY}, {"node": FACEBOOK_STORY}]
    assert len(posts({"data": {"node": {"timeline_list_feed_units": {"edges": edges}}}})) == 2


def test_a_photo_that_is_named_alone_and_an_account_without_a_name() -> None:
    story = copy.deepcopy(FACEBOOK_STORY)
    content = story["comet_sections"]["content"]["story"]
    content["actors"] = [{"id": "100", "name": "Ada", "url": "https://www.facebook.com/profile.php?id=100"}]
    del content["attachments"][0]["styles"], content["message"]
    content["comet_sections"] = {"message": {"story": {"message": {"text": "Elsewhere"}}}}
    taken = post(story)
    assert (taken.author_username, taken.author_name, taken.text_content) == ("100", "Ada", "Elsewhere")
    assert [(each.url, each.provider_media_id) for each in media(taken)] == [(None, "1")]

"""Posts of VK and Tumblr, as their APIs have them."""

from __future__ import annotations

from tests.importers.taking import media, nested, outline, post, posts, reasons
from tests.importers.tool_examples import TUMBLR, VK


def test_a_post_of_vk() -> None:
    (taken,) = posts({"response": {"count": 1, "items": [VK]}})
    assert (taken.platform, taken.urn, taken.author_username) == ("vk", "-1_5", "-1")
    assert taken.url == "https://vk.com/wall-1_5"
    assert (taken.engagement.reactions, taken.engagement.comments, taken.engagement.views) == (1, 2, 4)
    assert outline(taken) == [
        ("image", "https://vk.test/x.jpg"),
        ("video", None),
        ("document", "https://vk.test/d"),
    ]
    assert (media(taken)[0].width, media(taken)[0].provider_media_id) == (604, "-1_9")
    assert outline(taken, "thumbnail") == [("image", "https://vk.test/v.jpg")]
    assert outline(taken, "article") == [("image", "https://vk.test/l.jpg")]
    assert (taken.post_type, nested(taken)) == ("repost", [("reshared", "-2_6")])


def test_a_post_of_vk_without_an_owner_is_refused() -> None:
    assert reasons({"response": {"items": [{**VK, "owner_id": None}]}}) == ["has no id"]


def test_a_post_of_tumblr_in_both_forms() -> None:
    (taken,) = posts({"meta": {"status": 200}, "response": {"posts": [TUMBLR]}})
    assert (taken.platform, taken.urn, taken.author_username) == ("tumblr", "71", "ada")
    assert taken.text_content == "A boat\n\nFrom before\n\nAnd another"
    assert outline(taken) == [("image", "https://t.test/1.jpg"), ("video", "https://t.test/3.mp4")]
    assert [each.alt_text for each in media(taken)] == ["A red boat", None]
    assert outline(taken, "thumbnail") == [("image", "https://t.test/3.jpg")]
    assert (taken.post_type, outline(taken, "reshared")) == ("repost", [("image", "https://t.test/2.jpg")])


def test_a_link_of_tumblr_has_its_card() -> None:
    block = {"type": "link", "url": "https://news.test", "poster": [{"url": "https://t.test/card.jpg"}]}
    taken = post({**TUMBLR, "trail": [], "photos": [], "content": [block]})
    assert (taken.post_type, outline(taken)) == ("photo", [])
    assert outline(taken, "article") == [("image", "https://t.test/card.jpg")]


def test_comments_of_vk_are_passed_over() -> None:
    comment = {"id": 78, "from_id": 5, "date": 1704164645, "text": "Yes", "post_id": 77, "owner_id": -1}
    assert reasons([{**comment, "parents_stack": []}, VK]) == ["is a comment"]
    assert reasons([{**comment, "4cat_item_type": "comment"}]) == ["is a comment"]
    assert post({**VK, "post_id": VK["id"], "4cat_item_type": "post"}).urn == "-1_5"

"""Posts of VK and Tumblr, as their APIs have them."""

from __future__ import annotations

import pytest

from tests.importers.taking import media, nested, outline, post, posts, reasons
from tests.importers.tool_examples import TUMBLR, TUMBLR_CLASSIC, VK


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


def test_a_reblog_of_tumblr_has_its_own_words_and_the_posts_before_it_theirs() -> None:
    (taken,) = posts({"meta": {"status": 200}, "response": {"posts": [TUMBLR]}})
    assert (taken.platform, taken.urn, taken.author_username) == ("tumblr", "71", "ada")
    assert (taken.text_content, taken.post_type) == ("And another", "repost")
    assert outline(taken) == [("video", "https://t.test/3.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://t.test/3.jpg")]
    assert nested(taken) == [("reshared", "69"), ("reshared", "70")]
    first, second = (inner.post for inner in taken.nested)
    assert (first.author_username, first.author_name, first.text_content) == ("cleo", "Cleo", "From before")
    assert (first.url, first.posted_at_timestamp) == ("https://cleo.tumblr.test/post/69", 1690000000000)
    assert [(each.url, each.alt_text) for each in first.media] == [("https://t.test/2.jpg", "A red boat")]
    assert (second.text_content, second.post_type, second.media) == ("Indeed", None, ())
    # That of a blog that is gone has no id.
    assert outline(taken, "reshared") == [("image", "https://t.test/4.jpg")]


def test_a_reblog_of_tumblr_in_blocks_has_its_words_once() -> None:
    assert post({**TUMBLR, "reblog": {"comment": "<p>And another</p>"}}).text_content == "And another"


def test_a_reblog_of_tumblr_without_words() -> None:
    taken = post({**TUMBLR, "content": []})
    assert (taken.text_content, outline(taken), taken.post_type) == ("", [], "repost")
    assert nested(taken) == [("boosted", "69"), ("boosted", "70")]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_reblog_of_tumblr_in_the_older_form(is_told: bool) -> None:
    trail = TUMBLR_CLASSIC["trail"] if is_told else TUMBLR_CLASSIC["trail"][:1]
    taken = post({**TUMBLR_CLASSIC, "trail": trail, "title": "Boats"})
    assert (taken.text_content, taken.post_type, taken.media) == ("At last", "repost", ())
    (inner,) = taken.nested
    assert (inner.relation, inner.post.urn, inner.post.author_username) == ("reshared", "79", "cleo")
    assert inner.post.text_content == "Boats\n\nA boat"
    assert inner.post.url == "https://www.tumblr.com/cleo/79"
    assert [(each.url, each.alt_text) for each in inner.post.media] == [
        ("https://t.test/1.jpg", "A red boat")
    ]
    bare = {**TUMBLR_CLASSIC, "trail": trail[:1], "reblog": {"comment": ""}}
    assert (post(bare).text_content, nested(post(bare))) == ("", [("boosted", "79")])


def test_a_post_of_tumblr_that_is_no_reblog_is_its_own_trail() -> None:
    own = {**TUMBLR_CLASSIC["trail"][1], "is_root_item": True}
    taken = post({**TUMBLR_CLASSIC, "trail": [own], "reblogged_from_id": None, "caption": "<p>At last</p>"})
    assert (taken.text_content, taken.post_type, taken.nested) == ("At last", "photo", ())
    assert outline(taken) == [("image", "https://t.test/1.jpg")]
    untold = post({**TUMBLR_CLASSIC, "trail": [], "caption": "<p>A boat</p><p>At last</p>"})
    assert (untold.text_content, untold.post_type) == ("A boat\nAt last", "repost")


def test_a_link_of_tumblr_has_its_card() -> None:
    block = {"type": "link", "url": "https://news.test", "poster": [{"url": "https://t.test/card.jpg"}]}
    taken = post({**TUMBLR, "parent_post_url": None, "trail": [], "content": [block]})
    assert (taken.post_type, outline(taken)) == ("blocks", [])
    assert outline(taken, "article") == [("image", "https://t.test/card.jpg")]


def test_comments_of_vk_are_passed_over() -> None:
    comment = {"id": 78, "from_id": 5, "date": 1704164645, "text": "Yes", "post_id": 77, "owner_id": -1}
    assert reasons([{**comment, "parents_stack": []}, VK]) == ["is a comment"]
    assert reasons([{**comment, "4cat_item_type": "comment"}]) == ["is a comment"]
    assert post({**VK, "post_id": VK["id"], "4cat_item_type": "post"}).urn == "-1_5"

"""Posts of X as actors of Apify export them."""

from __future__ import annotations

from tests.importers.own_data_examples import APIFY_X
from tests.importers.taking import media, nested, outline, post, reasons


def test_a_post_is_read_as_the_network_s_own() -> None:
    taken = post(APIFY_X, avatars=True)
    assert (taken.platform, taken.urn, taken.url) == ("x", APIFY_X["id"], APIFY_X["url"])
    assert (taken.author_username, taken.author_name) == ("harbour", "Harbour Watch")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A film of the harbour", 1700848176000)
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 1, "reposts": 2, "views": 700}
    assert outline(taken) == [("video", "https://v.test/large.mp4")]
    assert (media(taken)[0].width, media(taken)[0].provider_media_id) == (1280, "900")
    assert outline(taken, "thumbnail") == [("image", "https://pbs.test/900.jpg")]
    assert outline(taken, "avatar") == [("image", "https://pbs.test/a.jpg")]


def test_what_is_quoted_or_reposted_is_a_post_of_its_own() -> None:
    quoted = APIFY_X["quote"]
    taken = post(APIFY_X)
    assert (taken.post_type, nested(taken)) == ("quote", [("quoted", quoted["id"])])
    assert taken.nested[0].post == post([quoted]).model_copy(
        update={"raw_json": taken.nested[0].post.raw_json}
    )
    repost = post({**APIFY_X, "isRetweet": True, "isQuote": False, "quote": None, "retweet": quoted})
    assert (repost.post_type, nested(repost), repost.media) == ("repost", [("boosted", quoted["id"])], ())
    nameless = post({**APIFY_X, "quote": {**quoted, "id": None}})
    assert (nested(nameless), outline(nameless, "reshared")) == ([], [("image", "https://pbs.test/q.jpg")])


def test_answers_say_so_and_a_post_without_an_id_is_refused() -> None:
    plain = {**APIFY_X, "quote": None, "isQuote": False}
    assert post(plain).post_type == "regular"
    assert post({**plain, "isReply": True}).post_type == "reply"
    assert post({**plain, "inReplyToId": "1"}).post_type == "reply"
    assert reasons({**APIFY_X, "id": "x"}) == ["has no post id"]

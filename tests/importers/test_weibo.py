"""Posts of Weibo, as its pages get them and as gallery-dl keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.importers.taking import media, nested, outline, posts
from tests.importers.tool_examples import WEIBO, WEIBO_PHONE

_MADE = datetime(2021, 2, 23, 4, 28, 47, tzinfo=UTC)


def test_a_post_as_computers_get_it() -> None:
    (taken,) = posts({"ok": 1, "data": {"list": [WEIBO], "since_id": "1"}})
    assert (taken.platform, taken.urn, taken.author_username) == ("weibo", "4607741009594608", "1645372340")
    assert (taken.author_name, taken.text_content, taken.post_type) == ("Ada", "A boat", "regular")
    assert taken.posted_at_timestamp == _MADE.timestamp() * 1000
    assert taken.url == "https://weibo.com/1645372340/4607741009594608"
    counts = taken.engagement
    assert (counts.reactions, counts.comments, counts.reposts) == (1, 2, 3)
    assert outline(taken) == [
        ("image", "https://w.test/b.jpg"),
        ("video", "https://w.test/b.mov"),
        ("image", "https://w.test/a.jpg"),
    ]
    assert (media(taken)[2].width, media(taken)[2].provider_media_id) == (2, "a")


def test_a_post_as_phones_get_it() -> None:
    card = {"card_type": 9, "mblog": WEIBO_PHONE}
    (taken,) = posts({"ok": 1, "data": {"cards": [card, {"card_type": 11}]}})
    assert (taken.urn, taken.text_content) == ("4607741009594608", "A boat")
    assert outline(taken) == [("image", "https://w.test/a.jpg"), ("video", "https://w.test/720.mp4")]
    assert (media(taken)[0].width, media(taken)[1].provider_media_id) == (2, "1034:7")
    assert outline(taken, "thumbnail") == [("image", "https://w.test/cover.jpg")]


def test_long_words_are_whole_where_they_were_fetched() -> None:
    long = {"longTextContent": "A boat<br />and its crew"}
    (taken,) = posts({**WEIBO_PHONE, "text": "A boat ...", "isLongText": True, "longText": long})
    assert taken.text_content == "A boat\nand its crew"


def test_emoticons_keep_their_names_and_the_link_to_the_rest_goes() -> None:
    icon = '<span class="url-icon"><img alt={} src="https://w.test/i.png" style="width:1em;" /></span>'
    said = f"A boat{icon.format('[doge]')} &amp; <img src=x>{icon.format(chr(34) + '[二哈]' + chr(34))} ..."
    more = '<a href="/status/4607741009594608">全文</a>'
    (taken,) = posts({**WEIBO_PHONE, "text": said + more})
    assert taken.text_content == "A boat[doge] & [二哈] ..."
    (taken,) = posts({**WEIBO_PHONE, "longText": {"longTextContent": said}})
    assert taken.text_content == "A boat[doge] & [二哈] ..."
    # Somebody's own words, or a link to something else.
    (taken,) = posts({**WEIBO_PHONE, "text": f"{more} A boat, <a href='https://w.test/'>全文</a>"})
    assert taken.text_content == "全文 A boat, 全文"


def test_pictures_without_an_order_of_their_own_come_as_they_stand() -> None:
    (taken,) = posts({name: value for name, value in WEIBO.items() if name != "pic_ids"})
    assert {link for _, link in outline(taken)} == {
        "https://w.test/a.jpg",
        "https://w.test/b.jpg",
        "https://w.test/b.mov",
    }


def test_pictures_and_films_of_one_row() -> None:
    film = {
        "media_info": {
            "playback_list": [
                {"play_info": {"url": "https://w.test/360.mp4", "width": 640}},
                {"play_info": {"url": "https://w.test/1080.mp4", "width": 1920, "height": 1080}},
            ]
        },
        "page_pic": "https://w.test/cover.jpg",
    }
    picture = {"pic_id": "a", "largest": {"url": "https://w.test/a.jpg"}}
    rows = {"items": [{"type": "video", "data": film}, {"type": "pic", "data": picture}]}
    (taken,) = posts({**WEIBO, "mix_media_info": rows})
    assert outline(taken) == [("video", "https://w.test/1080.mp4"), ("image", "https://w.test/a.jpg")]
    assert outline(taken, "thumbnail") == [("image", "https://w.test/cover.jpg")]


def test_a_repost_holds_the_other_post_and_its_film() -> None:
    page: dict[str, Any] = WEIBO_PHONE["page_info"]
    other = {**WEIBO, "id": 7, "idstr": "7"}
    said = {**WEIBO, "pic_ids": [], "page_info": page, "retweeted_status": other}
    (taken,) = posts(said)
    assert (taken.post_type, nested(taken)) == ("repost", [("reshared", "7")])
    assert (outline(taken), outline(taken, "thumbnail")) == ([], [])
    assert outline(taken, "reshared") == [("video", "https://w.test/720.mp4")]
    (taken,) = posts({**said, "retweeted_status": {**other, "page_info": page}})
    assert outline(taken, "reshared") == []


def test_a_post_that_is_gone_stays_out_of_the_one_that_shares_it() -> None:
    (taken,) = posts({**WEIBO, "retweeted_status": {"id": 7, "text": "Deleted by its author", "user": None}})
    assert (taken.post_type, taken.nested) == ("repost", ())


def test_a_file_of_gallery_dl() -> None:
    file = {
        "category": "weibo",
        "subcategory": "feed",
        "extension": "jpg",
        "filename": "a",
        "num": 3,
        "url": "https://w.test/a.jpg",
        "width": 2,
        "height": 1,
        "status": {**WEIBO, "date": "2021-02-23 04:28:47", "count": 3},
    }
    (taken,) = posts(file)
    assert (taken.platform, taken.urn, taken.text_content) == ("weibo", "4607741009594608", "A boat")
    assert taken.posted_at_timestamp == _MADE.timestamp() * 1000
    assert outline(taken) == [("image", "https://w.test/a.jpg")]
    assert media(taken)[0].position == 2


def test_files_of_the_other_post_are_no_media_of_a_repost_itself() -> None:
    other = {**WEIBO_PHONE, "id": 7, "idstr": "7", "pics": [{"pid": "c", "url": "http://w.test/c.jpg"}]}
    status = {**WEIBO, "retweeted_status": other}
    file = {"category": "weibo", "subcategory": "feed", "extension": "jpg", "status": status}
    own, others = posts([{**file, "url": f"https://w.test/{name}.jpg"} for name in "ac"])
    assert outline(own) == [("image", "https://w.test/a.jpg")]
    assert (outline(others), outline(others, "reshared")) == ([], [("image", "https://w.test/c.jpg")])
    assert nested(own) == nested(others) == [("reshared", "7")]

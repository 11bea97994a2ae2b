"""Photos and videos of Flickr, Vimeo, Dailymotion, Odysee, Twitch and Imgur."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importers import site_examples as sites
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons

TIME = 1704164645000


def test_a_photo_of_flickr_has_the_largest_of_the_pictures_that_were_asked_for() -> None:
    taken = post({"photos": {"page": 1, "photo": [sites.FLICKR]}, "stat": "ok"})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("flickr", "53400000001", TIME)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada")
    assert taken.text_content == 'A "boat"\n\nBy the sea.\n"Hi"'
    assert taken.url == "https://www.flickr.com/photos/ada/53400000001/"
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 2, "reposts": None, "views": 12}
    assert outline(taken) == [("image", "https://live.flickr.test/1_o.jpg")]
    assert (media(taken)[0].width, media(taken)[0].height) == (4000, 3000)


def test_a_film_of_flickr_is_its_page_with_a_cover() -> None:
    taken = post([{**sites.FLICKR, "media": "video"}])
    assert outline(taken) == [("video", taken.url)]
    assert outline(taken, "thumbnail") == [("image", "https://live.flickr.test/1_o.jpg")]


def test_links_of_flickr_are_put_together() -> None:
    bare = {name: sites.FLICKR[name] for name in ("id", "owner", "secret", "server", "farm", "title")}
    taken = post([bare])
    assert outline(taken) == [("image", "https://live.staticflickr.com/65535/53400000001_abcdef0123_b.jpg")]
    assert taken.url == "https://www.flickr.com/photos/12345678@N00/53400000001/"
    assert outline(post([{**bare, "secret": "../x"}])) == [("image", None)]
    told = post(sites.FLICKR_INFO)
    assert outline(told) == [("image", "https://live.staticflickr.com/65535/53400000002_def_o.png")]
    assert (told.author_username, told.author_name) == ("12345678@N00", "Ada L.")
    assert (told.posted_at_timestamp, told.engagement.comments) == (TIME, 3)


def test_photos_of_a_set_are_of_who_made_it() -> None:
    photos = [{"id": str(n), "secret": "s", "server": "5", "farm": 1, "title": "T"} for n in (1, 2)]
    around = {"id": "7", "owner": "12@N00", "ownername": "ada"}
    for taken in posts({"photoset": {**around, "photo": photos}, "stat": "ok"}):
        assert (taken.author_username, taken.author_name) == ("12@N00", "ada")
        assert post(json.loads(taken.raw_json)).author_username == "12@N00"


@pytest.mark.parametrize("call", ["jsonFlickrApi({})", "jsonFlickrApi({});\n", "\n jsonFlickrFeed({} )"])
def test_answers_of_flickr_for_scripts_are_read(call: str) -> None:
    feed = json.dumps({"title": "Uploads", "items": [sites.FLICKR_FEED_ENTRY]})
    taken = post(call.replace("{}", feed).encode())
    assert (taken.urn, taken.posted_at_timestamp) == ("53400000003", TIME)
    assert (taken.author_username, taken.author_name) == ("12345678@N00", "Ada")
    assert taken.text_content == "Boats\n\nWords"
    assert outline(taken) == [("image", "https://live.flickr.test/3_m.jpg")]


def test_a_video_of_vimeo() -> None:
    taken = post({"total": 1, "data": [sites.VIMEO]}, avatars=True)
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("vimeo", "123456", TIME)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert (taken.text_content, taken.url) == ("Boats\n\nWords", "https://vimeo.com/123456/abc")
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 4, "reposts": None, "views": 77}
    assert outline(taken) == [("video", "https://vimeo.com/123456/abc")]
    assert outline(taken, "thumbnail") == [("image", "https://i.vimeo.test/9_1280x720")]
    assert outline(taken, "avatar") == [("image", "https://i.vimeo.test/a")]


def test_files_of_vimeo_are_told_to_who_owns_them() -> None:
    files = [
        {"quality": "hls", "link": "https://v.test/x.m3u8"},
        {"width": 1280, "height": 720, "link": "https://v.test/x.mp4"},
    ]
    taken = post([{**sites.VIMEO, "files": files, "pictures": {"base_link": "https://i.vimeo.test/9"}}])
    assert outline(taken) == [("video", "https://v.test/x.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://i.vimeo.test/9")]
    assert reasons([{"uri": "/videos/1/comments/2", "text": "Yes"}]) == ["is a comment"]


def test_a_video_of_dailymotion() -> None:
    taken = post({"page": 1, "has_more": False, "list": [sites.DAILYMOTION]})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("dailymotion", "x8abcde", TIME)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada")
    assert taken.text_content == "Boats\n\nWords\nMore"
    assert (taken.engagement.reactions, taken.engagement.views) == (1, 5)
    assert outline(taken) == [("video", "https://www.dailymotion.com/video/x8abcde")]
    assert outline(taken, "thumbnail") == [("image", "https://d.test/720")]


def test_claims_of_odysee() -> None:
    channel = {**sites.ODYSEE, "claim_id": "4" * 40, "value_type": "channel"}
    assert reasons({"result": {"items": [channel]}}) == ["is a channel or a list, which is no post"]
    taken = post({"jsonrpc": "2.0", "result": {"items": [sites.ODYSEE]}}, avatars=True)
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("odysee", "2" * 40, TIME)
    assert (taken.author_username, taken.author_name) == ("@ada", "Ada")
    assert (taken.text_content, taken.url) == ("Boats\n\nWords", "https://odysee.com/@ada:a/boats:2")
    assert outline(taken) == [("video", "https://odysee.com/@ada:a/boats:2")]
    assert outline(taken, "thumbnail") == [("image", "https://o.test/1.jpg")]
    assert outline(taken, "avatar") == [("image", "https://o.test/a.jpg")]
    repost = post([sites.ODYSEE_REPOST])
    assert (repost.post_type, nested(repost), repost.media) == ("repost", [("boosted", "2" * 40)], ())


@pytest.mark.parametrize(
    ("item", "kind", "cover"),
    [
        (sites.TWITCH, "archive", "https://t.test/thumb0-1280x720.jpg"),
        (sites.TWITCH_CLIP, "clip", "https://t.test/1.jpg"),
    ],
)
def test_videos_and_clips_of_twitch(item: dict[str, Any], kind: str, cover: str) -> None:
    taken = post({"data": [item], "pagination": {}})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("twitch", item["id"], TIME)
    assert (taken.author_name, taken.post_type) == ("Ada", kind)
    assert outline(taken) == [("video", item["url"])]
    assert outline(taken, "thumbnail") == [("image", cover)]
    assert taken.engagement.views == item["view_count"]


def test_albums_and_pictures_of_imgurs_api() -> None:
    taken = post({"data": [sites.IMGUR], "success": True, "status": 200})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("imgur", "lDRB9", TIME)
    assert (taken.author_username, taken.url) == ("ada", "https://imgur.com/a/lDRB9")
    assert taken.engagement._asdict() == {"reactions": 10, "comments": 3, "reposts": None, "views": 13780}
    assert outline(taken) == [
        ("image", "https://i.imgur.test/24nL9.jpg"),
        ("video", "https://i.imgur.test/xx.mp4"),
    ]
    assert [each.alt_text for each in media(taken)] == ["A red boat", None]
    picture = {**sites.IMGUR, "is_album": False, "description": "Words", "link": "https://i.imgur.test/1.jpg"}
    alone = post([picture])
    assert (alone.text_content, alone.url) == ("Boats\n\nWords", "https://imgur.com/gallery/lDRB9")
    assert [(each.url, each.alt_text) for each in media(alone)] == [("https://i.imgur.test/1.jpg", None)]


def test_an_album_of_imgur_that_was_asked_for_by_its_id_does_not_say_that_it_is_one() -> None:
    album = {name: sites.IMGUR[name] for name in sites.IMGUR if name != "is_album"}
    taken = post({"data": album, "success": True, "status": 200})
    assert taken.url == "https://imgur.com/a/lDRB9"
    assert [each.provider_media_id for each in media(taken)] == ["24nL9", "xx"]


def test_what_only_links_to_a_video_of_dailymotion_is_none() -> None:
    story = {
        "by": "ada",
        "id": 8863,
        "time": 1704164645,
        "title": "Boats",
        "type": "story",
        "url": "https://www.dailymotion.com/video/x8abcde",
    }
    assert (post(story).platform, post(story).urn) == ("hackernews", "8863")
    assert reasons({"id": "5", "title": "Boats", "url": story["url"]}) == [
        "unknown shape: no known format has items like this"
    ]
    bare = {name: sites.DAILYMOTION[name] for name in ("id", "title", "url")}
    assert post(bare).platform == "dailymotion"


def test_one_photo_of_a_set_that_fails_costs_only_itself() -> None:
    photos = [{**sites.FLICKR, "id": None}, sites.FLICKR]
    first, second = outcomes({"saved": {"photoset": {"owner": "1@N00", "photo": photos}}})
    assert (getattr(first, "reason", None), getattr(second, "urn", None)) == ("has no id", "53400000001")


def test_descriptions_of_flickr_with_tags_that_are_not_closed() -> None:
    said = sites.FLICKR_FEED_ENTRY["description"]
    words = f"{said}<p>More <b>words</b></p><p>not closed"
    assert (
        post([{**sites.FLICKR_FEED_ENTRY, "description": words}]).text_content
        == "Boats\n\nWords\n\nMore words"
    )
    flood = "<p>" * 400_000
    assert post([{**sites.FLICKR_FEED_ENTRY, "description": flood}]).text_content == "Boats"

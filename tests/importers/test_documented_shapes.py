"""Shapes that the networks and tools describe beside their usual ones: nothing in them is lost or misread."""

from __future__ import annotations

from typing import Any

from social_tui.exports import ParsedPost
from social_tui.importers import x_tweet
from tests.importers.taking import media, outline, post, posts, reasons

TWEET: dict[str, Any] = {
    "id_str": "1700000000000000001",
    "full_text": "A boat",
    "created_at": "Fri Sep 08 10:00:00 +0000 2023",
    "favorite_count": 1,
    "retweet_count": 0,
    "user": {"screen_name": "ada"},
}
PHOTO = {"type": "photo", "media_url_https": "https://x.test/1.jpg"}


def test_an_article_of_x_has_its_words_and_pictures() -> None:
    taken = post(
        {
            "data": {
                "id": "1700000000000000002",
                "text": "https://x.test/a",
                "author_id": "1",
                "article": {
                    "title": "Boats",
                    "plain_text": "All about them",
                    "cover_media": "3_1",
                    "media_entities": ["3_1", "3_2"],
                },
            },
            "includes": {
                "media": [
                    {"media_key": "3_1", "type": "photo", "url": "https://x.test/1.jpg"},
                    {"media_key": "3_2", "type": "photo", "url": "https://x.test/2.jpg"},
                ]
            },
        }
    )
    assert taken.text_content == "Boats\n\nAll about them"
    assert outline(taken) == [("image", "https://x.test/1.jpg"), ("image", "https://x.test/2.jpg")]


def test_the_pages_of_x_wrap_posts_that_are_of_no_archive() -> None:
    tweet = {**TWEET, "extended_entities": {"media": [PHOTO]}}
    wrapped = {"__typename": "TweetWithVisibilityResults", "tweet": {"rest_id": "1", "legacy": tweet}}
    assert _paths(wrapped) == [None]
    assert _paths({"tweet": tweet}) == ["*_media/1700000000000000001-1.jpg"]


def _paths(value: dict[str, Any]) -> list[str | None]:
    (taken,) = x_tweet.parse(value, "{}", avatars=False)
    assert isinstance(taken, ParsedPost)
    return [each.local_path for each in taken.media]


def test_posts_as_they_are_embedded_have_their_media_bare() -> None:
    taken = post({**TWEET, "entities": {}, "mediaDetails": [PHOTO], "conversation_count": 4})
    assert outline(taken) == [("image", "https://x.test/1.jpg")]
    assert taken.engagement.comments == 4


def test_bare_links_of_an_actor_count_where_the_objects_are_left_out() -> None:
    taken = post(
        {
            "id": "1700000000000000003",
            "text": "x",
            "author": {"userName": "ada"},
            "likeCount": 1,
            "retweetCount": 0,
            "extendedEntities": {},
            "media": ["https://x.test/1.jpg", "https://x.test/2.mp4"],
        }
    )
    assert outline(taken) == [("image", "https://x.test/1.jpg"), ("video", "https://x.test/2.mp4")]


def test_errors_about_posts_are_no_posts() -> None:
    answer = {"errors": [{"resource_type": "tweet", "title": "Not Found Error", "value": "1"}]}
    assert reasons(answer) == ["is a page without posts"]


def _telegram(**message: Any) -> dict[str, Any]:
    fixed = {"id": 1, "type": "message", "date": "2024-01-01T00:00:00", "text": ""}
    return {"id": 5, "type": "saved_messages", "messages": [{**fixed, **message}]}


def test_telegram_asks_in_lists_and_sends_films_as_stickers() -> None:
    asked = [{"type": "plain", "text": "Which "}, {"type": "bold", "text": "boat?"}]
    assert post(_telegram(poll={"question": asked})).text_content == "Which boat?"
    sticker = post(_telegram(file="s.webm", media_type="sticker", mime_type="video/webm"))
    assert [each.media_type for each in sticker.media] == ["video"]
    card = post(_telegram(contact_vcard="contacts/1.vcf"))
    assert [(each.media_type, each.local_path) for each in card.media] == [("document", "contacts/1.vcf")]


def _webhook(**message: Any) -> dict[str, Any]:
    return {"messages": [{"from": "49", "id": "wamid.x", "timestamp": "1700000000", **message}]}


def test_an_edited_message_has_what_it_says_now() -> None:
    image = {"id": "7", "caption": "A red boat", "url": "https://wa.test/7"}
    inner = {"type": "image", "context": {"id": "wamid.z"}, "image": image}
    taken = post(_webhook(type="edit", edit={"original_message_id": "wamid.y", "message": inner}))
    assert taken.text_content == "A red boat"
    assert taken.post_type == "edit"
    assert outline(taken) == [("image", "https://wa.test/7")]


def test_the_advertisement_that_led_to_a_message_is_its_card() -> None:
    referral = {"source_type": "ad", "media_type": "image", "image_url": "https://wa.test/ad.jpg"}
    taken = post(_webhook(type="text", text={"body": "Hello"}, referral=referral))
    assert outline(taken, "article") == [("image", "https://wa.test/ad.jpg")]


def test_gallery_dl_has_the_media_of_some_networks_in_an_object() -> None:
    file = {"subcategory": "user", "date": "2024-01-02 03:04:05", "num": 1, "extension": "png"}
    mastodon = post(
        {
            **file,
            "category": "mastodon",
            "id": "111",
            "uri": "https://m.test/users/ada/statuses/111",
            "url": "https://m.test/@ada/111",
            "account": {"acct": "ada", "display_name": "Ada"},
            "content": "<p>Boats</p>",
            "media": {"url": "https://m.test/1.png", "description": "A boat"},
        }
    )
    assert (mastodon.urn, mastodon.url) == ("111", "https://m.test/@ada/111")
    assert [(each.url, each.alt_text) for each in mastodon.media] == [("https://m.test/1.png", "A boat")]
    tumblr = post({**file, "category": "tumblr", "id": 1, "photo": {"url": "https://t.test/1.png"}})
    assert outline(tumblr) == [("image", "https://t.test/1.png")]
    pixiv = post({**file, "category": "pixiv", "id": 2, "user": {"name": "Ada", "account": "ada_b"}})
    assert (pixiv.author_username, pixiv.author_name) == ("ada_b", "Ada")
    tweet = post({**file, "category": "twitter", "tweet_id": 3, "author": {"name": "ada", "nick": "Ada"}})
    assert tweet.url == "https://x.com/ada/status/3"


def test_photos_and_videos_of_facebook_stand_alone_too() -> None:
    photo, video = posts(
        {
            "data": [
                {
                    "id": "77",
                    "created_time": "2024-01-02T03:04:05+0000",
                    "name": "A boat",
                    "images": [
                        {"source": "https://fb.test/s.jpg", "width": 2, "height": 1},
                        {"source": "https://fb.test/l.jpg", "width": 20, "height": 10},
                    ],
                    "picture": "https://fb.test/tiny.jpg",
                },
                {
                    "id": "78",
                    "created_time": "2024-01-02T03:04:05+0000",
                    "title": "Boats",
                    "description": "Two",
                    "length": 3.5,
                    "source": "https://fb.test/v.mp4",
                    "permalink_url": "/ada/videos/78",
                },
            ]
        }
    )
    assert photo.text_content == "A boat"
    assert [(each.url, each.width) for each in media(photo)] == [("https://fb.test/l.jpg", 20)]
    assert video.text_content == "Boats\n\nTwo"
    assert video.url == "https://www.facebook.com/ada/videos/78"
    assert outline(video) == [("video", "https://fb.test/v.mp4")]


def test_albums_of_facebook_give_their_photos() -> None:
    photo = {
        "id": "80",
        "created_time": "2024-01-02T03:04:05+0000",
        "images": [{"source": "https://fb.test/q.jpg", "width": 2}],
    }
    album = {"id": "79", "name": "Boats", "photos": {"data": [photo]}}
    for answer in (album, {"data": [album]}):
        assert [each.urn for each in posts(answer)] == ["80"]


def test_comments_of_the_research_api_are_no_posts() -> None:
    comment = {"id": 1, "video_id": 2, "parent_comment_id": 2, "text": "x", "create_time": 1700000000}
    assert reasons({"data": {"comments": [comment]}}) == ["is a comment"]


def test_a_story_of_instagram_has_the_address_of_a_story() -> None:
    node = {
        "__typename": "GraphStoryImage",
        "id": "3000000000000000003",
        "display_url": "https://ig.test/1.jpg",
        "taken_at_timestamp": 1700000000,
        "iphone_struct": {"user": {"username": "ada"}},
    }
    taken = post({"node": node, "instaloader": {"node_type": "StoryItem"}})
    assert taken.author_username == "ada"
    assert taken.url == "https://www.instagram.com/stories/ada/3000000000000000003/"


def test_tables_of_4cat_tell_the_network_by_their_columns() -> None:
    head = b"id,thread_id,timestamp,body,subject,author,url,subreddit,score\n"
    rows = (
        b"tabc,tabc,2023-11-14 22:13:20,,A boat,ada,https://i.redd.it/x.jpg,boats,5\n"
        b"def,tabc,2023-11-14 22:13:20,Nice,,bob,,boats,1\n"
    )
    assert reasons(head + rows) == ["is a comment"]
    (taken,) = posts(head + rows.splitlines(keepends=True)[0])
    assert (taken.platform, taken.urn, taken.engagement.reactions) == ("reddit", "t3_tabc", 5)
    assert outline(taken) == [("image", "https://i.redd.it/x.jpg")]


def test_yt_dlp_and_imgur_name_posts_of_reddit_and_films_as_others_do() -> None:
    video = {"id": "v1", "display_id": "abc12", "extractor": "Reddit", "webpage_url": "https://reddit.test/x"}
    assert post(video).urn == "t3_abc12"
    link = {
        "id": "abc12",
        "title": "T",
        "subreddit": "boats",
        "url": "https://i.imgur.com/x.gifv",
        "num_comments": 0,
    }
    assert outline(post(link)) == [("video", "https://i.imgur.com/x.mp4")]

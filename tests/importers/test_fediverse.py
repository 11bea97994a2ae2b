"""Posts of Misskey, Lemmy and PeerTube."""

from __future__ import annotations

from tests.importers.fediverse_examples import LEMMY, NOTE, PEERTUBE, RENOTED
from tests.importers.taking import media, nested, outline, post, posts, reasons


def test_a_note_of_misskey() -> None:
    taken = post(NOTE, avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("misskey", "9abc", "ada")
    assert taken.posted_at_timestamp == 1704067200000
    assert taken.text_content == "Boats\n\nAnother one"
    assert (taken.engagement.reactions, taken.engagement.reposts) == (3, 1)
    assert outline(taken) == [("image", "https://mk.test/a.png"), ("video", "https://mk.test/b.mp4")]
    assert [(each.width, each.alt_text) for each in media(taken)] == [(100, "A red boat"), (None, None)]
    assert outline(taken, "thumbnail") == [("image", "https://mk.test/b.webp")]
    assert outline(taken, "avatar") == [("image", "https://mk.test/a.webp")]
    assert nested(taken) == [("quoted", "8xyz")]
    assert taken.nested[0].post.author_username == "bob@other.test"


def test_a_note_of_misskey_without_words_of_its_own_boosts() -> None:
    taken = post({**NOTE, "cw": None, "text": None, "files": [], "fileIds": []})
    assert taken.post_type == "repost"
    assert nested(taken) == [("boosted", "8xyz")]
    answer = post({**RENOTED, "id": "1", "replyId": "8xyz", "reply": RENOTED})
    assert (answer.post_type, nested(answer)) == ("reply", [("replied_to", "8xyz")])


def test_a_post_of_lemmy() -> None:
    (taken,) = posts({"posts": [LEMMY]}, avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("lemmy", "https://lm.test/post/12", "ada")
    assert taken.posted_at_timestamp == 1685613600123
    assert taken.text_content == "A boat\n\nLook"
    assert (taken.engagement.reactions, taken.engagement.comments) == (10, 3)
    assert [(each.url, each.width, each.alt_text) for each in media(taken)] == [
        ("https://lm.test/pictrs/image/a.jpeg", 4, "A red boat")
    ]
    assert not outline(taken, "thumbnail") + outline(taken, "article")


def test_a_link_on_lemmy_has_a_card_and_a_film_a_cover() -> None:
    for link, role in (("https://news.test/a", "article"), ("https://lm.test/a.mp4", "thumbnail")):
        taken = post({**LEMMY, "post": {**LEMMY["post"], "url": link}})
        assert outline(taken, role) == [("image", "https://lm.test/pictrs/image/t.jpeg")]
    assert reasons({"comments": [{**LEMMY, "comment": {"id": 1}}]}) == ["is a comment"]


def test_a_video_of_peertube() -> None:
    (taken,) = posts({"total": 1, "data": [PEERTUBE]})
    assert (taken.platform, taken.urn) == ("peertube", PEERTUBE["uuid"])
    assert (taken.author_username, taken.author_name) == ("ada@pt.test", "Ada")
    assert taken.text_content == "Boats\n\nA film"
    assert (taken.engagement.reactions, taken.engagement.views) == (2, 5)
    assert outline(taken) == [("video", "https://pt.test/1080.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://pt.test/lazy-static/previews/a.jpg")]


def test_a_list_of_peertube_names_the_page() -> None:
    listed = {name: value for name, value in PEERTUBE.items() if name not in ("files", "streamingPlaylists")}
    assert outline(post(listed)) == [("video", "https://pt.test/videos/watch/9c9de5e8")]
    with_playlist = {**listed, "streamingPlaylists": PEERTUBE["streamingPlaylists"]}
    assert outline(post(with_playlist)) == [("video", "https://pt.test/m.m3u8")]

"""YouTube, TikTok and the files of yt-dlp."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import ParsedPost
from tests.importers.more_examples import TIKTOK_ACTOR, TIKTOK_RESEARCH, TIKTOK_WEB, YOUTUBE
from tests.importers.taking import media, outcomes, outline, post, posts, reasons
from tests.importers.tool_examples import YT_DLP


def test_a_video_of_youtube() -> None:
    taken = post({"kind": "youtube#videoListResponse", "items": [YOUTUBE]})
    assert (taken.platform, taken.urn, taken.author_username) == ("youtube", "dQabcdefghI", "UCabc")
    assert (taken.author_name, taken.text_content) == ("Channel", "Title & more\n\nDescription")
    assert taken.engagement._asdict() == {"reactions": 50, "comments": 7, "reposts": None, "views": 1000}
    assert outline(taken) == [("video", "https://www.youtube.com/watch?v=dQabcdefghI")]
    assert outline(taken, "thumbnail") == [("image", "https://yt.test/large.jpg")]
    assert media(taken, "thumbnail")[0].width == 1280


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": "v1"}},
        {"kind": "youtube#playlistItem", "id": "x", "snippet": {"resourceId": {"videoId": "v1"}}},
        {"kind": "youtube#playlistItem", "id": "x", "contentDetails": {"videoId": "v1"}},
        {"kind": "youtube#activity", "id": "x", "contentDetails": {"upload": {"videoId": "v1"}}},
    ],
)
def test_other_resources_that_name_a_video(item: dict[str, Any]) -> None:
    assert post(item).urn == "v1"


def test_searches_escape_what_they_return_and_nothing_else_does() -> None:
    snippet = {"title": "A &amp; B"}
    search = {"kind": "youtube#searchResult", "id": {"videoId": "v1"}, "snippet": snippet}
    assert post(search).text_content == "A & B"
    assert post({**YOUTUBE, "snippet": snippet}).text_content == "A &amp; B"


@pytest.mark.parametrize("kind", ["channel", "playlist", "commentThread", "searchResult"])
def test_what_is_no_video_is_passed_over(kind: str) -> None:
    item = {"kind": f"youtube#{kind}", "id": {"channelId": "UC"} if kind == "searchResult" else "x"}
    assert reasons(item) == ["is a resource of YouTube that is no video"]


def test_a_post_of_the_pages_of_tiktok() -> None:
    taken = post(TIKTOK_WEB, avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("tiktok", TIKTOK_WEB["id"], "dancer")
    assert taken.url == "https://www.tiktok.com/@dancer/video/7300000000000000001"
    assert taken.engagement._asdict() == {"reactions": 10, "comments": 2, "reposts": 3, "views": 401}
    assert outline(taken) == [("video", "https://tt.test/high.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://tt.test/cover.jpg")]
    assert outline(taken, "avatar") == [("image", "https://tt.test/avatar.jpg")]


def test_a_post_of_pictures() -> None:
    images = [{"imageURL": {"urlList": ["https://tt.test/i.jpg"]}, "imageWidth": 9, "imageHeight": 16}]
    taken = post({"itemList": [{**TIKTOK_WEB, "imagePost": {"images": images}}]})
    assert outline(taken) == [("image", "https://tt.test/i.jpg")]
    assert (media(taken)[0].width, taken.post_type) == (9, "slideshow")


def test_a_post_of_the_actor() -> None:
    taken = post(TIKTOK_ACTOR)
    assert (taken.author_username, taken.author_name, taken.post_type) == ("slider", "Slider", "slideshow")
    assert taken.posted_at_timestamp == 1700000000000
    assert outline(taken) == [("image", "https://store.test/s1.jpg"), ("image", "https://tt.test/s2.jpg")]
    video = {**TIKTOK_ACTOR, "slideshowImageLinks": [], "mediaUrls": ["https://store.test/v.mp4"]}
    assert outline(post(video)) == [("video", "https://store.test/v.mp4")]


def test_a_post_of_the_research_api() -> None:
    taken = post({"data": {"videos": [TIKTOK_RESEARCH], "cursor": 1, "has_more": False}, "error": {}})
    assert (taken.urn, taken.author_username, taken.engagement.views) == (
        "7300000000000000003",
        "researched",
        90,
    )
    (video,) = media(taken)
    assert (video.media_type, video.url, video.provider_media_id) == ("video", None, "7300000000000000003")


def test_accounts_of_the_research_api_are_passed_over_and_cost_none_of_the_posts_beside_them() -> None:
    account: dict[str, Any] = {
        "display_name": "A",
        "bio_description": "Boats",
        "is_verified": False,
        "follower_count": 3,
    }
    follower = {"display_name": "B", "username": "b"}
    page = {"user_followers": [follower], "cursor": 1, "has_more": True}
    user = {"user": {"open_id": "1", "union_id": "2", "avatar_url": "https://tt.test/1.jpg"}}
    answers: list[dict[str, Any]] = [
        account,
        {**account, "username": "a"},
        page,
        {"user_following": []},
        user,
    ]
    for data in answers:
        assert reasons({"data": data, "error": {"code": "ok"}}) == ["is an account, or a list of accounts"]
    assert len(reasons([account, follower])) == 2
    found = outcomes({"data": account, "error": {"code": "ok"}, "videos": [TIKTOK_RESEARCH]})
    assert [each.urn for each in found if isinstance(each, ParsedPost)] == ["7300000000000000003"]
    for name in ("user_liked_videos", "user_pinned_videos"):
        assert post({"data": {name: [TIKTOK_RESEARCH], "cursor": 1}}).urn == "7300000000000000003"


def test_a_file_of_yt_dlp() -> None:
    taken = post(YT_DLP)
    assert (taken.platform, taken.urn, taken.author_username) == ("youtube", "video1", "@uploader")
    assert taken.text_content == "A title\n\nA description"
    assert outline(taken) == [("video", "https://www.youtube.com/watch?v=video1")]
    assert outline(taken, "thumbnail") == [("image", "https://yt.test/good.jpg")]
    assert (media(taken)[0].width, taken.engagement.views) == (1920, 33)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"extractor": "soundcloud", "id": "5"}, ("soundcloud", "soundcloud:5")),
        ({"extractor": "vimeo", "id": "5"}, ("vimeo", "5")),
        ({"extractor": "twitter", "id": "5", "display_id": "77"}, ("x", "77")),
        ({"extractor": "youtube:tab"}, ("youtube", "video1")),
    ],
)
def test_videos_of_other_networks(changes: dict[str, str], expected: tuple[str, str]) -> None:
    taken = post({**YT_DLP, **changes})
    assert (taken.platform, taken.urn) == expected


def test_days_texts_and_sounds_of_yt_dlp() -> None:
    changes = {"timestamp": None, "upload_date": "20210720", "title": "A descr…", "vcodec": "none"}
    taken = post({**YT_DLP, **changes})
    assert taken.posted_at_timestamp == 1626739200000
    assert (taken.text_content, media(taken)[0].media_type) == ("A description", "audio")


def test_playlists_give_their_entries_or_are_passed_over() -> None:
    assert (
        post({"_type": "playlist", "id": "PL", "extractor": "youtube:tab", "entries": [YT_DLP]}).urn
        == "video1"
    )
    playlist = {"_type": "playlist", "id": "PL", "extractor": "youtube:tab"}
    assert reasons(playlist) == ["is a playlist or a link, which is no post"]


def test_places_of_playlists_without_a_video_cost_none_of_the_others() -> None:
    places: list[Any] = [None, YT_DLP, {"title": "[Deleted video]"}, {**YT_DLP, "id": None}]
    tab = {"_type": "playlist", "id": "UC", "extractor": "youtube:tab", "entries": [*places, None]}
    found = outcomes({**tab, "entries": [None, tab, {**YT_DLP, "id": "video2"}]})
    assert [each.urn if isinstance(each, ParsedPost) else each.reason for each in found] == [
        "is a place of a video that could not be had",
        "is a place of a video that could not be had",
        "video1",
        "is a place of a video that could not be had",
        "has no id",
        "is a place of a video that could not be had",
        "video2",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ie_key": "YoutubeTab", "id": "PL1"}, "is a playlist or a link, which is no post"),
        ({"title": "[Private video]"}, "is a place of a video that could not be had"),
    ],
)
def test_links_to_lists_and_to_nothing_are_no_videos(changes: dict[str, str], reason: str) -> None:
    link = {"_type": "url", "ie_key": "Youtube", "id": "video1", "url": "https://yt.test/", "title": "A"}
    assert post(link).urn == "video1"
    assert reasons({**link, **changes}) == [reason]


@pytest.mark.parametrize("identifier", ["abcdefghijk", {"videoId": "abcdefghijk"}])
def test_videos_of_youtube_whose_kind_was_not_asked_for(identifier: Any) -> None:
    snippet = {"title": "A", "publishedAt": "2024-01-02T03:04:05Z", "thumbnails": {}}
    assert post({"items": [{"id": identifier, "snippet": snippet}]}).urn == "abcdefghijk"


@pytest.mark.parametrize("is_thread", [True, False])
def test_comments_of_youtube_whose_kind_was_not_asked_for_are_passed_over(is_thread: bool) -> None:
    snippet = {"videoId": "abcdefghijk", "textDisplay": "Yes", "publishedAt": "2024-01-02T03:04:05Z"}
    thread = {"videoId": "abcdefghijk", "topLevelComment": {"snippet": snippet}}
    item = {"id": "abcdefghijk", "snippet": thread if is_thread else snippet}
    for each in (item, {"snippet": item["snippet"]}, {**item, "replies": {"comments": [item]}}):
        assert reasons({"items": [each]}) == ["is a resource of YouTube that is no video"]


def test_channels_whose_kind_was_not_asked_for_are_no_videos() -> None:
    snippet = {"title": "A", "publishedAt": "2024-01-02T03:04:05Z"}
    assert reasons({"items": [{"id": "UCabcdefghijklmnopqrstuv", "snippet": snippet}]}) == [
        "unknown shape: no known format has items like this"
    ]


def test_entries_of_playlists_in_playlists_and_those_that_were_not_looked_at() -> None:
    entry = {
        "_type": "url",
        "ie_key": "Youtube",
        "id": "abcdefghijk",
        "url": "https://www.youtube.com/watch?v=abcdefghijk",
        "title": "Listed",
        "thumbnails": [{"url": "https://yt.test/1.jpg"}],
    }
    tab = {"_type": "playlist", "extractor": "youtube:tab", "title": "Videos", "entries": [entry]}
    channel = {**tab, "id": "UC", "entries": [tab, {**tab, "entries": [{**entry, "id": "abcdefghijl"}]}]}
    first, second = posts(channel)
    assert (first.platform, first.urn, first.text_content) == ("youtube", "abcdefghijk", "Listed")
    assert outline(first) == [("video", "https://www.youtube.com/watch?v=abcdefghijk")]
    assert outline(first, "thumbnail") == [("image", "https://yt.test/1.jpg")]
    assert second.urn == "abcdefghijl"


def test_posts_without_titles_have_the_names_of_their_accounts_and_their_own_words() -> None:
    told = {
        "id": "1",
        "title": "Ada - A boat...",
        "description": "A boat at sea",
        "webpage_url": "https://v.test",
    }
    names = {"uploader": "ada", "uploader_id": "6800000", "channel": "Ada L."}
    video = post({**told, **names, "extractor": "TikTok"})
    assert (video.author_username, video.author_name, video.text_content) == (
        "ada",
        "Ada L.",
        "A boat at sea",
    )
    names = {"uploader": "Ada L.", "uploader_id": "6800000", "channel": "ada"}
    video = post({**told, **names, "extractor": "Instagram"})
    assert (video.author_username, video.author_name, video.text_content) == (
        "ada",
        "Ada L.",
        "A boat at sea",
    )


@pytest.mark.parametrize("title", ["Private video", "Deleted video"])
def test_places_of_videos_that_are_gone_are_passed_over(title: str) -> None:
    resource = {"kind": "youtube#video", "videoId": "AAAAAAAAAA2"}
    snippet = {
        "title": title,
        "channelId": "UC1",
        "publishedAt": "2024-01-01T00:00:00Z",
        "resourceId": resource,
    }
    place = {"kind": "youtube#playlistItem", "id": "UEw", "snippet": snippet}
    assert reasons({"items": [place]}) == ["is a place of a video that is private or deleted"]
    named = {**snippet, "videoOwnerChannelId": "UC2"}
    assert post({"items": [{**place, "snippet": named}]}).author_username == "UC2"

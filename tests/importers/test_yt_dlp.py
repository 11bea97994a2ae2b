"""What files of yt-dlp say of networks that have posts instead of videos with titles."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import ParsedPost
from tests.importers.taking import media, post
from tests.importers.tool_examples import YT_DLP


def file(extractor: str, **facts: Any) -> ParsedPost:
    return post({**YT_DLP, "extractor": extractor, "extractor_key": extractor, "ie_key": extractor, **facts})


def test_a_video_of_reddit() -> None:
    taken = file(
        "Reddit",
        display_id="abc12",
        title="The beginning of a title …",
        fulltitle="The beginning of a title …",
        alt_title="The beginning of a title and its end",
        description=None,
        uploader="ada",
        uploader_id=None,
        channel_id="pictures",
        channel=None,
    )
    assert (taken.urn, taken.author_username, taken.author_name) == ("t3_abc12", "ada", "r/pictures")
    assert taken.text_content == "The beginning of a title and its end"


def test_a_video_of_bluesky_has_the_address_of_its_post() -> None:
    taken = file(
        "Bluesky",
        id="3kabc",
        channel_id="did:plc:abc",
        uploader_id="ada.example",
        title="Bluesky video #3kabc",
        fulltitle="Bluesky video #3kabc",
        description=None,
        alt_title="A dog runs",
    )
    assert taken.urn == "at://did:plc:abc/app.bsky.feed.post/3kabc"
    assert (taken.author_username, taken.text_content) == ("ada.example", "")
    assert media(taken)[0].alt_text == "A dog runs"


@pytest.mark.parametrize(
    ("extractor", "platform"), [("BitChute", "bitchute"), ("Gettr", "gettr"), ("Substack", "substack")]
)
def test_videos_have_the_ids_that_the_answers_of_their_sites_have(extractor: str, platform: str) -> None:
    taken = file(extractor, id="p1a")
    assert (taken.platform, taken.urn) == (platform, "p1a")


@pytest.mark.parametrize(
    ("extractor", "title", "text"),
    [
        ("Instagram", "Video by ada", ""),
        ("Instagram", "Video 2", ""),
        ("TikTok", "TikTok video #73", ""),
        ("TikTok", "Words of a post", "Words of a post"),
        ("Vimeo", "Video by ada", "Video by ada"),
    ],
)
def test_titles_that_were_made_up(extractor: str, title: str, text: str) -> None:
    assert file(extractor, title=title, fulltitle=title, description=None).text_content == text


def test_videos_of_one_post_keep_their_places() -> None:
    page = "https://x.test/ada/status/1500000000000000001"
    one, two = (
        file(
            "twitter",
            id=f"160000000000000000{number}",
            display_id="1500000000000000001",
            webpage_url=page,
            playlist_id="1500000000000000001",
            playlist_index=number,
        )
        for number in (1, 2)
    )
    assert one.urn == two.urn
    assert [media(each)[0].position for each in (one, two)] == [0, 1]
    assert one.url == page
    assert [media(each)[0].url for each in (one, two)] == [None, None]
    page = "https://www.instagram.com/p/DAbCd/"
    child = file("Instagram", id="DXyZ", webpage_url=page, playlist_id="DAbCd", playlist_index=3)
    assert (child.urn, media(child)[0].position) == ("DAbCd", 2)
    of_an_account = file("Instagram", id="DXyZ", webpage_url=page, playlist_id="17", playlist_index=3)
    assert (of_an_account.urn, media(of_an_account)[0].position) == ("DXyZ", 0)

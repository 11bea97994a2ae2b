"""Formats that a map describes: data sets of Bright Data, actors of Apify, libraries, downloads."""

from __future__ import annotations

import csv
import io
import json

import pytest

from social_tui.importers.known_maps import KNOWN_MAPS
from tests.importers.known_map_examples import EXAMPLES
from tests.importers.taking import outline, post, reasons

JANUARY = 1704153600000

#: Platform, id, author, time, reactions, media.
READ = {
    "brightdata_linkedin": ("linkedin", "7300000000000000007", "ada", 1740823200000, 5, 2),
    "brightdata_instagram": ("instagram", "BBB", "ada", 1740823200000, 7, 2),
    "brightdata_tiktok": ("tiktok", "7300000000000000006", "ada", 1700000000000, 1, 1),
    "brightdata_x": ("x", "1700000000000000013", "ada", JANUARY, 3, 1),
    "brightdata_facebook": ("facebook", "100", "ada", JANUARY, 3, 3),
    "brightdata_reddit": ("reddit", "t3_abc14", "ada", JANUARY, 3, 1),
    "brightdata_youtube": ("youtube", "AAAAAAAAAA7", "@ada", JANUARY, 3, 1),
    "apify_youtube": ("youtube", "AAAAAAAAAA6", "ada", JANUARY, 3, 1),
    "apify_tiktok": ("tiktok", "7300000000000000018", "ada", JANUARY, 6, 1),
    "apify_reddit": ("reddit", "t3_abc13", "ada", 1704067200000, 5, 1),
    "meta_content_library_facebook": ("facebook", "900", "ada", JANUARY, 4, 1),
    "meta_content_library_instagram": ("instagram", "800", "ada", JANUARY, 3, 1),
    "youtube_takeout": ("youtube", "AAAAAAAAAA8", "UC1", 1704164645000, None, 1),
    "discord_download": ("discord", "1100000000000000002", None, 1704164645000, None, 2),
    "facebook_scraper": ("facebook", "2200000000000001", "1", 1704164645000, 4, 2),
    "tags": ("x", "1700000000000000014", "ada", 1704164645000, None, 0),
    "twitwi": ("x", "1700000000000000015", "ada", 1704164645000, 5, 2),
    "phantombuster_linkedin": (
        "linkedin",
        "https://www.linkedin.com/feed/update/urn:li:activity:7300000000000000009",
        "https://www.linkedin.com/in/ada",
        1704164645000,
        6,
        1,
    ),
    "mediacrawler_rednote": ("rednote", "650000000000000000000001", "ada", 1704164645000, 7, 2),
    "mediacrawler_weibo": ("weibo", "4980000000000001", None, 1704164645000, 8, 0),
    "mediacrawler_douyin": ("douyin", "7300000000000000016", "ada", 1704164645000, 9, 1),
    "mediacrawler_bilibili": ("bilibili", "900000001", None, 1704164645000, 10, 1),
    "hacker_news": ("hackernews", "38800001", "ada", 1704164645000, 3, 0),
    "hacker_news_search": ("hackernews", "38800001", "ada", 1704164645000, 3, 0),
    "disqus": ("disqus", "6300000001", "ada", 1704164645000, 3, 1),
    "bitchute": ("bitchute", "AAAAAAAAAAA9", "ada", 1704164645000, 3, 1),
    "scrapfly_threads": ("threads", "Drow", "ada", 1700000000000, 5, 3),
    "apify_threads_rows": ("threads", "Drow2", "ada", JANUARY, 3, 2),
    "apify_threads_toolkit": ("threads", "Drow3", "ada", JANUARY, 3, 1),
    "apify_threads_details": ("threads", "Drow4", "ada", JANUARY, 3, 2),
}


def test_every_known_map_has_its_example() -> None:
    names = {each.name for each in KNOWN_MAPS if not each.name.endswith("_comments")}
    assert names == EXAMPLES.keys() == READ.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_posts_are_read_by_the_map_that_knows_them(name: str) -> None:
    taken = post(EXAMPLES[name])
    found = (
        taken.platform,
        taken.urn,
        taken.author_username,
        taken.posted_at_timestamp,
        taken.engagement.reactions,
        len(outline(taken)),
    )
    assert found == READ[name]
    assert "oat" in taken.text_content


def test_texts_in_html_say_what_they_say_and_have_their_media() -> None:
    story = post(EXAMPLES["hacker_news"])
    assert story.text_content == "Boats\n\nA red one's\nAnd nets"
    assert story.url == "https://news.ycombinator.com/item?id=38800001"


def test_comments_of_hacker_news_are_passed_over() -> None:
    comment = {"by": "bob", "id": 38800002, "parent": 38800001, "text": "Yes", "time": 1704164645}
    found = {**EXAMPLES["hacker_news_search"], "title": None, "comment_text": "Yes", "story_id": 38800001}
    untitled = {name: found[name] for name in found if name != "title"}
    assert reasons([{**comment, "type": "comment"}, found, untitled]) == ["is a comment"] * 3


def test_a_media_that_is_told_twice_counts_once_with_its_description() -> None:
    taken = post(EXAMPLES["brightdata_instagram"])
    assert outline(taken) == [("image", "https://ig.test/1.jpg"), ("video", "https://ig.test/2.mp4")]
    assert taken.media[0].alt_text == "A red boat"


def test_a_table_with_brackets_in_its_names_is_one() -> None:
    item = EXAMPLES["youtube_takeout"]
    table = f"{','.join(item)}\n{','.join(item.values())}\n"
    assert post(table.encode()).urn == "AAAAAAAAAA8"


def test_lists_in_the_fields_of_a_table_are_lists() -> None:
    item = EXAMPLES["brightdata_linkedin"]
    row = {name: json.dumps(field) if isinstance(field, list) else field for name, field in item.items()}
    table = io.StringIO()
    rows = csv.DictWriter(table, row)
    rows.writeheader()
    rows.writerow(row)
    assert outline(post(table.getvalue().encode())) == outline(post(item))


def test_an_id_that_a_spreadsheet_rounded_is_refused() -> None:
    assert reasons({**EXAMPLES["tags"], "id_str": "1.7E+18"}) == [
        "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    ]


def test_lists_as_python_writes_them_are_lists() -> None:
    item = {
        **EXAMPLES["facebook_scraper"],
        "images": "['https://fb.test/a,b.jpg', \"https://fb.test/2.jpg\"]",
    }
    links = [link for _, link in outline(post(item))]
    assert links == ["https://fb.test/a,b.jpg", "https://fb.test/2.jpg", "https://fb.test/1.jpg"]


def test_tables_that_were_made_of_json_have_texts_and_lists_of_objects_as_json() -> None:
    film = [{"duration": 1, "video_url": "https://x.test/1.mp4"}]
    item = {**EXAMPLES["brightdata_x"], "date_posted": '"2024-01-02T03:04:05.000Z"', "photos": "null"}
    taken = post({**item, "videos": json.dumps(film), "external_image_urls": "null"})
    assert taken.posted_at_timestamp == 1704164645000
    assert outline(taken) == [("video", "https://x.test/1.mp4")] == outline(post({**item, "videos": film}))
    assert outline(taken, "article") == []

"""What tools make of other networks: HarvestAPI, gallery-dl, Zeeschuimer and 4CAT."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import PassedOver
from tests.importers.more_examples import INSTAGRAM_APP, TIKTOK_WEB
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons
from tests.importers.tool_examples import (
    APIFY_INSTAGRAM,
    CROWDTANGLE_ROW,
    FOURCAT_ROW,
    GALLERY_DL,
    HARVESTAPI,
    VOYAGER,
)


def table(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_a_post_of_harvestapi() -> None:
    taken = post([HARVESTAPI], avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("linkedin", HARVESTAPI["id"], "writer")
    assert (taken.author_name, taken.text_content, taken.post_type) == ("Writer", "With a document", "quote")
    assert taken.posted_at_timestamp == 1740000000000
    assert taken.engagement._asdict() == {"reactions": 13, "comments": 1, "reposts": 9, "views": None}
    assert outline(taken) == [
        ("image", "https://li.test/1.jpg"),
        ("video", "https://li.test/2.mp4"),
        ("document", "https://li.test/3.pdf"),
    ]
    assert outline(taken, "thumbnail") == [
        ("image", "https://li.test/2.jpg"),
        ("image", "https://li.test/3.jpg"),
    ]
    assert outline(taken, "article") == [("image", "https://li.test/4.jpg")]
    assert nested(taken) == [("reshared", "7200000000000000000")]
    assert outline(taken.nested[0].post) == [("image", "https://li.test/5.jpg")]
    assert outline(taken, "avatar") == [("image", "https://li.test/writer.jpg")]


def test_a_post_of_older_actors_has_its_author_beside_it() -> None:
    taken = post(
        {
            "id": HARVESTAPI["id"],
            "content": "Flat",
            "authorPublicIdentifier": None,
            "authorUniversalName": "company",
            "authorName": "Company",
            "authorLinkedinUrl": "https://www.linkedin.com/company/company/posts",
            "authorAvatar": {"url": "https://li.test/logo.jpg"},
            "postedAgo": "5d",
            "postImage": {"url": "https://li.test/1.jpg"},
            "postImages": [{"url": "https://li.test/1.jpg"}],
            "document": {
                "manifest": {"transcribedDocumentUrl": "https://li.test/d.pdf"},
                "coverPages": [{"imageUrls": ["https://li.test/d.jpg"]}],
            },
            "socialContent": {
                "shareUrl": "https://www.linkedin.com/posts/company_x-activity-1?utm_source=share"
            },
            "engagement": None,
        },
        avatars=True,
    )
    assert (taken.author_username, taken.author_name) == ("company", "Company")
    assert taken.url == "https://www.linkedin.com/posts/company_x-activity-1"
    assert taken.posted_at_timestamp == 1740455627441
    assert outline(taken) == [("image", "https://li.test/1.jpg"), ("document", "https://li.test/d.pdf")]
    assert outline(taken, "thumbnail") == [("image", "https://li.test/d.jpg")]
    assert outline(taken, "avatar") == [("image", "https://li.test/logo.jpg")]


def test_reactions_are_passed_over_and_posts_without_an_id_refused() -> None:
    assert reasons({**HARVESTAPI, "type": "reaction"}) == ["is a reaction or a comment"]
    assert reasons({"type": "comment", "id": "1", "actor": {}, "commentary": ""}) == [
        "is a reaction or a comment"
    ]
    assert reasons({**HARVESTAPI, "id": "x"}) == ["has no activity id"]


def test_a_post_of_apifys_actor_for_instagram() -> None:
    taken = post([APIFY_INSTAGRAM])
    assert (taken.platform, taken.urn, taken.full_urn) == ("instagram", "HHH", APIFY_INSTAGRAM["id"])
    assert (taken.author_username, taken.author_name) == ("actor", "Actor")
    assert taken.posted_at_timestamp == 1714979289000
    assert taken.engagement._asdict() == {"reactions": 40, "comments": 4, "reposts": None, "views": 400}
    assert outline(taken) == [("image", "https://ig.test/h1.jpg"), ("video", "https://ig.test/h2.mp4")]
    assert (media(taken)[0].width, media(taken)[0].alt_text) == (1080, "A lake")
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/h2.jpg")]


def test_albums_as_bare_links_and_hidden_likes() -> None:
    taken = post({**APIFY_INSTAGRAM, "childPosts": [], "likesCount": -1})
    assert outline(taken) == [("image", "https://ig.test/h1.jpg"), ("image", "https://ig.test/h2.jpg")]
    assert taken.engagement.reactions is None
    assert reasons({**APIFY_INSTAGRAM, "shortCode": None}) == ["has no shortcode"]


def test_a_file_of_gallery_dl_tells_of_one_media_at_its_place() -> None:
    taken = post(GALLERY_DL)
    assert (taken.platform, taken.urn, taken.author_username) == ("x", "1500000000000000001", "poster")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Three pictures", 1646460428000)
    assert taken.engagement._asdict() == {"reactions": 8, "comments": 1, "reposts": 2, "views": None}
    (picture,) = taken.media
    assert (picture.role, picture.position, picture.media_type, picture.url) == ("main", 1, "image", None)
    assert (picture.width, picture.alt_text) == (1000, "A bridge")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": "cover", "num": 0, "image": "https://tt.test/c.jpg"}, ("thumbnail", 0, "image")),
        ({"type": "video", "extension": "mp4"}, ("main", 1, "video")),
        ({"extension": "bin", "num": "x"}, ("main", 0, "document")),
    ],
)
def test_covers_videos_and_others(changes: dict[str, Any], expected: tuple[str, int, str]) -> None:
    (only,) = post({**GALLERY_DL, **changes}).media
    assert (only.role, only.position, only.media_type) == expected


@pytest.mark.parametrize(
    ("item", "platform", "urn"),
    [
        ({"category": "tiktok", "id": "7300"}, "tiktok", "7300"),
        ({"category": "instagram", "post_shortcode": "EEE", "post_id": "1"}, "instagram", "EEE"),
        ({"category": "reddit", "id": "abc"}, "reddit", "t3_abc"),
        ({"category": "tumblr", "id": 12}, "tumblr", "12"),
    ],
)
def test_files_of_other_networks(item: dict[str, Any], platform: str, urn: str) -> None:
    taken = post({"subcategory": "user", "extension": "jpg", **item})
    assert (taken.platform, taken.urn) == (platform, urn)


def test_messages_that_gallery_dl_prints() -> None:
    directory = {"category": "twitter", "subcategory": "timeline", "tweet_id": 1}
    printed = [[2, directory], [3, "https://x.test/1.jpg", GALLERY_DL], [6, "https://x.test/else", directory]]
    first, taken, last = outcomes(printed)
    assert isinstance(taken, ParsedPost)
    assert outline(taken) == [("image", "https://x.test/1.jpg")]
    assert first == last == PassedOver("is a message of gallery-dl about no file")


@pytest.mark.parametrize(
    ("note", "inner"),
    [
        ({"source_platform": "tiktok.com", "item_id": "1", "timestamp_collected": 1700000000000}, TIKTOK_WEB),
        ({"source_platform": "instagram.com", "item_id": "2", "nav_index": "1:0"}, INSTAGRAM_APP),
    ],
)
def test_records_of_zeeschuimer_and_4cat_are_what_was_recorded(
    note: dict[str, Any], inner: dict[str, Any]
) -> None:
    wanted = post(inner)
    lines = [{**note, "data": inner}, {**inner, "__import_meta": note}]
    for taken, line in zip(posts("\n".join(map(json.dumps, lines)).encode()), lines, strict=True):
        assert taken.model_copy(update={"raw_json": wanted.raw_json}) == wanted
        assert json.loads(taken.raw_json) == line


def test_a_post_of_the_pages_of_linkedin() -> None:
    record = {"source_platform": "linkedin.com", "item_id": "x", "timestamp_collected": 1, "data": VOYAGER}
    taken = post(record, avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == (
        "linkedin",
        "7300000000000000005",
        "page-owner",
    )
    assert (taken.author_name, taken.text_content, taken.nested) == ("Page Owner", "As the page has it", ())
    assert taken.posted_at_timestamp == 1740455627441
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 2, "reposts": 1, "views": None}
    assert outline(taken) == [
        ("image", "https://li.test/image/large.jpg?e=1&t=2"),
        ("video", "https://li.test/high.mp4"),
    ]
    assert (media(taken)[0].width, media(taken)[1].provider_media_id) == (800, "urn:li:digitalmediaAsset:1")
    for role, folder in (("thumbnail", "cover"), ("article", "card"), ("reshared", "r")):
        assert outline(taken, role) == [("image", f"https://li.test/{folder}/large.jpg?e=1&t=2")]


def test_older_posts_of_the_pages_and_those_without_an_id() -> None:
    detail = {"comments": {"paging": {"total": 3}}, "likes": {"paging": {"total": 4}}, "totalShares": 0}
    content = {
        "documentComponent": {"document": {"title": "D", "transcribedDocumentUrl": "https://li.test/d.pdf"}}
    }
    older = {**VOYAGER, "*socialDetail": detail, "content": content, "*resharedUpdate": None}
    taken = post(
        {
            **older,
            "updateMetadata": None,
            "preDashEntityUrn": "urn:li:fs_update:(urn:li:activity:7300000000000000005,X)",
        }
    )
    assert outline(taken) == [("document", "https://li.test/d.pdf")]
    assert (taken.engagement.reactions, taken.engagement.comments, taken.engagement.reposts) == (4, 3, 0)
    assert reasons({**older, "updateMetadata": {"urn": "x"}}) == ["has no activity id"]


def test_a_record_of_an_unknown_object_is_an_unknown_shape() -> None:
    record = {"source_platform": "example.org", "item_id": "1", "data": {"posts": [1]}}
    assert reasons(record) == ["unknown shape: no known format has items like this"]


def test_a_table_of_4cat() -> None:
    taken, other = posts(table(FOURCAT_ROW, {**FOURCAT_ROW, "id": "FFF", "media_urls": ""}), avatars=True)
    assert (taken.platform, taken.urn, taken.author_username) == ("instagram", "DDD", "tabular")
    assert (taken.author_name, taken.text_content, taken.url) == ("Tabular", "A row", FOURCAT_ROW["url"])
    assert taken.posted_at_timestamp == 1672628645000
    assert (taken.engagement.reactions, taken.engagement.comments) == (6, 0)
    assert outline(taken) == [("image", "https://ig.test/d1.jpg?x=1,2"), ("video", "https://ig.test/d2.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/d2.jpg")]
    assert outline(taken, "avatar") == [("image", "https://ig.test/avatar.jpg")]
    assert outline(other) == [("image", "https://ig.test/d1.jpg?x=1,2"), ("image", "https://ig.test/d2.jpg")]


@pytest.mark.parametrize(
    ("columns", "platform"),
    [
        ({"url": "", "link": "https://x.com/a/status/1", "images": "https://x.test/1.jpg"}, "x"),
        (
            {
                "url": "",
                "tiktok_url": "https://www.tiktok.com/@a/video/1",
                "video_url": "https://x.test/1.jpg",
            },
            "tiktok",
        ),
        ({"url": "", "chat": "news", "images": "https://x.test/1.jpg"}, "telegram"),
        ({"url": "https://[", "images": "https://x.test/1.jpg"}, "web"),
    ],
)
def test_the_network_is_told_by_the_link(columns: dict[str, str], platform: str) -> None:
    row = {**FOURCAT_ROW, "image_urls": "", "media_urls": "", **columns}
    taken = post(table(row))
    assert (taken.platform, len(media(taken))) == (platform, 1)


def test_times_of_tables_are_utc_and_posts_without_an_id_are_refused() -> None:
    row = {**FOURCAT_ROW, "unix_timestamp": "", "timestamp": "2023-01-02 03:04:05"}
    assert post(table(row)).posted_at_timestamp == 1672628645000
    assert reasons(table({**FOURCAT_ROW, "id": ""})) == ["has no id"]


def test_a_table_of_crowdtangle() -> None:
    taken = post(table(CROWDTANGLE_ROW))
    assert (taken.platform, taken.urn, taken.author_username) == ("facebook", "100_200", "thepage")
    assert (taken.author_name, taken.text_content, taken.post_type) == ("The Page", "A film", "Native Video")
    assert taken.posted_at_timestamp == 1614852367000
    assert taken.engagement._asdict() == {"reactions": 1200, "comments": 30, "reposts": 4, "views": 5000}
    assert outline(taken) == [("video", None)]


def test_older_tables_of_crowdtangle_name_the_time_otherwise() -> None:
    older = {
        ("Created" if name == "Post Created" else name): value for name, value in CROWDTANGLE_ROW.items()
    }
    taken = post(table(older))
    assert (taken.urn, taken.posted_at_timestamp) == ("100_200", 1614852367000)


@pytest.mark.parametrize(
    ("changes", "platform", "urn", "expected"),
    [
        (
            {"Type": "Photo", "URL": "https://www.facebook.com/photo.php?fbid=7"},
            "facebook",
            "100_7",
            [("image", None)],
        ),
        ({"Type": "Link"}, "facebook", "100_200", []),
        (
            {"Type": "Album", "URL": "https://www.instagram.com/p/GGG/", "Photo": "https://ig.test/g.jpg"},
            "instagram",
            "GGG",
            [("image", "https://ig.test/g.jpg")],
        ),
    ],
)
def test_other_rows_of_crowdtangle(
    changes: dict[str, str], platform: str, urn: str, expected: list[tuple[str, str | None]]
) -> None:
    taken = post(table({**CROWDTANGLE_ROW, **changes}))
    assert (taken.platform, taken.urn, outline(taken)) == (platform, urn, expected)


def test_a_row_without_a_post_is_refused_and_a_time_of_an_unknown_zone_is_none() -> None:
    assert reasons(table({**CROWDTANGLE_ROW, "URL": "https://www.facebook.com/thepage"})) == [
        "has no link that tells its id"
    ]
    assert (
        post(table({**CROWDTANGLE_ROW, "Post Created": "2021-03-04 05:06:07 XYZ"})).posted_at_timestamp
        is None
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"category": "4chan", "no": 10, "com": "One<br>two", "date": "2024-01-02 03:04:05"},
            ("4chan:10", None, "One\ntwo"),
        ),
        (
            {"category": "deviantart", "deviationid": "A-B", "author": {"username": "ada"}, "title": "T"},
            ("deviantart:A-B", "ada", "T"),
        ),
        (
            {"category": "tumblr", "id": 5, "blog_name": "ada", "caption": "<p>Words</p>"},
            ("5", "ada", "Words"),
        ),
    ],
)
def test_files_of_further_networks_by_gallery_dl(
    facts: dict[str, Any], expected: tuple[str, str | None, str]
) -> None:
    taken = post({"subcategory": "post", "num": 1, "extension": "jpg", **facts})
    assert (taken.urn, taken.author_username, taken.text_content) == expected

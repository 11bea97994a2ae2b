"""Posts that the Auto Archiver saved, in its sheet, its table and its objects."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.importers.taking import media, outline, post, posts, reasons

LINK = "https://x.com/ada/status/1775530000000000001"
TIME = 1712154314000
SAVED: dict[str, Any] = {
    "status": "twitter-api: success",
    "metadata": {
        "_processed_at": 1712160000.5,
        "url": LINK,
        "title": "Two boats",
        "content": '{"id": "1775530000000000001"}',
        "timestamp": 1712154314.0,
    },
    "media": [
        {
            "filename": "/tmp/a.jpg",
            "_key": "2024/a.jpg",
            "urls": ["https://bucket.test/2024/a.jpg"],
            "properties": {"src": "https://pbs.twimg.com/media/A.jpg", "hash": "SHA-256:" + "0f" * 32},
            "_mimetype": "image/jpeg",
        },
        {"filename": "s.png", "urls": ["https://bucket.test/s.png"], "properties": {"id": "screenshot"}},
        {"filename": "c.jpg", "urls": ["https://bucket.test/c.jpg"], "properties": {"id": "cover"}},
        {"filename": "p.html", "urls": ["https://bucket.test/p.html"], "properties": {"id": "_final_media"}},
    ],
}
SHEET = (
    "Link,Archive status,Destination folder,Archive location,Archive date,Thumbnail,Upload timestamp,"
    "Upload title,Text content,Screenshot,Hash"
)


def table(columns: str, *rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns.split(","), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_what_was_saved_is_the_post_with_its_media() -> None:
    taken = post([{"id": "1", "result": SAVED}])
    assert (taken.platform, taken.urn, taken.url) == ("x", "1775530000000000001", LINK)
    assert (taken.text_content, taken.posted_at_timestamp) == ("Two boats", TIME)
    assert outline(taken) == [("image", "https://bucket.test/2024/a.jpg")]
    assert media(taken)[0].stated_sha256 == "0f" * 32
    assert outline(taken, "thumbnail") == [("image", "https://bucket.test/c.jpg")]


def test_its_table_has_the_same_as_python_prints_it() -> None:
    about = {
        **SAVED["metadata"],
        "timestamp": datetime(2024, 4, 3, 14, 25, 14, tzinfo=UTC),
        "content": "Ada's",
    }
    row = {"status": SAVED["status"], "metadata": repr(about), "media": repr(SAVED["media"])}
    taken = post(table("status,metadata,media", row))
    assert (taken.urn, taken.posted_at_timestamp) == ("1775530000000000001", TIME)
    assert taken.text_content == "Two boats\n\nAda's"
    assert len(outline(taken)) == 1


def test_rows_of_its_sheet() -> None:
    first, second = posts(
        table(
            SHEET,
            {
                "Link": LINK,
                "Archive status": "twitter-api: success",
                "Archive location": "https://bucket.test/p.html",
                "Thumbnail": '=IMAGE("https://bucket.test/t.jpg")',
                "Upload timestamp": "2024-04-03T14:25:14+00:00",
                "Upload title": "Two boats",
                "Text content": "Two boats and a sail",
                "Screenshot": "https://bucket.test/s.png",
            },
            {
                "Link": "https://t.me/boats/12",
                "Archive status": "telegram: success",
                "Archive location": "https://bucket.test/v.mp4",
            },
        )
    )
    assert (first.urn, first.posted_at_timestamp) == ("1775530000000000001", TIME)
    assert first.text_content == "Two boats and a sail"
    assert (outline(first), outline(first, "thumbnail")) == ([], [("image", "https://bucket.test/t.jpg")])
    assert (second.platform, second.urn, second.author_username) == ("telegram", "boats/12", "boats")
    assert outline(second) == [("video", "https://bucket.test/v.mp4")]


@pytest.mark.parametrize("status", ["", "Archive in progress", "nothing archived", "Archive failed x"])
def test_links_that_were_not_archived_are_passed_over(status: str) -> None:
    row = {"Link": LINK, "Archive status": status}
    assert reasons(table(SHEET, row)) == ["is a link that was not archived"]


def test_a_row_without_a_link_is_refused() -> None:
    row = {"Link": "see above", "Archive status": "x: success"}
    assert reasons(table(SHEET, row)) == ["has no link of a post"]

"""The page of a bag: whatever was posted, it is text there, and nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from social_tui.library.bag_page import PAGE_END, POST_END, media_figure, page_head, post_head
from social_tui.library.bag_records import Held, Told, media_record, post_record, unsigned
from social_tui.models import EventRow, MediaRow, PostDetail
from tests.library.bags import HOSTILE

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VOID = {"meta", "img", "br"}
TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "h1",
        "h2",
        "dl",
        "dt",
        "dd",
        "p",
        "a",
    ),
    *("bdi", "article", "figure", "figcaption", "img", "video", "audio", "code", "details", "summary", "pre"),
    *("table", "tr", "th", "td", "br", "a"),
}
FILE = f"data/media/{'a' * 64}.jpg"
LINK = 'https://x.example/"onmouseover="alert(1)'


def media(**changes: Any) -> MediaRow:
    values: dict[str, Any] = dict.fromkeys(MediaRow.model_fields)
    values |= {
        "media_id": "med-0123456789abcdef0",
        "media_type": "image",
        "mime_type": "image/jpeg",
        "media_url": LINK,
        "role": "main",
        "position": 0,
        "alt_text": HOSTILE,
        "download_status": "ready",
        "outcome": "ok",
        "error": HOSTILE,
        "attempts": 1,
        "file_size": 5,
        "sha256": "a" * 64,
        "md5_sum": "b" * 32,
        "proof": "read_back",
        "verified_at": NOW,
        "archive_url": f"s3://{HOSTILE}",
        "ai_analysis_status": "completed",
        "metadata": {"name": HOSTILE},
        "marks": {"xmp": {"source_types": [HOSTILE], "tools": [HOSTILE]}},
        "created_at": NOW,
        "updated_at": NOW,
    }
    return MediaRow.model_validate(values | changes)


def post(row: MediaRow) -> PostDetail:
    values: dict[str, Any] = dict.fromkeys(PostDetail.model_fields)
    values |= dict.fromkeys(("media_total", "media_ready", "media_failed", "media_archived"), 1)
    values |= {
        "post_id": "p-0123456789abcdef0",
        "media_analyzed": 0,
        "is_read": False,
        "is_marked": False,
        "urn": HOSTILE,
        "platform": HOSTILE,
        "author_name": HOSTILE,
        "author_username": HOSTILE,
        "text_content": HOSTILE,
        "url": LINK,
        "posted_at_timestamp": 2**62,
        "raw_json": HOSTILE,
        "created_at": NOW,
        "updated_at": NOW,
        "media": (row,),
        "links": (),
        "snapshots": (),
    }
    return PostDetail.model_validate(values)


def page(row: MediaRow, held: Held) -> str:
    told = Told()
    for number in range(70):
        event = dict.fromkeys(EventRow.model_fields)
        event |= {"id": number, "at": NOW, "event": HOSTILE, "actor": HOSTILE, "details": {"x": HOSTILE}}
        told.add(EventRow.model_validate(event))
    answer = {
        "model": HOSTILE,
        "prompt_version": HOSTILE,
        "state": "parsed",
        "raw_answer": HOSTILE,
        "error": None,
    }
    imports = [{"downloaded_at": "2026", "source_file_path": f"/home/ada/{HOSTILE}"}]
    return (
        page_head(HOSTILE, [("Posts", HOSTILE)])
        + post_head(post_record(post(row), imports))
        + media_figure(
            media_record(row, held, told),
            told,
            [
                answer | {"parsed_result": {"description": HOSTILE}},
                answer | {"parsed_result": None, "error": None},
            ],
        )
        + POST_END
        + PAGE_END
    )


class Reader(HTMLParser):
    """Takes a page apart, and sees whether every element that begins also ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize(
    ("mime_type", "element"),
    [("image/jpeg", "img"), ("video/mp4", "video"), ("audio/mpeg", "audio"), ("application/pdf", "a")],
)
def test_what_is_hostile_is_text(mime_type: str, element: str) -> None:
    text = page(media(mime_type=mime_type), Held(FILE))
    found = read(text)

    assert {tag for tag, _ in found.elements} <= TAGS
    assert element in {tag for tag, _ in found.elements}
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert set(found.attributes("src")) <= {FILE.removeprefix("data/")}
    links = set(found.attributes("href")) - {FILE.removeprefix("data/")}
    assert links == {unsigned(LINK)}
    assert "<script>alert(1)</script>" in found.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", text)
    assert "/home/ada" not in text
    assert "20 earlier events" in found.text


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page(media(), Held(FILE))
    [policy] = [
        attributes["content"] or ""
        for tag, attributes in read(text).elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert not re.search(r"url\(|@import|https?:", style)


def test_states_hashes_and_reasons_are_told_to_everybody() -> None:
    whole = read(page(media(alt_text=None), Held(FILE)))
    for said in ("a" * 64, "b" * 32, "read_back, verified 2026-11-22", "ready ok", "5 B (5 bytes)"):
        assert said in whole.text
    assert whole.attributes("alt") == ["image med-0123456789abcdef0"]
    assert whole.attributes("lang") == ["en"]
    assert whole.attributes("scope") == ["col"] * 3
    absent = read(page(media(download_status="failed"), Held(word="expired", why=HOSTILE)))
    assert "Not in this bag: expired." in absent.text
    assert "src" not in {name for _, attributes in absent.elements for name in attributes}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@x.example/a?v=7&token=T&id=3#f", "https://x.example/a?v=7&token=[secret]&id=3"),
        ("https://x.example/a.jpg?sig=S&w=5", "https://x.example/a.jpg?sig=[secret]&w=5"),
        ("https://x.example/a?X-Amz-Signature=S&X-Amz-Date=D&n=1", "https://x.example/a?n=1"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("Bearer abc token=T", "Bearer [secret] token=[secret]"),
    ],
)
def test_links_keep_what_names_the_media_alone(url: str, shown: str) -> None:
    assert unsigned(url) == shown
